// SPDX-License-Identifier: Apache-2.0
// Runs that end badly: kernels that throw at random tasks, programs that throw inside nested scopes, cancels
// and deadlines at random moments, several at once; on 1, 2 and 4 threads, with tiny and with default rings.
// After each the same runtime runs the same program right. WEIR_SEED repeats a run, WEIR_PROGRAMS sets its
// length.
#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

#include "fuzz_faults.hpp"
#include "fuzz_seed.hpp"
#include "process_census.hpp"

namespace weir::fuzz {
namespace {

inline constexpr std::uint64_t kProgramsPerRun = 1'500;

RuntimeEnv tiny(std::uint64_t consumed_window, std::uint64_t heap, std::uint64_t dep_pool) {
    RuntimeEnv env;
    env.ring_task_window = 4;
    env.ring_consumed_window = consumed_window;
    env.ring_payload = 4096;
    env.ring_heap = heap;
    env.ring_dep_pool = dep_pool;
    env.tensormap_pool = 64;
    return env;
}

TEST(FaultyRuns, end_as_their_faults_explain_and_leave_the_runtime_whole) {
    const Seeds seeds = seeds_of_run(kProgramsPerRun, 6);
    // ThreadSanitizer's library starts a thread of its own with the first one, and keeps it.
    std::thread([] {}).join();
    const faults::Census before = faults::take_census();
    FaultTotals totals;
    {
        FaultCampaign campaign;
        std::vector<std::unique_ptr<FuzzHost>> hosts;
        for (const int threads : {1, 2, 4}) {
            hosts.push_back(std::make_unique<FuzzHost>(threads, tiny(4, 2048, 4)));
            hosts.push_back(std::make_unique<FuzzHost>(threads, tiny(16, 16384, 16), 0xffff'ff00U));
            hosts.push_back(std::make_unique<FuzzHost>(threads, RuntimeEnv{}));
        }
        for (const Word seed : seeds)
            for (const auto& host : hosts)
                if (const auto wrong = campaign.check(*host, seed)) FAIL() << *wrong << how_to_repeat(seed);
        totals = campaign.totals();
    }
    EXPECT_EQ(faults::settled_census(before), before) << "the runtimes did not give everything back";
    if (!seeds.many()) return;
    EXPECT_GT(totals.kernel_failures, seeds.count / 4);
    EXPECT_GT(totals.program_throws, seeds.count / 4);
    EXPECT_GT(totals.cancels, 0U);
    EXPECT_GT(totals.deadlines, 0U);
    // How often depends on the threads' speed; that it happens at all does not.
    EXPECT_GT(totals.times_held_back, 0U) << "the tiny rings held nobody back";
}

}  // namespace
}  // namespace weir::fuzz
