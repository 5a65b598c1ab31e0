// SPDX-License-Identifier: Apache-2.0
// Kernels that fail, in place and on another thread, and kernels that call what only the program may call.
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include <weir/weir.hpp>

#include "misuse_fixture.hpp"

namespace weir::test {
namespace {

/// What a kernel is registered with decides where its tasks run: unknown ones are shipped until they are
/// known to be short, declared long ones always.
enum class Where { unknown, learnt_short, shipped };

class KernelFailures : public testing::TestWithParam<std::tuple<int, Where>> {
protected:
    [[nodiscard]] KernelOptions options() const {
        return {.cost_ns = std::get<1>(GetParam()) == Where::shipped ? 1'000'000U : 0U};
    }
    /// Lets the runtime learn that a kernel is short.
    template <class K>
    void learn(const K& kernel) {
        if (std::get<1>(GetParam()) != Where::learnt_short) return;
        armed_ = false;
        runtime_.run([&](Orchestrator& o) {
            const auto x = o.external(data_);
            for (int i = 0; i < 5'000; ++i) o.submit(kernel, x);
        });
        armed_ = true;
    }
    Caught run_and_recover(const Program& program) {
        Caught result = caught([&] { runtime_.run(program); });
        EXPECT_TRUE(good_program_works(runtime_)) << "after: " << result.message;
        return result;
    }

    std::atomic<bool> armed_{true};
    std::vector<std::int64_t> data_ = std::vector<std::int64_t>(4);
    Runtime runtime_{{.threads = std::get<0>(GetParam())}};
};
INSTANTIATE_TEST_SUITE_P(threads, KernelFailures,
                         testing::Combine(testing::Values(1, 2, 4),
                                          testing::Values(Where::unknown, Where::learnt_short,
                                                          Where::shipped)));

TEST_P(KernelFailures, a_kernel_that_throws_ends_the_run_with_its_message_name_and_submit_line) {
    const auto thrower = runtime_.kernel(
        "thrower",
        [this](InOut<std::int64_t>) {
            if (armed_) throw std::runtime_error("boiled over");
        },
        options());
    learn(thrower);
    std::uint_least32_t line = 0;
    const Caught result = run_and_recover([&](Orchestrator& o) {
        const auto x = o.external(data_);
        line = __LINE__ + 1;
        o.submit(thrower, x);
    });
    EXPECT_EQ(result.code, ErrorCode::kernel_failed);
    EXPECT_NE(result.message.find("thrower"), std::string::npos) << result.message;
    EXPECT_NE(result.message.find("boiled over"), std::string::npos) << result.message;
    EXPECT_NE(result.message.find(at_line(line)), std::string::npos) << result.message;
    EXPECT_EQ(result.line, line);
}

TEST_P(KernelFailures, a_status_other_than_zero_is_a_failure_that_names_the_status) {
    const auto failing = runtime_.kernel(
        "failing", [this](InOut<std::int64_t>) -> int { return armed_ ? -17 : 0; }, options());
    learn(failing);
    std::uint_least32_t line = 0;
    const Caught result = run_and_recover([&](Orchestrator& o) {
        const auto x = o.external(data_);
        line = __LINE__ + 1;
        o.submit(failing, x);
    });
    EXPECT_EQ(result.code, ErrorCode::kernel_failed);
    EXPECT_NE(result.message.find("failing"), std::string::npos) << result.message;
    EXPECT_NE(result.message.find("-17"), std::string::npos) << result.message;
    EXPECT_NE(result.message.find(at_line(line)), std::string::npos) << result.message;
}

TEST_P(KernelFailures, the_name_given_at_submit_is_in_the_message) {
    const auto failing = runtime_.kernel(
        "failing", [](InOut<std::int64_t>) { return 3; }, options());
    const Caught result =
        run_and_recover([&](Orchestrator& o) { o.submit(failing, o.external(data_), name("third layer")); });
    EXPECT_EQ(result.code, ErrorCode::kernel_failed);
    EXPECT_NE(result.message.find("third layer"), std::string::npos) << result.message;
}

TEST_P(KernelFailures, what_is_no_exception_class_is_a_failure_too) {
    const auto thrower = runtime_.kernel(
        "thrower", [](InOut<std::int64_t>) { throw 42; }, options());
    const Caught result = run_and_recover([&](Orchestrator& o) { o.submit(thrower, o.external(data_)); });
    EXPECT_EQ(result.code, ErrorCode::kernel_failed) << result.message;
}

TEST_P(KernelFailures, no_task_starts_after_a_failure_that_the_program_has_seen) {
    std::atomic<int> started{0};
    const auto thrower = runtime_.kernel(
        "thrower", [](InOut<std::int64_t>) { throw std::runtime_error("first"); }, options());
    const auto count = runtime_.kernel(
        "count", [&](InOut<std::int64_t>) { ++started; }, options());
    const Caught result = run_and_recover([&](Orchestrator& o) {
        const auto x = o.external(data_);
        (void)caught([&] { o.submit(thrower, x); });
        // The failed task is waited for by every user of x, and none of them starts.
        const Caught seen = caught([&] { (void)o.get(x, {0}); });
        EXPECT_EQ(seen.code, ErrorCode::kernel_failed) << seen.message;
        for (int i = 0; i < 10; ++i) {
            const Caught again = caught([&] { o.submit(count, x); });
            EXPECT_EQ(again.code, ErrorCode::kernel_failed)
                << "every later call of the run throws the first error";
            EXPECT_EQ(again.message, seen.message);
        }
        EXPECT_EQ(caught([&] { (void)o.allocate({4}, DType::f32); }).code, ErrorCode::kernel_failed);
    });
    EXPECT_EQ(result.code, ErrorCode::kernel_failed);
    EXPECT_EQ(started, 0);
}

TEST_P(KernelFailures, a_failure_in_the_middle_of_many_tasks_leaves_the_runtime_whole) {
    const auto sometimes = runtime_.kernel(
        "sometimes",
        [](InOut<std::int64_t> x, int i) {
            ++x[0];
            if (i == 500) throw std::runtime_error("number 500");
        },
        options());
    for (int round = 0; round < 10; ++round) {
        const Caught result = run_and_recover([&](Orchestrator& o) {
            const auto x = o.external(data_);
            for (int i = 0; i < 1000; ++i) {
                const Scope scope{o};
                const auto own = o.allocate<std::int64_t>({4});
                o.submit(sometimes, i % 2 == 0 ? x.view({i % 4}, {1}) : own.view({0}, {1}), i);
            }
        });
        EXPECT_EQ(result.code, ErrorCode::kernel_failed) << result.message;
        EXPECT_NE(result.message.find("number 500"), std::string::npos) << result.message;
    }
}

TEST_P(KernelFailures, closing_scopes_while_a_kernel_error_unwinds_throws_nothing) {
    const auto thrower = runtime_.kernel(
        "thrower", [](InOut<std::int64_t>) { throw std::runtime_error("inside"); }, options());
    const Caught result = run_and_recover([&](Orchestrator& o) {
        const auto x = o.external(data_);
        const Scope one{o};
        const Scope two{o, Manual};
        o.submit(thrower, x);
        (void)o.get(x, {0});
        FAIL() << "get went past a failed producer";
    });
    EXPECT_EQ(result.code, ErrorCode::kernel_failed);
}

TEST_P(KernelFailures, an_orchestrator_call_inside_a_kernel_is_refused_on_any_thread) {
    Orchestrator* orchestrator = nullptr;
    Tensor<std::int64_t> x;
    std::vector<Caught> results;
    std::uint_least32_t line = 0;
    const auto inner = runtime_.kernel("inner", [](InOut<std::int64_t> y) { ++y[0]; });
    const auto outer = runtime_.kernel(
        "outer",
        [&](InOut<std::int64_t>) {
            if (!armed_) return;
            line = __LINE__ + 1;
            results.push_back(caught([&] { orchestrator->submit(inner, x); }));
            results.push_back(caught([&] { (void)orchestrator->get(x, {0}); }));
            results.push_back(caught([&] { (void)orchestrator->external(data_); }));
            results.push_back(caught([&] { (void)orchestrator->allocate({1}, DType::f32); }));
            results.push_back(caught([&] { const Scope scope{*orchestrator}; }));
            results.push_back(caught([&] { (void)runtime_.run([](Orchestrator&) {}); }));
        },
        options());
    learn(outer);
    runtime_.run([&](Orchestrator& o) {
        orchestrator = &o;
        x = o.external(data_);
        o.submit(outer, x);
    });
    ASSERT_EQ(results.size(), 6U);
    for (const Caught& result : results) EXPECT_EQ(result.code, ErrorCode::wrong_thread) << result.message;
    EXPECT_NE(results[0].message.find(at_line(line)), std::string::npos) << results[0].message;
    EXPECT_TRUE(good_program_works(runtime_));
}

TEST_P(KernelFailures, an_orchestrator_call_that_escapes_a_kernel_fails_that_kernel) {
    Orchestrator* orchestrator = nullptr;
    Tensor<std::int64_t> x;
    const auto inner = runtime_.kernel("inner", [](InOut<std::int64_t> y) { ++y[0]; });
    const auto outer = runtime_.kernel(
        "outer", [&](InOut<std::int64_t>) { orchestrator->submit(inner, x); }, options());
    const Caught result = run_and_recover([&](Orchestrator& o) {
        orchestrator = &o;
        x = o.external(data_);
        o.submit(outer, x);
    });
    EXPECT_EQ(result.code, ErrorCode::kernel_failed) << result.message;
    EXPECT_NE(result.message.find("outer"), std::string::npos) << result.message;
}

TEST_P(KernelFailures, long_kernels_see_that_another_one_has_failed) {
    if (std::get<0>(GetParam()) == 1) GTEST_SKIP() << "needs two threads";
    std::atomic<bool> waiting{false};
    const auto patient = runtime_.kernel("patient",
                                         [&](InOut<std::int64_t>, const TaskInfo& task) {
                                             waiting = true;
                                             while (!task.stop_requested()) std::this_thread::yield();
                                         },
                                         {.cost_ns = 1'000'000});
    const auto thrower = runtime_.kernel("thrower",
                                         [&](InOut<std::int64_t>) {
                                             while (!waiting) std::this_thread::yield();
                                             throw std::runtime_error("first");
                                         },
                                         {.cost_ns = 1'000'000});
    const Caught result = run_and_recover([&](Orchestrator& o) {
        const auto x = o.external(data_);
        o.submit(patient, x.view({0}, {1}));
        o.submit(thrower, x.view({1}, {1}));
    });
    EXPECT_EQ(result.code, ErrorCode::kernel_failed) << result.message;
    EXPECT_NE(result.message.find("first"), std::string::npos) << result.message;
}

}  // namespace
}  // namespace weir::test
