// SPDX-License-Identifier: Apache-2.0
// Plans on chip platforms: schedules are those of the virtual clock, with the runtime's kernel times and
// without calling a kernel; what the program is called for; and what has no schedule.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <weir/weir.hpp>

#include "caught_error.hpp"

namespace weir::test {
namespace {

using std::chrono::nanoseconds;
using Value = std::int64_t;

constexpr int kStages = 24;
constexpr std::int64_t kValues = 512;

/// Stages in scopes that hand memory on: single, mixed and SPMD tasks, and barriers. No kernel computes
/// anything.
class Machine {
public:
    explicit Machine(const ChipOptions& options = {}) : runtime_({.platform = "tinysim", .chip = options}) {}

    Plan plan(const Program& program, const PlanOptions& options = {.simulate = ScheduleModel{}}) {
        return runtime_.plan(program, {}, options);
    }
    RunResult run(const Program& program, const PlannedSizes& sizes) {
        return runtime_.run(program, {.runtime_env = Plan::env(sizes), .size_policy = SizePolicy::fixed});
    }
    Program stages() {
        return [this](Orchestrator& o) {
            const auto sum = o.external(sum_);
            for (int i = 0; i < kStages; ++i) {
                const Scope scope{o};
                const auto first = o.submit(make_, shape(kValues)).output();
                const auto left = o.submit(change_, first, shape(kValues)).output();
                const auto right = o.submit(change_, first, shape(kValues), blocks(3)).output();
                o.submit(add_, left, right, sum, priority(i % 3));
                o.submit_mixed({.aic = any_aic_, .aiv0 = any_aiv_}, TaskArgs{}.inout(left));
                if (i % 5 == 0) o.barrier_task(TaskArgs{}.input(right));
            }
        };
    }
    [[nodiscard]] std::uint64_t calls() const { return calls_; }
    Runtime& runtime() { return runtime_; }
    std::vector<Value>& sum() { return sum_; }
    auto& add() { return add_; }

private:
    int count(const TaskView&) { return ++calls_, 0; }

