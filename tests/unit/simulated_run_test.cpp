// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
// Simulated runs: schedules that were worked out by hand, what is short in them, and the same again.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <source_location>
#include <vector>

#include "config/resource_table.hpp"
#include "orchestrator/verdict.hpp"
#include "plan/recommend.hpp"
#include "plan/simulated_run.hpp"

namespace weir::test {
namespace {

constexpr std::uint64_t kNs = 1000;  // of a submit; tasks take some ten of them

struct Edge {
    std::uint32_t task;
    bool waits = true;
    bool keeps = false;
};

/// Traces of tasks with one argument each.
class Traced {
public:
    Traced() { trace_.open_scope(); }
    Traced& task(std::uint64_t duration, std::initializer_list<Edge> edges = {}, std::uint64_t heap = 0,
                 std::int8_t priority = 0, std::source_location site = std::source_location::current()) {
        for (const Edge& edge : edges) trace_.add_edge(edge.task, edge.waits, edge.keeps);
        TraceTask task;
        task.duration_ns = duration;
        task.heap_bytes = heap;
        task.payload_bytes = 32;
        task.tensormap_entries = 2;
        task.ring = static_cast<std::uint8_t>(depth_);
        task.priority = priority;
        task.site = site;
        trace_.submit(task);
        return *this;
    }
    Traced& open() { return ++depth_, trace_.open_scope(), *this; }
    Traced& close() { return --depth_, trace_.close_scope(), *this; }
    Traced& wait(std::initializer_list<std::uint32_t> tasks) {
        for (const std::uint32_t task : tasks) trace_.add_edge(task, true, false);
        trace_.wait();
        return *this;
    }
    [[nodiscard]] const SubmitTrace& get() const { return trace_; }

private:
    SubmitTrace trace_{1'000};
    int depth_ = 0;
};

Sizes smallest() {
    Sizes sizes{};
    for (const ResourceRow& row : kResourceRows)
        for (std::size_t ring = 0; ring < row.rings(); ++ring) size_in(sizes, row, ring) = row.low;
    return sizes;
}

SimulatedOutcome simulate(const Traced& traced, int threads, std::optional<Sizes> sizes = {}) {
    SimulatedRun run(traced.get(), threads, kNs);
    const Sizes used = sizes ? *sizes : run.boundless();
    const SimulatedOutcome outcome = run.run(used);
    EXPECT_TRUE(outcome.ended);
    const SimulatedOutcome again = run.run(used);
    EXPECT_EQ(again.makespan_ns, outcome.makespan_ns);
    EXPECT_EQ(again.times_held_back, outcome.times_held_back);
    return outcome;
}

TEST(SimulatedRuns, of_one_thread_are_submits_and_tasks_one_after_the_other) {
    Traced traced;
    for (int i = 0; i < 10; ++i) traced.task(10 * kNs);
    const SimulatedOutcome outcome = simulate(traced, 1);
    EXPECT_EQ(outcome.makespan_ns, 110 * kNs);
    EXPECT_EQ(outcome.use.of(Resource::task_window, 0).peak, 0U) << "all of them in place";
    EXPECT_EQ(simulate(traced, 1, smallest()).makespan_ns, 110 * kNs);
}

TEST(SimulatedRuns, share_independent_tasks_among_threads) {
    Traced traced;
    for (int i = 0; i < 9; ++i) traced.task(10 * kNs);
    traced.task(10 * kNs);
    // Thread 1 runs from 1 to 51; the program submits until 10, then runs the other half.
    const SimulatedOutcome outcome = simulate(traced, 2);
    EXPECT_EQ(outcome.makespan_ns, 60 * kNs);
    EXPECT_EQ(outcome.times_held_back, 0U);
    EXPECT_EQ(outcome.use.of(Resource::task_window, 0).peak, 10U);
    EXPECT_EQ(outcome.use.of(Resource::task_window, 0).submit.line(),
              traced.get().tasks().back().site.line());
    EXPECT_EQ(outcome.use.of(Resource::payload, 0).spare, 24U);
    EXPECT_EQ(outcome.use.of(Resource::payload, 0).peak, 320U);
    EXPECT_EQ(outcome.use.of(Resource::tensormap, 0).peak, 20U);
    // Each task has a thread as soon as it is submitted.
    EXPECT_EQ(simulate(traced, 11).makespan_ns, 20 * kNs);
}

TEST(SimulatedRuns, hold_the_program_back_where_a_window_is_full) {
    Traced traced;
    for (int i = 0; i < 6; ++i) traced.task(10 * kNs);
    // Submits until 5, when tasks 1 to 4 fill the window; helps with task 2 until 15, while thread 1 runs 1
    // to 11 and then 3 until 21. Submits 5 at 15 and 6 at 16, runs task 4 until 26; thread 1 runs 5 until 31.
    // Task 6 is left at 26: until 36.
    const SimulatedOutcome outcome = simulate(traced, 2, smallest());
    EXPECT_EQ(outcome.times_held_back, 1U);
    EXPECT_EQ(outcome.use.of(Resource::consumed_window, 0).held_back, 1U);
    EXPECT_EQ(outcome.use.of(Resource::task_window, 0).peak, 4U);
    EXPECT_EQ(outcome.makespan_ns, 36 * kNs);
    EXPECT_EQ(simulate(traced, 2).makespan_ns, 36 * kNs) << "nothing is lost by it here";
}

TEST(SimulatedRuns, follow_edges_to_tasks_that_have_not_completed) {
    Traced chain;
    chain.task(10 * kNs);
    for (std::uint32_t i = 0; i < 4; ++i) chain.task(10 * kNs, {{i}});
    EXPECT_EQ(simulate(chain, 3).makespan_ns, 51 * kNs);
    EXPECT_EQ(simulate(chain, 3).use.of(Resource::dep_pool, 0).peak, 4U);
    Traced late;
    late.task(2500).task(10 * kNs).wait({0}).task(10 * kNs, {{0}});
    const SimulatedOutcome outcome = simulate(late, 2);
    // The program helps with task 1 from 2 to 12, then waits no more.
    EXPECT_EQ(outcome.makespan_ns, 23 * kNs);
    EXPECT_EQ(outcome.use.of(Resource::dep_pool, 0).peak, 0U) << "its producer had completed";
}

TEST(SimulatedRuns, keep_memory_until_its_scope_closes_and_its_keepers_are_done) {
    Traced traced;
    traced.open().task(10 * kNs, {}, 512).task(10 * kNs, {{0, true, true}}).close();
    traced.open().task(10 * kNs, {}, 512).task(10 * kNs, {{2, true, true}}).close();
    EXPECT_EQ(simulate(traced, 2).use.of(Resource::heap, 1).peak, 1024U);
    Sizes sizes = SimulatedRun(traced.get(), 2, kNs).boundless();
    EXPECT_EQ(sizes.ring[1].heap, 1024U);
    sizes.ring[1].heap = 512;
    const SimulatedOutcome outcome = simulate(traced, 2, sizes);
    EXPECT_EQ(outcome.use.of(Resource::heap, 1).held_back, 2U) << "behind the owner, then behind its keeper";
    EXPECT_EQ(outcome.times_held_back, 1U);
    EXPECT_EQ(outcome.use.of(Resource::heap, 1).peak, 512U);
    // The second owner is submitted when the first keeper is done, at 21, and its own keeper runs to 41.
    EXPECT_EQ(outcome.makespan_ns, 41 * kNs);
}

TEST(SimulatedRuns, take_the_more_urgent_of_ready_tasks_first) {
    Traced traced;
    // Thread 1 is busy until 11 with the first; the program waits for the last, which is urgent.
    traced.task(10 * kNs).task(10 * kNs).task(10 * kNs, {}, 0, 3).wait({2});
    EXPECT_EQ(simulate(traced, 2).makespan_ns, 21 * kNs);
    EXPECT_EQ(simulate(traced, 2).use.of(Resource::task_window, 0).peak, 3U);
}

TEST(SimulatedRuns, run_short_tasks_in_place_and_some_of_those_in_between) {
    Traced short_tasks;
    for (int i = 0; i < 100; ++i) short_tasks.task(100);
    EXPECT_EQ(simulate(short_tasks, 4).use.of(Resource::task_window, 0).peak, 0U);
    EXPECT_EQ(simulate(short_tasks, 4).makespan_ns, 110 * kNs);
    Traced between;
    for (int i = 0; i < 100; ++i) between.task(1900);
    const std::uint64_t peak = simulate(between, 2).use.of(Resource::task_window, 0).peak;
    EXPECT_GT(peak, 20U);
    EXPECT_LT(peak, 60U) << "24 ready tasks for the other thread, then the program runs what is ready itself";
}

TEST(SimulatedRuns, end_where_they_pass_the_limit) {
    Traced traced;
    for (int i = 0; i < 10; ++i) traced.task(10 * kNs);
    SimulatedRun run(traced.get(), 2, kNs);
    EXPECT_TRUE(run.run(run.boundless(), 60 * kNs).ended);
    EXPECT_FALSE(run.run(run.boundless(), 60 * kNs - 1).ended);
    EXPECT_FALSE(run.run(run.boundless(), 0).ended);
    EXPECT_EQ(run.run(run.boundless()).makespan_ns, 60 * kNs) << "an end before leaves nothing behind";
}

/// Random tasks in three rings, with edges, owners, priorities and waits; and what the verdict lets pass.
struct RandomTrace {
    explicit RandomTrace(std::uint64_t seed) : state(seed * 0x9e3779b97f4a7c15U + 1) {
        open();
        while (trace.tasks().size() < 150) {
            const std::uint64_t choice = below(20);
            if (choice == 0 && scopes.size() < 3)
                open();
            else if (choice == 1 && scopes.size() > 1)
                close();
            else if (choice == 2 && !trace.tasks().empty())
                wait();
            else
                submit();
        }
    }

