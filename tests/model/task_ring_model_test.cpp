// SPDX-License-Identifier: Apache-2.0
// TaskRing against a plain list of tasks: random submissions, tasks in place, releases and scope ends in any
// order, windows of 4 to 16, running numbers just below 2^32 and 2^61.
#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <random>
#include <vector>

#include "memory/task_ring.hpp"
#include "scheduler/lifecycle.hpp"

namespace weir {
namespace {

constexpr std::uint64_t kSeeds = 30;
constexpr int kOperations = 3'000;

struct ModelTask {
    std::uint64_t number;
    bool owner;
    bool in_place;
    bool released = false;
    bool consumed = false;
    std::uint64_t heap_bytes = 0;
    std::uint64_t heap_begin = 0;
    std::uint64_t payload_begin = 0;
    std::uint64_t deps = 0;
    std::uint64_t deps_begin = 0;
};

class TaskRingModel : public testing::TestWithParam<std::uint64_t> {
protected:
    static constexpr std::uint64_t kHeap = 4096;
    static constexpr std::uint64_t kPayload = 512;

    void start(std::uint64_t seed) {
        generator_.seed(seed);
        task_window_ = std::uint64_t{4} << below(2);
        consumed_window_ = task_window_ << below(2);
        pool_ = std::vector<DepEntry>(4 + below(8));
        entries_ = std::vector<TaskEntry>(consumed_window_);
        slots_ = std::vector<TaskSlot>(task_window_);
        ring_ = TaskRing();
        ring_.attach(2, entries_.data(), consumed_window_, slots_.data(), task_window_, GetParam());
        ring_.heap.attach(memory_.data(), kHeap, kHeap);
        ring_.payload.attach(payload_.data(), kPayload);
        ring_.deps.attach(pool_.data(), pool_.size());
        tasks_.clear();
        first_unreleased_ = first_unconsumed_ = GetParam();
    }
    std::uint64_t below(std::uint64_t bound) { return generator_() % bound; }
    ModelTask& task(std::uint64_t number) { return tasks_[static_cast<std::size_t>(number - GetParam())]; }
    std::uint64_t next() const { return GetParam() + tasks_.size(); }

