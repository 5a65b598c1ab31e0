// SPDX-License-Identifier: Apache-2.0
/// Which sizes a program needs, found by running its orchestration alone: no kernel is called.
#pragma once

#include <array>
#include <cstdint>
#include <source_location>

#include <weir/config.hpp>
#include <weir/export.hpp>
#include <weir/resources.hpp>
#include <weir/task.hpp>

namespace weir {

/// One size of a plan, and the place in the program that decides it.
struct PlannedSize {
    std::uint64_t value = 0;
    /// False: `value` is what would be needed, but no valid value is that large.
    bool possible = true;
    /// False: the smallest valid value is enough, and no place decides.
    bool decided = false;
    /// The line that opened the deciding scope; line 0: the root scope of the run.
    std::source_location scope{};
    /// The submit that needs this much; line 0 when it is a sum over many.
    std::source_location submit{};
};

/// What `Runtime::plan` finds. See docs/sizing.md for why it is so, and under which conditions.
struct Plan {
    /// By resource and ring; a resource that all rings share is in ring 0.
    using Table = std::array<std::array<PlannedSize, kRings>, kResources>;

    /// Each size is the smallest valid one with which the program runs to its end, at every speed and on
    /// every number of threads; the next smaller valid value ends in the verdict `capacity`.
    Table smallest{};
    /// Sizes that never hold the program back, even if no task finished before the last one is submitted:
    /// the scope that a size names is the one that adds most to it.
    Table unhindered{};

    std::uint64_t tasks = 0;
    std::array<std::uint64_t, kRings> tasks_of_ring{};
    /// False: the program asked for data that a task would have written, at `ends_at`, and was ended there.
    /// The sizes are exact for what it had submitted until then, and lower bounds for all of it.
    bool exact = true;
    std::source_location ends_at{};

    [[nodiscard]] const PlannedSize& smallest_of(Resource resource, int ring = 0) const noexcept {
        return smallest[static_cast<std::size_t>(resource)][static_cast<std::size_t>(ring)];
    }
    [[nodiscard]] const PlannedSize& unhindered_of(Resource resource, int ring = 0) const noexcept {
        return unhindered[static_cast<std::size_t>(resource)][static_cast<std::size_t>(ring)];
    }
    /// The sizes of one of the tables, as a run takes them. A size that is not possible is passed on, and
    /// refused there.
    [[nodiscard]] WEIR_API static RuntimeEnv env(const Table& table) noexcept;
};

}  // namespace weir