    void open() {
        trace.open_scope();
        scopes.push_back({});
    }
    void close() {
        trace.close_scope();
        held[scopes.size() - 1] = {};
        scopes.pop_back();
    }
    void wait() {
        trace.add_edge(static_cast<std::uint32_t>(below(trace.tasks().size())), true, false);
        trace.wait();
    }
    void submit() {
        const std::size_t r = scopes.size() - 1;
        const auto number = static_cast<std::uint32_t>(trace.tasks().size());
        Request needs;
        needs.heap_bytes = below(3) == 0 ? 64 * (1 + below(20)) : 0;
        needs.payload_bytes = 8 * (4 + below(40));
        needs.tensormap_entries = 2 + below(6);
        // One edge a task: it is waited for, kept, or both.
        std::vector<TraceEdge> edges;
        for (std::uint64_t i = below(4); i != 0 && number != 0; --i)
            edges.emplace_back(static_cast<std::uint32_t>(number - 1 - below(std::min(number, 12U))), true,
                               false);
        if (!scopes.back().empty() && below(2) == 0) {
            edges.emplace_back(scopes.back()[below(scopes.back().size())], below(2) == 0, true);
            ++needs.owners;
        }
        for (std::size_t i = edges.size(); i-- > 0;) {
            const bool last =
                std::none_of(edges.begin() + static_cast<std::ptrdiff_t>(i) + 1, edges.end(),
                             [&](const TraceEdge& other) { return other.task() == edges[i].task(); });
            if (last) trace.add_edge(edges[i].task(), edges[i].waits(), edges[i].keeps());
        }
        RingPosition& position = held[r];
        position.next_number = next[r]++;
        position.heap_head = heads[r];
        while (const auto shortage = find_shortage(sizes.ring[r], sizes.tensormap, position, needs))
            size_in(sizes, row_of(shortage->resource), per_ring(shortage->resource) ? r : 0) =
                shortage->sufficient;
        if (needs.heap_bytes != 0) {
            scopes.back().push_back(number);
            if (!position.held) position = {0, 0, true, position.next_number, heads[r]};
            heads[r] += needs.heap_bytes;
        }
        TraceTask task;
        task.duration_ns = below(10) == 0 ? below(kNs) : below(40 * kNs);
        task.heap_bytes = needs.heap_bytes;
        task.payload_bytes = static_cast<std::uint32_t>(needs.payload_bytes);
        task.tensormap_entries = static_cast<std::uint16_t>(needs.tensormap_entries);
        task.ring = static_cast<std::uint8_t>(r);
        task.priority = static_cast<std::int8_t>(below(8) == 0 ? 2 : 0);
        work_ns += task.duration_ns;
        trace.submit(task);
    }
    std::uint64_t below(std::uint64_t bound) {
        state ^= state << 13U;
        state ^= state >> 7U;
        state ^= state << 17U;
        return (state >> 11U) % bound;
    }

