// SPDX-License-Identifier: Apache-2.0
// Rings that grow while a run goes on: what was live stays where it was and as it was, whatever wraps.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <weir/weir.hpp>

#include "misuse_fixture.hpp"
#include "open_scopes.hpp"

namespace weir::test {
namespace {

inline constexpr KernelOptions kShipped{.cost_ns = 1'000'000};
inline constexpr std::int64_t kWords = 72;
inline constexpr std::uint64_t kBlock = 576;  ///< bytes of that many words; no divisor of a page

RuntimeConfig tiny(int threads) {
    RuntimeConfig config{.threads = threads, .first_task_number = (std::uint64_t{1} << 32U) - 5};
    config.runtime_env.ring_task_window = 4;
    config.runtime_env.ring_consumed_window = 8;
    config.runtime_env.ring_payload = 4096;
    config.runtime_env.ring_heap = 4096;  // a page, so that it wraps there
    config.runtime_env.ring_dep_pool = 4;
    config.runtime_env.tensormap_pool = 64;
    return config;
}

CallConfig growing() {
    CallConfig config;
    config.size_policy = SizePolicy::growing;
    return config;
}

const GrownSize* find(const RunResult& result, Resource resource) {
    const auto found = std::find_if(result.grown.begin(), result.grown.end(),
                                    [&](const GrownSize& size) { return size.resource == resource; });
    return found != result.grown.end() ? &*found : nullptr;
}

class Growing : public testing::TestWithParam<std::tuple<int, int, bool>> {
protected:
    [[nodiscard]] static int threads() { return std::get<0>(GetParam()); }
    [[nodiscard]] static int depth() { return std::get<1>(GetParam()); }
    [[nodiscard]] static int ring() { return std::min(depth(), 3); }
    [[nodiscard]] static KernelOptions options() { return std::get<2>(GetParam()) ? kShipped : KernelOptions{}; }

    static void expect_grown(const RunResult& result, Resource resource, std::uint64_t from,
                             std::uint64_t at_least) {
        const GrownSize* grown = find(result, resource);
        ASSERT_NE(grown, nullptr) << label_of(resource);
        EXPECT_GE(grown->times, 3U) << label_of(resource);
        EXPECT_EQ(grown->ring, ring());
        EXPECT_EQ(grown->from, from);
        EXPECT_GE(grown->to, at_least);
    }

    std::vector<std::int64_t> sums_ = std::vector<std::int64_t>(64);
    Runtime runtime_{tiny(threads())};
    Kernel<Out<std::int64_t>, std::int64_t> fill_ = runtime_.kernel(
        "fill",
        [](Out<std::int64_t> x, std::int64_t first) {
            for (std::int64_t i = 0; i < x.extent(0); ++i) x[i] = first + i;
        },
        options());
    Kernel<InOut<std::int64_t>> add_one_ = runtime_.kernel(
        "add_one",
        [](InOut<std::int64_t> x) {
            for (std::int64_t i = 0; i < x.extent(0); ++i) ++x[i];
        },
        options());
    Kernel<In<std::int64_t>, InOut<std::int64_t>> sum_ = runtime_.kernel(
        "sum",
        [](In<std::int64_t> x, InOut<std::int64_t> sum) {
            for (std::int64_t i = 0; i < x.extent(0); ++i) sum[0] += x[i];
        },
        options());
};
INSTANTIATE_TEST_SUITE_P(threads_depth_and_way, Growing,
                         testing::Combine(testing::Values(1, 2, 4), testing::Values(0, 1, 3, 4),
                                          testing::Bool()));

std::int64_t first_of(std::size_t block) { return static_cast<std::int64_t>(1000 * block); }

std::int64_t sum_from(std::int64_t first) {
    return kWords * first + kWords * (kWords - 1) / 2;
}

/// A block of a scope that has closed is kept by a task that does not end before the next block is there, so
/// that the ring is not empty and goes on behind it: the blocks that follow wrap.
TEST_P(Growing, a_wrapped_ring_that_holds_an_outer_tensor_grows_three_times_and_no_byte_moves) {
    constexpr std::size_t kHeld = 60;
    std::atomic<bool> may_end{false};
    const auto wait = runtime_.kernel(
        "wait",
        [&](In<std::int64_t>, const TaskInfo& task) {
            while (!may_end && !task.stop_requested()) std::this_thread::yield();
        },
        kShipped);
    std::vector<const void*> before, after;
    const RunResult result = runtime_.run(
        [&](Orchestrator& o) {
            const auto sums = o.external(sums_);
            OpenScopes outer(o, depth());
            if (threads() > 1 && depth() > 0) {
                o.submit(wait, o.submit(fill_, shape(kWords), std::int64_t{7}).output());
                outer.close_last();
                outer.open(o);
            }
            std::vector<Tensor<std::int64_t>> held;
            for (std::size_t i = 0; i < kHeld; ++i) {
                held.push_back(o.submit(fill_, shape(kWords), first_of(i)).output());
                may_end = true;
                before.push_back(held.back().record().data);
                o.submit(add_one_, held.back());
                o.submit(add_one_, held.front());
            }
            for (std::size_t i = 0; i < kHeld; ++i) {
                after.push_back(held[i].record().data);
                o.submit(sum_, held[i], sums.view({static_cast<std::int64_t>(i)}, {1}));
            }
        },
        growing());
    EXPECT_EQ(before, after);
    EXPECT_EQ(sums_[0], sum_from(0) + kWords * static_cast<std::int64_t>(1 + kHeld));
    for (std::size_t i = 1; i < kHeld; ++i) ASSERT_EQ(sums_[i], sum_from(first_of(i)) + kWords) << i;
    expect_grown(result, Resource::heap, 4096, kHeld * kBlock);
    expect_grown(result, Resource::consumed_window, 8, 4 * kHeld);
    EXPECT_TRUE(good_program_works(runtime_));
}

}  // namespace
}  // namespace weir::test
