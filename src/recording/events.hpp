// SPDX-License-Identifier: Apache-2.0
/// What lies in recording.partial: its first line, pieces, and the events in them. Numbers are those of the
/// machine, little endian; everything is a multiple of 8 bytes long but the first line, which ends with \n.
///
///     {"weir_recording":2, ...}\n     one line of JSON: where, when and how was recorded (RunHead)
///     piece piece ...                  a word: thread | words << 32; then so many words of events of that
///                                      thread, in its order. A file may end within a piece.
///
/// An event is a head word, and more words by its kind:
///
///     head: kind (8 bits) | flags (8) | a (16) | b (32)
///
/// Times are ticks of the recording's clock. A task's reference is TaskRef::word. Kernels and sites are
/// numbered by the recorder from 0 on; an event gives each number its name before it is used, and kUnknown
/// stands for "not known". One name may have several numbers.
///
/// A task with a launch record (model/launch_record.hpp) makes calls, each told of by the thread that has
/// made it, before the task can complete:
///
///     orchestrator        submit, subtask (the kernel of each slot)
///     who makes calls     call call call ...    one for each stretch of a call on a core
///     who completes it    run, with kOfCalls: observed and released; kSkipped: no call was made
///
/// A call that waits in a barrier leaves its thread, and may go on upon another one: each stretch from start
/// or barrier to barrier or end is an event of its own, so what a thread tells never overlaps.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace weir::recording {

inline constexpr int kVersion = 2;
inline constexpr const char* kVersionField = "weir_recording";

/// Thread of pieces that the thread that writes the file adds.
inline constexpr std::uint32_t kWriterThread = 0xffffffffU;

enum class Kind : std::uint8_t {
    gap = 1,        ///< count: events dropped here
    sync,           ///< ticks, nanoseconds of the steady clock since the run began
    kernel,         ///< CoreNeed; b: number; a: bytes of text. Then the name
    site,           ///< b: number; a: bytes of text. Then "file.cpp:77"
    scope_open,     ///< kManual; a: depth; b: site. Serial | parent << 32, time. Serials count from 1
    scope_close,    ///< a: depth. Serial, time, time when it had closed
    in_place,       ///< flags; a: kernel; b: site. Task, submitted and started, ended
    in_place_late,  ///< the same: task, submitted, started, ended
    submit,         ///< flags; a: kernel; b: site. Task, submitted, published
    ready,          ///< task, time
    run,        ///< kConsumed, kOfCalls, kSkipped; a: core. Task, dispatched, start, end, observed, released
    consumed,   ///< task, time; the latest counts
    phase,      ///< a: Phase. Begin, end
    occupancy,  ///< a: ring. Time, slots | entries << 32, payload, heap, dependencies | map << 32
    instant,    ///< a: What | resource << 8 | ring << 12; b: site. Time, duration
    steps,      ///< submits, then ticks of each step, ever; the latest counts
    looks,      ///< a: thread. The words of ThreadSums, ever; the latest counts
    dep_task,   ///< the events from here to the task's own tell of it. Task
    access,     ///< flags; a: argument | steps << 8. Owner or 0, address, bytes; count, stride, ...
    after,      ///< task that it names in its options
    edge,       ///< kWaited; a: EdgeKind; b: argument. Producer
    completed,  ///< task that the orchestrator has seen to have completed
    released_until,  ///< a: ring. Running number: all before have completed
    begin,           ///< the program begins: times count from here. Time
    subtask,         ///< a: kernel; b: slot. Task
    call,            ///< a: core; b: block | slot << 16. Task, dispatched, start, end, observed or 0
};
inline constexpr std::uint8_t kLastKind = static_cast<std::uint8_t>(Kind::call);

/// Flags of tasks and scopes.
inline constexpr std::uint8_t kManual = 1;
inline constexpr std::uint8_t kInPlace = 2;
inline constexpr std::uint8_t kOwner = 4;  ///< owns memory, so that it is not consumed when it is released
inline constexpr std::uint8_t kReady = 8;  ///< nothing was left to wait for when it was published
/// Flags of a run.
inline constexpr std::uint8_t kConsumed = 1;  ///< released and consumed at once
inline constexpr std::uint8_t kOfCalls = 2;   ///< what the task's calls took is told by events of their own
inline constexpr std::uint8_t kSkipped = 4;  ///< there are none: the predicate does not hold, or the run ends
/// Flags of an access, of an edge.
inline constexpr std::uint8_t kReads = 1;
inline constexpr std::uint8_t kWrites = 2;
inline constexpr std::uint8_t kNoDep = 4;
inline constexpr std::uint8_t kWaited = 1;

