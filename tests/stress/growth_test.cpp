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
#include "shipped.hpp"

namespace weir::test {
namespace {

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
    [[nodiscard]] static KernelOptions options() {
        return std::get<2>(GetParam()) ? kShipped : KernelOptions{};
    }

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
            for (std::size_t i = 0; i < x.size(); ++i) x[i] = first + static_cast<std::int64_t>(i);
        },
        options());
    Kernel<InOut<std::int64_t>> add_one_ = runtime_.kernel(
        "add_one",
        [](InOut<std::int64_t> x) {
            for (std::size_t i = 0; i < x.size(); ++i) ++x[i];
        },
        options());
    Kernel<In<std::int64_t>, InOut<std::int64_t>> sum_ = runtime_.kernel(
        "sum",
        [](In<std::int64_t> x, InOut<std::int64_t> sum) {
            for (std::size_t i = 0; i < x.size(); ++i) sum[0] += x[i];
        },
        options());
};
INSTANTIATE_TEST_SUITE_P(threads_depth_and_way, Growing,
                         testing::Combine(testing::Values(1, 2, 4), testing::Values(0, 1, 3, 4),
                                          testing::Bool()));

std::int64_t first_of(std::size_t block) { return static_cast<std::int64_t>(1000 * block); }

std::int64_t sum_from(std::int64_t first) { return kWords * first + kWords * (kWords - 1) / 2; }

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

/// What grew is what would have been enough: with these sizes from the start nothing grows, and one step less
/// does.
TEST_P(Growing, a_run_that_starts_with_what_the_one_before_it_grew_to_does_not_grow) {
    const auto program = [&](Orchestrator& o) {
        const OpenScopes scopes(o, depth());
        std::vector<Tensor<std::int64_t>> held;
        for (std::size_t i = 0; i < 40; ++i)
            held.push_back(o.submit(fill_, shape(kWords), first_of(i)).output());
        for (const auto& block : held) o.submit(add_one_, block);
    };
    const RunResult first = runtime_.run(program, growing());
    ASSERT_FALSE(first.grown.empty());
    CallConfig config;
    for (const GrownSize& size : first.grown) {
        RingValues values;
        values.per_ring[static_cast<std::size_t>(size.ring)] = size.to;
        config.runtime_env.set(size.resource, values);
    }
    config.size_policy = SizePolicy::growing;
    EXPECT_TRUE(runtime_.run(program, config).grown.empty());
    const RunResult again = runtime_.run(program, growing());
    EXPECT_EQ(again.sizes, first.sizes) << "a run starts with its own sizes";
    ASSERT_EQ(again.grown.size(), first.grown.size());
    for (std::size_t i = 0; i < again.grown.size(); ++i) EXPECT_EQ(again.grown[i].to, first.grown[i].to);
}

/// Owners beyond the pool, in one task; and regions beyond the TensorMap's.
TEST_P(Growing, pools_grow_for_a_task_that_needs_more_than_all_of_them) {
    const auto gather = runtime_.kernel_any(
        "gather",
        [](const TaskView& task) {
            std::int64_t sum = 0;
            for (std::size_t i = 1; i < task.tensor_count(); ++i)
                sum += task.tensor<std::int64_t>(i).data()[0];
            task.tensor<std::int64_t>(0).data()[0] = sum;
            return 0;
        },
        options());
    constexpr std::int64_t kOwners = 31;
    const RunResult result = runtime_.run(
        [&](Orchestrator& o) {
            const OpenScopes scopes(o, depth());
            TaskArgs all;
            all.output(o.external(sums_));
            // Three axes that are no contiguous block need further entries for their steps.
            for (std::int64_t i = 0; i < kOwners; ++i) {
                const auto block = o.submit(fill_, shape(kWords), 1000 * i).output();
                all.input(block.reshape(shape(4, 3, 6)).view({1, 1, 1}, {2, 2, 3}));
            }
            o.submit(gather, all);
        },
        growing());
    EXPECT_EQ(sums_[0], kOwners * 25 + 1000 * kOwners * (kOwners - 1) / 2);
    for (const Resource resource : {Resource::dep_pool, Resource::tensormap}) {
        ASSERT_NE(find(result, resource), nullptr) << label_of(resource);
        EXPECT_GE(find(result, resource)->to, 31U);
    }
    EXPECT_GT(find(result, Resource::tensormap)->to, 64U);
    EXPECT_TRUE(good_program_works(runtime_));
}

