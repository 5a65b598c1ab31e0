// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
//
// A runtime that cannot be made: each memory mapping and each thread start of its construction fails in turn.
// The error says what to do, nothing is left behind, and the next runtime works. The calls are those of this
// executable's own mmap, pthread_create and so on, which count and fail on request.
#include <gtest/gtest.h>

#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "call_fault.hpp"
#include "caught_error.hpp"
#include "misuse_fixture.hpp"
#include "process_census.hpp"
#include "scheduler/cohort_stacks.hpp"

namespace {

weir::faults::CallFault mapping_fault;
weir::faults::CallFault thread_fault;
/// Bytes of address space that this executable's calls of mmap hold.
std::atomic<std::int64_t> held_bytes{0};

using StartThread = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
const auto kStartThread = reinterpret_cast<StartThread>(dlsym(RTLD_NEXT, "pthread_create"));

/// What a failing call returns.
int refused(int error) {
    errno = error;
    return -1;
}

}  // namespace

// Visible, so that the shared libraries' calls arrive here too.
#pragma GCC visibility push(default)
extern "C" {
int memfd_create(const char* name, unsigned flags) noexcept {
    if (mapping_fault.fails()) return refused(EMFILE);
    return static_cast<int>(syscall(SYS_memfd_create, name, flags));
}
int ftruncate(int file, off_t bytes) noexcept {
    if (mapping_fault.fails()) return refused(ENOSPC);
    return static_cast<int>(syscall(SYS_ftruncate, file, bytes));
}
int mprotect(void* place, std::size_t bytes, int protection) noexcept {
    if (mapping_fault.fails()) return refused(ENOMEM);
    return static_cast<int>(syscall(SYS_mprotect, place, bytes, protection));
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
int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*),
                   void* argument) {
    if (thread_fault.fails()) return EAGAIN;
    return kStartThread(thread, attributes, body, argument);
}
}
#pragma GCC visibility pop

namespace weir::test {
namespace {

using faults::CallFault;
using faults::Census;
using faults::Failing;

/// Reserving, opening the part before the heaps, for each ring a file, its length, and two mappings; and the
/// stacks of calls.
inline constexpr std::uint64_t kMappingCalls = 2 + 4 * kRings + 1;

class Construction : public testing::TestWithParam<std::tuple<int, bool, Failing>> {
protected:
    [[nodiscard]] static int threads() { return std::get<0>(GetParam()); }
    [[nodiscard]] static RuntimeConfig config() {
        RuntimeConfig config{.threads = threads()};
        if (std::get<1>(GetParam())) {
            config.runtime_env.ring_task_window = 4;
            config.runtime_env.ring_payload = 4096;
            config.runtime_env.ring_heap = 4096;
            config.runtime_env.ring_dep_pool = 8;
            config.runtime_env.tensormap_pool = 64;
        }
        return config;
    }

    /// Lets each call in turn fail until one construction reaches none that does; returns how many failed.
    static std::uint64_t fail_each(CallFault& fault, ErrorCode code, const char* advice) {
        { const Runtime first{config()}; }  // what stays for the life of the process is there now
        const Census before = faults::take_census();
        const std::int64_t bytes_before = held_bytes;
        for (std::uint64_t number = 1;; ++number) {
            const testing::ScopedTrace trace(__FILE__, __LINE__, "call " + std::to_string(number) + " fails");
            std::unique_ptr<Runtime> runtime;
            fault.arm(number, std::get<2>(GetParam()));
            const Caught result = caught([&] { runtime.reset(new Runtime{config()}); });
            const bool fired = fault.disarm();
            if (!fired) {
                EXPECT_EQ(result.code, ErrorCode::ok) << result.message;
                EXPECT_TRUE(runtime && good_program_works(*runtime));
                return number - 1;
            }
            EXPECT_STREQ(to_string(result.code), to_string(code)) << result.message;
            EXPECT_NE(result.message.find(advice), std::string::npos) << result.message;
            EXPECT_NE(result.message.find("construction_test.cpp:"), std::string::npos) << result.message;
            const Census after = faults::settled_census(before);
            EXPECT_EQ(after, before) << to_text(after) << " instead of " << to_text(before);
            EXPECT_EQ(held_bytes, bytes_before) << "address space stays reserved";
            Runtime next{config()};
            EXPECT_TRUE(good_program_works(next));
        }
    }
};
INSTANTIATE_TEST_SUITE_P(threads_tiny_mode, Construction,
                         testing::Combine(testing::Values(1, 2, 4), testing::Bool(),
                                          testing::Values(Failing::once, Failing::from_then_on)));

TEST_P(Construction, leaves_nothing_behind_when_a_memory_mapping_fails) {
    EXPECT_EQ(fail_each(mapping_fault, ErrorCode::out_of_memory, "raise the process's limits of memory"),
              kMappingCalls);
}

TEST_P(Construction, leaves_nothing_behind_when_a_thread_does_not_start) {
    EXPECT_EQ(
        fail_each(thread_fault, ErrorCode::system, "ask for fewer threads or raise the process's limit"),
        static_cast<std::uint64_t>(threads() - 1));
}

TEST_P(Construction, gives_everything_back_at_its_end) {
    { const Runtime first{config()}; }
    const Census before = faults::take_census();
    const std::int64_t bytes_before = held_bytes;
    {
        Runtime runtime{config()};
        EXPECT_TRUE(good_program_works(runtime));
        runtime.submit([](Orchestrator&) {}).wait();
        const Census during = faults::take_census();
        EXPECT_EQ(during.threads, before.threads + static_cast<std::uint64_t>(threads()))
            << "workers and driver";
        EXPECT_EQ(during.heap_mappings, std::uint64_t{2 * kRings});
        EXPECT_EQ(during.files, before.files) << "the heaps' files are closed once they are mapped";
        EXPECT_EQ(held_bytes - bytes_before,
                  static_cast<std::int64_t>(runtime.reserved_bytes() + CohortStacks::bytes(kCohortStacks)));
    }
    EXPECT_EQ(faults::settled_census(before), before);
    EXPECT_EQ(held_bytes, bytes_before);
}

TEST_P(Construction, a_driver_that_does_not_start_fails_that_submit_alone) {
    const Census before = faults::take_census();
    {
        Runtime runtime{config()};
        bool ran = false;
        thread_fault.arm(1, std::get<2>(GetParam()));
        const Caught result = caught([&] { runtime.submit([&](Orchestrator&) { ran = true; }); });
        EXPECT_TRUE(thread_fault.disarm());
        EXPECT_EQ(result.code, ErrorCode::system);
        EXPECT_NE(result.message.find("raise the process's limit"), std::string::npos) << result.message;
        EXPECT_TRUE(good_program_works(runtime));
        EXPECT_FALSE(ran);
        runtime.submit([&](Orchestrator&) { ran = true; }).wait();
        EXPECT_TRUE(ran);
    }
    EXPECT_EQ(faults::settled_census(before), before);
}

}  // namespace
}  // namespace weir::test
