// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
//
// A system that refuses memory: each allocation of making a runtime, of registering kernels and of runs fails
// in turn, alone or with all that follow. The caller gets an Error or std::bad_alloc, nothing is left behind,
// and the next program is right. Where AddressSanitizer owns malloc, those of operator new fail.
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "call_fault.hpp"
#include "misuse_fixture.hpp"
#include "model/sanitizers.hpp"
#include "process_census.hpp"

namespace {
weir::faults::CallFault fault;
}

// Visible, so that the shared libraries' calls arrive here too.
#pragma GCC visibility push(default)
#if WEIR_UNDER_ASAN
// Never inlined: the compiler would see memory of malloc released by delete, or the reverse.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
    void* const memory = fault.fails() ? nullptr : std::malloc(bytes);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
[[gnu::noinline]] void* operator new(std::size_t bytes, std::align_val_t alignment) {
    const auto step = static_cast<std::size_t>(alignment);
    void* const memory = fault.fails() ? nullptr : std::aligned_alloc(step, (bytes + step - 1) / step * step);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}
#else
extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the C library's names
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

void* malloc(std::size_t bytes) {
    if (!fault.fails()) return __libc_malloc(bytes);
    errno = ENOMEM;
    return nullptr;
}
void* calloc(std::size_t number, std::size_t bytes) {
    if (!fault.fails()) return __libc_calloc(number, bytes);
    errno = ENOMEM;
    return nullptr;
}
void* realloc(void* memory, std::size_t bytes) {
    if (!fault.fails()) return __libc_realloc(memory, bytes);
    errno = ENOMEM;
    return nullptr;
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
    if (!fault.fails()) return __libc_memalign(alignment, bytes);
    errno = ENOMEM;
    return nullptr;
}
int posix_memalign(void** result, std::size_t alignment, std::size_t bytes) {
    if (fault.fails()) return ENOMEM;
    *result = __libc_memalign(alignment, bytes);
    return *result == nullptr ? ENOMEM : 0;
}
}
#endif
#pragma GCC visibility pop

namespace weir::test {
namespace {

using faults::Census;
using faults::Counting;
using faults::Failing;

inline constexpr std::uint64_t kMostAllocations = 100'000;

/// How an attempt ended. A std::bad_alloc counts as out_of_memory, with that text.
struct Outcome {
    ErrorCode code = ErrorCode::ok;
    std::string message{};
    bool fired = false;
};

/// Calls `body` while the `number`-th allocation fails.
template <class Body>
Outcome attempt(std::uint64_t number, Failing failing, Counting counting, const Body& body) {
    fault.arm(number, failing, counting);
    try {
        body();
        return {.fired = fault.disarm()};
    } catch (const Error& error) {
        const bool fired = fault.disarm();
        return {error.code(), error.what(), fired};
    } catch (const std::bad_alloc& error) {
        const bool fired = fault.disarm();
        return {ErrorCode::out_of_memory, error.what(), fired};
    }
}

class NoMemory : public testing::TestWithParam<std::tuple<int, Failing>> {
protected:
    [[nodiscard]] static int threads() { return std::get<0>(GetParam()); }
    [[nodiscard]] static Failing failing() { return std::get<1>(GetParam()); }
    [[nodiscard]] static Counting counting() {
        return threads() == 1 ? Counting::this_thread : Counting::all_threads;
    }

    /// Lets each allocation of a program fail in turn, on one runtime, which must run a good program after
    /// each. `make(runtime)` returns what is attempted. `otherwise`: how it ends when no allocation fails; an
    /// error is not lost because there was no memory for its text.
    template <class Make>
    void fail_each_of(const Make& make, ErrorCode otherwise = ErrorCode::ok) {
        Runtime runtime{config_};
        const auto body = make(runtime);
        for (std::uint64_t number = 1; number < kMostAllocations; ++number) {
            const testing::ScopedTrace trace(__FILE__, __LINE__, "number " + std::to_string(number));
            const Outcome outcome = attempt(number, failing(), counting(), body);
            // A thread that finds no memory for its records does not start.
            const bool no_thread = outcome.code == ErrorCode::system &&
                                   outcome.message.find("driver thread failed") != std::string::npos;
            if (outcome.fired && no_thread) continue;
            if (outcome.fired && outcome.code != otherwise) {
                EXPECT_STREQ(to_string(outcome.code), "out_of_memory") << outcome.message;
            } else {
                EXPECT_STREQ(to_string(outcome.code), to_string(otherwise)) << outcome.message;
            }
            EXPECT_TRUE(good_program_works(runtime));
            if (!outcome.fired) {
                EXPECT_GT(number, 1U) << "nothing is allocated";
                return;
            }
            if (HasFailure()) return;
        }
        FAIL() << "an allocation failed in every attempt";
    }

