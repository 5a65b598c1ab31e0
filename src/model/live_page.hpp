// SPDX-License-Identifier: Apache-2.0
/// The page through which a run is watched from another process, docs/formats.md. One file of words of 8
/// bytes, little endian: a head that never changes, a sequence number, and under it (model/sequence_lock.hpp)
/// a run and its threads.
///
///     PageHead | sequence | PageRun | PageThread ... (PageHead::threads of them)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <weir/resources.hpp>
#include <weir/task.hpp>

namespace weir::live_page {

/// "WEIRLIVE".
inline constexpr std::uint64_t kMagic = 0x4556494c52494557U;
inline constexpr std::uint64_t kVersion = 1;
inline constexpr std::uint64_t kMostThreads = 4096;

/// Text, cut off, with zeros behind it.
template <std::size_t Bytes>
using Text = std::array<char, Bytes>;

struct PageHead {
    std::uint64_t magic = kMagic;
    std::uint64_t version = kVersion;
    std::uint64_t bytes = 0;          ///< of the file
    std::uint64_t pid = 0;            ///< of the process
    std::uint64_t process_start = 0;  ///< field 22 of /proc/PID/stat
    std::uint64_t threads = 0;
    std::uint64_t rings = kRings;
    Text<16> platform{};
    Text<32> weir{};  ///< version
};
static_assert(sizeof(PageHead) == 104, "docs/formats.md says where things are");

enum class RunState : std::uint64_t { none, running, ended };

struct PageRing {
    /// Running numbers: of the next task; before which every task is RELEASED, CONSUMED.
    std::uint64_t next_number = 0;
    std::uint64_t first_unreleased = 0;
    std::uint64_t first_unconsumed = 0;
    /// By Resource; what all rings share is in ring 0.
    std::array<std::uint64_t, kResources> used{};
    std::array<std::uint64_t, kResources> capacity{};
};
static_assert(sizeof(PageRing) == 120, "docs/formats.md says where things are");

/// Times: nanoseconds of CLOCK_MONOTONIC; 0: not known.
struct PageRun {
    RunState state = RunState::none;  ///< none: no run goes on; ended: the runtime is gone
    std::uint64_t runs = 0;           ///< begun so far
    std::uint64_t began_ns = 0;
    std::uint64_t sampled_ns = 0;  ///< when threads, ready, running and parked were looked at
    std::uint64_t told_ns = 0;     ///< when the program's thread told of all else
    std::uint64_t submitted = 0;
    std::uint64_t completed = 0;  ///< RELEASED in order
    std::uint64_t in_place = 0;
    std::uint64_t ready = 0;
    std::uint64_t running = 0;
    std::uint64_t parked = 0;
    std::uint64_t times_held_back = 0;
    std::uint64_t held_back_ns = 0;
    std::uint64_t wait = 0;  ///< what the program waits for: 0 nothing, 1 space, 2 a task, 3 all tasks
    std::uint64_t wait_since_ns = 0;
    std::uint64_t wait_resource = 0;  ///< Resource, of 1
    std::uint64_t wait_ring = 0;
    Text<64> wait_site{};  ///< of the submit that is held back
    Text<32> program{};
    std::array<PageRing, kRings> rings{};
};
static_assert(sizeof(PageRun) == 17 * 8 + 96 + kRings * sizeof(PageRing),
              "docs/formats.md says where things are");

enum class ThreadState : std::uint64_t { looking, running, parked, program };

struct PageThread {
    ThreadState state = ThreadState::looking;
    std::uint64_t task = 0;   ///< TaskRef::word; 0: none, or not known
    std::uint64_t tasks = 0;  ///< taken from queues and run, ever
    Text<40> kernel{};
    Text<48> site{};
};
static_assert(sizeof(PageThread) == 112, "docs/formats.md says where things are");

inline constexpr std::size_t kSequenceAt = sizeof(PageHead);
inline constexpr std::size_t kRunAt = kSequenceAt + sizeof(std::uint64_t);
inline constexpr std::size_t kThreadsAt = kRunAt + sizeof(PageRun);
static_assert(kThreadsAt == 344 + kRings * sizeof(PageRing), "docs/formats.md says where things are");
static_assert(kResources == 6, "version 1 has so many; with others it is another version");

constexpr std::size_t bytes_of(std::uint64_t threads) noexcept {
    return kThreadsAt + threads * sizeof(PageThread);
}

}  // namespace weir::live_page
