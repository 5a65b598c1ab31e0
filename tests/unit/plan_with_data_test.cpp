// SPDX-License-Identifier: Apache-2.0
// PlanOptions::with_data: a plan goes on where the program reads what a task writes, runs just the tasks that
// it needs for that, and comes to the submits of the real run.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include <weir/weir.hpp>

#include "caught_error.hpp"

namespace weir::test {
namespace {

using Value = std::int64_t;

class PlanWithData : public testing::Test {
protected:
    Runtime runtime_{{.threads = 2}};
    std::vector<Value> data_ = std::vector<Value>(4);
    std::vector<Value> called_;
    bool log_ = true;  // in a run kernels are called on several threads
    Kernel<Out<Value>, Value> fill_ = runtime_.kernel("fill", [this](Out<Value> out, Value value) {
        if (log_) called_.push_back(value);
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = value;
    });
    Kernel<In<Value>, InOut<Value>, Value> add_ =
        runtime_.kernel("add", [this](In<Value> in, InOut<Value> sum, Value number) {
            if (log_) called_.push_back(number);
            sum[0] += in[0];
        });

    Plan plan(const Program& program) { return runtime_.plan(program, {}, {.with_data = true}); }
};

TEST_F(PlanWithData, submits_what_a_run_submits) {
    // How many tasks, in which scopes and how large, depends on what tasks compute.
    const Program program = [&](Orchestrator& o) {
        const auto sum = o.external(data_).view({0}, {1});
        for (int round = 0; o.get(sum, {0}) < 100; ++round) {
            const Scope scope{o};
            const auto piece = o.submit(fill_, shape(8 * (o.get(sum, {0}) + 1)), Value{round + 1}).output();
            o.submit(add_, piece, sum, Value{0});
            if (o.get(piece, {7}) % 3 != 0) continue;
            const Scope inner{o};
            for (Value i = 0; i < o.get(piece, {0}); ++i) o.submit(add_, piece, sum, Value{0});
        }
    };
    const Plan plan = this->plan(program);
    EXPECT_TRUE(plan.exact);
    const std::vector<Value> found = data_;
    log_ = false;
    data_.assign(4, 0);
    const RunResult result = runtime_.run(program, {.runtime_env = Plan::env(plan.smallest)});
    EXPECT_EQ(plan.tasks, result.tasks);
    EXPECT_EQ(plan.tasks_run, plan.tasks) << "here each of them decides what follows";
    EXPECT_EQ(found, data_);
    Plan::Table less = plan.smallest;
    less[static_cast<std::size_t>(Resource::heap)][1].value -= 1;
    data_.assign(4, 0);
    EXPECT_EQ(caught([&] { runtime_.run(program, {.runtime_env = Plan::env(less)}); }).code,
              ErrorCode::capacity);
    data_.assign(4, 0);
    EXPECT_EQ(runtime_.plan(program).tasks, 2U) << "without data it ends in the first round";
}

TEST_F(PlanWithData, makes_all_calls_of_a_task_and_looks_at_its_predicate) {
    const auto rotate = runtime_.kernel("rotate", [](InOut<Value> ring, const TaskInfo& task) {
        const int call = task.block_index() * 2 + (task.subtask_slot() == SubtaskSlot::aiv1 ? 1 : 0);
        const Value next = ring((call + 1) % 8);
        task.barrier();
        ring(call) = next;
    });
    const auto number = runtime_.kernel("number", [](Out<Value> ring, const TaskInfo& task) {
        ring(task.block_index()) = task.block_index();
    });
    std::array<Value, 2> found{};
    const Program program = [&](Orchestrator& o) {
        const Scope scope{o};
        const auto ring = o.submit(number, shape(8), blocks(8)).output();
        const auto rotated = [&](Value unless) {
            o.submit_mixed({.aic = rotate, .aiv1 = rotate},
                           TaskArgs{}.inout(ring).blocks(4).sync_start().name("rotated").predicate(
                               ring, {0}, Comparison::not_equal, unless));
        };
        rotated(7);
        rotated(1);
        found = {o.get(ring, {0}), o.get(ring, {7})};
    };
    const Plan plan = this->plan(program);
    EXPECT_TRUE(plan.exact);
    EXPECT_EQ(plan.tasks_run, 3U);
    EXPECT_EQ(found, (std::array<Value, 2>{1, 0}));
    found = {};
    runtime_.run(program, {.runtime_env = Plan::env(plan.smallest)});
    EXPECT_EQ(found, (std::array<Value, 2>{1, 0}));
}

TEST_F(PlanWithData, a_call_that_fails_ends_the_plan) {
    const auto fail = runtime_.kernel("fail", [](Out<Value>, const TaskInfo& task) {
        if (task.block_index() == 1) throw std::runtime_error("boiled over");
        task.barrier();
    });
    const auto failed = caught([&] {
        static_cast<void>(plan([&](Orchestrator& o) {
            const auto x = o.external(data_);
            o.submit(fail, x, blocks(3).sync_start());
            static_cast<void>(o.get(x, {0}));
        }));
    });
    EXPECT_EQ(failed.code, ErrorCode::kernel_failed);
    EXPECT_NE(failed.message.find("boiled over"), std::string::npos) << failed.message;
}

TEST_F(PlanWithData, runs_no_task_that_nobody_asks_for) {
    const Plan plan = this->plan([&](Orchestrator& o) {
        const auto all = o.external(data_);
        const auto first = all.view({0}, {1});
        const auto second = all.view({1}, {1});
        const Scope scope{o};
        const auto wanted = o.submit(fill_, shape(8), Value{1}).output();
        const auto other = o.submit(fill_, shape(8), Value{2}).output();
        o.submit(add_, wanted, first, Value{3});
        o.submit(add_, other, second, Value{4});
        o.submit(add_, wanted, first, Value{5});
        EXPECT_EQ(o.get(first, {0}), 2);
        EXPECT_EQ(o.get(wanted, {3}), 1);
        o.submit(fill_, other, Value{6});
        EXPECT_EQ(o.get(first, {0}), 2) << "nothing new to run";
    });
    EXPECT_TRUE(plan.exact);
    EXPECT_EQ(called_, (std::vector<Value>{1, 3, 5}));
    EXPECT_EQ(plan.tasks_run, 3U);
    EXPECT_EQ(plan.tasks, 6U);
    EXPECT_EQ(data_[1], 0);
}

TEST_F(PlanWithData, runs_earlier_readers_before_who_overwrites_what_they_read) {
    this->plan([&](Orchestrator& o) {
        const auto all = o.external(data_);
        const auto source = all.view({0}, {1});
        const auto copy = all.view({1}, {1});
        o.submit(fill_, source, Value{7});
        o.submit(add_, source, copy, Value{8});  // must see 7, though only the next task's data is read first
        o.submit(fill_, source, Value{9});
        EXPECT_EQ(o.get(source, {0}), 9);
        EXPECT_EQ(o.get(copy, {0}), 7);
        o.submit(add_, source, copy, Value{10});
        o.set(source, {0}, 100);  // its reader runs before
        EXPECT_EQ(o.get(copy, {0}), 16);
        EXPECT_EQ(o.get(source, {0}), 100);
        o.submit(add_, source, copy, Value{11});
        EXPECT_EQ(o.get(copy, {0}), 116);
    });
    EXPECT_EQ(called_, (std::vector<Value>{7, 8, 9, 10, 11}));
}

TEST_F(PlanWithData, keeps_memory_of_closed_scopes_for_tasks_that_may_still_run) {
    this->plan([&](Orchestrator& o) {
        const auto sum = o.external(data_).view({0}, {1});
        for (Value i = 1; i <= 3; ++i) {
            const Scope scope{o};
            const auto piece = o.submit(fill_, shape(8), i).output();
            o.set(piece, {1}, 40);
            EXPECT_EQ(o.get(piece, {1}), 40);
            EXPECT_EQ(o.get(piece, {2}), i) << "a set waits for who writes all of it";
            o.submit(add_, piece, sum, 10 * i);
        }
        EXPECT_EQ(called_.size(), 3U);
        EXPECT_EQ(o.get(sum, {0}), 6);
    });
    EXPECT_EQ(called_, (std::vector<Value>{1, 2, 3, 10, 20, 30}));
}

TEST_F(PlanWithData, waits_for_explicit_dependencies_and_reads_memory_that_nobody_has_written) {
    this->plan([&](Orchestrator& o) {
        const auto all = o.external(data_);
        const Scope scope{o, Manual};
        const auto x = o.allocate<Value>(shape(4));
        EXPECT_EQ(o.get(x, {2}), 0);
        const Task first = o.submit(fill_, all.view({0}, {1}), Value{1});
        o.submit(fill_, all.view({1}, {1}), Value{2}, after(first));
        EXPECT_EQ(o.get(all, {1}), 2);
    });
    EXPECT_EQ(called_, (std::vector<Value>{1, 2}));
}

TEST_F(PlanWithData, ends_with_the_error_of_a_kernel_that_it_runs) {
    const auto fails = runtime_.kernel("fails", [](Out<Value>) { return 3; });
    Program program = [&](Orchestrator& o) {
        const auto all = o.external(data_);
        o.submit(fails, all);
    };
    EXPECT_TRUE(plan(program).exact) << "nobody asks";
    program = [&](Orchestrator& o) {
        const auto all = o.external(data_);
        o.submit(fails, all);
        static_cast<void>(o.get(all, {0}));
    };
    const Caught error = caught([&] { static_cast<void>(plan(program)); });
    EXPECT_EQ(error.code, ErrorCode::kernel_failed);
    EXPECT_NE(error.message.find("fails"), std::string::npos);
    const auto submits =
        runtime_.kernel("submits", [this](Out<Value>) { runtime_.run([](Orchestrator&) {}); });
    program = [&](Orchestrator& o) {
        const auto all = o.external(data_);
        o.submit(submits, all);
        static_cast<void>(o.get(all, {0}));
    };
    EXPECT_EQ(caught([&] { static_cast<void>(plan(program)); }).code, ErrorCode::kernel_failed);
}

TEST_F(PlanWithData, and_a_simulated_schedule_waits_where_the_program_does) {
    const Program program = [&](Orchestrator& o) {
        const auto all = o.external(data_);
        for (Value i = 0; i < 4; ++i) {
            o.submit(fill_, all.view({i}, {1}), i);
            static_cast<void>(o.get(all, {i}));
        }
    };
    ScheduleModel model{.threads = 2, .submit = std::chrono::nanoseconds(1000)};
    const Plan found = runtime_.plan(program, {}, {.simulate = model, .with_data = true});
    ASSERT_TRUE(found.simulated);
    EXPECT_EQ(found.simulated->makespan_unhindered.count(), 4 * 11'000);
    EXPECT_EQ(found.simulated->assumed, (std::vector<std::string>{"fill"}));
}

}  // namespace
}  // namespace weir::test
