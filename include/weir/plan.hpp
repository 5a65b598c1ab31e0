// SPDX-License-Identifier: Apache-2.0
/// Which sizes a program needs, found by running its orchestration alone, without its tasks.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <source_location>
#include <string>
#include <vector>

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

/// What a simulated schedule counts with: the cpu platform, with stated times. See docs/sizing.md.
///
/// On a chip platform the schedule is that of its virtual clock, and what it counts with is what the runtime
/// was made with: ChipOptions says how long kernels take, and chip_fields what control threads and submits
/// do. There only `most_tasks` may be set.
struct ScheduleModel {
    /// Threads that run kernels, the program's own included, which runs them when it is held back. Not set:
    /// as many as the runtime has.
    std::optional<int> threads{};
    /// What a submit costs the program's thread.
    std::chrono::nanoseconds submit{300};
    /// A file of kernel times (docs/formats.md), which must have every kernel that the program submits.
    /// Empty: a kernel takes what it was registered with, KernelOptions::cost_ns, or else `kernel`.
    std::string kernel_times{};
    /// For kernels that the file does not name. With medians the file need not name every kernel.
    KernelMedians kernel_medians{};
    /// How long a kernel takes of which nothing is known.
    std::chrono::nanoseconds kernel{10'000};
    /// Tasks that are simulated, the first ones of the program; those behind them are left out. Not set:
    /// 250,000, or 50,000 on a chip, where each takes some ten times as long.
    std::optional<std::uint64_t> most_tasks{};
};

/// What `Runtime::plan` can be told.
struct PlanOptions {
    /// Set: a schedule is simulated, and sizes are recommended from it.
    ///
    /// On a chip platform the program is called again for each simulated run, some dozens of times, on the
    /// calling thread, with the deadline anew; no kernel is called. It must submit the same tasks each time.
    /// One that reads data of tasks does not without kernels: then there is no schedule (Plan::simulated).
    std::optional<ScheduleModel> simulate{};
    /// Runs, on the calling thread, just those tasks whose data the program reads by `get`, and those before
    /// them that they wait for; so the plan stays exact. Every submit is kept in memory until it has run or
    /// the plan ends. Without it, no kernel is called, and the plan ends at such a `get`.
    bool with_data = false;
    /// Puts the program's memory back into the state of its first call; must not use the runtime. Called
    /// before each further call, if the program has written external memory by `set`. Empty: that does not
    /// matter to what it submits.
    std::function<void()> restore{};
};

/// Sizes by resource and ring; a resource that all rings share is in ring 0.
using PlannedSizes = std::array<std::array<PlannedSize, kRings>, kResources>;

/// What simulated runs of the program found. They follow from the program and the model alone.
struct SimulatedSchedule {
    /// What was asked for, filled in; on a chip without threads, and with the runtime's kernel times.
    ScheduleModel model;
    ChipFigures chip;         ///< of the run that is never held back; its `chip` is empty on cpu
    std::uint64_t tasks = 0;  ///< simulated; fewer than the plan has when there are more than `most_tasks`
    /// Sizes with which the program is never held back in this schedule: what is in use at most when the
    /// rings have no end.
    PlannedSizes unhindered{};
    /// The smallest sizes found with which the schedule takes at most 2 % longer than that; never below
    /// those of Plan::smallest.
    PlannedSizes recommended{};
    /// How long the schedule takes with each.
    std::chrono::nanoseconds makespan_unhindered{0};
    std::chrono::nanoseconds makespan_recommended{0};
    std::chrono::nanoseconds makespan_smallest{0};
    /// Kernels whose time nobody has stated, in order of their names. On a chip they take what its table
    /// says.
    std::vector<std::string> assumed{};
};

/// What `Runtime::plan` finds. See docs/sizing.md for why it is so, and under which conditions.
struct Plan {
    using Table = PlannedSizes;

    /// Each size is the smallest valid one with which the program runs to its end, at every speed and on
    /// every number of threads; the next smaller valid value ends in the verdict `capacity`.
    Table smallest{};
    /// Sizes that never hold the program back, even if no task finished before the last one is submitted:
    /// the scope that a size names is the one that adds most to it.
    Table unhindered{};

    std::uint64_t tasks = 0;
    std::array<std::uint64_t, kRings> tasks_of_ring{};
    /// Tasks that were run, because the program asked for their data; see PlanOptions::with_data.
    std::uint64_t tasks_run = 0;
    /// Empty: none was asked for; or the platform is a chip, and the program reads data of tasks: then
    /// `exact` is false or `tasks_run` is not 0.
    std::optional<SimulatedSchedule> simulated{};
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
