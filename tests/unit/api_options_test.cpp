// SPDX-License-Identifier: Apache-2.0
// Options of a submit (after, priority, name, no_dep), task handles, and tasks without work.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include <weir/weir.hpp>

#include "caught_error.hpp"
#include "shipped.hpp"

namespace weir {
namespace {

using test::caught;

class OptionsOfSubmit : public testing::TestWithParam<int> {
protected:
    void note(int value) {
        const std::lock_guard lock(mutex_);
        order_.push_back(value);
    }

    std::mutex mutex_;
    std::vector<int> order_;
    std::vector<std::int64_t> data_ = std::vector<std::int64_t>(64);
    Runtime runtime_{{.threads = GetParam()}};
    Kernel<In<std::int64_t>, int> note_ = runtime_.kernel(
        "note", [this](In<std::int64_t>, int value) { note(value); }, kShipped);
};
INSTANTIATE_TEST_SUITE_P(threads, OptionsOfSubmit, testing::Values(1, 2, 4));

TEST_P(OptionsOfSubmit, after_orders_tasks_that_share_no_data) {
    for (int round = 0; round < 50; ++round) {
        order_.clear();
        runtime_.run([&](Orchestrator& o) {
            const auto x = o.external(data_);
            Task last = o.submit(note_, x, 0);
            for (int i = 1; i < 20; ++i) last = o.submit(note_, x, i, after(last));
        });
        ASSERT_EQ(order_.size(), 20U);
        EXPECT_TRUE(std::is_sorted(order_.begin(), order_.end()));
    }
}

TEST_P(OptionsOfSubmit, after_takes_several_tasks_a_span_of_many_and_the_same_one_twice) {
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_);
        std::vector<Task> first;
        for (int i = 0; i < 40; ++i) first.push_back(o.submit(note_, x, i));
        const auto joined = o.submit(note_, x, 100, after(std::span<const Task>(first)));
        const auto more = o.submit(note_, x, 101, after(joined, first[0], joined, first[0]));
        o.submit(note_, x, 102, after(more).after(joined).priority(3).name("last"));
    });
    ASSERT_EQ(order_.size(), 43U);
    EXPECT_EQ((std::vector<int>{order_.end() - 3, order_.end()}), (std::vector<int>{100, 101, 102}));
}

TEST_P(OptionsOfSubmit, tasks_that_have_finished_in_this_or_an_earlier_run_hold_nobody_back) {
    Task old;
    runtime_.run([&](Orchestrator& o) { old = o.submit(note_, o.external(data_), 1); });
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_);
        const Task young = o.submit(note_, x, 2, after(old));
        o.set(x, {0}, 1);
        o.submit(note_, x, 3, after(young, old));
    });
    EXPECT_EQ(order_, (std::vector<int>{1, 2, 3}));
}

TEST_P(OptionsOfSubmit, seventeen_inline_tasks_are_refused_and_not_cut_off) {
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_);
        const Task task = o.submit(note_, x, 1);
        Options options = after(task, task, task, task, task, task, task, task);
        options.after(task, task, task, task, task, task, task, task);
        o.submit(note_, x, 2, options);
        options.after(task);
        EXPECT_EQ(caught([&] { o.submit(note_, x, 3, options); }).code, ErrorCode::invalid_argument);
    });
    EXPECT_EQ(order_, (std::vector<int>{1, 2}));
}

TEST_P(OptionsOfSubmit, priority_outside_its_range_is_refused) {
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_);
        o.submit(note_, x, 1, priority(kMinPriority));
        o.submit(note_, x, 2, priority(kMaxPriority));
        EXPECT_EQ(caught([&] { o.submit(note_, x, 3, priority(kMaxPriority + 1)); }).code,
                  ErrorCode::invalid_argument);
        EXPECT_EQ(caught([&] { o.submit(note_, x, 4, priority(kMinPriority - 1)); }).code,
                  ErrorCode::invalid_argument);
    });
    EXPECT_EQ(order_.size(), 2U);
}

