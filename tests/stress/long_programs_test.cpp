// SPDX-License-Identifier: Apache-2.0
// Programs of millions of tasks at default sizes: their length costs time and no memory.
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <weir/weir.hpp>

#include "fuzz_seed.hpp"
#include "shipped.hpp"

namespace weir::test {
namespace {

/// A hundredth of the tasks where every access is instrumented.
inline constexpr std::int64_t kScale = static_cast<std::int64_t>(fuzz::kSlowdown * fuzz::kSlowdown);

/// Peak resident memory of this process in MiB, or 0 where the system does not tell.
std::uint64_t peak_resident_mib() {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word)
        if (word == "VmHWM:") {
            std::uint64_t kib = 0;
            status >> kib;
            return kib / 1024;
        }
    return 0;
}

class LongPrograms : public testing::TestWithParam<int> {
protected:
    std::vector<std::int64_t> data_ = std::vector<std::int64_t>(1024);
    Runtime runtime_{{.threads = GetParam()}};
    Kernel<InOut<std::int64_t>> add_ = runtime_.kernel("add", [](InOut<std::int64_t> x) { ++x[0]; });
    Kernel<InOut<std::int64_t>> shipped_add_ = runtime_.kernel(
        "shipped_add", [](InOut<std::int64_t> x) { ++x[0]; }, kShipped);
};
INSTANTIATE_TEST_SUITE_P(threads, LongPrograms, testing::Values(1, 2));

TEST_P(LongPrograms, a_flat_loop_of_ten_million_tasks_runs_at_default_sizes) {
    const std::int64_t tasks = 10'000'000 / kScale;
    const RunResult result = runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_);
        std::vector<Tensor<std::int64_t>> parts;
        for (int i = 0; i < 1000; ++i) parts.push_back(x.view({i}, {1}));
        for (std::int64_t i = 0; i < tasks; ++i) o.submit(add_, parts[static_cast<std::size_t>(i % 1000)]);
    });
    EXPECT_EQ(result.tasks, static_cast<std::uint64_t>(tasks));
    for (std::size_t i = 0; i < 1000; ++i) ASSERT_EQ(data_[i], tasks / 1000) << i;
    if (kScale == 1) {
        EXPECT_LT(peak_resident_mib(), 128U);
    }
}

TEST_P(LongPrograms, a_flat_loop_of_tasks_for_other_threads_wraps_the_default_window_many_times) {
    const std::int64_t tasks = 1'000'000 / static_cast<std::int64_t>(fuzz::kSlowdown);
    const RunResult result = runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_);
        for (std::int64_t i = 0; i < tasks; ++i) o.submit(shipped_add_, x.view({i % 1000}, {1}));
    });
    for (std::size_t i = 0; i < 1000; ++i) ASSERT_EQ(data_[i], tasks / 1000) << i;
    EXPECT_GE(static_cast<std::uint64_t>(tasks), 6U * 16384) << "wraps";
    EXPECT_LE(result.peaks.task_window[0], 16384U);
}

TEST_P(LongPrograms, a_stencil_of_ten_million_tasks_stays_small) {
    const std::int64_t steps = 10'000'000 / 64 / kScale;
    const auto point = runtime_.kernel("point", [](In<std::int64_t> left, In<std::int64_t> middle,
                                                   In<std::int64_t> right, Out<std::int64_t> out) {
        out[0] = (3 * left[0] + 5 * middle[0] + 7 * right[0] + 1) % 1'000'003;
    });
    std::vector<std::int64_t> other(64), expected(64), next(64);
    for (std::size_t i = 0; i < 64; ++i) expected[i] = data_[i] = static_cast<std::int64_t>(i);
    runtime_.run([&](Orchestrator& o) {
        std::vector<Tensor<std::int64_t>> from, to;
        for (int i = 0; i < 64; ++i) {
            from.push_back(o.external(&data_[static_cast<std::size_t>(i)], {1}));
            to.push_back(o.external(&other[static_cast<std::size_t>(i)], {1}));
        }
        for (std::int64_t step = 0; step < steps; ++step) {
            for (std::size_t i = 0; i < 64; ++i)
                o.submit(point, from[(i + 63) % 64], from[i], from[(i + 1) % 64], to[i]);
            from.swap(to);
        }
    });
    for (std::int64_t step = 0; step < steps; ++step) {
        for (std::size_t i = 0; i < 64; ++i)
            next[i] =
                (3 * expected[(i + 63) % 64] + 5 * expected[i] + 7 * expected[(i + 1) % 64] + 1) % 1'000'003;
        expected.swap(next);
    }
    data_.resize(64);
    EXPECT_EQ(steps % 2 == 0 ? data_ : other, expected);
    if (kScale == 1) {
        EXPECT_LT(peak_resident_mib(), 128U);
    }
}

RuntimeConfig smallest_tensormap(int threads) {
    RuntimeConfig config{.threads = threads};
    config.runtime_env.tensormap_pool = 64;
    return config;
}

TEST_P(LongPrograms, a_hundred_thousand_readers_then_one_writer_with_the_smallest_tensormap) {
    Runtime runtime(smallest_tensormap(GetParam()));
    const std::int64_t readers = 100'000 / static_cast<std::int64_t>(fuzz::kSlowdown);
    const auto read = runtime.kernel(
        "read", [](In<std::int64_t> x, InOut<std::int64_t> sum) { sum[0] += x[0]; }, kShipped);
    const auto write = runtime.kernel(
        "write", [](Out<std::int64_t> x) { x[0] = 100; }, kShipped);
    data_[0] = 1;
    const RunResult result = runtime.run([&](Orchestrator& o) {
        const auto x = o.external(data_);
        const auto weight = x.view({0}, {1});
        for (std::int64_t i = 0; i < readers; ++i) o.submit(read, weight, x.view({1 + i % 500}, {1}));
        o.submit(write, weight);
        for (int i = 0; i < 500; ++i) o.submit(read, weight, x.view({1 + i}, {1}));
    });
    for (std::size_t i = 1; i <= 500; ++i) ASSERT_EQ(data_[i], readers / 500 + 100) << i;
    EXPECT_LE(result.peaks.tensormap, 64U);
}

TEST_P(LongPrograms, a_million_reads_of_one_weight_in_one_open_scope_with_the_smallest_tensormap) {
    RuntimeConfig config = smallest_tensormap(GetParam());
    config.runtime_env.ring_consumed_window = 1U << 21U;  // the weight's owner keeps all entries behind it
    Runtime runtime(config);
    const std::int64_t reads = 1'000'000 / static_cast<std::int64_t>(fuzz::kSlowdown);
    const auto fill = runtime.kernel("fill", [](Out<std::int64_t> x) { x[0] = 3; });
    const auto read =
        runtime.kernel("read", [](In<std::int64_t> x, InOut<std::int64_t> sum) { sum[0] += x[0]; });
    runtime.run([&](Orchestrator& o) {
        const auto x = o.external(data_);
        const Scope scope{o};
        const auto weight = o.submit(fill, shape(16)).output();
        for (std::int64_t i = 0; i < reads; ++i) o.submit(read, weight, x.view({i % 1000}, {1}));
    });
    for (std::size_t i = 0; i < 1000; ++i) ASSERT_EQ(data_[i], 3 * (reads / 1000)) << i;
}

}  // namespace
}  // namespace weir::test
