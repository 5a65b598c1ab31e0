// SPDX-License-Identifier: Apache-2.0
// Runtime::plan: what it counts, which places it names, where it stops being exact, and that no kernel runs.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include <weir/weir.hpp>

#include "caught_error.hpp"

namespace weir::test {
namespace {

using Value = std::int64_t;
using Line = std::uint_least32_t;

class PlanOfAProgram : public testing::Test {
protected:
    Runtime runtime_{{.threads = 2}};
    std::atomic<bool> called_{false};
    std::vector<Value> data_ = std::vector<Value>(8);
    Kernel<Out<Value>> fill_ = runtime_.kernel("fill", [this](Out<Value> out) {
        called_ = true;
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = 7;
    });
    Kernel<In<Value>, InOut<Value>> add_ = runtime_.kernel("add", [this](In<Value> in, InOut<Value> sum) {
        called_ = true;
        sum[0] += in[0];
    });
    AnyKernel any_ = runtime_.kernel_any("any", [this](const TaskView&) {
        called_ = true;
        return 0;
    });

    RunResult run(const Program& program, const Plan::Table& sizes) {
        return runtime_.run(program, {.runtime_env = Plan::env(sizes)});
    }
    ErrorCode code_with(const Program& program, Plan::Table sizes, Resource resource, int ring,
                        std::uint64_t value) {
        sizes[static_cast<std::size_t>(resource)][static_cast<std::size_t>(ring)].value = value;
        return caught([&] { run(program, sizes); }).code;
    }
};

TEST_F(PlanOfAProgram, counts_what_open_scopes_hold_and_names_the_lines) {
    Line outer_line = 0, inner_line = 0, last_fill = 0, last_add = 0;
    const Program program = [&](Orchestrator& o) {
        const auto sum = o.external(data_);
        outer_line = __LINE__ + 1;
        const Scope outer{o};
        const auto kept = o.submit(fill_, shape(100)).output();  // ring 1: 800 bytes, rounded up to 832
        for (int i = 0; i < 5; ++i) {
            inner_line = __LINE__ + 1;
            const Scope inner{o};
            for (int k = 0; k < 10; ++k) {
                last_fill = __LINE__ + 1;
                const auto piece = o.submit(fill_, shape(16)).output();  // ring 2: 128 bytes
                o.submit(add_, piece, sum);
            }
        }
        last_add = __LINE__ + 1;
        for (int i = 0; i < 20; ++i) o.submit(add_, kept, sum);
    };
    const Plan plan = runtime_.plan(program);
    EXPECT_TRUE(plan.exact);
    EXPECT_FALSE(called_);
    EXPECT_EQ(plan.tasks, 121U);
    EXPECT_EQ(plan.tasks_of_ring, (std::array<std::uint64_t, kRings>{0, 21, 100, 0}));

    const PlannedSize outer = plan.smallest_of(Resource::consumed_window, 1);
    EXPECT_EQ(outer.value, 32U) << "an owner and 20 tasks behind it";
    EXPECT_EQ(outer.scope.line(), outer_line);
    EXPECT_EQ(outer.submit.line(), last_add);
    const PlannedSize inner = plan.smallest_of(Resource::heap, 2);
    EXPECT_EQ(inner.value, 1280U) << "10 pieces of 128 bytes";
    EXPECT_EQ(inner.scope.line(), inner_line);
    EXPECT_EQ(inner.submit.line(), last_fill);
    EXPECT_FALSE(plan.smallest_of(Resource::heap, 1).decided) << "832 bytes are less than the smallest heap";
    EXPECT_EQ(plan.smallest_of(Resource::heap, 1).value, 1024U);
    EXPECT_EQ(plan.smallest_of(Resource::task_window, 1).value, 4U);
    EXPECT_EQ(plan.smallest_of(Resource::tensormap).value, 64U);

    EXPECT_EQ(plan.unhindered_of(Resource::task_window, 1).value, 32U);
    EXPECT_EQ(plan.unhindered_of(Resource::consumed_window, 2).value, 128U);
    EXPECT_EQ(plan.unhindered_of(Resource::heap, 2).value, 50U * 128);
    EXPECT_EQ(plan.unhindered_of(Resource::heap, 2).scope.line(), inner_line);
    EXPECT_EQ(plan.unhindered_of(Resource::payload, 2).value, 50U * 32 + 50U * 64);
    // fill: nothing to wait for; the first add: its piece; every other add: its piece and the add before it.
    EXPECT_EQ(plan.unhindered_of(Resource::dep_pool, 2).value, 1U + 49U * 2);
    EXPECT_EQ(plan.unhindered_of(Resource::dep_pool, 2).submit.line(), 0U) << "a sum has no one submit";
    EXPECT_EQ(plan.unhindered_of(Resource::heap, 3).value, 1024U);
    EXPECT_FALSE(plan.unhindered_of(Resource::heap, 3).decided);

    run(program, plan.smallest);
    EXPECT_EQ(run(program, plan.unhindered).times_held_back, 0U);
    EXPECT_EQ(data_[0], 2 * 70 * 7);
    EXPECT_EQ(code_with(program, plan.smallest, Resource::consumed_window, 1, 16), ErrorCode::capacity);
    EXPECT_EQ(code_with(program, plan.smallest, Resource::heap, 2, 1279), ErrorCode::capacity);
}

TEST_F(PlanOfAProgram, counts_owners_and_regions_of_the_largest_task) {
    Line gather_line = 0;
    const Program program = [&](Orchestrator& o) {
        TaskArgs all;
        for (std::size_t i = 0; i < kMaxTensors; ++i) all.input(o.submit(fill_, shape(1, 1, 2)).output());
        const Scope scope{o};
        gather_line = __LINE__ + 1;
        o.submit(any_, all);
        TaskArgs twice;
        for (std::size_t i = 0; i < kMaxTensors; ++i) twice.input(all.argument(i % 5).tensor[0]);
        o.submit(any_, twice);
    };
    const Plan plan = runtime_.plan(program);
    const PlannedSize& pool = plan.smallest_of(Resource::dep_pool, 1);
    EXPECT_EQ(pool.value, kMaxTensors) << "each owner once";
    EXPECT_EQ(pool.submit.line(), gather_line);
    const PlannedSize& entries = plan.smallest_of(Resource::tensormap);
    EXPECT_EQ(entries.value, 3 * kMaxTensors) << "three for a tensor of three axes";
    EXPECT_EQ(entries.submit.line(), gather_line);
    EXPECT_EQ(plan.unhindered_of(Resource::dep_pool, 1).value, kMaxTensors + 5);
    run(program, plan.smallest);
    EXPECT_EQ(code_with(program, plan.smallest, Resource::dep_pool, 1, kMaxTensors - 1), ErrorCode::capacity);
    EXPECT_EQ(code_with(program, plan.smallest, Resource::tensormap, 0, 3 * kMaxTensors - 1),
              ErrorCode::capacity);
}

TEST_F(PlanOfAProgram, without_tasks_is_the_smallest_valid_sizes) {
    const Plan plan = runtime_.plan([](Orchestrator&) {});
    EXPECT_TRUE(plan.exact);
    EXPECT_EQ(plan.tasks, 0U);
    for (int ring = 0; ring < kRings; ++ring) {
        EXPECT_EQ(plan.smallest_of(Resource::payload, ring).value, 3280U);
        EXPECT_FALSE(plan.unhindered_of(Resource::payload, ring).decided);
    }
    EXPECT_NO_THROW(run([](Orchestrator&) {}, plan.unhindered));
}

TEST_F(PlanOfAProgram, that_needs_more_than_any_valid_size_says_so) {
    const Plan plan = runtime_.plan(
        [](Orchestrator& o) { static_cast<void>(o.allocate<double>(Shape{std::int64_t{1} << 44U})); });
    const PlannedSize& heap = plan.smallest_of(Resource::heap, 0);
    EXPECT_FALSE(heap.possible);
    EXPECT_EQ(heap.value, std::uint64_t{1} << 47U);
    EXPECT_EQ(heap.scope.line(), 0U) << "the root scope";
    EXPECT_EQ(caught([&] { run([](Orchestrator&) {}, plan.smallest); }).code, ErrorCode::configuration);
}

TEST_F(PlanOfAProgram, ends_where_it_reads_what_a_task_would_have_written) {
    Line get_line = 0;
    int gone_on = 0;
    const Program program = [&](Orchestrator& o) {
        const Scope scope{o};
        const auto x = o.submit(fill_, shape(256)).output();
        try {
            get_line = __LINE__ + 1;
            gone_on += static_cast<int>(o.get(x, {3}));
        } catch (const Error&) {
        }
        o.submit(fill_, shape(256));
        ++gone_on;
    };
    const Plan plan = runtime_.plan(program);
    EXPECT_FALSE(plan.exact);
    EXPECT_EQ(plan.ends_at.line(), get_line);
    EXPECT_EQ(gone_on, 0) << "no call goes on behind that place";
    EXPECT_EQ(plan.tasks, 1U);
    EXPECT_EQ(plan.smallest_of(Resource::heap, 1).value, 2048U);
    EXPECT_FALSE(called_);
    runtime_.run(program);
    EXPECT_EQ(gone_on, 8);
}

TEST_F(PlanOfAProgram, knows_what_the_program_itself_has_set) {
    const auto exact = [&](const Program& program) { return runtime_.plan(program).exact; };
    data_[2] = 5;
    EXPECT_TRUE(exact([&](Orchestrator& o) {
        const auto x = o.external(data_);
        EXPECT_EQ(o.get(x, {2}), 5) << "no task writes it";
        o.set(x, {2}, 6);
        EXPECT_EQ(o.get(x, {2}), 6);
        o.submit(fill_, x.view({3}, {5}));
        EXPECT_EQ(o.get(x, {2}), 6) << "the task writes elsewhere";
        o.submit(add_, x.view({2}, {1}), x.view({3}, {1}));
        EXPECT_EQ(o.get(x, {2}), 6) << "the task only reads it";
    }));
    EXPECT_EQ(data_[2], 6);
    EXPECT_TRUE(exact([&](Orchestrator& o) {
        const Scope scope{o};
        const auto x = o.submit(fill_, shape(8)).output();
        o.set(x, {1}, 3);
        EXPECT_EQ(o.get(x, {1}), 3) << "set behind the task";
    }));
    EXPECT_FALSE(exact([&](Orchestrator& o) {
        const Scope scope{o};
        const auto x = o.submit(fill_, shape(8)).output();
        o.set(x, {1}, 3);
        EXPECT_EQ(o.get(x, {2}), 3) << "another element";
    }));
    EXPECT_FALSE(exact([&](Orchestrator& o) {
        const auto x = o.external(data_);
        o.set(x, {1}, 3);
        const Scope manual{o, Manual};
        o.submit(fill_, x);
        EXPECT_EQ(o.get(x, {1}), 3) << "a task behind it";
    }));
    EXPECT_FALSE(called_);
}

TEST_F(PlanOfAProgram, that_fails_throws_what_it_throws_and_leaves_the_runtime_usable) {
    EXPECT_THROW(static_cast<void>(runtime_.plan([](Orchestrator&) { throw std::out_of_range("mine"); })),
                 std::out_of_range);
    const auto code = [&](const Program& program, const CallConfig& config = {}) {
        return caught([&] { static_cast<void>(runtime_.plan(program, config)); }).code;
    };
    EXPECT_EQ(code({}), ErrorCode::invalid_argument);
    EXPECT_EQ(code([&](Orchestrator& o) { o.submit(fill_, AnyTensor()); }), ErrorCode::invalid_argument);
    EXPECT_EQ(code([&](Orchestrator&) { static_cast<void>(runtime_.plan([](Orchestrator&) {})); }),
              ErrorCode::wrong_thread);
    AnyTensor kept;
    EXPECT_EQ(code([&](Orchestrator& o) {
                  {
                      const Scope scope{o};
                      kept = o.submit(fill_, shape(8)).output();
                  }
                  o.submit(fill_, kept);
              }),
              ErrorCode::scope_closed);
    const CallConfig limited{.deadline = std::chrono::milliseconds(20)};
    EXPECT_EQ(code(
                  [&](Orchestrator& o) {
                      const auto x = o.external(data_);
                      for (;;) o.submit(fill_, x);
                  },
                  limited),
              ErrorCode::deadline);
    const Program good = [&](Orchestrator& o) { o.submit(fill_, o.external(data_)); };
    EXPECT_EQ(runtime_.plan(good).tasks, 1U);
    EXPECT_FALSE(called_);
    runtime_.run(good);
    EXPECT_EQ(data_[7], 7);
}

TEST_F(PlanOfAProgram, waits_for_no_task_of_an_earlier_run) {
    Task earlier;
    runtime_.run([&](Orchestrator& o) { earlier = o.submit(fill_, o.external(data_)); });
    const auto edges = [&](int tasks) {
        return runtime_
            .plan([&](Orchestrator& o) {
                const auto x = o.external(data_);
                std::vector<Task> mine;
                for (int i = 0; i < tasks; ++i) mine.push_back(o.submit(fill_, x.view({i}, {1})));
                for (int i = 0; i < 2; ++i) {
                    const Scope scope{o, Manual};
                    for (int k = 0; k < 3; ++k)
                        o.submit(fill_, x, after(earlier).after(std::span<const Task>(mine)));
                }
            })
            .unhindered_of(Resource::dep_pool, 1)
            .value;
    };
    EXPECT_EQ(edges(2), 12U);
    EXPECT_EQ(edges(5), 30U);
}

}  // namespace
}  // namespace weir::test