    Runtime runtime_;
    std::uint64_t calls_ = 0;
    std::vector<Value> sum_ = std::vector<Value>(kValues);
    Kernel<Out<Value>> make_ = runtime_.kernel("make", [this](Out<Value>) { ++calls_; },
                                               {.cost_ns = 4'000, .core_type = CoreType::aic});
    Kernel<In<Value>, Out<Value>> change_ =
        runtime_.kernel("change", [this](In<Value>, Out<Value>) { ++calls_; }, {.cost_ns = 9'000});
    Kernel<In<Value>, In<Value>, InOut<Value>> add_ =
        runtime_.kernel("add", [this](In<Value>, In<Value>, InOut<Value>) { ++calls_; });
    AnyKernel any_aic_ = runtime_.kernel_any("any_aic", [this](const TaskView& task) { return count(task); },
                                             {.cost_ns = 2'000, .core_type = CoreType::aic});
    AnyKernel any_aiv_ = runtime_.kernel_any("any_aiv", [this](const TaskView& task) { return count(task); },
                                             {.cost_ns = 3'000});
};

class PlannedOnChip : public testing::TestWithParam<bool> {
protected:
    Machine machine_{{.early_dispatch = GetParam()}};
};

TEST_P(PlannedOnChip, never_held_back_is_the_schedule_without_bounds) {
    const Plan plan = machine_.plan(machine_.stages());
    EXPECT_EQ(machine_.calls(), 0U) << "a simulated run calls no kernel";
    ASSERT_TRUE(plan.simulated.has_value());
    const SimulatedSchedule& found = *plan.simulated;
    EXPECT_EQ(found.chip.chip, "tiny");
    EXPECT_EQ(found.tasks, plan.tasks);
    EXPECT_EQ(found.assumed, (std::vector<std::string>{"add"}));
    for (const PlannedSizes* const sizes : {&plan.unhindered, &found.unhindered}) {
        const RunResult run = machine_.run(machine_.stages(), *sizes);
        EXPECT_EQ(run.times_held_back, 0U);
        EXPECT_EQ(run.chip.makespan, found.makespan_unhindered);
    }
    EXPECT_NE(machine_.calls(), 0U);
}

TEST_P(PlannedOnChip, recommended_sizes_cost_at_most_two_percent_and_the_smallest_are_enough) {
    const Plan plan = machine_.plan(machine_.stages());
    const SimulatedSchedule& found = plan.simulated.value();
    const RunResult recommended = machine_.run(machine_.stages(), found.recommended);
    EXPECT_EQ(recommended.chip.makespan, found.makespan_recommended);
    EXPECT_LE(found.makespan_recommended.count(), found.makespan_unhindered.count() * 102 / 100);
    const RunResult smallest = machine_.run(machine_.stages(), plan.smallest);
    EXPECT_EQ(smallest.chip.makespan, found.makespan_smallest);
    EXPECT_GT(smallest.times_held_back, 0U);
    for (std::size_t resource = 0; resource < kResources; ++resource)
        for (std::size_t ring = 0; ring < kRings; ++ring) {
            EXPECT_LE(plan.smallest[resource][ring].value, found.recommended[resource][ring].value);
            EXPECT_LE(found.recommended[resource][ring].value, found.unhindered[resource][ring].value);
            EXPECT_LE(found.unhindered[resource][ring].value, plan.unhindered[resource][ring].value);
        }
}

TEST_P(PlannedOnChip, sizes_name_the_submit_and_the_scope_of_their_peak) {
    const Plan plan = machine_.plan(machine_.stages());
    const PlannedSize& heap = plan.simulated.value().unhindered[static_cast<std::size_t>(Resource::heap)][1];
    EXPECT_TRUE(heap.decided);
    EXPECT_EQ(std::filesystem::path(heap.scope.file_name()).filename(), "plan_chip_test.cpp");
    EXPECT_GT(heap.submit.line(), heap.scope.line());
    EXPECT_LE(heap.submit.line(), heap.scope.line() + 6);
}

TEST_P(PlannedOnChip, the_rings_are_afterwards_as_large_as_before) {
    const std::uint64_t before = machine_.runtime().reserved_bytes();
    static_cast<void>(machine_.plan(machine_.stages()));
    EXPECT_EQ(machine_.runtime().reserved_bytes(), before);
}

INSTANTIATE_TEST_SUITE_P(Dispatch, PlannedOnChip, testing::Bool(),
                         [](const auto& early) { return early.param ? "early" : "late"; });

TEST(ChipSchedules, have_the_kernel_times_of_the_runtime) {
    const std::string file =
        (std::filesystem::temp_directory_path() / ("weir-plan-chip-" + std::to_string(getpid()) + ".json"))
            .string();
    std::ofstream(file) << R"({"add": 50000})";
    Machine machine({.kernel_times_file = file, .kernel_medians = {{"change", nanoseconds(20'000)}}});
    const Plan plan = machine.plan(machine.stages());
    std::filesystem::remove(file);
    EXPECT_TRUE(plan.simulated.value().assumed.empty());
    EXPECT_EQ(plan.simulated->model.kernel_times, file);
    // The sums are chained.
    EXPECT_GT(plan.simulated->makespan_unhindered, kStages * nanoseconds(50'000));
    EXPECT_LT(machine.run(machine.stages(), plan.simulated->unhindered).chip.makespan,
              plan.simulated->makespan_unhindered + nanoseconds(1));
}

TEST(ChipSchedules, are_of_the_first_tasks_of_a_long_program) {
    Machine machine;
    ScheduleModel model;
    model.most_tasks = 10;
    const Plan some = machine.plan(machine.stages(), {.simulate = model});
    EXPECT_EQ(some.simulated.value().tasks, 10U);
    const Plan all = machine.plan(machine.stages());
    EXPECT_GT(all.simulated.value().makespan_unhindered, some.simulated->makespan_unhindered);
    EXPECT_EQ(machine.run(machine.stages(), some.simulated->recommended).tasks, all.tasks);
}

TEST(ChipSchedules, leave_the_schedule_file_to_runs) {
    const std::string file =
        (std::filesystem::temp_directory_path() / ("weir-plan-chip-schedule-" + std::to_string(getpid())))
            .string();
    Machine machine({.schedule_file = file});
    const Plan plan = machine.plan(machine.stages());
    EXPECT_FALSE(std::filesystem::exists(file));
    static_cast<void>(machine.run(machine.stages(), plan.simulated.value().recommended));
    EXPECT_TRUE(std::filesystem::exists(file));
    std::filesystem::remove(file);
}

TEST(ChipSchedules, restore_what_the_program_sets_and_nothing_else) {
    Machine machine;
    std::uint64_t restored = 0;
    const PlanOptions options{.simulate = ScheduleModel{}, .restore = [&] {
                                  ++restored;
                                  machine.sum()[1] = 0;
                              }};
    static_cast<void>(machine.plan(machine.stages(), options));
    EXPECT_EQ(restored, 0U) << "it has set nothing";
    // As many tasks as its own memory says, which it changes.
    const Program counts = [&](Orchestrator& o) {
        const auto sum = o.external(machine.sum());
        const Value before = o.get(sum, {1});
        for (Value i = 0; i <= before; ++i) o.submit(machine.add(), sum, sum, sum);
        o.set(sum, {1}, before + 1);
    };
    EXPECT_EQ(machine.plan(counts, options).simulated.value().tasks, 1U);
    EXPECT_GT(restored, 0U);
    machine.sum()[1] = 0;
    const auto error = caught([&] { static_cast<void>(machine.plan(counts)); });
    EXPECT_EQ(error.code, ErrorCode::invalid_argument);
    EXPECT_NE(error.message.find("submit the same tasks"), std::string::npos) << error.message;
}

TEST(ChipSchedules, are_not_of_programs_that_read_data_of_tasks) {
    Machine machine;
    const Program reads = [&](Orchestrator& o) {
        const auto sum = o.external(machine.sum());
        o.submit(machine.add(), sum, sum, sum);
        static_cast<void>(o.get(sum, {0}));
        o.submit(machine.add(), sum, sum, sum);
    };
    const Plan ended = machine.plan(reads);
    EXPECT_FALSE(ended.exact);
    EXPECT_FALSE(ended.simulated.has_value());
    const Plan with_data = machine.plan(reads, {.simulate = ScheduleModel{}, .with_data = true});
    EXPECT_TRUE(with_data.exact);
    EXPECT_EQ(with_data.tasks_run, 1U);
    EXPECT_FALSE(with_data.simulated.has_value());
}

TEST(ChipSchedules, end_with_what_the_program_throws) {
    Machine machine;
    int calls = 0;
    const Program throws = [&](Orchestrator& o) {
        machine.stages()(o);
        if (++calls == 3) throw std::runtime_error("the third call");
    };
    EXPECT_THROW(static_cast<void>(machine.plan(throws)), std::runtime_error);
    EXPECT_EQ(calls, 3);
    EXPECT_NO_THROW(
        static_cast<void>(machine.run(machine.stages(), machine.plan(machine.stages()).smallest)));
}

TEST(ChipSchedules, are_refused_what_is_of_cpu_or_takes_the_machines_time) {
    const auto refused = [](const ChipOptions& options, const ScheduleModel& model) {
        Machine machine(options);
        const auto error =
            caught([&] { static_cast<void>(machine.plan(machine.stages(), {.simulate = model})); });
        EXPECT_EQ(error.code, ErrorCode::configuration);
        return error.message;
    };
    const auto says = [](const std::string& text, const char* what) {
        EXPECT_NE(text.find(what), std::string::npos) << text;
    };
    says(refused({}, {.threads = 2}), "control_threads");
    says(refused({}, {.submit = nanoseconds(1)}), "submit_ns");
    says(refused({}, {.kernel_times = "times.json"}), "ChipOptions::kernel_times_file");
    says(refused({}, {.kernel_medians = {{"add", nanoseconds(1)}}}), "ChipOptions::kernel_medians");
    says(refused({}, {.kernel = nanoseconds(1)}), "aic_kernel_ns");
    says(refused({}, {.most_tasks = 0}), "most_tasks");
    says(refused({.host_time_factor = 2}, {}), "host_time_factor");
    says(refused({.clock = ChipClock::wall}, {}), "virtual clock");
}

}  // namespace
}  // namespace weir::test
