// SPDX-License-Identifier: Apache-2.0
// weir-test: alone
// weir-test: not-under address thread
//
// No allocation between first submission and last completion, on any thread, and on a chip that writes its
// schedule: this executable's own malloc family and mmap count while the counting is on. The library's
// operator new ends in malloc, and so counts too.
#include <gtest/gtest.h>

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <vector>

#include <weir/weir.hpp>

#include "recorded_scopes.hpp"
#include "shipped.hpp"

namespace {

std::atomic<bool> counting{false};
std::atomic<std::uint64_t> allocations{0};
/// Name of the function that allocated first, for the report.
std::atomic<const char*> first_caller{nullptr};

void count(const char* function) {
    if (!counting) return;
    ++allocations;
    const char* none = nullptr;
    first_caller.compare_exchange_strong(none, function);
}

}  // namespace

// Visible, so that the shared libraries' calls arrive here too. The C library's own entries; what replaces
// malloc in an executable can forward to them.
#pragma GCC visibility push(default)
extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the C library's names
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

void* malloc(std::size_t bytes) {
    count("malloc");
    return __libc_malloc(bytes);
}
void* calloc(std::size_t number, std::size_t bytes) {
    count("calloc");
    return __libc_calloc(number, bytes);
}
void* realloc(void* memory, std::size_t bytes) {
    count("realloc");
    return __libc_realloc(memory, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) {
    count("memalign");
    return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
    count("aligned_alloc");
    return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** result, std::size_t alignment, std::size_t bytes) {
    count("posix_memalign");
    *result = __libc_memalign(alignment, bytes);
    return *result == nullptr ? ENOMEM : 0;
}
void* mmap(void* place, std::size_t bytes, int protection, int flags, int file, off_t offset) noexcept {
    count("mmap");
    const long result = syscall(SYS_mmap, place, bytes, protection, flags, file, offset);
    return reinterpret_cast<void*>(result);  // NOLINT(performance-no-int-to-ptr)
}
}
#pragma GCC visibility pop

namespace weir::test {
namespace {

/// In place of a number of threads.
inline constexpr int kOnChip = 0;

class NoAllocation : public testing::TestWithParam<std::tuple<int, bool>> {
protected:
    [[nodiscard]] RuntimeConfig config() const {
        RuntimeConfig config;
        if (const int threads = std::get<0>(GetParam()); threads > 0) {
            config.threads = threads;
        } else {
            config.platform = "a2a3sim";
            config.chip.schedule_file = schedule_.path() / "schedule";
        }
        if (std::get<1>(GetParam())) {
            config.runtime_env.ring_task_window = 4;
            config.runtime_env.ring_consumed_window = 16;
            config.runtime_env.ring_payload = 4096;
            config.runtime_env.ring_heap = 4096;
            config.runtime_env.ring_dep_pool = 8;
            config.runtime_env.tensormap_pool = 64;
        }
        return config;
    }

    /// Counts from the first submission in `program` to the completion of all its tasks.
    template <class Submits>
    void expect_none(const Submits& submits, const CallConfig& config = {}) {
        allocations = 0;
        first_caller = nullptr;
        runtime_.run(
            [&](Orchestrator& o) {
                const auto x = o.external(data_.data(), {64, 64});
                o.submit(add_, x);
                (void)o.get(x, {0, 0});
                counting = true;
                submits(o, x);
                (void)o.get(x, {0, 0});
                o.set(x, {63, 63}, 0);  // waits for every reader and writer of it
                counting = false;
            },
            config);
        const char* const caller = first_caller;
        EXPECT_EQ(allocations, 0U) << "the first was by " << (caller == nullptr ? "nobody" : caller);
    }

