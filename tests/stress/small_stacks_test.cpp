// SPDX-License-Identifier: Apache-2.0
// weir-test: alone
// weir-test: not-under address thread
//
// A chain of a million tasks when every stack is 64 KiB: whatever follows a completion is a loop and no
// recursion. The limit on stacks is taken over when a process starts, so the test starts itself again.
#include <gtest/gtest.h>

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>

#include <weir/weir.hpp>

namespace weir::test {
namespace {

inline constexpr rlim_t kStackBytes = 64 * 1024;
inline constexpr const char* kChildVariable = "WEIR_TEST_SMALL_STACKS";
inline constexpr std::int64_t kTasks = 1'000'000;

std::size_t default_thread_stack() {
    pthread_attr_t attributes;
    std::size_t bytes = 0;
    pthread_attr_init(&attributes);
    pthread_attr_getstacksize(&attributes, &bytes);
    pthread_attr_destroy(&attributes);
    return bytes;
}

/// Runs one test of this executable in a process whose stacks are small; its exit status.
int run_in_child(const char* test) {
    const pid_t child = fork();
    if (child == 0) {
        const rlimit limit{kStackBytes, kStackBytes};
        setrlimit(RLIMIT_STACK, &limit);
        // The environment lies on the stack too, and may be as large as it likes: the child has its own.
        const char* const libraries = std::getenv("LD_LIBRARY_PATH");
        const std::string path = libraries != nullptr ? libraries : "";
        clearenv();
        if (!path.empty()) setenv("LD_LIBRARY_PATH", path.c_str(), 1);
        setenv(kChildVariable, "1", 1);
        const std::string filter = std::string("--gtest_filter=SmallStacks.") + test;
        execl("/proc/self/exe", "small_stacks", filter.c_str(), "--gtest_brief=1", nullptr);
        _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

class SmallStacks : public testing::Test {
protected:
    /// True in the child, which has to do the work; the parent has checked the child when this returns.
    static bool in_child(const char* test) {
        if (std::getenv(kChildVariable) != nullptr) {
            rlimit limit{};
            getrlimit(RLIMIT_STACK, &limit);
            EXPECT_EQ(limit.rlim_cur, kStackBytes);
            EXPECT_EQ(default_thread_stack(), kStackBytes) << "threads would get larger stacks";
            return true;
        }
        EXPECT_EQ(run_in_child(test), 0) << "the process with small stacks failed";
        return false;
    }

    /// Chains that become ready one task after the other, at submit, or all behind a gate.
    static Program chain(Runtime& runtime, std::int64_t& value, bool shipped) {
        const auto add = runtime.kernel("add", [](InOut<std::int64_t> x) { ++x[0]; },
                                        {.cost_ns = shipped ? 1'000'000U : 0U});
        return [add, &value](Orchestrator& o) {
            const auto x = o.external(&value, {1});
            for (std::int64_t i = 0; i < kTasks; ++i) o.submit(add, x);
        };
    }
};

TEST_F(SmallStacks, a_chain_of_a_million_tasks_by_run) {
    if (!in_child("a_chain_of_a_million_tasks_by_run")) return;
    for (const int threads : {1, 2}) {
        for (const bool shipped : {false, true}) {
            Runtime runtime{{.threads = threads}};
            std::int64_t value = 0;
            runtime.run(chain(runtime, value, shipped));
            EXPECT_EQ(value, kTasks);
        }
    }
}

TEST_F(SmallStacks, a_chain_of_a_million_tasks_by_submit) {
    if (!in_child("a_chain_of_a_million_tasks_by_submit")) return;
    for (const int threads : {1, 2}) {
        for (const bool shipped : {false, true}) {
            Runtime runtime{{.threads = threads}};
            std::int64_t value = 0;
            runtime.submit(chain(runtime, value, shipped)).wait();
            EXPECT_EQ(value, kTasks);
        }
    }
}

/// A long chain that waits for one task, then becomes ready task by task on the thread that completed it.
TEST_F(SmallStacks, a_chain_behind_a_gate_that_opens_late) {
    if (!in_child("a_chain_behind_a_gate_that_opens_late")) return;
    RuntimeConfig config{.threads = 2};
    config.runtime_env.ring_task_window = 1U << 18U;
    config.runtime_env.ring_dep_pool = 1U << 20U;
    config.runtime_env.tensormap_pool = 1U << 20U;
    Runtime runtime(config);
    std::atomic<bool> open{false};
    const auto gate = runtime.kernel("gate",
                                     [&](InOut<std::int64_t>) {
                                         while (!open) sched_yield();
                                     },
                                     {.cost_ns = 1'000'000});
    const auto add = runtime.kernel("add", [](InOut<std::int64_t> x) { ++x[0]; });
    std::int64_t value = 0;
    const std::int64_t tasks = 200'000;
    const RunResult result = runtime.run([&](Orchestrator& o) {
        const auto x = o.external(&value, {1});
        o.submit(gate, x);
        for (std::int64_t i = 0; i < tasks; ++i) o.submit(add, x);
        open = true;
    });
    EXPECT_EQ(value, tasks);
    EXPECT_GT(result.peaks.task_window[0], static_cast<std::uint64_t>(tasks)) << "the chain did not wait";
}

}  // namespace
}  // namespace weir::test
