// SPDX-License-Identifier: Apache-2.0
// Long programs through the smallest rings. Every test proves from the run's figures that the ring was full,
// and from the number of tasks that it wrapped many times.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include <weir/weir.hpp>

#include "fuzz_seed.hpp"
#include "open_scopes.hpp"
#include "ring_filler.hpp"
#include "shipped.hpp"

namespace weir::test {
namespace {

inline constexpr int kRounds = static_cast<int>(192'000 / fuzz::kSlowdown);

RuntimeEnv smallest() {
    RuntimeEnv env;
    env.ring_task_window = 4;
    env.ring_consumed_window = 4;
    env.ring_payload = 4096;
    env.ring_heap = 1024;
    env.ring_dep_pool = 4;
    env.tensormap_pool = 64;
    return env;
}

class TinyRings : public testing::TestWithParam<std::tuple<int, std::uint64_t>> {
protected:
    [[nodiscard]] int threads() const { return std::get<0>(GetParam()); }

    /// Makes workers slower than the program, also where submitting is slow.
    static void spend_time() {
        const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(4 * fuzz::kSlowdown);
        while (std::chrono::steady_clock::now() < until) {
        }
    }

    /// One thread runs each task as it is submitted, and then no ring ever fills.
    void expect_filled(const RunResult& result, std::size_t ring) const {
        if (threads() == 1) return;
        EXPECT_GT(result.times_held_back, 0U) << "no ring was ever full";
        EXPECT_EQ(result.peaks.task_window[ring], 4U) << "the task window was never full";
        EXPECT_LE(result.peaks.consumed_window[ring], 4U);
        EXPECT_LE(result.peaks.heap_bytes[ring], 1024U);
        EXPECT_LE(result.peaks.dep_pool[ring], 4U);
        EXPECT_LE(result.peaks.tensormap, 64U);
    }

    std::vector<std::int64_t> data_ = std::vector<std::int64_t>(64);
    Runtime runtime_{{.threads = std::get<0>(GetParam()),
                      .runtime_env = smallest(),
                      .first_task_number = std::get<1>(GetParam())}};
    Kernel<InOut<std::int64_t>> add_ = runtime_.kernel(
        "add",
        [](InOut<std::int64_t> x) {
            for (auto& value : x) ++value;
        },
        kShipped);
    RingFiller filler_{runtime_, 4};
    Kernel<In<std::int64_t>, InOut<std::int64_t>> mix_ = runtime_.kernel(
        "mix", [](In<std::int64_t> x, InOut<std::int64_t> y) { y[0] = (y[0] * 31 + x[0]) % 1'000'003; },
        kShipped);
};
/// Numbers that start just below 2^32 pass it early in the run.
INSTANTIATE_TEST_SUITE_P(threads_and_first_number, TinyRings,
                         testing::Combine(testing::Values(1, 2, 4), testing::Values(1U, 0xffff'ff80U)));

TEST_P(TinyRings, a_chain_wraps_its_ring_many_times) {
    Task last;
    const RunResult result = runtime_.run([&](Orchestrator& o) {
        filler_.fill(o);
        const auto x = o.external(data_);
        for (int i = 0; i < kRounds; ++i) last = o.submit(add_, x);
    });
    EXPECT_EQ(data_, std::vector<std::int64_t>(64, kRounds));
    EXPECT_EQ(result.tasks, filler_.tasks() + static_cast<std::uint64_t>(kRounds));
    EXPECT_EQ(last.number(), std::get<1>(GetParam()) + result.tasks - 1);
    expect_filled(result, 0);
}

TEST_P(TinyRings, independent_tasks_wrap_their_ring_many_times) {
    const RunResult result = runtime_.run([&](Orchestrator& o) {
        filler_.fill(o);
        const auto x = o.external(data_);
        for (int i = 0; i < kRounds; ++i) o.submit(add_, x.view({i % 64}, {1}));
    });
    EXPECT_EQ(data_, std::vector<std::int64_t>(64, kRounds / 64)) << "rounds are a multiple of 64";
    expect_filled(result, 0);
}
static_assert(kRounds / 64 * 64 == kRounds);

TEST_P(TinyRings, a_stencil_with_more_edges_than_the_pool_has_entries) {
    const int steps = kRounds / 128;
    std::vector<std::int64_t> other(64), expected(64), next(64);
    for (std::size_t i = 0; i < 64; ++i) expected[i] = data_[i] = static_cast<std::int64_t>(i);
    const auto point = runtime_.kernel(
        "point",
        [](In<std::int64_t> left, In<std::int64_t> middle, In<std::int64_t> right, Out<std::int64_t> out) {
            out[0] = (3 * left[0] + 5 * middle[0] + 7 * right[0] + 1) % 1'000'003;
        },
        kShipped);
    const RunResult result = runtime_.run([&](Orchestrator& o) {
        filler_.fill(o);
        auto from = o.external(data_);
        auto to = o.external(other);
        const auto at = [](const Tensor<std::int64_t>& t, int i) { return t.view({(i + 64) % 64}, {1}); };
        for (int step = 0; step < steps; ++step) {
            for (int i = 0; i < 64; ++i)
                o.submit(point, at(from, i - 1), at(from, i), at(from, i + 1), at(to, i));
            std::swap(from, to);
        }
    });
    for (int step = 0; step < steps; ++step) {
        for (std::size_t i = 0; i < 64; ++i)
            next[i] =
                (3 * expected[(i + 63) % 64] + 5 * expected[i] + 7 * expected[(i + 1) % 64] + 1) % 1'000'003;
        expected.swap(next);
    }
    EXPECT_EQ(steps % 2 == 0 ? data_ : other, expected);
    expect_filled(result, 0);
}

TEST_P(TinyRings, short_scopes_recycle_a_heap_of_one_kilobyte_at_every_depth) {
    const auto fill = runtime_.kernel(
        "fill",
        [](Out<std::int64_t> x, std::int64_t value) {
            spend_time();
            for (auto& element : x) element = value;
        },
        kShipped);
    std::int64_t expected = 0;
    for (int depth = 1; depth <= 5; ++depth) {
        data_[0] = 0;
        expected = 0;
        const RunResult result = runtime_.run([&](Orchestrator& o) {
            const auto sum = o.external(data_).view({0}, {1});
            const OpenScopes outer(o, depth - 1);
            {
                const Scope scope{o};
                filler_.fill(o);
            }
            for (int i = 0; i < kRounds / 20; ++i) {
                const Scope scope{o};
                const auto made = o.submit(fill, shape(1 + i % 100), i).output();  // 64 to 832 bytes
                o.submit(mix_, made.view({i % 100}, {1}), sum);
                expected = (expected * 31 + i) % 1'000'003;
            }
        });
        EXPECT_EQ(data_[0], expected) << "depth " << depth;
        expect_filled(result, static_cast<std::size_t>(std::min(depth, 3)));
        EXPECT_GE(result.peaks.heap_bytes[static_cast<std::size_t>(std::min(depth, 3))], 832U);
    }
}

/// An owner stays open while far more than a consumed window of tasks passes in the rings below it.
TEST_P(TinyRings, a_long_lived_owner_is_not_overwritten_by_what_passes_in_deeper_rings) {
    const auto fill = runtime_.kernel(
        "fill",
        [](Out<std::int64_t> x, std::int64_t v) {
            spend_time();
            x[0] = v;
        },
        kShipped);
    std::int64_t expected = 0;
    const RunResult result = runtime_.run([&](Orchestrator& o) {
        const auto sum = o.external(data_).view({0}, {1});
        const auto root_owner = o.submit(fill, shape(8), 11).output();
        const Scope one{o};
        const auto first_owner = o.submit(fill, shape(8), 13).output();
        const Scope two{o};
        const auto second_owner = o.submit(fill, shape(8), 17).output();
        {
            const Scope three{o};
            filler_.fill(o);
        }
        for (int i = 0; i < kRounds / 20; ++i) {
            const Scope three{o};
            const auto inner = o.submit(fill, shape(8), i).output();
            const Tensor<std::int64_t>* const owners[] = {&root_owner, &first_owner, &second_owner, &inner};
            const std::int64_t values[] = {11, 13, 17, i};
            o.submit(mix_, *owners[i % 4], sum);
            expected = (expected * 31 + values[i % 4]) % 1'000'003;
        }
        EXPECT_EQ(o.get(root_owner, {0}), 11);
        EXPECT_EQ(o.get(first_owner, {0}), 13);
        EXPECT_EQ(o.get(second_owner, {0}), 17);
    });
    EXPECT_EQ(data_[0], expected);
    EXPECT_GT(result.tasks, 100U * 4) << "far more tasks than consumed entries";
    expect_filled(result, 3);
}

/// Owners that close late hold the consumed ring while tasks without memory have long been released: the
/// allocator must look at both waterlines.
TEST_P(TinyRings, the_allocator_waits_for_the_slower_of_its_two_waterlines) {
    const auto fill = runtime_.kernel(
        "fill", [](Out<std::int64_t> x, std::int64_t v) { x[0] = v; }, kShipped);
    std::int64_t expected = 0;
    runtime_.run([&](Orchestrator& o) {
        const auto sum = o.external(data_).view({0}, {1});
        const auto other = o.external(data_).view({8}, {8});
        for (int i = 0; i < kRounds / 20; ++i) {
            const Scope scope{o};
            const auto made = o.submit(fill, shape(16), i).output();
            o.submit(add_, other);
            o.submit(add_, other);
            o.submit(mix_, made, sum);  // the fourth and last entry behind the owner
            expected = (expected * 31 + i) % 1'000'003;
        }
    });
    EXPECT_EQ(data_[0], expected);
    EXPECT_EQ(data_[8], 2 * (kRounds / 20));
}

TEST_P(TinyRings, more_readers_than_any_pool_holds_are_all_waited_for) {
    std::vector<std::int64_t> seen(64);
    const auto read = runtime_.kernel(
        "read", [](In<std::int64_t> x, InOut<std::int64_t> count) { count[0] += x[0]; }, kShipped);
    const RunResult result = runtime_.run([&](Orchestrator& o) {
        filler_.fill(o);
        const auto x = o.external(data_).view({0}, {1});
        const auto counts = o.external(seen);
        for (int round = 0; round < 20; ++round) {
            o.submit(add_, x);
            for (int i = 0; i < kRounds / 40; ++i) o.submit(read, x, counts.view({i % 64}, {1}));
        }
    });
    std::int64_t sum = 0;
    for (const std::int64_t count : seen) sum += count;
    EXPECT_EQ(sum, 210LL * (kRounds / 40)) << "each round's readers saw that round's value";
    expect_filled(result, 0);
}

}  // namespace
}  // namespace weir::test
