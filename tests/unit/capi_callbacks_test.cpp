// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <weir/weir.h>

#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>

namespace weir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using RuntimePointer = std::unique_ptr<weir_runtime, decltype(&weir_runtime_destroy)>;

RuntimePointer make_runtime(int threads) {
    weir_runtime_config config = WEIR_RUNTIME_CONFIG_INIT;
    config.threads = threads;
    weir_runtime* runtime = nullptr;
    EXPECT_EQ(WEIR_RUNTIME_CREATE(&config, &runtime), WEIR_OK) << weir_last_error();
    return {runtime, &weir_runtime_destroy};
}

/// Callbacks that are C++ behind a C signature, on runtimes of 1, 2 and 4 threads.
class CapiCallbacks : public ::testing::TestWithParam<int> {
protected:
    RuntimePointer runtime_ = make_runtime(GetParam());
};

int throwing_kernel(const weir_task_view*, void*) { throw std::runtime_error("the kernel had enough"); }

/// Line of the submit below.
int line_of_submit = 0;

/// Submits the kernel in `user` once.
int submit_once(weir_orchestrator* orchestrator, void* user) {
    static std::array<float, 4> data{};
    const std::int64_t extent = 4;
    weir_tensor tensor;
    if (const int status = WEIR_EXTERNAL(orchestrator, data.data(), WEIR_F32, 1, &extent, nullptr, &tensor))
        return status;
    const weir_argument argument{&tensor, WEIR_INOUT, 0, WEIR_NONE, 0, {}};
    weir_task_args args = WEIR_TASK_ARGS_INIT;
    args.tensors = &argument;
    args.tensor_count = 1;
    line_of_submit = __LINE__ + 1;
    return WEIR_SUBMIT(orchestrator, static_cast<const weir_kernel*>(user), &args, nullptr, nullptr);
}

TEST_P(CapiCallbacks, AProgramThatThrowsEndsItsRunAndTheRuntimeGoesOn) {
    const auto program = [](weir_orchestrator* orchestrator, void*) -> int {
        std::uint64_t scope = 0;
        EXPECT_EQ(WEIR_SCOPE_BEGIN(orchestrator, WEIR_AUTOMATIC, &scope), WEIR_OK);
        throw std::runtime_error("the program had enough");
    };
    EXPECT_EQ(weir_runtime_run(runtime_.get(), program, nullptr, nullptr, nullptr), WEIR_SYSTEM);
    EXPECT_STREQ(weir_last_error(), "the program had enough");
    const auto nothing = [](weir_orchestrator*, void*) { return 0; };
    EXPECT_EQ(weir_runtime_run(runtime_.get(), nothing, nullptr, nullptr, nullptr), WEIR_OK);
}

TEST_P(CapiCallbacks, AKernelThatThrowsIsNamedWithTheLineOfItsSubmit) {
    const weir_parameter parameter{WEIR_INOUT, WEIR_F32};
    weir_kernel_info info = WEIR_KERNEL_INFO_INIT;
    info.name = "moody";
    info.function = &throwing_kernel;
    info.tensors = &parameter;
    info.tensor_count = 1;
    weir_kernel* kernel = nullptr;
    ASSERT_EQ(weir_runtime_kernel(runtime_.get(), &info, &kernel), WEIR_OK) << weir_last_error();
    weir_run_result result = WEIR_RUN_RESULT_INIT;
    EXPECT_EQ(weir_runtime_run(runtime_.get(), &submit_once, kernel, nullptr, &result), WEIR_KERNEL_FAILED);
    EXPECT_EQ(result.tasks, 1U) << "a run that fails tells how far it came";
    EXPECT_THAT(weir_last_error(), AllOf(HasSubstr("moody"), HasSubstr("had enough")));
    const char* file = nullptr;
    int line = 0;
    weir_last_error_site(&file, &line);
    EXPECT_STREQ(file, __FILE__);
    EXPECT_EQ(line, line_of_submit);
}

TEST_P(CapiCallbacks, ARunInsideAProgramOfTheSameRuntimeIsRefused) {
    const auto outer = [](weir_orchestrator*, void* user) -> int {
        const auto inner = [](weir_orchestrator*, void*) { return 0; };
        auto* const runtime = static_cast<weir_runtime*>(user);
        weir_run* run = nullptr;
        EXPECT_EQ(weir_runtime_run(runtime, inner, nullptr, nullptr, nullptr), WEIR_WRONG_THREAD);
        EXPECT_EQ(weir_runtime_submit(runtime, inner, nullptr, nullptr, &run), WEIR_WRONG_THREAD);
        EXPECT_EQ(run, nullptr);
        return 0;
    };
    EXPECT_EQ(weir_runtime_run(runtime_.get(), outer, runtime_.get(), nullptr, nullptr), WEIR_OK)
        << weir_last_error();
}

TEST_P(CapiCallbacks, AKernelOfAnotherRuntimeIsRefused) {
    const RuntimePointer other = make_runtime(1);
    weir_kernel_info info = WEIR_KERNEL_INFO_INIT;
    info.name = "foreign";
    info.function = &throwing_kernel;
    info.any_arguments = 1;
    weir_kernel* kernel = nullptr;
    ASSERT_EQ(weir_runtime_kernel(other.get(), &info, &kernel), WEIR_OK) << weir_last_error();
    EXPECT_EQ(weir_runtime_run(runtime_.get(), &submit_once, kernel, nullptr, nullptr),
              WEIR_INVALID_ARGUMENT);
    EXPECT_THAT(weir_last_error(), HasSubstr("another runtime"));
}

TEST_P(CapiCallbacks, AHandleOfARunOutlivesItsRuntime) {
    weir_run* run = nullptr;
    const auto program = [](weir_orchestrator*, void*) { return 2000; };
    ASSERT_EQ(weir_runtime_submit(runtime_.get(), program, nullptr, nullptr, &run), WEIR_OK)
        << weir_last_error();
    runtime_.reset();
    std::int32_t done = 0;
    EXPECT_EQ(weir_run_wait_for(run, 0, &done), WEIR_OK);
    EXPECT_EQ(done, 1);
    EXPECT_EQ(weir_run_wait(run, nullptr), 2000);
    EXPECT_EQ(weir_run_cancel(run), WEIR_OK);
    weir_run_release(run);
}

INSTANTIATE_TEST_SUITE_P(Threads, CapiCallbacks, ::testing::Values(1, 2, 4));

}  // namespace
}  // namespace weir