    std::uint64_t state;
    SubmitTrace trace{1'000};
    Sizes sizes = smallest();
    std::uint64_t work_ns = 0;
    std::vector<std::vector<std::uint32_t>> scopes;  ///< owners
    std::array<RingPosition, kRings> held{};
    std::array<std::uint64_t, kRings> next{1, 1, 1, 1};
    std::array<std::uint64_t, kRings> heads{};
};

Sizes sizes_of(const PlannedSizes& planned) {
    Sizes sizes{};
    for (const ResourceRow& row : kResourceRows)
        for (std::size_t ring = 0; ring < row.rings(); ++ring)
            size_in(sizes, row, ring) = planned[static_cast<std::size_t>(row.resource)][ring].value;
    return sizes;
}

TEST(RecommendedSizes, of_random_programs_do_what_is_said_of_them) {
    std::uint64_t held_back = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const RandomTrace random(seed);
        const int threads = static_cast<int>(1 + seed % 6);
        SimulatedRun run(random.trace, threads, kNs);
        const SimulatedSchedule found = recommend(run, random.sizes);
        const SimulatedOutcome without_bounds = run.run(run.boundless());
        const std::uint64_t best = without_bounds.makespan_ns;
        EXPECT_EQ(static_cast<std::uint64_t>(found.makespan_unhindered.count()), best);
        EXPECT_GE(best, 150 * kNs);
        EXPECT_GE(best * static_cast<std::uint64_t>(threads), random.work_ns);
        EXPECT_LE(best, 150 * kNs + random.work_ns);
        const SimulatedOutcome never = run.run(sizes_of(found.unhindered));
        EXPECT_EQ(never.times_held_back, 0U) << "seed " << seed;
        EXPECT_EQ(never.makespan_ns, best) << "seed " << seed;
        const SimulatedOutcome recommended = run.run(sizes_of(found.recommended));
        EXPECT_EQ(recommended.makespan_ns, static_cast<std::uint64_t>(found.makespan_recommended.count()));
        EXPECT_LE(recommended.makespan_ns, best + best * 2 / 100) << "seed " << seed;
        held_back += recommended.times_held_back;
        EXPECT_TRUE(run.run(random.sizes).ended) << "seed " << seed;
    }
    EXPECT_GT(held_back, 0U) << "nothing was saved anywhere";
}

TEST(RecommendedSizes, are_tried_from_the_smallest_to_the_present_one) {
    using Values = std::vector<std::uint64_t>;
    EXPECT_EQ(candidates(row_of(Resource::task_window), 4, 32), (Values{4, 8, 16, 32}));
    EXPECT_EQ(candidates(row_of(Resource::dep_pool), 4, 4), (Values{4}));
    EXPECT_EQ(candidates(row_of(Resource::dep_pool), 4, 5), (Values{4, 5}));
    EXPECT_EQ(candidates(row_of(Resource::dep_pool), 4, 33), (Values{4, 8, 16, 24, 32, 33}));
    const Values heap = candidates(row_of(Resource::heap), 1024, 1'000'000);
    for (std::size_t i = 1; i < heap.size(); ++i) {
        EXPECT_LT(heap[i - 1], heap[i]);
        EXPECT_LE(heap[i], heap[i - 1] + heap[i - 1] / 16);
    }
}

TEST(RecommendedSizes, are_the_smallest_that_cost_at_most_two_percent) {
    Traced traced;
    // Pairs on two threads, each behind the one before: more than four in flight never pays.
    for (std::uint32_t i = 0; i < 200; ++i) {
        if (i < 2)
            traced.task(10 * kNs);
        else
            traced.task(10 * kNs, {{i - 2}});
    }
    SimulatedRun run(traced.get(), 3, kNs);
    const SimulatedSchedule found = recommend(run, smallest());
    const auto value = [](const PlannedSizes& sizes, Resource resource) {
        return sizes[static_cast<std::size_t>(resource)][0].value;
    };
    EXPECT_EQ(value(found.unhindered, Resource::task_window), 256U);
    EXPECT_EQ(value(found.recommended, Resource::task_window), 4U);
    EXPECT_EQ(value(found.recommended, Resource::consumed_window), 4U);
    EXPECT_EQ(value(found.recommended, Resource::tensormap), 64U);
    EXPECT_LE(found.makespan_recommended.count(), found.makespan_unhindered.count() * 102 / 100);
    EXPECT_EQ(found.makespan_recommended, found.makespan_smallest);
}

TEST(RecommendedSizes, have_room_for_what_runs_ahead_of_a_long_task) {
    Traced traced;
    // One long task, and short ones that another thread could run meanwhile if the window let them.
    traced.task(1000 * kNs);
    for (int i = 0; i < 90; ++i) traced.task(10 * kNs);
    SimulatedRun run(traced.get(), 3, kNs);
    const SimulatedSchedule found = recommend(run, smallest());
    const auto window = [](const PlannedSizes& sizes) {
        return sizes[static_cast<std::size_t>(Resource::task_window)][0];
    };
    EXPECT_EQ(window(found.recommended).value, 128U)
        << "the slots behind the long task are not free before it";
    EXPECT_TRUE(window(found.recommended).decided);
    EXPECT_LT(found.makespan_unhindered.count(), 1'100 * std::int64_t{kNs});
    EXPECT_GT(found.makespan_smallest.count(), 1'200 * std::int64_t{kNs});
}

}  // namespace
}  // namespace weir::test
