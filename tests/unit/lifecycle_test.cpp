// SPDX-License-Identifier: Apache-2.0
// Lifecycle: each transition on its own, and what a task costs while it is in flight and afterwards.
#include <gtest/gtest.h>

#include <vector>

#include <weir/tensor.hpp>

#include "memory/task_ring.hpp"
#include "scheduler/lifecycle.hpp"

namespace weir {
namespace {

static_assert(sizeof(TaskEntry) == 64, "what a task costs once it is RELEASED");
static_assert(sizeof(TaskSlot) == 64);
static_assert(sizeof(DepEntry) == 24);

TEST(TaskRecords, a_task_with_four_tensors_of_two_axes_costs_448_bytes_in_flight_and_64_once_released) {
    constexpr std::size_t kTensors = 4;
    const std::size_t in_flight = sizeof(TaskEntry) + sizeof(TaskSlot) +
                                  kTensors * detail::TensorRecord::bytes(2) + kTensors * sizeof(DepEntry);
    EXPECT_LE(in_flight, 448U);
    EXPECT_EQ(sizeof(TaskEntry), 64U);
}

class LifecycleTest : public testing::Test {
protected:
    LifecycleTest() {
        lifecycle_.attach_pool(0, pool_.data(), pool_.size());
        for (std::size_t i = 0; i < slots_.size(); ++i) slots_[i].entry = &entries_[i];
    }
    void submit(std::size_t index, bool owner = false) {
        Lifecycle::submit(entries_[index], slots_[index], owner);
        slots_[index].deps = pool_.data() + next_edge_;
        slots_[index].dep_count = 0;
    }
    bool wire(std::size_t producer, std::size_t consumer, bool keeps = false) {
        DepEntry& edge = pool_[next_edge_++];
        edge = {nullptr, &slots_[consumer], keeps ? &entries_[producer] : nullptr};
        ++slots_[consumer].dep_count;
        if (keeps) Lifecycle::keep(entries_[producer]);
        return Lifecycle::wire(entries_[producer], edge);
    }
    std::vector<const TaskSlot*> complete(std::size_t index) {
        std::vector<const TaskSlot*> ready;
        Lifecycle::start(slots_[index]);
        Lifecycle::complete(slots_[index], [&](TaskSlot& task) { ready.push_back(&task); });
        return ready;
    }
    TaskState state(std::size_t index) const {
        return entries_[index].state.load(std::memory_order_relaxed);  // one thread
    }

    IdleThreads idle_{1};
    Lifecycle lifecycle_{idle_};
    std::vector<TaskEntry> entries_ = std::vector<TaskEntry>(4);
    std::vector<TaskSlot> slots_ = std::vector<TaskSlot>(4);
    std::vector<DepEntry> pool_ = std::vector<DepEntry>(8);
    std::size_t next_edge_ = 0;
};

TEST_F(LifecycleTest, a_task_without_producers_is_ready_when_it_is_published) {
    submit(0);
    EXPECT_EQ(state(0), TaskState::pending);
    EXPECT_TRUE(Lifecycle::publish(slots_[0]));
    EXPECT_EQ(state(0), TaskState::ready);
    EXPECT_TRUE(complete(0).empty());
    EXPECT_EQ(state(0), TaskState::running) << "its waterline may not pass before it is released";
    lifecycle_.release(slots_[0]);
    EXPECT_EQ(state(0), TaskState::consumed) << "it owns nothing";
}

TEST_F(LifecycleTest, a_consumer_is_ready_when_its_last_producer_has_completed) {
    for (std::size_t i = 0; i < 3; ++i) submit(i);
    EXPECT_TRUE(wire(0, 2));
    EXPECT_TRUE(wire(1, 2));
    EXPECT_FALSE(Lifecycle::publish(slots_[2]));
    EXPECT_TRUE(complete(0).empty());
    EXPECT_EQ(complete(1), std::vector<const TaskSlot*>{&slots_[2]});
    EXPECT_EQ(state(2), TaskState::ready);
}

TEST_F(LifecycleTest, a_completed_producer_has_nothing_to_wait_for_but_is_kept) {
    submit(0, true);
    complete(0);
    lifecycle_.release(slots_[0]);
    EXPECT_EQ(state(0), TaskState::released);
    submit(1);
    EXPECT_FALSE(wire(0, 1, true));
    EXPECT_TRUE(Lifecycle::publish(slots_[1]));
    lifecycle_.drop_reference(entries_[0]);  // its scope closes
    EXPECT_EQ(state(0), TaskState::released);
    complete(1);
    lifecycle_.release(slots_[1]);
    EXPECT_EQ(state(0), TaskState::consumed);
}

TEST_F(LifecycleTest, an_owner_whose_scope_has_closed_is_consumed_when_it_is_released) {
    submit(0, true);
    lifecycle_.drop_reference(entries_[0]);
    EXPECT_EQ(state(0), TaskState::pending);
    complete(0);
    lifecycle_.release(slots_[0]);
    EXPECT_EQ(state(0), TaskState::consumed);
}

TEST_F(LifecycleTest, edges_of_a_task_run_on_at_the_beginning_of_the_pool) {
    submit(0, true);
    submit(1, true);
    next_edge_ = pool_.size() - 1;
    submit(2);
    wire(0, 2, true);
    next_edge_ = 0;
    wire(1, 2, true);
    for (std::size_t i = 0; i < 2; ++i) {
        complete(i);
        lifecycle_.release(slots_[i]);
        lifecycle_.drop_reference(entries_[i]);
        EXPECT_EQ(state(i), TaskState::released);
    }
    lifecycle_.release(slots_[2]);
    EXPECT_EQ(state(0), TaskState::consumed);
    EXPECT_EQ(state(1), TaskState::consumed);
}

TEST_F(LifecycleTest, a_task_in_place_has_completed_and_keeps_only_what_it_owns) {
    Lifecycle::submit_in_place(entries_[0], false);
    EXPECT_EQ(state(0), TaskState::consumed);
    Lifecycle::submit_in_place(entries_[1], true);
    EXPECT_EQ(state(1), TaskState::released);
    submit(2);
    EXPECT_FALSE(wire(1, 2));
    lifecycle_.drop_reference(entries_[1]);
    EXPECT_EQ(state(1), TaskState::consumed);
}

}  // namespace
}  // namespace weir
