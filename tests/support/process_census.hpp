// SPDX-License-Identifier: Apache-2.0
/// What this process holds of the operating system, as /proc tells it: threads, file descriptors, memory.
#pragma once

#include <cstdint>
#include <string>

namespace weir::faults {

struct Census {
    std::uint64_t threads = 0;        ///< those that have not begun to end
    std::uint64_t files = 0;          ///< open file descriptors
    std::uint64_t heap_mappings = 0;  ///< mappings of the heaps of runtimes
    bool operator==(const Census&) const = default;
};

/// What is held now. Other threads must not open or close anything meanwhile.
Census take_census();
/// Waits until the same is held as in `before`; returns what is held then, or at the end of a long wait.
Census settled_census(const Census& before);
std::string to_text(const Census& census);

/// Resident memory of this process in bytes.
std::uint64_t resident_bytes();
/// How often the worker threads of this process have gone to sleep since each of them started.
std::uint64_t worker_sleeps();

}  // namespace weir::faults
