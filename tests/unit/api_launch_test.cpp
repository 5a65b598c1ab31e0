// SPDX-License-Identifier: Apache-2.0
// Tasks of several blocks or kernels, and predicates: who is called, with what, and that the task completes
// once, when all calls have returned.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include <weir/weir.hpp>

#include "shipped.hpp"

namespace weir {
namespace {

class Launches : public testing::TestWithParam<int> {
protected:
    Runtime runtime_{{.threads = GetParam()}};
};
INSTANTIATE_TEST_SUITE_P(threads, Launches, testing::Values(1, 2, 4));

TEST_P(Launches, every_block_is_called_once_and_knows_its_index) {
    for (const KernelOptions& options : {KernelOptions{}, kShipped}) {
        const auto count = runtime_.kernel(
            "count",
            [](Out<std::int32_t> calls, const TaskInfo& task) {
                ++calls(task.block_index());
                if (task.block_count() != calls.extent(0)) calls(0) = -1;
                if (task.subtask_slot() != SubtaskSlot::aiv0) calls(0) = -1;
            },
            options);
        const auto check = runtime_.kernel("check", [](In<std::int32_t> calls, InOut<std::int32_t> wrong) {
            wrong(0) += static_cast<std::int32_t>(
                std::count_if(calls.begin(), calls.end(), [](std::int32_t n) { return n != 1; }));
        });
        for (const std::int64_t blocks : {2, 7, 48, 1000, 32767}) {
            std::vector<std::int32_t> calls(static_cast<std::size_t>(blocks)), wrong(1);
            const RunResult result = runtime_.run([&](Orchestrator& o) {
                const auto out = o.external(calls);
                o.submit(count, out, weir::blocks(blocks));
                o.submit(check, out, o.external(wrong));
            });
            EXPECT_EQ(wrong[0], 0) << blocks;
            EXPECT_EQ(calls, std::vector<std::int32_t>(static_cast<std::size_t>(blocks), 1));
            EXPECT_EQ(result.tasks, 2U);
            EXPECT_LE(result.tasks_helped + result.tasks_in_place, 2U);
        }
    }
}

TEST_P(Launches, a_plain_task_is_block_0_of_1_and_its_barrier_passes) {
    int seen = 0;
    const auto aic = runtime_.kernel("aic",
                                     [&](InOut<float>, const TaskInfo& task) {
                                         task.barrier();
                                         seen = task.block_index() * 100 + task.block_count() * 10 +
                                                (task.subtask_slot() == SubtaskSlot::aic ? 1 : 0);
                                     },
                                     {.core_type = CoreType::aic});
    std::vector<float> data(1);
    for (const Options& options : {Options{}, blocks(1), sync_start(), blocks(1).sync_start()}) {
        seen = 0;
        runtime_.run([&](Orchestrator& o) { o.submit(aic, o.external(data), options); });
        EXPECT_EQ(seen, 11);
    }
}

TEST_P(Launches, the_kernels_of_a_mixed_task_share_its_arguments) {
    std::vector<std::int64_t> a(8), sums(4 * 3);
    std::iota(a.begin(), a.end(), 1);
    const auto add = [](In<std::int64_t> in, Out<std::int64_t> out, std::int64_t by, const TaskInfo& task) {
        const auto slot = static_cast<std::size_t>(task.subtask_slot());
        out(task.block_index(), slot) =
            std::accumulate(in.begin(), in.end(), by * static_cast<std::int64_t>(slot + 1));
    };
    const auto aic = runtime_.kernel("m", add, {.core_type = CoreType::aic});
    const auto aiv = runtime_.kernel("v", add, {.core_type = CoreType::aiv});
    const auto any = runtime_.kernel("a", add);
    const RunResult result = runtime_.run([&](Orchestrator& o) {
        o.submit_mixed({.aic = aic, .aiv0 = any, .aiv1 = aiv},
                       TaskArgs{}
                           .input(o.external(a))
                           .output(o.external(sums.data(), shape(4, 3)))
                           .scalar(std::int64_t{5})
                           .blocks(4)
                           .name("mixed"));
    });
    EXPECT_EQ(result.tasks, 1U);
    EXPECT_EQ(sums, (std::vector<std::int64_t>{41, 46, 51, 41, 46, 51, 41, 46, 51, 41, 46, 51}));
}

TEST_P(Launches, a_slot_that_is_left_out_has_no_subtask) {
    std::vector<std::int64_t> called(3);
    const auto mark = runtime_.kernel("mark", [](InOut<std::int64_t> out, const TaskInfo& task) {
        ++out(static_cast<std::size_t>(task.subtask_slot()));
    });
    runtime_.run([&](Orchestrator& o) {
        const auto out = o.external(called);
        o.submit_mixed({.aiv1 = mark}, TaskArgs{}.inout(out));
        o.submit_mixed({.aic = mark, .aiv1 = mark}, TaskArgs{}.inout(out));
    });
    EXPECT_EQ(called, (std::vector<std::int64_t>{1, 0, 2}));
}

TEST_P(Launches, a_task_whose_predicate_is_false_does_no_work_and_keeps_its_dependencies) {
    const auto set = runtime_.kernel(
        "set", [](Out<std::int32_t> x, std::int32_t to) { x(0) = to; }, kShipped);
    const auto add = runtime_.kernel(
        "add", [](InOut<std::int32_t> x, std::int32_t n) { x(0) += n; }, kShipped);
    const auto append = runtime_.kernel(
        "append", [](InOut<std::int32_t> x, std::int32_t n) { x(0) = 10 * x(0) + n; }, kShipped);
    const auto append_in_blocks = runtime_.kernel(
        "append_in_blocks",
        [](InOut<std::int32_t> x, std::int32_t n, const TaskInfo& task) {
            const auto i = task.block_index();
            x(i) = 10 * x(i) + n;
        },
        kShipped);
    std::vector<std::int32_t> flag(1), x(2), y(1);
    for (int round = 0; round < 20; ++round) {
        flag[0] = x[0] = x[1] = y[0] = 0;
        runtime_.run([&](Orchestrator& o) {
            const auto f = o.external(flag);
            const auto out = o.external(x);
            const auto other = o.external(y);
            o.submit(set, f, 7);
            o.submit(append, out, 1, predicate(f, {0}, Comparison::equal, 7));  // waits for the 7
            o.submit(append, out, 2, predicate(f, {0}, Comparison::not_equal, 7));
            o.submit(set, f, -1);  // waits for both, which read the flag
            o.submit(append_in_blocks, out, 3, predicate(f, {0}, Comparison::less, 0).blocks(2));
            o.submit(append_in_blocks, out, 4, predicate(f, {0}, Comparison::greater, 0).blocks(2));
            // In order behind the task in front, although that did nothing.
            o.submit(add, other, 5);
            const Task skipped = o.submit(append, other, 8, predicate(f, {0}, Comparison::equal, 0));
            o.submit(append, other, 6, after(skipped));
        });
        EXPECT_EQ(x[0], 13);
        EXPECT_EQ(x[1], 3);
        EXPECT_EQ(y[0], 56);
    }
}

/// One kernel call iff the comparison holds, for elements of type T.
template <class T>
class PredicateTypes : public testing::Test {};
using ElementTypes = testing::Types<double, float, Float16, BFloat16, std::int8_t, std::int16_t, std::int32_t,
                                    std::int64_t, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>;
TYPED_TEST_SUITE(PredicateTypes, ElementTypes);

template <class T>
T element_of(int value) {
    if constexpr (std::is_same_v<T, BFloat16>)
        return BFloat16(static_cast<float>(value));
    else if constexpr (std::is_same_v<T, Float16>)
        return Float16{static_cast<std::uint16_t>(value == 0 ? 0 : value == 1 ? 0x3c00 : 0x4000)};
    else
        return static_cast<T>(value);
}

TYPED_TEST(PredicateTypes, compares_as_the_language_does) {
    Runtime runtime{{.threads = 1}};
    const auto mark = runtime.kernel("mark", [](InOut<std::int32_t> x) { x(0) = 1; });
    std::vector<TypeParam> values{element_of<TypeParam>(0), element_of<TypeParam>(1),
                                  element_of<TypeParam>(2)};
    for (int element = 0; element < 3; ++element) {
        for (int constant = 0; constant < 3; ++constant) {
            const bool wanted[] = {element == constant, element != constant,
                                   element<constant, element <= constant, element> constant,
                                   element >= constant};
            for (int comparison = 0; comparison < 6; ++comparison) {
                std::vector<std::int32_t> called(1);
                runtime.run([&](Orchestrator& o) {
                    const auto how = static_cast<Comparison>(comparison);
                    const auto v = o.external(values);
                    const auto out = o.external(called);
                    if (constant == 0)
                        o.submit(mark, out, predicate(v, {element}, how, 0U));
                    else if (constant == 1)
                        o.submit(mark, out, predicate(v, {element}, how, 1.0));
                    else
                        o.submit(mark, out, predicate(v, {element}, how, 2));
                });
                EXPECT_EQ(called[0] != 0, wanted[comparison])
                    << element << " " << comparison << " " << constant;
            }
        }
    }
}

TEST(Predicates, at_the_ends_of_their_types) {
    Runtime runtime{{.threads = 1}};
    const auto mark = runtime.kernel("mark", [](InOut<std::int32_t> x) { ++x(0); });
    std::vector<std::int32_t> called(1);
    std::vector<std::int64_t> low{std::numeric_limits<std::int64_t>::min()};
    std::vector<std::uint64_t> high{std::numeric_limits<std::uint64_t>::max()};
    std::vector<double> odd{std::nan(""), HUGE_VAL, 0.1};
    std::vector<float> tenth{0.1F};
    std::vector<Float16> halves{{0x7c00}, {0x7e00}, {0x0001}, {0xc000}};
    runtime.run([&](Orchestrator& o) {
        const auto out = o.external(called);
        const auto d = o.external(odd);
        const auto h = o.external(halves);
        o.submit(mark, out, predicate(o.external(low), {0}, Comparison::equal, low[0]));
        o.submit(mark, out, predicate(o.external(high), {0}, Comparison::equal, high[0]));
        o.submit(mark, out, predicate(o.external(high), {0}, Comparison::greater, 0));
        o.submit(mark, out, predicate(d, {0}, Comparison::not_equal, 0));
        o.submit(mark, out, predicate(d, {1}, Comparison::greater, 1e308));
        o.submit(mark, out, predicate(o.external(tenth), {0}, Comparison::equal, 0.1F));
        o.submit(mark, out, predicate(h, {0}, Comparison::equal, HUGE_VAL));
        o.submit(mark, out, predicate(h, {2}, Comparison::equal, std::ldexp(1.0, -24)));
        o.submit(mark, out, predicate(h, {3}, Comparison::equal, -2));
        // And what does not hold.
        o.submit(mark, out, predicate(d, {0}, Comparison::greater_equal, 0));
        o.submit(mark, out, predicate(d, {0}, Comparison::less, 0));
        o.submit(mark, out, predicate(o.external(tenth), {0}, Comparison::equal, 0.1));
        o.submit(mark, out, predicate(h, {1}, Comparison::equal, 0));
    });
    EXPECT_EQ(called[0], 9);
}

TEST(Launch, its_record_counts_in_plans_and_verdicts) {
    Runtime runtime{{.threads = 1}};
    const auto any = runtime.kernel_any("any", [](const TaskView&) { return 0; });
    std::vector<double> x(1);
    const Plan plan = runtime.plan([&](Orchestrator& o) {
        for (int i = 0; i < 100; ++i) o.submit(any, TaskArgs{}.inout(o.external(x)).blocks(2));
    });
    EXPECT_EQ(plan.unhindered_of(Resource::payload).value, 100U * (72 + 32));
    EXPECT_EQ(plan.tasks, 100U);
    // The largest task that there is, in the smallest ring.
    CallConfig config;
    config.runtime_env.ring_payload = 3280;
    config.runtime_env.ring_dep_pool = 33;
    EXPECT_NO_THROW(runtime.run(
        [&](Orchestrator& o) {
            TaskArgs args;
            for (std::size_t i = 0; i < kMaxTensors; ++i)
                args.inout(o.allocate<double>(shape(1, 1, 1, 1, 2)));
            for (std::size_t i = 0; i < kMaxScalars; ++i) args.scalar(i);
            const auto flag = o.allocate<double>(shape(4));
            o.set(flag, {2}, 1.0);
            o.submit_mixed({.aic = any, .aiv0 = any, .aiv1 = any},
                           args.name("all").blocks(5).predicate(flag, {2}, Comparison::equal, 1));
        },
        config));
}

TEST(Predicates, of_a_flag) {
    Runtime runtime{{.threads = 1}};
    const auto mark = runtime.kernel("mark", [](InOut<std::int32_t> x) { ++x(0); });
    std::vector<std::int32_t> called(1);
    bool flags[2] = {false, true};
    runtime.run([&](Orchestrator& o) {
        const auto f = o.external(flags, shape(2));
        o.submit(mark, o.external(called), predicate(f, {0}, Comparison::equal, true));
        o.submit(mark, o.external(called), predicate(f, {1}, Comparison::equal, true));
        o.submit(mark, o.external(called), predicate(f, {1}, Comparison::not_equal, false));
    });
    EXPECT_EQ(called[0], 2);
}

}  // namespace
}  // namespace weir
