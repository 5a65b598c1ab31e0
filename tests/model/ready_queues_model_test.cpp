// SPDX-License-Identifier: Apache-2.0
// ReadyRing against std::deque and OverflowQueue against std::multimap, one thread, indices just below 2^32
// and 2^61.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <random>
#include <vector>

#include <weir/options.hpp>

#include "ring_start.hpp"
#include "scheduler/overflow_queue.hpp"
#include "scheduler/ready_ring.hpp"

namespace weir {
namespace {

constexpr std::uint64_t kSeeds = 20;
constexpr int kOperations = 5'000;

class ReadyRingModel : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(starts, ReadyRingModel,
                         testing::Values(0, (std::uint64_t{1} << 32U) - 100,
                                         (std::uint64_t{1} << 61U) - 100));

TEST_P(ReadyRingModel, what_is_pushed_is_taken_in_order_and_full_is_exact_for_a_single_thread) {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        std::mt19937_64 generator(seed);
        const std::uint64_t capacity = std::uint64_t{2} << generator() % 3;
        std::vector<sync::Atomic<TaskSlot*>> places(capacity);
        std::array<TaskSlot, 32> tasks{};
        ReadyRing ring;
        ring.attach(places.data(), capacity);
        ring_start::start_at(ring, GetParam());
        std::deque<TaskSlot*> model;
        for (int i = 0; i < kOperations; ++i) {
            if (generator() % 2 == 0) {
                TaskSlot& task = tasks[generator() % tasks.size()];
                const bool pushed = ring.push(task);
                ASSERT_EQ(pushed, model.size() < capacity);
                if (pushed) model.push_back(&task);
            } else {
                TaskSlot* const expected = model.empty() ? nullptr : model.front();
                ASSERT_EQ(ring.take(), expected);
                if (!model.empty()) model.pop_front();
            }
            ASSERT_EQ(ring.any(), !model.empty());
            const std::uint64_t depth = 1 + generator() % (capacity + 1);
            ASSERT_EQ(ring.at_least(depth), model.size() >= depth);
        }
    }
}

TEST(OverflowQueueModel, the_oldest_of_the_most_urgent_tasks_is_taken) {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        std::mt19937_64 generator(seed);
        const auto priority = [&] {
            constexpr int kLevels = kMaxPriority - kMinPriority + 1;
            return kMinPriority + static_cast<int>(generator() % kLevels);
        };
        std::vector<TaskSlot> tasks(64);
        std::deque<TaskSlot*> free;
        for (TaskSlot& task : tasks) free.push_back(&task);
        OverflowQueue queue;
        std::multimap<int, TaskSlot*, std::greater<>> model;  // equal keys stay in the order of insertion
        for (int i = 0; i < kOperations; ++i) {
            if (generator() % 2 == 0 && !free.empty()) {
                TaskSlot* task = free.front();
                free.pop_front();
                task->priority = static_cast<std::int8_t>(priority());
                model.emplace(task->priority, task);
                queue.push(*task);
            } else {
                const int lowest = priority();
                const bool expected = !model.empty() && model.begin()->first >= lowest;
                ASSERT_EQ(queue.any_from(lowest), expected);
                TaskSlot* task = queue.take(lowest);
                ASSERT_EQ(task, expected ? model.begin()->second : nullptr);
                if (!expected) continue;
                model.erase(model.begin());
                free.push_back(task);
            }
            ASSERT_EQ(queue.any(), !model.empty());
        }
    }
}

}  // namespace
}  // namespace weir