    void submit() {
        ModelTask task{next(), below(3) == 0, below(4) == 0};
        task.heap_bytes = task.owner ? HeapRing::round_up(1 + below(700)) : 0;
        task.deps = task.in_place ? 0 : below(4);
        const std::uint64_t bytes = 8 * (1 + below(10));
        if (!ring_.slot_free() || !ring_.entry_free() || !ring_.heap.fits(task.heap_bytes) ||
            !ring_.deps.fits(task.deps) || !ring_.payload.fits(bytes))
            return;
        TaskEntry& entry = ring_.entry(task.number);
        task.heap_begin = entry.heap_begin = ring_.heap.head();
        entry.number = task.number;
        if (task.owner) ring_.heap.take(task.heap_bytes);
        if (task.in_place) {
            Lifecycle::submit_in_place(entry, task.owner);
            task.released = true;
            task.consumed = !task.owner;
        } else {
            TaskSlot& slot = ring_.slot(task.number);
            Lifecycle::submit(entry, slot, task.owner);
            ring_.payload.take(bytes);
            task.payload_begin = ring_.payload.head() - bytes;
            task.deps_begin = ring_.deps.head();
            for (std::uint64_t i = 0; i < task.deps; ++i) ring_.deps.take();
            slot.payload_begin = static_cast<std::uint32_t>(task.payload_begin);
            slot.deps_begin = static_cast<std::uint32_t>(task.deps_begin);
        }
        ++ring_.next_number;
        tasks_.push_back(task);
        if (!task.in_place) return;
        ring_.ran_in_place(task.owner);
        if (first_unreleased_ + 1 != next()) return;
        ++first_unreleased_;
        if (!task.owner && first_unconsumed_ + 1 == next()) ++first_unconsumed_;
    }
    /// Some task goes one state further.
    void progress() {
        if (first_unconsumed_ == next()) return;
        ModelTask& some = task(first_unconsumed_ + below(next() - first_unconsumed_));
        TaskEntry& entry = ring_.entry(some.number);
        if (!some.released) {
            some.released = true;
            some.consumed = !some.owner;
        } else {
            some.consumed = true;
        }
        // Relaxed: one thread.
        entry.state.store(some.consumed ? TaskState::consumed : TaskState::released,
                          std::memory_order_relaxed);
    }
    void advance() {
        const std::uint64_t limit = below(3) == 0 ? 1 + below(3) : ~std::uint64_t{0};
        const bool moved = ring_.advance_released(limit);
        const std::uint64_t before = first_unreleased_;
        while (first_unreleased_ != next() && task(first_unreleased_).released &&
               first_unreleased_ - before < limit)
            ++first_unreleased_;
        ASSERT_EQ(moved, first_unreleased_ != before);
        std::vector<std::uint64_t> expected;
        const std::uint64_t consumed_before = first_unconsumed_;
        while (first_unconsumed_ != first_unreleased_ && task(first_unconsumed_).consumed) {
            if (task(first_unconsumed_).owner) expected.push_back(first_unconsumed_);
            ++first_unconsumed_;
        }
        std::vector<std::uint64_t> reclaimed;
        const bool also =
            ring_.advance_consumed([&](TaskEntry& owner) { reclaimed.push_back(owner.number); });
        ASSERT_EQ(also, first_unconsumed_ != consumed_before);
        ASSERT_EQ(reclaimed, expected) << "each owner is reclaimed once, in order";
    }
    void check() {
        ASSERT_EQ(ring_.first_unreleased(), first_unreleased_);
        ASSERT_EQ(ring_.first_unconsumed(), first_unconsumed_);
        ASSERT_EQ(ring_.slot_free(), next() - first_unreleased_ < task_window_);
        ASSERT_EQ(ring_.entry_free(), next() - first_unconsumed_ < consumed_window_);
        ASSERT_EQ(ring_.has_unreleased(), first_unreleased_ != next());
        ASSERT_EQ(ring_.empty(), first_unconsumed_ == next());
        std::uint64_t heap = 0;
        std::uint64_t deps = 0;
        for (std::uint64_t n = first_unconsumed_; n != next(); ++n) heap += task(n).heap_bytes;
        for (std::uint64_t n = first_unreleased_; n != next(); ++n) deps += task(n).deps;
        ASSERT_EQ(ring_.heap.used(), heap) << "what is held is the memory of tasks not CONSUMED";
        ASSERT_GE(ring_.deps.used(), deps);
        // Tasks in place have no slot: when one stops the waterline at its limit, what was before it is freed
        // later.
        const bool exact = first_unreleased_ == next() || !task(first_unreleased_).released;
        ASSERT_TRUE(!exact || ring_.deps.used() == deps);
        for (std::uint64_t n = first_unconsumed_; n != next(); ++n)
            ASSERT_EQ(ring_.completed(n), n < first_unreleased_ || task(n).in_place)
                << "until it is told otherwise";
    }

    std::mt19937_64 generator_;
    std::uint64_t task_window_ = 0;
    std::uint64_t consumed_window_ = 0;
    std::vector<TaskEntry> entries_;
    std::vector<TaskSlot> slots_;
    std::vector<DepEntry> pool_;
    std::vector<std::byte> memory_ = std::vector<std::byte>(2 * kHeap);
    std::vector<std::byte> payload_ = std::vector<std::byte>(kPayload);
    TaskRing ring_;
    std::deque<ModelTask> tasks_;
    std::uint64_t first_unreleased_ = 0;
    std::uint64_t first_unconsumed_ = 0;
};
INSTANTIATE_TEST_SUITE_P(starts, TaskRingModel,
                         testing::Values(1, (std::uint64_t{1} << 32U) - 100,
                                         (std::uint64_t{1} << 60U) - 100));

TEST_P(TaskRingModel, both_waterlines_and_all_that_they_free_follow_the_states_of_the_tasks) {
    std::uint64_t full = 0;
    for (std::uint64_t seed = 1; seed <= kSeeds && !HasFatalFailure(); ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        start(seed);
        for (int i = 0; i < kOperations && !HasFatalFailure(); ++i) {
            const std::uint64_t kind = below(10);
            if (kind < 5)
                submit();
            else if (kind < 8)
                progress();
            else
                advance();
            check();
            full += ring_.entry_free() ? 0 : 1;
        }
        EXPECT_GT(tasks_.size(), 4 * consumed_window_) << "the ring never wrapped";
    }
    EXPECT_GT(full, 0U) << "the ring was never full";
}

}  // namespace
}  // namespace weir