    RuntimeConfig config_{.threads = threads()};
    std::vector<std::int64_t> data_ = std::vector<std::int64_t>(8);
};
INSTANTIATE_TEST_SUITE_P(threads_mode, NoMemory,
                         testing::Combine(testing::Values(1, 2),
                                          testing::Values(Failing::once, Failing::from_then_on)));

TEST_P(NoMemory, a_runtime_that_cannot_be_made_leaves_nothing_behind) {
    { const Runtime first{{.threads = threads()}}; }
    const Census before = faults::take_census();
    for (std::uint64_t number = 1; number < kMostAllocations; ++number) {
        const testing::ScopedTrace trace(__FILE__, __LINE__, "number " + std::to_string(number));
        std::unique_ptr<Runtime> runtime;
        const auto outcome = attempt(number, failing(), Counting::this_thread,
                                     [&] { runtime.reset(new Runtime{{.threads = threads()}}); });
        if (outcome.code == ErrorCode::ok) {
            EXPECT_TRUE(runtime && good_program_works(*runtime));
        } else if (failing() == Failing::once && number > 1) {  // the first is that of the test
            // A thread that finds no memory for its records does not start.
            if (outcome.code != ErrorCode::system) {
                EXPECT_STREQ(to_string(outcome.code), "out_of_memory") << outcome.message;
                EXPECT_NE(outcome.message.find("free memory"), std::string::npos) << outcome.message;
            }
            EXPECT_NE(outcome.message.find("no_memory_test.cpp:"), std::string::npos) << outcome.message;
        }
        runtime.reset();
        const Census after = faults::settled_census(before);
        EXPECT_EQ(after, before) << to_text(after) << " instead of " << to_text(before);
        if (!outcome.fired) {
            EXPECT_GT(number, 4U) << "a runtime has parts that are allocated";
            return;
        }
        if (HasFailure()) return;
    }
    FAIL() << "an allocation failed in every attempt";
}

TEST_P(NoMemory, registering_kernels_and_running_a_program_can_be_tried_again) {
    fail_each_of([&](Runtime& runtime) {
        return [&] {
            const auto add =
                runtime.kernel("a kernel with a long name", [](InOut<std::int64_t> x) { ++x[0]; });
            const auto any =
                runtime.kernel_any("any", [](const TaskView&) { return 0; }, {.cost_ns = 1'000'000});
            runtime.run([&](Orchestrator& o) {
                const auto x = o.external(data_);
                const Scope scope{o};
                for (int i = 0; i < 20; ++i) {
                    o.submit(add, x.view({i % 8}, {1}));
                    o.submit(any, TaskArgs{}.add(x, Access::in, false).output(shape(4), DType::i64));
                }
            });
        };
    });
}

TEST_P(NoMemory, a_program_that_finds_no_memory_ends_its_run_alone) {
    const std::vector<std::int64_t> source(100);
    fail_each_of([&](Runtime& runtime) {
        const auto add = runtime.kernel("add", [](InOut<std::int64_t> x) { ++x[0]; }, {.cost_ns = 1'000'000});
        return [&, add] {
            runtime.run([&](Orchestrator& o) {
                const auto x = o.external(data_);
                const Scope outer{o};
                const Scope inner{o, Manual};
                for (int i = 0; i < 10; ++i) {
                    o.submit(add, x.view({i % 8}, {1}));
                    std::vector<std::int64_t> copy = source;  // the program's own memory
                    copy[0] = i;
                }
            });
        };
    });
}

TEST_P(NoMemory, a_queued_run_can_be_tried_again) {
    fail_each_of([&](Runtime& runtime) {
        const auto add = runtime.kernel("add", [](InOut<std::int64_t> x) { ++x[0]; });
        return [&, add] {
            std::vector<RunHandle> handles;
            for (int i = 0; i < 40; ++i)  // more than the line of runs has room for at first
                handles.push_back(runtime.submit([&](Orchestrator& o) { o.submit(add, o.external(data_)); }));
            for (RunHandle& handle : handles) handle.wait();
        };
    });
}

/// Its simulated runs use larger rings than the runtime's own. To give them back takes memory, too: then the
/// plan is made all the same.
TEST_P(NoMemory, a_plan_with_a_schedule_of_a_chip_can_be_made_again) {
    config_ = {.platform = "tinysim"};
    config_.runtime_env.ring_heap = 4096;
    fail_each_of([&](Runtime& runtime) {
        const auto make = runtime.kernel("make", [](Out<std::int64_t> x) { x[0] = 1; });
        return [&, make] {
            const Plan plan = runtime.plan(
                [&](Orchestrator& o) {
                    for (int i = 0; i < 3; ++i) o.submit(make, shape(1000));
                },
                {}, {.simulate = ScheduleModel{}});
            EXPECT_EQ(plan.simulated.value().tasks, 3U);
        };
    });
}

TEST_P(NoMemory, a_kernel_that_fails_ends_its_run_also_without_memory_for_the_text) {
    for (const std::uint32_t cost_ns : {1U, 1'000'000U}) {
        fail_each_of(
            [&](Runtime& runtime) {
                const auto thrower =
                    runtime.kernel("a kernel with a long name",
                                   [](InOut<std::int64_t>, int i) {
                                       if (i == 3)
                                           throw std::runtime_error("a text that does not fit in the string");
                                   },
                                   {.cost_ns = cost_ns});
                return [&, thrower] {
                    runtime.run([&](Orchestrator& o) {
                        const auto x = o.external(data_);
                        for (int i = 0; i < 6; ++i) {
                            try {
                                o.submit(thrower, x, i);
                            } catch (
                                const std::bad_alloc&) {  // a program that goes on has failed all the same
                            }
                        }
                    });
                };
            },
            ErrorCode::kernel_failed);
    }
}

TEST_P(NoMemory, wrong_calls_are_refused_also_without_memory_for_the_text) {
    fail_each_of(
        [&](Runtime& runtime) {
            return [&] {
                runtime.run([&](Orchestrator& o) {
                    const auto x = o.external(data_);
                    (void)x.view({4}, {40});
                });
            };
        },
        ErrorCode::out_of_bounds);
}

}  // namespace
}  // namespace weir::test