TEST_P(Growing, a_block_larger_than_the_whole_heap_gets_one_that_holds_it) {
    const RunResult result = runtime_.run(
        [&](Orchestrator& o) {
            const OpenScopes scopes(o, depth());
            const auto x = o.submit(fill_, shape(100'000), std::int64_t{5}).output();
            o.submit(sum_, x.view({99'999}, {1}), o.external(sums_).view({0}, {1}));
        },
        growing());
    EXPECT_EQ(sums_[0], 5 + 99'999);
    ASSERT_NE(find(result, Resource::heap), nullptr);
    EXPECT_EQ(find(result, Resource::heap)->times, 1U);
    EXPECT_GE(find(result, Resource::heap)->to, 800'000U);
}

/// Each round needs a larger heap than the one before it, and its scope closes: only the last regions count
/// in the end.
TEST_P(Growing, a_region_that_is_left_is_given_back_when_its_last_block_is_free) {
    if (depth() == 0) GTEST_SKIP() << "the root scope closes at the end only";
    const RunResult result = runtime_.run(
        [&](Orchestrator& o) {
            const auto sums = o.external(sums_);
            for (std::int64_t round = 1; round <= 8; ++round) {
                const OpenScopes scopes(o, depth());
                const auto x = o.submit(fill_, shape(kWords << round), std::int64_t{0}).output();
                o.submit(sum_, x.view({1}, {1}), sums.view({round}, {1}));
            }
        },
        growing());
    for (std::size_t round = 1; round <= 8; ++round) EXPECT_EQ(sums_[round], 1);
    const GrownSize* grown = find(result, Resource::heap);
    ASSERT_NE(grown, nullptr);
    EXPECT_GE(grown->times, 3U);
    EXPECT_LE(result.memory_bytes, 600'000U) << "all that is ever left never counts at once";
}

TEST(SizePolicies, a_size_that_somebody_has_set_does_not_grow_by_itself) {
    const auto outcome = [](const RuntimeConfig& config, const CallConfig& call) {
        Runtime runtime(config);
        const auto fill = runtime.kernel("fill", [](Out<std::int64_t> x) { x[0] = 1; });
        return caught([&] { runtime.run([&](Orchestrator& o) { o.submit(fill, shape(1'000'000)); }, call); })
            .code;
    };
    RuntimeConfig small{.threads = 1, .log = [](LogLevel, const std::string&) {}};
    small.runtime_env.ring_heap = 4096;
    CallConfig call;
    EXPECT_EQ(outcome(small, call), ErrorCode::capacity) << "the runtime's own sizes are set, too";
    call.size_policy = SizePolicy::growing;
    EXPECT_EQ(outcome(small, call), ErrorCode::ok);
    CallConfig set;
    set.runtime_env.ring_heap = 4096;
    EXPECT_EQ(outcome({.threads = 1}, set), ErrorCode::capacity);
    set.size_policy = SizePolicy::growing;
    EXPECT_EQ(outcome({.threads = 1, .log = [](LogLevel, const std::string&) {}}, set), ErrorCode::ok);
}

TEST(SizePolicies, nothing_grows_past_the_memory_of_the_machine) {
    Runtime runtime({.threads = 1});
    const auto fill = runtime.kernel("fill", [](Out<std::int64_t> x) { x[0] = 1; });
    const Caught refused = caught([&] {
        runtime.run([&](Orchestrator& o) { o.submit(fill, shape(std::int64_t{1} << 40)); });  // 8 TiB
    });
    EXPECT_EQ(refused.code, ErrorCode::capacity);
    EXPECT_NE(refused.message.find("it may grow, but the rings would come to"), std::string::npos);
    EXPECT_NE(refused.message.find("bytes with it, and this machine has"), std::string::npos)
        << refused.message;
    EXPECT_TRUE(good_program_works(runtime));
}

/// 65,536 entries is the default.
Program seventy_thousand_behind_an_owner(Runtime& runtime, std::vector<std::int64_t>& data) {
    const auto fill = runtime.kernel("fill", [](Out<std::int64_t> x) { x[0] = 1; });
    const auto add = runtime.kernel("add", [](InOut<std::int64_t> x) { ++x[0]; });
    return [fill, add, &data](Orchestrator& o) {
        const auto x = o.external(data);
        const auto owner = o.submit(fill, shape(4)).output();
        for (int i = 0; i < 70'000; ++i) o.submit(add, x);
        o.submit(add, owner);
    };
}

TEST(SizePolicies, a_default_grows_and_says_so_once_with_the_line_that_avoids_it) {
    std::vector<std::string> warnings;
    RuntimeConfig config{.threads = 1};
    config.log = [&](LogLevel level, const std::string& text) {
        if (level == LogLevel::warning) warnings.push_back(text);
    };
    Runtime runtime(config);
    std::vector<std::int64_t> data(1);
    const Program program = seventy_thousand_behind_an_owner(runtime, data);
    for (int run = 0; run < 2; ++run) {
        const RunResult result = runtime.run(program);
        const GrownSize* grown = find(result, Resource::consumed_window);
        ASSERT_NE(grown, nullptr);
        EXPECT_EQ(grown->from, 65'536U);
        EXPECT_EQ(grown->to, 131'072U);
        EXPECT_EQ(grown->times, 1U);
        EXPECT_EQ(result.sizes.value(Resource::consumed_window), 65'536U);
    }
    EXPECT_EQ(data[0], 140'000);
    ASSERT_EQ(warnings.size(), 1U) << "once, however many runs grow in the same way";
    EXPECT_NE(warnings[0].find("export PTO2_RING_CONSUMED_WINDOW=131072,0,0,0"), std::string::npos)
        << warnings[0];
    CallConfig fixed;
    fixed.size_policy = SizePolicy::fixed;
    EXPECT_EQ(caught([&] { runtime.run(program, fixed); }).code, ErrorCode::capacity);
    EXPECT_TRUE(good_program_works(runtime));
}

}  // namespace
}  // namespace weir::test
