// SPDX-License-Identifier: Apache-2.0
/// What a runtime and a run can be told.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <weir/task.hpp>

namespace weir {

/// One value for every ring, or one for each. 0: not set, the default is used.
struct RingValues {
    std::array<std::uint64_t, kRings> per_ring{};

    RingValues() = default;
    RingValues(std::uint64_t every_ring) {
        per_ring.fill(every_ring);
    }  // NOLINT(google-explicit-constructor)
    RingValues(std::uint64_t ring0, std::uint64_t ring1, std::uint64_t ring2, std::uint64_t ring3)
        : per_ring{ring0, ring1, ring2, ring3} {}
};

/// Sizes of the rings. 0 or nothing: the default.
struct RuntimeEnv {
    RingValues ring_task_window{};      ///< slots; a power of two, at least 4; default 16384
    RingValues ring_consumed_window{};  ///< entries; a power of two, at least the task window; default 4 x it
    RingValues ring_payload{};          ///< bytes; default 512 x the task window
    RingValues ring_heap{};             ///< bytes; at least 1024; default 256 MiB
    RingValues ring_dep_pool{};         ///< entries; 4 .. 2^31-1; default 16384
    std::uint64_t tensormap_pool = 0;   ///< entries; at least 64; default 65536
};

/// What a runtime is made from.
struct RuntimeConfig {
    std::string platform = "cpu";
    /// Threads that run kernels, the caller's own included. Not set: all cores that the process may use.
    std::optional<int> threads{};
    /// Binds each worker thread to a core of its own.
    bool pin = false;
    RuntimeEnv runtime_env{};
    /// Running number of the first task of each ring, at least 1.
    std::uint64_t first_task_number = 1;
};

/// What one run can be told.
struct CallConfig {
    /// Past it no further task starts and the run ends with ErrorCode::deadline.
    std::optional<std::chrono::nanoseconds> deadline{};
};

/// Largest true occupancy of each resource of a ring, and how long the program was held back by it.
struct ResourcePeaks {
    std::array<std::uint64_t, kRings> task_window{};
    std::array<std::uint64_t, kRings> consumed_window{};
    std::array<std::uint64_t, kRings> payload_bytes{};
    std::array<std::uint64_t, kRings> heap_bytes{};
    std::array<std::uint64_t, kRings> dep_pool{};
    std::uint64_t tensormap = 0;
};

/// What a finished run tells.
struct RunResult {
    std::uint64_t tasks = 0;                ///< submitted
    std::uint64_t tasks_in_place = 0;       ///< run by the submitting thread at submit
    std::uint64_t tasks_helped = 0;         ///< run by the submitting thread while it was held back or waited
    std::uint64_t times_held_back = 0;      ///< submits that found a ring full
    std::chrono::nanoseconds held_back{0};  ///< time in which a full ring kept the program from submitting
    std::chrono::nanoseconds elapsed{0};    ///< from start to completion
    ResourcePeaks peaks;
};

}  // namespace weir
