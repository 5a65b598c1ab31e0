// SPDX-License-Identifier: Apache-2.0
// get, set and allocate: the program reads and writes single elements between tasks.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <weir/weir.hpp>

#include "shipped.hpp"

namespace weir {
namespace {

class ElementAccess : public testing::TestWithParam<int> {
protected:
    Runtime runtime_{{.threads = GetParam()}};
    Kernel<InOut<std::int64_t>> slow_increment_ = runtime_.kernel(
        "slow_increment",
        [](InOut<std::int64_t> x) {
            const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(200);
            while (std::chrono::steady_clock::now() < until) {
            }
            for (int i = 0; i < x.extent(0); ++i) ++x(i);
        },
        kShipped);
    Kernel<In<std::int64_t>, Out<std::int64_t>> slow_copy_ = runtime_.kernel(
        "slow_copy",
        [](In<std::int64_t> from, Out<std::int64_t> to) {
            const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(200);
            while (std::chrono::steady_clock::now() < until) {
            }
            for (int i = 0; i < from.extent(0); ++i) to(i) = from(i);
        },
        kShipped);
};
INSTANTIATE_TEST_SUITE_P(threads, ElementAccess, testing::Values(1, 2, 4));

TEST_P(ElementAccess, get_waits_for_the_tasks_that_write_the_element) {
    std::vector<std::int64_t> data(4);
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data);
        for (int i = 1; i <= 20; ++i) {
            o.submit(slow_increment_, x.view({2}, {2}));
            EXPECT_EQ(o.get(x, {3}), i);
            EXPECT_EQ(o.get<std::int64_t>(static_cast<const AnyTensor&>(x), {2}), i);
            EXPECT_EQ(o.get(x, {0}), 0);
        }
    });
}

TEST_P(ElementAccess, set_waits_for_the_tasks_that_read_or_write_the_element) {
    std::vector<std::int64_t> data(4, 1);
    std::vector<std::int64_t> copies(20 * 4);
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data);
        const auto all = o.external(copies.data(), {20, 4});
        for (int i = 0; i < 20; ++i) {
            o.submit(slow_copy_, x, all.view({i, 0}, {1, 4}).reshape({4}));
            o.set(x, {i % 4}, 100 + i);
        }
    });
    std::vector<std::int64_t> expected(4, 1);
    for (int i = 0; i < 20; ++i) {
        const auto row = copies.begin() + 4 * i;
        EXPECT_EQ(std::vector<std::int64_t>(row, row + 4), expected) << "copy " << i;
        expected[static_cast<std::size_t>(i % 4)] = 100 + i;
    }
    EXPECT_EQ(data, expected);
}

TEST_P(ElementAccess, a_task_after_set_sees_the_value_set) {
    std::vector<std::int64_t> data(1), copy(1);
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data);
        const auto y = o.external(copy);
        for (std::int64_t i = 0; i < 50; ++i) {
            o.set(x, {0}, i);
            o.submit(slow_copy_, x, y);
            o.set(x, {0}, -1);
            EXPECT_EQ(o.get(y, {0}), i);
        }
    });
}

TEST_P(ElementAccess, a_program_can_branch_on_what_it_reads) {
    std::vector<std::int64_t> data(1);
    int rounds = 0;
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data);
        while (o.get(x, {0}) < 10) {
            o.submit(slow_increment_, x);
            ++rounds;
        }
    });
    EXPECT_EQ(rounds, 10);
}

TEST_P(ElementAccess, elements_are_found_through_transposed_and_stepped_views) {
    std::vector<std::int64_t> data(6 * 8);
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data.data(), {6, 8});
        const auto view = x.slice(0, 1, 6, 2).slice(1, 2, 8, 3).transpose();
        o.set(view, {1, 2}, 77);
        EXPECT_EQ(o.get(x, {5, 5}), 77);
    });
    EXPECT_EQ(data[5 * 8 + 5], 77);
}

TEST_P(ElementAccess, allocated_memory_is_aligned_and_separate_and_usable_in_tasks) {
    runtime_.run([&](Orchestrator& o) {
        const auto a = o.allocate<std::int64_t>({7});
        const AnyTensor b = o.allocate({3, 5}, DType::i64);
        EXPECT_EQ(a.ndim(), 1);
        EXPECT_EQ(b.dtype(), DType::i64);
        EXPECT_EQ(b.size(), 15);
        EXPECT_TRUE(b.is_contiguous());
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(a.record().data) % 64, 0U);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(b.record().data) % 64, 0U);
        const auto gap = b.record().data - a.record().data;
        EXPECT_TRUE(gap >= 7 * 8 || gap <= -15 * 8) << gap;
        for (int i = 0; i < 7; ++i) o.set(a, {i}, i);
        o.submit(slow_copy_, a, Tensor<std::int64_t>(b.reshape({15}).view({4}, {7})));
        EXPECT_EQ(o.get<std::int64_t>(b, {2, 0}), 6);
    });
}

TEST_P(ElementAccess, get_works_in_a_manual_scope_and_on_outputs_of_the_runtime) {
    std::vector<std::int64_t> data(1);
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data);
        const Scope scope{o, Manual};
        const auto first = o.submit(slow_increment_, x);
        const auto made = o.submit(slow_copy_, x, shape(1), after(first)).output();
        EXPECT_EQ(o.get(made, {0}), 1);
        EXPECT_EQ(o.get(x, {0}), 1);
    });
}

}  // namespace
}  // namespace weir
