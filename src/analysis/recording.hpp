// SPDX-License-Identifier: Apache-2.0
/// What the files of a record directory hold (docs/formats.md), as tables in memory.
///
/// A million tasks take 100 MB as executions, and 60 MB with three accesses and two producers each; names,
/// source sites and scopes are stored once and named by index.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <weir/task.hpp>

#include "analysis/recorded_time.hpp"

namespace weir::analysis {

/// An index or a number that the file does not give.
inline constexpr std::uint32_t kNone = 0xffffffffU;

struct KernelName {
    std::string name;
    std::string core_type;  ///< empty: not recorded
};

/// Slots of a mixed task and of blocks.
inline constexpr std::array<const char*, 3> kSlotNames = {"aic", "aiv0", "aiv1"};
inline constexpr std::uint8_t kNoSlot = 0xffU;

/// One run of a kernel on a core: a task, a block of an SPMD task, or one kernel of a mixed task; of a call
/// that waits in barriers, one of the stretches between them.
struct Execution {
    std::uint64_t id = 0;  ///< running number in the ring; rows of one task have the same
    std::uint32_t ring = 0;
    std::uint32_t kernel = kNone;
    std::uint32_t site = kNone;
    std::uint32_t scope = kNone;
    std::uint32_t thread = kNone;
    std::uint32_t core = kNone;
    std::uint32_t block = kNone;
    std::uint8_t slot = kNoSlot;  ///< index into kSlotNames; kNoSlot: a plain task
    bool resumed = false;         ///< goes on with the call that the execution before it has begun
    Time submitted = kUnknownTime;
    Time ready = kUnknownTime;
    Time dispatched = kUnknownTime;
    Time start = kUnknownTime;
    Time end = kUnknownTime;
    Time observed = kUnknownTime;
    Time released = kUnknownTime;
    Time consumed = kUnknownTime;

