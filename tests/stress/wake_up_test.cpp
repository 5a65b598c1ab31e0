// SPDX-License-Identifier: Apache-2.0
// weir-test: alone
// No wake-up is lost: hand-overs at every distance in time, from "the other thread is still looking" to "it
// has long gone to sleep", with more threads than cores. That threads did go to sleep is proved by their
// voluntary context switches. A lost wake-up shows as a hang, which the time limit of the test ends.
#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <weir/weir.hpp>

#include "fuzz_program.hpp"
#include "fuzz_seed.hpp"
#include "platform/cpu/cpus.hpp"
#include "ring_filler.hpp"
#include "shipped.hpp"

namespace {
/// Calls of sched_yield so far, by whoever in this process.
std::atomic<std::uint64_t> yields{0};
}  // namespace

/// In place of the C library's.
extern "C" int sched_yield() noexcept {
    yields.fetch_add(1);
    return static_cast<int>(syscall(SYS_sched_yield));
}

namespace weir::test {
namespace {

/// A thread that looks for work gives its core away in the first of them.
inline constexpr int kMostRounds = 1000;
inline constexpr int kSlowdown = static_cast<int>(fuzz::kSlowdown);

void spin_ns(std::int64_t time) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::nanoseconds(time);
    while (std::chrono::steady_clock::now() < until) {
    }
}

std::int64_t voluntary_switches() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_nvcsw;
}

class WakeUp : public testing::TestWithParam<int> {
protected:
    /// 1 ns to 260 us, each order of magnitude as likely as the others.
    std::int64_t random_time() { return std::int64_t{1} << random_.below(19); }

    std::vector<std::int64_t> data_ = std::vector<std::int64_t>(64);
    fuzz::Random random_{fuzz::seed_of_run()};
    Runtime runtime_{{.threads = GetParam()}};
    Kernel<InOut<std::int64_t>> add_ = runtime_.kernel(
        "add", [](InOut<std::int64_t> x) { ++x[0]; }, kShipped);
    Kernel<InOut<std::int64_t>, std::int64_t> slow_add_ = runtime_.kernel(
        "slow_add",
        [](InOut<std::int64_t> x, std::int64_t time) {
            spin_ns(time);
            ++x[0];
        },
        kShipped);
};
INSTANTIATE_TEST_SUITE_P(threads, WakeUp, testing::Values(2, 4));

TEST_P(WakeUp, a_million_alternating_hand_overs_between_program_and_workers) {
    const int rounds = 1'000'000 / kSlowdown;
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_).view({0}, {1});
        for (int i = 0; i < rounds; ++i) {
            o.submit(add_, x);
            if (i % 4 == 0) {
                EXPECT_EQ(o.get(x, {0}), i + 1);
            }
        }
    });
    EXPECT_EQ(data_[0], rounds);
}

TEST_P(WakeUp, hand_overs_at_random_distances_in_time) {
    const std::int64_t before = voluntary_switches();
    const int rounds = 40'000 / kSlowdown;
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_).view({0}, {1});
        for (int i = 0; i < rounds; ++i) {
            o.submit(slow_add_, x, random_time());
            spin_ns(random_time());
            if (i % 3 == 0) {
                EXPECT_EQ(o.get(x, {0}), i + 1);
            }
        }
    });
    EXPECT_EQ(data_[0], rounds);
    EXPECT_GT(voluntary_switches() - before, 0) << "no thread ever went to sleep";
}

TEST_P(WakeUp, runs_started_at_random_distances_in_time) {
    const std::int64_t before = voluntary_switches();
    const int rounds = 10'000 / kSlowdown;
    for (int i = 0; i < rounds; ++i) {
        const auto program = [&](Orchestrator& o) {
            const auto x = o.external(data_);
            for (int task = 0; task < 3; ++task) o.submit(add_, x.view({task}, {1}));
        };
        if (i % 2 == 0)
            runtime_.run(program);
        else
            runtime_.submit(program).wait();
        spin_ns(random_time());
    }
    EXPECT_EQ(data_[0], rounds);
    EXPECT_EQ(data_[2], rounds);
    EXPECT_GT(voluntary_switches() - before, 0) << "no thread ever went to sleep";
}

/// One task makes several ready at once: one wake-up for each that another thread could take.
TEST_P(WakeUp, forks_and_joins_wake_as_many_as_there_is_work_for) {
    const int rounds = 4'000 / kSlowdown;
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_);
        for (int i = 0; i < rounds; ++i) {
            o.submit(slow_add_, x, random_time() / 4);
            for (int part = 0; part < 8; ++part)
                o.submit(slow_add_, x.view({8 * part}, {8}), random_time() / 16);
        }
    });
    EXPECT_EQ(data_[0], 2 * rounds);
    EXPECT_EQ(data_[8], rounds);
}

/// The program is held back by a full ring while a worker empties it at random speed.
TEST_P(WakeUp, a_program_held_back_by_a_full_ring_goes_on) {
    RuntimeConfig config{.threads = GetParam()};
    config.runtime_env.ring_task_window = 4;
    config.runtime_env.ring_consumed_window = 4;
    Runtime runtime(config);
    RingFiller filler(runtime, 4);
    const auto slow = runtime.kernel(
        "slow",
        [](InOut<std::int64_t> x, std::int64_t time) {
            spin_ns(time);
            ++x[0];
        },
        kShipped);
    const int rounds = 30'000 / kSlowdown;
    const RunResult result = runtime.run([&](Orchestrator& o) {
        filler.fill(o);
        const auto x = o.external(data_).view({0}, {1});
        for (int i = 0; i < rounds; ++i) {
            o.submit(slow, x, random_time() / 4);
            if (i % 16 == 0) spin_ns(random_time());
        }
    });
    EXPECT_EQ(data_[0], rounds);
    EXPECT_GT(result.times_held_back, 0U);
}

/// With more threads than cores, a thread that looks around for work and finds none gives its core to others;
/// with a core for each it does not. How much time that saves is in docs/benchmarks.md.
TEST(Oversubscription, threads_that_look_for_work_in_a_crowd_give_their_core_away) {
    const auto yields_with = [](int threads) {
        Runtime runtime{{.threads = threads}};
        std::vector<std::int64_t> data(1);
        const auto work = runtime.kernel(
            "work", [](InOut<std::int64_t> x) { ++x[0]; }, kShipped);
        const std::uint64_t before = yields.load();
        // A chain on many threads: each hand-over wakes one that may find nothing.
        for (int round = 0; round < kMostRounds && yields.load() == before; ++round)
            runtime.run([&](Orchestrator& o) {
                const auto x = o.external(data);
                for (int i = 0; i < 100; ++i) o.submit(work, x);
            });
        return yields.load() - before;
    };
    EXPECT_GT(yields_with(2 * cpu::usable_cores() + 1), 0U);
    if (cpu::usable_cores() >= 2) {
        EXPECT_EQ(yields_with(2), 0U);
    }
}

}  // namespace
}  // namespace weir::test
