// SPDX-License-Identifier: Apache-2.0
// A runtime that has nothing to do uses no CPU: there comes a time in which no thread of the process but the
// one that looks runs at all, by the system's count of the CPU time of each thread. How long threads look
// around before they sleep, and what else the machine does, changes when that time comes, and not that it
// comes.
#include <gtest/gtest.h>

#include <unistd.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <map>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include <weir/weir.hpp>

#include "shipped.hpp"

namespace weir::test {
namespace {

using namespace std::chrono_literals;

inline constexpr auto kSpan = 50ms;
inline constexpr int kMostSpans = 400;

/// Nanoseconds that each thread but this one has run so far, by its number.
std::map<pid_t, std::int64_t> cpu_times_of_others() {
    std::map<pid_t, std::int64_t> times;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        const pid_t thread = std::stoi(task.path().filename().string());
        if (thread == gettid()) continue;
        // As pthread_getcpuclockid makes it of the thread's number.
        const auto clock = static_cast<clockid_t>((~static_cast<unsigned>(thread) << 3U) | 6U);
        timespec time{};
        if (clock_gettime(clock, &time) != 0) continue;  // it has ended meanwhile
        times[thread] = std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    }
    return times;
}

/// Waits until no other thread has run for a while; false when that does not happen.
bool comes_to_rest() {
    auto before = cpu_times_of_others();
    for (int span = 0; span < kMostSpans; ++span) {
        std::this_thread::sleep_for(kSpan);
        auto now = cpu_times_of_others();
        if (now == before) return true;
        before = std::move(now);
    }
    return false;
}

RuntimeConfig of_threads(int threads) { return {.threads = threads}; }
/// Whose host threads are control threads and cores in turn.
RuntimeConfig of_chip_threads(int threads) {
    RuntimeConfig config{.platform = "a2a3sim", .threads = threads};
    config.chip.clock = ChipClock::wall;
    return config;
}

class Idle : public testing::TestWithParam<RuntimeConfig> {
protected:
    /// Calls `body`, in which a task of `block_` runs, while another thread waits for the rest that the task
    /// waits for.
    template <class Body>
    void expect_rest_within(const Body& body) {
        bool rested = false;
        std::thread observer([&] {
            started_.acquire();
            rested = comes_to_rest();
            at_rest_.release();
        });
        body();
        observer.join();
        EXPECT_TRUE(rested);
    }

    std::binary_semaphore started_{0};
    std::binary_semaphore at_rest_{0};
    std::vector<std::int64_t> data_ = std::vector<std::int64_t>(64);
    Runtime runtime_{GetParam()};
    Kernel<InOut<std::int64_t>> add_ = runtime_.kernel(
        "add", [](InOut<std::int64_t> x) { ++x[0]; }, kShipped);
    Kernel<InOut<std::int64_t>> block_ = runtime_.kernel(
        "block",
        [this](InOut<std::int64_t>) {
            started_.release();
            at_rest_.acquire();
        },
        kShipped);
};
INSTANTIATE_TEST_SUITE_P(threads, Idle,
                         testing::Values(of_threads(1), of_threads(2), of_threads(4), of_threads(8),
                                         of_chip_threads(1), of_chip_threads(4)));

TEST_P(Idle, a_new_runtime_uses_no_cpu) { EXPECT_TRUE(comes_to_rest()); }

TEST_P(Idle, a_runtime_uses_no_cpu_after_a_run) {
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_);
        for (int i = 0; i < 10'000; ++i) o.submit(add_, x.view({i % 64}, {1}));
    });
    EXPECT_TRUE(comes_to_rest());
    RunHandle handle = runtime_.submit([&](Orchestrator& o) { o.submit(add_, o.external(data_)); });
    handle.wait();
    EXPECT_TRUE(comes_to_rest());
}

TEST_P(Idle, threads_without_work_use_no_cpu_while_one_kernel_blocks) {
    expect_rest_within([&] {
        runtime_.run([&](Orchestrator& o) {
            const auto x = o.external(data_);
            o.submit(block_, x);
            for (int i = 0; i < 100; ++i) o.submit(add_, x);
        });
    });
}

TEST_P(Idle, waiting_for_a_run_uses_no_cpu) {
    expect_rest_within([&] {
        RunHandle handle = runtime_.submit([&](Orchestrator& o) { o.submit(block_, o.external(data_)); });
        EXPECT_EQ(handle.wait().tasks, 1U);
    });
}

}  // namespace
}  // namespace weir::test