inline constexpr std::uint32_t kUnknownSite = 0xffffffffU;
inline constexpr std::uint32_t kUnknownKernel = 0xffffU;
/// Core of a task that needs none.
inline constexpr std::uint32_t kNoCore = 0xffffU;

/// What a kernel was made for, as flags of its name.
enum class CoreNeed : std::uint8_t { any, aic, aiv };

/// Slots of a task with a launch record: AIC, AIV, AIV.
inline constexpr std::size_t kSlots = 3;
/// Block and slot of a call as `b` of its event; blocks have 15 bits.
inline constexpr unsigned kSlotShift = 16;

enum class Phase : std::uint8_t {
    complete,
    dispatch,
    poll,
    idle,
    reserve,
    arguments,
    lookup,
    wire,
    publish,
    scope_end,
    held_back
};
inline constexpr std::size_t kPhases = 11;
inline constexpr std::size_t kFirstStep = 4;  ///< phases from here on are steps of the orchestrator
inline constexpr std::size_t kSteps = kPhases - kFirstStep;
inline constexpr std::array<const char*, kPhases> kPhaseNames = {"complete", "dispatch",  "poll",     "idle",
                                                                 "reserve",  "arguments", "lookup",   "wire",
                                                                 "publish",  "scope_end", "held_back"};

enum class What : std::uint8_t { held_back, verdict, park, failed };
inline constexpr std::array<const char*, 4> kWhatNames = {"held_back", "verdict", "park", "failed"};

enum class EdgeKind : std::uint8_t { raw, war, waw, by_name, scope };
inline constexpr std::array<const char*, 5> kEdgeNames = {"RAW", "WAR", "WAW", "explicit", "scope"};
inline constexpr std::uint32_t kNoArgument = 0xffffffffU;

/// What a scheduling thread has done since the runtime began to record; times in ticks.
struct ThreadSums {
    std::uint64_t completed = 0;
    std::uint64_t loops = 0;
    std::uint64_t pops_hit = 0;
    std::uint64_t pops_missed = 0;
    std::array<std::uint64_t, kFirstStep> phases{};  ///< complete, dispatch, poll, idle
    std::uint64_t fanout_sum = 0;
    std::uint64_t fanout_max = 0;
    std::uint64_t fanin_sum = 0;
    std::uint64_t fanin_max = 0;
};
inline constexpr std::size_t kThreadSumWords = sizeof(ThreadSums) / sizeof(std::uint64_t);

inline constexpr std::size_t kGapWords = 2;
inline constexpr std::size_t kMostTextBytes = 1024;
inline constexpr unsigned kMostSteps = 5;
/// No event is longer.
inline constexpr std::size_t kMostWords = 1 + kMostTextBytes / sizeof(std::uint64_t);

constexpr std::uint64_t head_of(Kind kind, std::uint8_t flags = 0, std::uint32_t a = 0,
                                std::uint32_t b = 0) noexcept {
    return static_cast<std::uint64_t>(kind) | std::uint64_t{flags} << 8U | std::uint64_t{a & 0xffffU} << 16U |
           std::uint64_t{b} << 32U;
}

/// a and b of a head that has kind and flags 0.
constexpr std::uint64_t names_word(std::uint32_t a, std::uint32_t b) noexcept {
    return std::uint64_t{a & 0xffffU} << 16U | std::uint64_t{b} << 32U;
}

struct Head {
    Kind kind;
    std::uint8_t flags;
    std::uint16_t a;
    std::uint32_t b;

    explicit Head(std::uint64_t word) noexcept
        : kind(static_cast<Kind>(word & 0xffU)),
          flags(static_cast<std::uint8_t>(word >> 8U)),
          a(static_cast<std::uint16_t>(word >> 16U)),
          b(static_cast<std::uint32_t>(word >> 32U)) {}
};

/// Words of the event with this head, the head included; 0: it is none.
constexpr std::size_t words_of(std::uint64_t head) noexcept {
    constexpr std::array<std::uint8_t, kLastKind + 1> kWords = {
        0,          kGapWords,           3, 0, 0, 3, 4, 4, 5, 4, 3, 7, 3, 3, 6, 3,
        2 + kSteps, 1 + kThreadSumWords, 2, 0, 2, 2, 2, 2, 2, 2, 6};
    const auto kind = static_cast<std::uint8_t>(head);
    const auto a = static_cast<std::uint16_t>(head >> 16U);
    if (kind == 0 || kind > kLastKind) return 0;
    if (kind == static_cast<std::uint8_t>(Kind::kernel) || kind == static_cast<std::uint8_t>(Kind::site))
        return a > kMostTextBytes ? 0 : 1 + (a + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
    if (kind == static_cast<std::uint8_t>(Kind::access)) return a >> 8U > kMostSteps ? 0 : 4 + 2 * (a >> 8U);
    return kWords[kind];
}

}  // namespace weir::recording