    [[nodiscard]] bool same_task(const Execution& other) const noexcept {
        return id == other.id && ring == other.ring;
    }
    [[nodiscard]] bool same_call(const Execution& other) const noexcept {
        return same_task(other) && slot != kNoSlot && slot == other.slot && block == other.block;
    }
    /// Both ends of its work are known.
    [[nodiscard]] bool ran() const noexcept { return known(start) && known(end); }
    /// It needed no core: its predicate did not hold, or there is nothing to be done for it.
    [[nodiscard]] bool worked_nowhere() const noexcept { return core == kNone && start == end; }
};

struct RecordedScope {
    std::uint32_t depth = 0;
    std::uint32_t ring = 0;
    std::uint32_t site = kNone;
    std::uint32_t parent = kNone;
    Time begin = kUnknownTime;
    Time end = kUnknownTime;
};

/// What a scheduler thread or the orchestrator did for a while.
struct Phase {
    std::uint32_t thread = kNone;
    std::uint32_t name = kNone;  ///< index into Swimlane::phase_names
    Time begin = kUnknownTime;
    Time end = kUnknownTime;
};

/// Resources whose occupancy is recorded, in the order of `Counter::used`.
inline constexpr std::array<const char*, 6> kOccupancies = {"task_window", "consumed_window", "payload",
                                                            "heap",        "dep_pool",        "tensormap"};

struct Counter {
    Time time = 0;
    std::uint32_t ring = 0;
    std::array<std::uint64_t, kOccupancies.size()> used{};
};

struct Instant {
    Time time = 0;
    std::uint32_t thread = kNone;
    std::uint32_t what = kNone;  ///< index into Swimlane::instant_names
    std::uint32_t site = kNone;
    std::uint32_t ring = kNone;
    std::string resource;          ///< that a submit was held back for; else empty
    Time duration = kUnknownTime;  ///< of being held back or parked, from `time` on
    std::uint64_t events = 0;      ///< lost in a gap
};

struct Swimlane {
    std::uint64_t level = 0;
    bool partial = false;  ///< from a run that did not get to its end
    std::vector<KernelName> kernels;
    std::vector<std::string> sites;
    std::vector<Execution> executions;  ///< by submit, block, slot, start: those of one task are neighbours
    std::vector<RecordedScope> scopes;
    std::vector<std::string> phase_names;
    std::vector<Phase> phases;
    std::vector<std::string> instant_names;
    std::vector<Counter> counters;
    std::vector<Instant> instants;
    /// Rows in which a time is before one that it follows. A row that ends before it starts has neither time;
    /// other differences below 0 count as 0 (`between`).
    std::uint64_t backwards = 0;
    std::string first_backwards;  ///< which row and times; empty when there is none
};

enum class Direction : std::uint8_t { in, out, inout };
[[nodiscard]] constexpr bool reads(Direction direction) noexcept { return direction != Direction::out; }
[[nodiscard]] constexpr bool writes(Direction direction) noexcept { return direction != Direction::in; }

struct DepsTask {
    std::uint64_t id = 0;
    std::uint32_t ring = 0;
    std::uint32_t kernel = kNone;
    std::uint32_t site = kNone;
    std::uint32_t scope = kNone;
    bool manual = false;    ///< submitted in a MANUAL scope
    bool in_place = false;  ///< ran inside its submit
    bool owns = false;      ///< owns memory
    /// Row of the first task at whose submit the runtime knew that this one had completed; kNone: none.
    std::uint32_t completed = kNone;
    Time submitted = kUnknownTime;
};

/// A repetition of a box: `count` times, `stride` bytes apart.
struct BoxStep {
    std::uint64_t count;
    std::int64_t stride;
};
/// Most axes that a recorded box has.
inline constexpr std::size_t kMostBoxSteps = 5;

struct Access {
    std::uint32_t task = 0;
    std::uint32_t argument = 0;
    Direction direction = Direction::in;
    bool no_dep = false;
    std::uint8_t step_count = 0;
    std::uint64_t buffer = 0;
    std::uint64_t offset = 0;      ///< bytes, of the first repetition of each step, in the buffer
    std::uint64_t run = 0;         ///< bytes at each repetition
    std::uint64_t first_step = 0;  ///< in Deps::steps
};

enum class EdgeKind : std::uint8_t { raw, war, waw, explicit_, scope };
inline constexpr std::array<const char*, 5> kEdgeKinds = {"RAW", "WAR", "WAW", "explicit", "scope"};

struct Edge {
    std::uint32_t producer = 0;
    std::uint32_t consumer = 0;
    EdgeKind kind = EdgeKind::raw;
    bool waited = false;             ///< else the producer had completed before the submit
    std::uint32_t argument = kNone;  ///< of the consumer
};

struct ExplicitEdge {
    std::uint32_t task = 0;
    std::uint32_t after = 0;
};

struct Deps {
    bool complete = true;  ///< no task, access or edge was dropped
    bool partial = false;  ///< from a run that did not get to its end
    std::vector<std::string> kernels;
    std::vector<std::string> sites;
    std::vector<std::uint32_t> scope_sites;  ///< of each scope, index into sites or kNone
    std::uint64_t buffers = 0;
    std::vector<DepsTask> tasks;   ///< in program order
    std::vector<Access> accesses;  ///< by task
    std::vector<BoxStep> steps;
    std::vector<Edge> edges;
    std::vector<ExplicitEdge> explicit_edges;
};

struct RecordedThread {
    std::uint32_t index = 0;
    std::string role;
};

struct RecordedCore {
    std::uint32_t index = 0;
    std::string type;
    std::uint32_t cluster = kNone;
    std::uint32_t thread = kNone;
};

struct NamedTime {
    std::string name;
    Time time = 0;
};

/// Where submits were held back.
struct HeldBackSite {
    std::string site;
    std::string resource;
    std::uint32_t ring = kNone;
    std::uint64_t times = 0;
    Time held_back = 0;
    Time longest = kUnknownTime;
};

struct OrchestratorProfile {
    std::uint64_t submits = 0;
    std::vector<NamedTime> steps;  ///< in the order of the file; unknown where the level does not have them
    std::vector<HeldBackSite> held_back;
};

struct Walked {
    std::uint64_t sum = 0;
    std::uint64_t max = 0;
};

struct SchedulerProfile {
    std::uint32_t thread = 0;
    std::uint64_t completed = 0;
    std::uint64_t loops = 0;
    std::uint64_t pops_hit = 0;
    std::uint64_t pops_missed = 0;
    std::vector<NamedTime> phases;
    Walked fanout;
    Walked fanin;
};

using OfRings = std::array<std::uint64_t, kRings>;
/// Of each resource in the order of kOccupancies, for each ring; the pool of all rings stands at each.
using ResourceValues = std::array<OfRings, kOccupancies.size()>;

/// run.json.
struct RecordedRun {
    std::string weir;
    std::string program;  ///< empty: the run was not one of `weir run`
    std::string platform;
    std::string clock;
    std::uint64_t level = 0;
    bool partial = false;
    bool fatal = false;
    std::string error;
    Time makespan = 0;
    std::uint64_t tasks = 0;
    std::optional<std::uint64_t> tasks_in_place;
    std::uint64_t events_recorded = 0;
    std::uint64_t events_dropped = 0;
    std::vector<RecordedThread> threads;
    std::vector<RecordedCore> cores;
    std::optional<ResourceValues> capacities;
    std::optional<ResourceValues> peaks;
    std::vector<NamedTime> held_back_by;  ///< by resource; empty: not known
    std::optional<HeldBackSite> held_back_longest;
    std::optional<OrchestratorProfile> orchestrator;
    std::vector<SchedulerProfile> schedulers;
};

}  // namespace weir::analysis
