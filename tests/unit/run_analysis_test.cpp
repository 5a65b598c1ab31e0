// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
// Statistics, scheduling overhead, critical path and what-if figures of runs that are worked out by hand.
#include <gtest/gtest.h>

#include "analysis/critical_path.hpp"
#include "analysis/kernel_medians.hpp"
#include "analysis/kernel_statistics.hpp"
#include "analysis/load.hpp"
#include "analysis/run_comparison.hpp"
#include "analysis/scheduling_overhead.hpp"
#include "analysis/time_text.hpp"
#include "hand_made_lane.hpp"

namespace weir {
namespace {

using namespace analysis;
using test::HandMadeRun;
using test::us;
using Cause = CriticalPath::Cause;

TEST(TimeText, what_is_not_nothing_never_shows_as_nothing) {
    EXPECT_EQ(us_text(Time{0}), "0");
    EXPECT_EQ(us_text(Time{1}), "<0.001");
    EXPECT_EQ(us_text(0.25), "<0.001");
    EXPECT_EQ(us_text(us(0.001)), "0.001");
    EXPECT_EQ(us_text(us(0.0499)), "0.050");
    EXPECT_EQ(us_text(us(0.9996)), "1.00");
    EXPECT_EQ(us_text(us(7.314)), "7.31");
    EXPECT_EQ(us_text(us(99.996)), "100.0");
    EXPECT_EQ(us_text(us(1234.56)), "1,234.6");
    EXPECT_EQ(us_text(us(1234567)), "1,234,567");
    EXPECT_EQ(us_text(us(-2)), "-2.00");
    EXPECT_EQ(percent_text(0, 10), "0 %");
    EXPECT_EQ(percent_text(1, 10000), "<0.1 %");
    EXPECT_EQ(percent_text(1, 8), "12.5 %");
    EXPECT_EQ(percent_text(1, 0), "-");
}

TEST(KernelStatistics, percentiles_are_of_nearest_rank) {
    std::vector<Time> durations;
    for (int i = 200; i > 0; --i) durations.push_back(us(i));
    const Distribution distribution = distribution_of(durations);
    EXPECT_EQ(distribution.count, 200U);
    EXPECT_EQ(distribution.min, us(1));
    EXPECT_EQ(distribution.max, us(200));
    EXPECT_EQ(distribution.p50, us(100));
    EXPECT_EQ(distribution.p99, us(198));
    EXPECT_EQ(distribution.mean, static_cast<double>(us(100.5)));
    std::vector<Time> one = {us(3)};
    EXPECT_EQ(distribution_of(one).p50, us(3));
    EXPECT_EQ(distribution_of(one).p99, us(3));
    EXPECT_EQ(distribution_of(one).variance, 0);
}

TEST(KernelStatistics, waits_are_those_that_are_known) {
    HandMadeRun made({"cpu"}, 20);
    const std::uint32_t small = made.kernel("small", "cpu");
    const std::uint32_t large = made.kernel("large", "cpu");
    made.kernel("unused", "cpu");
    made.task(small, 0, {0, 1, 1, 2, 3});
    made.task(small, 0, {0, 1, 1, 5, 7});
    made.task(large, 0, {0, 1, 1, 8, 18});
    made.lane.executions[1].ready = kUnknownTime;
    made.lane.executions[2].observed = us(18.5);
    const auto kernels = kernel_statistics(made.lane);
    ASSERT_EQ(kernels.size(), 2U);
    EXPECT_EQ(kernels[0].name, "large") << "longest total first";
    EXPECT_EQ(kernels[0].observe.p50, us(0.5));
    EXPECT_EQ(kernels[1].work.total, static_cast<double>(us(3)));
    EXPECT_EQ(kernels[1].wait.count, 1U);
    EXPECT_EQ(kernels[1].wait.max, us(1));
}

TEST(KernelMedians, are_of_all_executions_with_a_name_and_both_times) {
    HandMadeRun made({"cpu"}, 20);
    const std::uint32_t small = made.kernel("small", "cpu");
    const std::uint32_t same = made.kernel("small", "AIV");
    const std::uint32_t own = made.kernel("allocate", "cpu");
    const std::uint32_t cut_off = made.kernel("cut_off", "cpu");
    made.kernel("unused", "cpu");
    for (const double end : {2.0, 9.0, 4.0}) made.task(small, 0, {0, 1, 1, 1, end});
    made.task(same, 0, {0, 1, 1, 1, 3});
    made.task(own, 0, {0, 1, 1, 1, 1});
    made.task(cut_off, 0, {0, 1, 1, 1, 5});
    made.lane.executions.back().end = kUnknownTime;
    made.task(small, 0, {0, 1, 1, 1, 20});
    made.lane.executions.back().kernel = kNone;
    made.task(small, 0, {0, 1, 1, 1, 1});
    made.lane.executions.back().core = kNone;
    const std::uint32_t meets = made.kernel("meets", "cpu");
    made.task(meets, 0, {0, 1, 1, 1, 4});
    made.task(meets, 0, {0, 1, 1, 6, 10});
    made.lane.executions.back().resumed = true;
    EXPECT_EQ(kernel_medians(made.lane), (std::map<std::string, Time>{{"meets", us(7)}, {"small", us(2)}}))
        << "of 1, 2, 3, 8; and of one call in two stretches";
    EXPECT_TRUE(kernel_medians(Swimlane{}).empty());
}

/// One AIC and two AIV cores.
///   P (AIC)    0..4      its consumer A (AIV) starts at 6 on core 1: 2 us in which both AIV cores are idle
///   B (AIV)    from P, starts at 9 on core 2: from 6 on core 2 is idle still
///   M (mixed)  from P, AIC part dispatched at 5, AIV part at 10
HandMadeRun mixed_run() {
    HandMadeRun made({"AIC", "AIV", "AIV"}, 20);
    const std::uint32_t cube = made.kernel("cube", "AIC");
    const std::uint32_t vector = made.kernel("vector", "AIV");
    made.task(cube, 0, {0, 0, 0, 0, 4});
    made.task(vector, 1, {0, 4, 6, 6, 8}, {0});
    made.task(vector, 2, {0, 4, 9, 9, 12}, {0});
    made.task(cube, 0, {0, 4, 5, 5, 7}, {0});
    made.block(vector, 1, {0, 4, 10, 10, 14});
    return made;
}

TEST(Load, counts_ready_executions_and_idle_cores_of_all_types_and_of_each) {
    using Values = std::vector<std::pair<Time, std::int64_t>>;
    const auto values = [](const std::vector<Step>& steps) {
        Values list;
        for (const Step& step : steps) list.emplace_back(step.time / us(1), step.value);
        return list;
    };
    HandMadeRun made = mixed_run();
    // What needs no core waits for a scheduler, and for no type.
    made.task(0, 0, {0, 4, 5, 5, 5});
    made.lane.executions.back().core = kNone;
    const CoreTypes types(made.lane, &made.run);
    EXPECT_EQ(values(ready_tasks(made.lane)), (Values{{4, 5}, {5, 3}, {6, 2}, {9, 1}, {10, 0}}));
    EXPECT_EQ(values(ready_tasks(made.lane, {&types, 0})), (Values{{4, 1}, {5, 0}}));
    EXPECT_EQ(values(ready_tasks(made.lane, {&types, 1})), (Values{{4, 3}, {6, 2}, {9, 1}, {10, 0}}));
    EXPECT_EQ(values(idle_cores(made.lane, &made.run)),
              (Values{{0, 2}, {4, 3}, {5, 2}, {6, 1}, {7, 2}, {8, 3}, {9, 2}, {10, 1}, {12, 2}, {14, 3}}));
    EXPECT_EQ(values(idle_cores(made.lane, &made.run, {&types, 0})),
              (Values{{0, 0}, {4, 1}, {5, 0}, {7, 1}}));
    EXPECT_EQ(values(idle_cores(made.lane, &made.run, {&types, 1})),
              (Values{{0, 2}, {6, 1}, {8, 2}, {9, 1}, {10, 0}, {12, 1}, {14, 2}}));
}

TEST(SchedulingOverhead, counts_idle_cores_with_ready_tasks_by_type) {
    const HandMadeRun made = mixed_run();
    const TaskTable table(made.lane, &made.deps);
    ASSERT_EQ(table.tasks().size(), 4U);
    const SchedulingOverhead overhead = scheduling_overhead(table, &made.run);
    ASSERT_EQ(overhead.types.size(), 2U);
    EXPECT_EQ(overhead.types[0].type, "AIC");
    EXPECT_EQ(overhead.types[0].time, us(1)) << "from 4 to 5";
    EXPECT_EQ(overhead.types[1].cores, 2);
    EXPECT_EQ(overhead.types[1].time, us(6)) << "from 4 to 10: one core at least is idle all the time";
    EXPECT_EQ(overhead.all, us(1));
    EXPECT_EQ(overhead.any, us(6));
    EXPECT_EQ(overhead.makespan, us(20));
}

TEST(SchedulingOverhead, a_busy_type_is_not_in_overhead) {
    HandMadeRun made({"cpu"}, 10);
    const std::uint32_t kernel = made.kernel("k", "cpu");
    made.task(kernel, 0, {0, 0, 0, 0, 4});
    made.task(kernel, 0, {0, 1, 6, 6, 8});
    const TaskTable table(made.lane, &made.deps);
    EXPECT_EQ(scheduling_overhead(table, &made.run).any, us(2))
        << "ready from 1, but the core is free from 4 on";
}

TEST(SchedulingOverhead, readiness_is_the_latest_end_of_producers_but_not_before_the_submit) {
    HandMadeRun made({"cpu", "cpu"}, 20);
    const std::uint32_t kernel = made.kernel("k", "cpu");
    made.task(kernel, 0, {0, 0, 0, 0, 2});
    made.task(kernel, 1, {0, 0, 0, 0, 3});
    made.task(kernel, 0, {1, 9, 9, 9, 10}, {0, 1});   // recorded as ready at 9, but its producers ended at 3
    made.task(kernel, 1, {11, 12, 14, 14, 15}, {0});  // submitted at 11, long after its producer
    const TaskTable table(made.lane, &made.deps);
    EXPECT_EQ(readiness(table, 2, made.lane.executions[2]), us(3));
    EXPECT_EQ(readiness(table, 3, made.lane.executions[3]), us(11));
    EXPECT_EQ(scheduling_overhead(table, &made.run).any, us(6 + 3));
    const TaskTable without(made.lane, nullptr);
    EXPECT_EQ(readiness(without, 2, made.lane.executions[2]), us(9));
    EXPECT_EQ(scheduling_overhead(without, &made.run).any, us(2));
}

TEST(SchedulingOverhead, a_task_of_producers_outside_the_record_counts_from_its_dispatch) {
    HandMadeRun made({"cpu"}, 20);
    const std::uint32_t kernel = made.kernel("k", "cpu");
    made.task(kernel, 0, {0, 0, 0, 0, 2});
    made.task(kernel, 0, {0, 2, 9, 9, 10}, {0});
    const TaskTable whole(made.lane, &made.deps);
    EXPECT_EQ(scheduling_overhead(whole, &made.run).any, us(7));
    made.lane.executions.erase(made.lane.executions.begin());
    const TaskTable without(made.lane, &made.deps);
    EXPECT_TRUE(without.producers_missing(0));
    EXPECT_EQ(scheduling_overhead(without, &made.run).any, 0);
}

/// Two cores; the program submits for 1 us, is held back from 10 to 14, and A feeds C.
///   core 0 (the program's)   .
///   core 1                   A 2..6          C 7..9
///   core 2                   B 3..8  D 8.5..9.5       E 16..19    makespan 20
HandMadeRun two_cores() {
    HandMadeRun made({"cpu", "cpu", "cpu"}, 20);
    const std::uint32_t first = made.kernel("first", "cpu");
    const std::uint32_t second = made.kernel("second", "cpu");
    const std::uint32_t third = made.kernel("third", "cpu");
    made.task(first, 1, {0, 1, 2, 2, 6});
    made.task(second, 2, {1, 2, 3, 3, 8});
    made.task(second, 1, {2, 6, 7, 7, 9}, {0});
    made.task(second, 2, {3, 4, 8.5, 8.5, 9.5});
    made.task(third, 2, {9.6, 15, 16, 16, 19}, {1});
    made.held_back(10, 14);
    return made;
}

TEST(CriticalPath, leads_through_the_held_back_program) {
    const HandMadeRun made = two_cores();
    const TaskTable table(made.lane, &made.deps);
    const CriticalPath path = Schedule(table, &made.run).critical_path();
    // E ends last. It was ready at 15, after its producer (8) and its core (9.5): the program submitted it
    // late.
    ASSERT_EQ(path.links.size(), 1U);
    EXPECT_EQ(path.links[0].execution, 4U);
    EXPECT_EQ(path.links[0].cause, Cause::submit);
    EXPECT_EQ(path.compute, us(3));
    EXPECT_EQ(path.memory, us(4));
    EXPECT_EQ(path.submit, us(11)) << "up to 15, without the 4 held back";
    EXPECT_EQ(path.behind, us(1));
    EXPECT_EQ(path.scheduling, us(11 + 1 + 1));
    EXPECT_EQ(path.compute + path.memory + path.scheduling, path.makespan);
}

TEST(CriticalPath, leads_through_producers_and_cores) {
    HandMadeRun made = two_cores();
    made.lane.executions.pop_back();
    made.deps.tasks.pop_back();
    made.deps.edges.pop_back();
    made.run.makespan = us(10);
    const TaskTable table(made.lane, &made.deps);
    const Schedule schedule(table, &made.run);
    const CriticalPath path = schedule.critical_path();
    // D ends at 9.5; it waited for B on its core until 8; B, submitted at 2, started at 3.
    ASSERT_EQ(path.links.size(), 2U);
    EXPECT_EQ(path.links[0].execution, 1U);
    EXPECT_EQ(path.links[0].cause, Cause::submit);
    EXPECT_EQ(path.links[1].execution, 3U);
    EXPECT_EQ(path.links[1].cause, Cause::core);
    EXPECT_EQ(path.links[1].scheduling, us(0.5));
    EXPECT_EQ(path.compute, us(6));
    EXPECT_EQ(path.memory, 0);
    EXPECT_EQ(path.submit, us(2));
    EXPECT_EQ(path.scheduling, us(2 + 1 + 0.5 + 0.5));
    // Without scheduling: A 0..4, C 4..6; B 0..5, D 5..6.
    EXPECT_EQ(schedule.makespan_if({.scheduling_free = true}), static_cast<double>(us(6)));
    // second takes 0.8: B ends at 7, D at 7.5 + 0.8 = 8.3; C at 7 + 1.6 = 8.6, and 0.5 behind it.
    EXPECT_DOUBLE_EQ(schedule.makespan_if({.kernel = 1, .factor = 0.8}), static_cast<double>(us(9.1)));
    // first takes 0.5: A ends at 4, but D ends as before.
    EXPECT_EQ(schedule.makespan_if({.kernel = 0, .factor = 0.5}), static_cast<double>(us(10)));
}

TEST(CriticalPath, knows_the_producer_that_made_a_task_ready_without_recorded_dependencies) {
    HandMadeRun made({"cpu", "cpu"}, 20);
    const std::uint32_t kernel = made.kernel("k", "cpu");
    made.task(kernel, 0, {0, 1, 1, 1, 4});
    made.task(kernel, 1, {1, 4, 6, 6, 8});
    made.task(kernel, 1, {2, 2, 8, 8, 9});     // ready at its submit, when nothing ended
    made.task(kernel, 0, {3, 8, 9, 9, 12});    // of the second
    made.task(kernel, 1, {9, 9, 13, 13, 15});  // what ended at its submit is nothing that it waited for
    made.block(kernel, 0, {9, 9, 13, 13, 16});
    made.task(kernel, 1, {10, 16, 17, 17, 19});  // of the last call of the one before
    made.task(kernel, 0, {11, 12, 16, 16, 18});  // of the fourth, that ended before the one before it began
    const TaskTable table(made.lane, nullptr);
    const auto producers = [&](std::size_t task) {
        const auto list = table.producers(task);
        return std::vector<std::uint32_t>(list.begin(), list.end());
    };
    using List = std::vector<std::uint32_t>;
    EXPECT_EQ(producers(0), List{});
    EXPECT_EQ(producers(1), List{0});
    EXPECT_EQ(producers(2), List{});
    EXPECT_EQ(producers(3), List{1});
    EXPECT_EQ(producers(4), List{});
    EXPECT_EQ(producers(5), List{4});
    EXPECT_EQ(producers(6), List{3});
    made.lane.executions.resize(4);
    made.run.makespan = us(12);
    const TaskTable first_four(made.lane, nullptr);
    const CriticalPath path = Schedule(first_four, &made.run).critical_path();
    ASSERT_EQ(path.links.size(), 3U);
    EXPECT_EQ(path.links[0].cause, Cause::submit);
    EXPECT_EQ(path.links[1].cause, Cause::producer);
    EXPECT_EQ(path.links[2].cause, Cause::producer);
    EXPECT_EQ(path.compute, us(3 + 2 + 3));
    EXPECT_EQ(path.submit, us(1));
    EXPECT_EQ(scheduling_overhead(first_four, &made.run).any, us(7)) << "from 2 to 9";
}

TEST(CriticalPath, unbounded_rings_take_away_what_was_held_back) {
    const HandMadeRun made = two_cores();
    const TaskTable table(made.lane, &made.deps);
    const Schedule schedule(table, &made.run);
    EXPECT_EQ(schedule.makespan_if({}), static_cast<double>(us(20))) << "nothing changes, nothing moves";
    // E is submitted at 11 and ends at 15; 1 us behind it.
    EXPECT_EQ(schedule.makespan_if({.rings_unbounded = true}), static_cast<double>(us(16)));
    // Without scheduling the program is at E after 4 us held back, while its producer B ends at 5 and D,
    // before E on its core, at 6.
    EXPECT_EQ(schedule.makespan_if({.scheduling_free = true}), static_cast<double>(us(9)));
}

TEST(CriticalPath, kernels_on_the_programs_thread_are_compute) {
    HandMadeRun made({"cpu", "cpu"}, 12);
    const std::uint32_t inside = made.kernel("inside", "cpu");
    const std::uint32_t handed = made.kernel("handed", "cpu");
    made.task(inside, 0, {0, 1, 1, 1, 4});
    made.task(inside, 0, {4, 5, 5, 5, 7});
    made.task(handed, 1, {7, 8, 9, 9, 12});
    const TaskTable table(made.lane, &made.deps);
    const Schedule schedule(table, &made.run);
    const CriticalPath path = schedule.critical_path();
    EXPECT_EQ(path.links.size(), 1U);
    EXPECT_EQ(path.kernels_on_program_thread, 2U);
    EXPECT_EQ(path.compute, us(3 + 2 + 3));
    EXPECT_EQ(path.submit, us(3));
    EXPECT_EQ(path.scheduling, us(4));
    // inside takes 0.8: 1 us less before the submit of handed.
    EXPECT_DOUBLE_EQ(schedule.makespan_if({.kernel = inside, .factor = 0.8}), static_cast<double>(us(11)));
    EXPECT_EQ(schedule.makespan_if({.scheduling_free = true}), static_cast<double>(us(8)));
}

TEST(CriticalPath, a_program_that_works_while_it_is_held_back_computes) {
    HandMadeRun made({"cpu", "cpu"}, 12);
    const std::uint32_t kernel = made.kernel("k", "cpu");
    made.task(kernel, 0, {0, 1, 3, 3, 5});
    made.task(kernel, 1, {1, 8, 8, 8, 12});
    made.held_back(2, 7);
    const TaskTable table(made.lane, &made.deps);
    const Schedule schedule(table, &made.run);
    const CriticalPath path = schedule.critical_path();
    EXPECT_EQ(path.compute, us(2 + 4));
    EXPECT_EQ(path.memory, us(1 + 2));
    EXPECT_EQ(path.submit, us(2 + 1));
    EXPECT_EQ(schedule.makespan_if({.rings_unbounded = true}), static_cast<double>(us(9)));
}

TEST(CriticalPath, of_nothing_is_nothing) {
    const HandMadeRun made({"cpu"}, 5);
    const TaskTable table(made.lane, &made.deps);
    const CriticalPath path = Schedule(table, &made.run).critical_path();
    EXPECT_TRUE(path.links.empty());
    EXPECT_EQ(path.behind, us(5));
    EXPECT_EQ(scheduling_overhead(table, &made.run).any, 0);
}

RunAnalysis run_of_means(double work, int count, double spread) {
    HandMadeRun made({"cpu"}, 1000);
    const std::uint32_t kernel = made.kernel("k", "cpu");
    for (int i = 0; i < count; ++i)
        made.task(kernel, 0, {0, 0, 0, 10. * i, 10. * i + work + (i % 2 == 0 ? spread : -spread)});
    RunAnalysis run;
    run.has_swimlane = true;
    run.kernels = kernel_statistics(made.lane);
    run.overhead.makespan = us(1000);
    return run;
}

bool changed(const RunComparison& comparison, const std::string& what) {
    for (const Difference& difference : comparison.differences)
        if (difference.what == what) return difference.beyond_noise();
    ADD_FAILURE() << "nothing is said of " << what;
    return false;
}

TEST(RunComparison, a_difference_counts_beyond_three_standard_errors_and_two_percent) {
    const std::string mean = "kernel k, mean work";
    // The standard error of each side is sqrt(100 / 99) / 10, so three of the difference are 0.426.
    const RunAnalysis base = run_of_means(5, 100, 1);
    EXPECT_FALSE(changed(compare(base, run_of_means(5.4, 100, 1)), mean));
    EXPECT_TRUE(changed(compare(base, run_of_means(5.5, 100, 1)), mean));
    EXPECT_TRUE(changed(compare(base, run_of_means(4.5, 100, 1)), mean));
    // Without spread it is 2 % of 5.
    EXPECT_FALSE(changed(compare(run_of_means(5, 100, 0), run_of_means(5.09, 100, 0)), mean));
    EXPECT_TRUE(changed(compare(run_of_means(5, 100, 0), run_of_means(5.11, 100, 0)), mean));
    // Of four executions nothing is known but that a microsecond means nothing.
    EXPECT_FALSE(changed(compare(run_of_means(5, 4, 0), run_of_means(5.9, 4, 0)), mean));
    EXPECT_TRUE(changed(compare(run_of_means(5, 4, 0), run_of_means(6.1, 4, 0)), mean));
}

TEST(RunComparison, single_values_need_five_percent_and_kernels_on_one_side_are_named) {
    RunAnalysis first = run_of_means(5, 100, 1);
    RunAnalysis second = first;
    second.overhead.makespan = us(1049);
    EXPECT_FALSE(changed(compare(first, second), "makespan"));
    second.overhead.makespan = us(940);
    EXPECT_TRUE(changed(compare(first, second), "makespan"));
    EXPECT_FALSE(changed(compare(first, first), "kernel k, total work"));
    second.kernels[0].name = "other";
    const RunComparison comparison = compare(first, second);
    ASSERT_EQ(comparison.kernels_on_one_side.size(), 2U);
    EXPECT_EQ(comparison.kernels_on_one_side[0].name, "k");
    EXPECT_TRUE(comparison.kernels_on_one_side[0].in_first);
    EXPECT_FALSE(comparison.kernels_on_one_side[1].in_first);
}

TEST(RunComparison, kernels_of_one_name_are_compared_though_they_ran_on_another_type) {
    const RunAnalysis on_cpu = run_of_means(5, 100, 1);
    RunAnalysis on_chip = run_of_means(8, 100, 1);
    on_chip.kernels[0].core_type = "AIV";
    const RunComparison moved = compare(on_cpu, on_chip);
    EXPECT_TRUE(changed(moved, "kernel k, mean work"));
    EXPECT_TRUE(moved.kernels_on_one_side.empty());
    // Which of two it is to be held against is not known; one of the same type is.
    on_chip.kernels.push_back(on_chip.kernels[0]);
    on_chip.kernels[1].core_type = "AIC";
    EXPECT_EQ(compare(on_cpu, on_chip).kernels_on_one_side.size(), 3U);
    EXPECT_EQ(compare(on_chip, on_cpu).kernels_on_one_side.size(), 3U);
    on_chip.kernels[1].core_type = "cpu";
    const RunComparison added = compare(on_cpu, on_chip);
    ASSERT_EQ(added.kernels_on_one_side.size(), 1U);
    EXPECT_EQ(added.kernels_on_one_side[0].core_type, "AIV");
}

}  // namespace
}  // namespace weir
