// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
//
// A ring that cannot grow because the system refuses memory: each call that maps fails in turn. The run ends
// with the capacity verdict and what failed, nothing is left behind, and the runtime goes on. The calls are
// those of this executable's own mmap, memfd_create and ftruncate, which fail on request.
#include <gtest/gtest.h>

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <vector>

#include "call_fault.hpp"
#include "misuse_fixture.hpp"

namespace {

weir::faults::CallFault mapping_fault;
/// Bytes of address space that this executable's calls of mmap hold.
std::atomic<std::int64_t> held_bytes{0};

}  // namespace

// Visible, so that the shared libraries' calls arrive here too.
#pragma GCC visibility push(default)
extern "C" {
int memfd_create(const char* name, unsigned flags) noexcept {
    if (!mapping_fault.fails()) return static_cast<int>(syscall(SYS_memfd_create, name, flags));
    errno = EMFILE;
    return -1;
}
int ftruncate(int file, off_t bytes) noexcept {
    if (!mapping_fault.fails()) return static_cast<int>(syscall(SYS_ftruncate, file, bytes));
    errno = ENOSPC;
    return -1;
}
void* mmap(void* place, std::size_t bytes, int protection, int flags, int file, off_t offset) noexcept {
    const bool refuse = mapping_fault.fails();
    if (refuse) errno = ENOMEM;
    const long result = refuse ? -1 : syscall(SYS_mmap, place, bytes, protection, flags, file, offset);
    if (result != -1 && (flags & MAP_FIXED) == 0) held_bytes += static_cast<std::int64_t>(bytes);
    return reinterpret_cast<void*>(result);  // NOLINT(performance-no-int-to-ptr)
}
int munmap(void* place, std::size_t bytes) noexcept {
    const long result = syscall(SYS_munmap, place, bytes);
    if (result == 0) held_bytes -= static_cast<std::int64_t>(bytes);
    return static_cast<int>(result);
}
}
#pragma GCC visibility pop

namespace weir::test {
namespace {

using faults::Failing;

class RefusedGrowth : public testing::TestWithParam<std::tuple<int, Failing>> {
protected:
    static RuntimeConfig config() {
        RuntimeConfig config{.threads = std::get<0>(GetParam()), .log = [](LogLevel, const std::string&) {}};
        config.runtime_env.ring_task_window = 4;
        config.runtime_env.ring_consumed_window = 8;
        config.runtime_env.ring_payload = 4096;
        config.runtime_env.ring_heap = 4096;
        config.runtime_env.ring_dep_pool = 4;
        config.runtime_env.tensormap_pool = 64;
        return config;
    }

    /// Lets each mapping of the program's run fail in turn.
    void fail_each(const Program& program) {
        CallConfig growing;
        growing.size_policy = SizePolicy::growing;
        bool any = false;
        const std::int64_t before = held_bytes;
        for (std::uint64_t number = 1; number < 1000; ++number) {
            const testing::ScopedTrace trace(__FILE__, __LINE__, "call " + std::to_string(number));
            mapping_fault.arm(number, std::get<1>(GetParam()));
            const Caught result = caught([&] { runtime_.run(program, growing); });
            const bool fired = mapping_fault.disarm();
            EXPECT_EQ(held_bytes, before) << "something is still mapped, or too little is";
            if (!fired) {
                EXPECT_STREQ(to_string(result.code), "ok") << result.message;
                EXPECT_TRUE(any) << "nothing was mapped";
                return;
            }
            any = true;
            EXPECT_STREQ(to_string(result.code), "capacity") << result.message;
            EXPECT_NE(result.message.find("is too small for the submit at growth_test.cpp:"),
                      std::string::npos)
                << result.message;
            EXPECT_NE(result.message.find("it may grow, but mapping "), std::string::npos) << result.message;
            EXPECT_NE(result.message.find(" bytes failed: "), std::string::npos) << result.message;
            EXPECT_TRUE(good_program_works(runtime_));
            if (HasFailure()) return;
        }
        FAIL() << "a mapping failed in every run";
    }

    std::vector<std::int64_t> sums_ = std::vector<std::int64_t>(64);
    Runtime runtime_{config()};
    Kernel<Out<std::int64_t>> fill_ =
        runtime_.kernel("fill", [](Out<std::int64_t> x) { x[0] = 1; }, {.cost_ns = 1'000'000});
    Kernel<InOut<std::int64_t>> add_ =
        runtime_.kernel("add", [](InOut<std::int64_t> x) { ++x[0]; }, {.cost_ns = 1'000'000});
};
INSTANTIATE_TEST_SUITE_P(threads_mode, RefusedGrowth,
                         testing::Combine(testing::Values(1, 2),
                                          testing::Values(Failing::once, Failing::from_then_on)));

TEST_P(RefusedGrowth, of_entries_and_heap_ends_the_run_and_nothing_else) {
    fail_each([&](Orchestrator& o) {
        const Scope scope{o};
        std::vector<Tensor<std::int64_t>> held;
        for (int i = 0; i < 30; ++i) held.push_back(o.submit(fill_, shape(64)).output());
        for (const auto& block : held) o.submit(add_, block);
    });
}

TEST_P(RefusedGrowth, of_a_heap_that_is_empty_ends_the_run_and_nothing_else) {
    fail_each([&](Orchestrator& o) {
        const Scope scope{o};
        o.submit(add_, o.submit(fill_, shape(10'000)).output());
    });
}

TEST_P(RefusedGrowth, of_the_pools_ends_the_run_and_nothing_else) {
    const auto gather =
        runtime_.kernel_any("gather", [](const TaskView&) { return 0; }, {.cost_ns = 1'000'000});
    fail_each([&](Orchestrator& o) {
        const Scope scope{o};
        TaskArgs all;
        for (int i = 0; i < 32; ++i)
            all.input(o.submit(fill_, shape(8, 3, 3)).output().view({1, 1, 1}, {2, 2, 2}));
        o.submit(gather, all);
    });
}

}  // namespace
}  // namespace weir::test