TEST_P(OptionsOfSubmit, no_dep_switches_off_waiting_but_later_tasks_wait_for_the_task) {
    std::vector<std::int64_t> copy(64);
    const auto write = runtime_.kernel(
        "write",
        [](Out<std::int64_t> x, std::int64_t value) {
            for (auto& element : x) element = value;
        },
        kShipped);
    const auto copy_kernel = runtime_.kernel(
        "copy",
        [](In<std::int64_t> from, Out<std::int64_t> to) { std::copy(from.begin(), from.end(), to.begin()); },
        kShipped);
    for (std::int64_t round = 1; round <= 50; ++round) {
        runtime_.run([&](Orchestrator& o) {
            const auto x = o.external(data_);
            const auto y = o.external(copy);
            const Task first = o.submit(write, x, -round);
            o.submit(write, no_dep(x), round, after(first));
            o.submit(copy_kernel, x, y);
            o.submit(write, x, 0);
        });
        EXPECT_EQ(copy, std::vector<std::int64_t>(64, round));
        EXPECT_EQ(data_, std::vector<std::int64_t>(64, 0));
    }
}

TEST_P(OptionsOfSubmit, a_barrier_task_orders_what_follows_behind_what_it_waits_for) {
    std::vector<std::int64_t> other(64);
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_);
        const auto y = o.external(other);
        TaskArgs all;
        all.inout(y);
        for (int i = 0; i < 10; ++i) all.depends_on(o.submit(note_, x, i));
        const AnySubmission barrier = o.barrier_task(all);
        EXPECT_NE(barrier.id(), 0U);
        o.submit(note_, y, 100);
        o.submit(note_, x, 101, after(barrier));
    });
    ASSERT_EQ(order_.size(), 12U);
    EXPECT_GE(order_[10], 100);
    EXPECT_GE(order_[11], 100);
}

TEST_P(OptionsOfSubmit, a_barrier_task_that_inouts_a_tensor_leaves_its_data_alone) {
    std::fill(data_.begin(), data_.end(), 5);
    const auto add_one = runtime_.kernel(
        "add_one",
        [](InOut<std::int64_t> x) {
            for (auto& element : x) ++element;
        },
        kShipped);
    const RunResult result = runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_);
        o.submit(add_one, x);
        o.barrier_task(TaskArgs{}.inout(x));
        o.submit(add_one, x);
    });
    EXPECT_EQ(data_, std::vector<std::int64_t>(64, 7));
    EXPECT_EQ(result.tasks, 3U) << "a barrier is a task";
}

TEST_P(OptionsOfSubmit, handles_count_up_within_their_ring_and_tell_it) {
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_);
        const Task a = o.submit(note_, x, 1);
        const Task b = o.submit(note_, x, 2);
        EXPECT_EQ(b.number(), a.number() + 1);
        EXPECT_EQ(a.ring(), 0);
        const Scope one{o};
        const Task inner = o.submit(note_, x, 3);
        EXPECT_EQ(inner.ring(), 1);
        EXPECT_EQ(inner.id() >> 32U, 1U);
        EXPECT_EQ(inner.id() & 0xffffffffU, inner.number() & 0xffffffffU);
        EXPECT_EQ(inner.runtime_serial(), a.runtime_serial());
        EXPECT_EQ(Task{}.id(), 0U);
    });
}

/// Tasks that become ready all at once, behind a task that nobody starts before the program waits for its
/// end. One of the two threads is in a kernel until all of them have run, so that the other one takes all.
TEST(Priorities, ready_tasks_of_higher_priority_are_taken_first) {
    constexpr int kTasks = 12;
    Runtime runtime{{.threads = 2}};
    std::vector<std::int64_t> gate(1), other(1);
    std::atomic<bool> occupied{false};
    std::atomic<int> noted{0};
    std::vector<int> order;
    const auto occupy = runtime.kernel(
        "occupy",
        [&](InOut<std::int64_t>) {
            occupied = true;
            while (noted < kTasks) std::this_thread::yield();
        },
        kShipped);
    const auto gate_kernel = runtime.kernel(
        "gate", [](InOut<std::int64_t>) {}, kShipped);
    const auto note = runtime.kernel(
        "note",
        [&](In<std::int64_t>, int value) {
            order.push_back(value);
            ++noted;
        },
        kShipped);
    for (int attempt = 0; attempt < 5; ++attempt) {
        order.clear();
        occupied = false;
        noted = 0;
        runtime.run([&](Orchestrator& o) {
            o.submit(occupy, o.external(other));
            while (!occupied) std::this_thread::yield();
            const auto x = o.external(gate);
            o.submit(gate_kernel, x);
            for (int i = 0; i < kTasks; ++i) o.submit(note, x, i % 3, priority(i % 3));
        });
        EXPECT_EQ(order, (std::vector<int>{2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0}));
    }
}

}  // namespace
}  // namespace weir
