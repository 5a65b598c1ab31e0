// SPDX-License-Identifier: Apache-2.0
// A runtime that has nothing to do uses no CPU: measured by the CPU time of the whole process.
#include <gtest/gtest.h>

#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <weir/weir.hpp>

namespace weir::test {
namespace {

using namespace std::chrono_literals;

inline constexpr KernelOptions kShipped{.cost_ns = 1'000'000};
inline constexpr auto kIdleTime = 300ms;
inline constexpr auto kCpuMax = 5ms;

std::chrono::microseconds cpu_time() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto of = [](const timeval& time) {
        return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
    };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

/// CPU time that the process uses while this thread sleeps.
std::chrono::microseconds cpu_time_of_idling() {
    const auto before = cpu_time();
    std::this_thread::sleep_for(kIdleTime);
    return cpu_time() - before;
}

class Idle : public testing::TestWithParam<int> {
protected:
    std::vector<std::int64_t> data_ = std::vector<std::int64_t>(64);
    Runtime runtime_{{.threads = GetParam()}};
    Kernel<InOut<std::int64_t>> add_ = runtime_.kernel(
        "add", [](InOut<std::int64_t> x) { ++x[0]; }, kShipped);
};
INSTANTIATE_TEST_SUITE_P(threads, Idle, testing::Values(1, 2, 4, 8));

TEST_P(Idle, a_new_runtime_uses_no_cpu) { EXPECT_LT(cpu_time_of_idling(), kCpuMax); }

TEST_P(Idle, a_runtime_uses_no_cpu_after_a_run) {
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_);
        for (int i = 0; i < 10'000; ++i) o.submit(add_, x.view({i % 64}, {1}));
    });
    EXPECT_LT(cpu_time_of_idling(), kCpuMax);
    RunHandle handle = runtime_.submit([&](Orchestrator& o) { o.submit(add_, o.external(data_)); });
    handle.wait();
    EXPECT_LT(cpu_time_of_idling(), kCpuMax);
}

TEST_P(Idle, threads_without_work_use_no_cpu_while_one_kernel_blocks) {
    const auto sleep = runtime_.kernel(
        "sleep", [](InOut<std::int64_t>) { std::this_thread::sleep_for(kIdleTime); }, kShipped);
    const auto before = cpu_time();
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_);
        o.submit(sleep, x);
        for (int i = 0; i < 100; ++i) o.submit(add_, x);
    });
    EXPECT_LT(cpu_time() - before, kCpuMax);
}

TEST_P(Idle, waiting_for_a_run_uses_no_cpu) {
    const auto sleep = runtime_.kernel(
        "sleep", [](InOut<std::int64_t>) { std::this_thread::sleep_for(kIdleTime); }, kShipped);
    RunHandle handle = runtime_.submit([&](Orchestrator& o) { o.submit(sleep, o.external(data_)); });
    const auto before = cpu_time();
    EXPECT_EQ(handle.wait().tasks, 1U);
    EXPECT_LT(cpu_time() - before, kCpuMax);
}

}  // namespace
}  // namespace weir::test
