// SPDX-License-Identifier: Apache-2.0
/// A stack of one's own: calls leave and go on, and what is left is memory like any other.
#include "scheduler/call_stack.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

struct Call {
    CallStack* stack;
    int steps = 0;
};

void two_steps(void* object) {
    Call& call = *static_cast<Call*>(object);
    ++call.steps;
    call.stack->leave();
    ++call.steps;
}

TEST(CallStack, goes_on_where_a_call_left_and_serves_the_next_call) {
    std::vector<std::byte> memory(std::size_t{256} << 10U);
    CallStack stack(memory.data(), memory.size());
    for (int round = 0; round < 3; ++round) {
        Call call{&stack};
        stack.start(two_steps, &call);
        EXPECT_FALSE(stack.resume());
        EXPECT_EQ(call.steps, 1);
        EXPECT_TRUE(stack.resume());
        EXPECT_EQ(call.steps, 2);
    }
}

// Frames that are left by a switch are marked as such for AddressSanitizer, which finds the marks here.
TEST(CallStack, leaves_memory_that_can_be_used_for_anything) {
    std::vector<std::byte> memory(std::size_t{256} << 10U);
    std::optional<CallStack> stack(std::in_place, memory.data(), memory.size());
    Call call{&*stack};
    stack->start(two_steps, &call);
    ASSERT_FALSE(stack->resume());
    ASSERT_TRUE(stack->resume());
    stack.reset();
    std::fill(memory.begin(), memory.end(), std::byte{1});
    EXPECT_EQ(std::count(memory.begin(), memory.end(), std::byte{1}),
              static_cast<std::ptrdiff_t>(memory.size()));
}

}  // namespace
}  // namespace weir