    TemporaryDirectory schedule_;
    std::vector<std::int64_t> data_ = std::vector<std::int64_t>(64 * 64);
    Runtime runtime_{config()};
    Kernel<InOut<std::int64_t>> add_ = runtime_.kernel(
        "add",
        [](InOut<std::int64_t> x) {
            for (int i = 0; i < x.extent(0); ++i)
                for (int j = 0; j < x.extent(1); ++j) ++x(i, j);
        },
        kShipped);
    Kernel<In<std::int64_t>, Out<std::int64_t>> copy_ =
        runtime_.kernel("copy", [](In<std::int64_t> x, Out<std::int64_t> y) { y(0, 0) = x(0, 0); });
};
INSTANTIATE_TEST_SUITE_P(threads_and_tiny_rings, NoAllocation,
                         testing::Combine(testing::Values(1, 2, 4, kOnChip), testing::Bool()));

TEST_P(NoAllocation, in_chains_fans_and_overlapping_views) {
    expect_none([&](Orchestrator& o, const Tensor<std::int64_t>& x) {
        for (int i = 0; i < 20'000; ++i) {
            o.submit(add_, x.view({i % 60, i % 50}, {1 + i % 4, 2 + i % 9}));
            o.submit(copy_, x.slice(0, i % 7, 64, 5), x.transpose().view({i % 13, 0}, {1, 1}));
        }
    });
}

TEST_P(NoAllocation, in_scopes_with_outputs_and_explicit_dependencies) {
    expect_none([&](Orchestrator& o, const Tensor<std::int64_t>& x) {
        for (int i = 0; i < 5'000; ++i) {
            const Scope scope{o};
            const auto made = o.submit(copy_, x, shape(4, 4)).output();
            const Scope manual{o, Manual};
            const auto second = o.submit(add_, made, priority(i % 8));
            const auto own = o.allocate<std::int64_t>({4, 4});
            const auto third = o.submit(copy_, made, own, after(second).name("third"));
            o.submit(copy_, no_dep(own), x.view({i % 64, 3}, {1, 1}), after(third));
        }
    });
}

TEST_P(NoAllocation, while_scopes_are_recorded) {
    const TemporaryDirectory directory;
    expect_none(
        [&](Orchestrator& o, const Tensor<std::int64_t>& x) {
            for (int i = 0; i < 4'000; ++i) {  // fills the recorder's buffer several times
                const Scope outer{o};
                const auto made = o.submit(copy_, x, shape(4, 4)).output();
                const Scope inner{o};
                o.submit(add_, made);
            }
        },
        directory.recording());
    EXPECT_EQ(read_scopes(directory.scope_stats()).head.total, 16'002U);
}

TEST_P(NoAllocation, in_untyped_submits_and_barriers_and_element_access) {
    const AnyKernel any = runtime_.kernel_any(
        "any", [](const TaskView&) { return 0; }, kShipped);
    expect_none([&](Orchestrator& o, const Tensor<std::int64_t>& x) {
        for (int i = 0; i < 2'000; ++i) {
            TaskArgs arguments;
            for (int tensor = 0; tensor < 1 + i % 20; ++tensor)
                arguments.add(x.view({tensor, i % 64}, {40, 1}), i % 3 == 0 ? Access::inout : Access::in,
                              false);
            const Task task = o.submit(any, arguments.scalar(i));
            o.barrier_task(TaskArgs{}.inout(x.view({0, 0}, {2, 2})).depends_on(task));
            o.set(x, {i % 64, 5}, i);
            (void)o.get(x, {i % 64, 5});
        }
    });
}

TEST_P(NoAllocation, in_tasks_of_several_kernels_and_blocks_that_meet_or_are_skipped) {
    const auto meet = runtime_.kernel(
        "meet",
        [](InOut<std::int64_t> x, const TaskInfo& task) {
            const int me = task.block_index() + static_cast<int>(task.subtask_slot());
            x(me % 64, 0) += 1;
            if (task.block_count() != 7) task.barrier();
        },
        kShipped);
    expect_none([&](Orchestrator& o, const Tensor<std::int64_t>& x) {
        for (int i = 0; i < 1'000; ++i) {
            const auto column = x.view({0, i % 64}, {64, 1});
            o.submit(meet, column, blocks(48).sync_start());
            o.submit(meet, column, blocks(7).predicate(x, {i % 64, 1}, Comparison::less, i));
            o.submit_mixed({.aic = meet, .aiv0 = meet, .aiv1 = meet}, TaskArgs{}.inout(column).name("mixed"));
        }
    });
}

TEST_P(NoAllocation, while_thousands_of_tasks_of_all_priorities_are_ready) {
    std::atomic<bool> open{false};
    const auto gate = runtime_.kernel(
        "gate",
        [&](InOut<std::int64_t>) {
            while (!open && std::get<0>(GetParam()) > 1) {
            }
        },
        kShipped);
    expect_none([&](Orchestrator& o, const Tensor<std::int64_t>& x) {
        open = std::get<1>(GetParam());  // tiny rings must drain while the program submits
        o.submit(gate, x);
        for (int i = 0; i < 8'000; ++i)
            o.submit(add_, x.view({i % 64, i / 64 % 64}, {1, 1}), priority(i % 16 - 8));
        open = true;
    });
}

TEST_P(NoAllocation, when_externals_are_registered_while_tasks_run) {
    expect_none([&](Orchestrator& o, const Tensor<std::int64_t>&) {
        for (int i = 0; i < 2'000; ++i) {
            const auto part = o.external(data_.data() + i, {1, 64 + i % 7});
            o.submit(add_, part);
        }
    });
}

TEST(Interposition, counts_what_it_is_meant_to_count) {
    allocations = 0;
    counting = true;
    void* volatile memory = std::malloc(10);
    const auto* volatile object = new int(1);
    void* const page = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    counting = false;
    EXPECT_EQ(allocations, 3U);
    std::free(memory);
    delete object;
    munmap(page, 4096);
}

}  // namespace
}  // namespace weir::test
