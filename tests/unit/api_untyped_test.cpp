// SPDX-License-Identifier: Apache-2.0
// The untyped way to submit: TaskArgs, kernels without a C++ signature, and their limits.
#include <gtest/gtest.h>

#include <vector>

#include <weir/weir.hpp>

#include "caught_error.hpp"

namespace weir {
namespace {

using test::caught;

class Untyped : public testing::TestWithParam<int> {
protected:
    Runtime runtime_{{.threads = GetParam()}};
    std::vector<float> a_ = std::vector<float>(32, 2.F), b_ = std::vector<float>(32, 3.F),
                       f_ = std::vector<float>(32);
};
INSTANTIATE_TEST_SUITE_P(threads, Untyped, testing::Values(1, 2, 4));

TEST_P(Untyped, a_described_kernel_sees_tensors_scalars_and_its_task) {
    const AnyKernel axpy = runtime_.kernel(
        "axpy", {{Access::in, DType::f32}, {Access::inout, DType::f32}}, 2, [](const TaskView& task) {
            const auto x = task.tensor<float>(0);
            const auto y = task.tensor<float>(1);
            const auto alpha = task.scalar<float>(0);
            for (std::size_t i = 0; i < y.size(); ++i) y[i] += alpha * x[i];
            return task.scalar<std::int64_t>(1) == -7 && task.info().kernel_name() == "axpy" ? 0 : 1;
        });
    EXPECT_EQ(axpy.name(), "axpy");
    runtime_.run([&](Orchestrator& o) {
        o.submit(
            axpy,
            TaskArgs{}.input(o.external(a_)).inout(o.external(b_)).scalar(10.F).scalar(std::int64_t{-7}));
    });
    EXPECT_EQ(b_, std::vector<float>(32, 23.F));
}

TEST_P(Untyped, outputs_are_allocated_from_a_shape_and_come_back_by_argument_index) {
    const AnyKernel sum = runtime_.kernel_any("sum", [](const TaskView& task) {
        const auto out = task.tensor<float>(2);
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = task.tensor<float>(0)[i] + task.tensor<float>(1)[i];
        return 0;
    });
    runtime_.run([&](Orchestrator& o) {
        const AnyTensor a = o.external(a_);
        const AnyTensor b = o.external(b_);
        const Scope scope{o};
        const AnySubmission first = o.submit(sum, TaskArgs{}.input(a).input(b).output(shape(32), DType::f32));
        EXPECT_EQ(first.output(2).dtype(), DType::f32);
        EXPECT_EQ(first.output(2).size(), 32);
        EXPECT_EQ(first.output(0).record().data, a.record().data);
        o.submit(sum, TaskArgs{}.input(first.output(2)).input(b).output(o.external(f_)).depends_on(first));
    });
    EXPECT_EQ(f_, std::vector<float>(32, 8.F));
}

TEST_P(Untyped, typed_kernels_take_task_args_too) {
    const auto twice = runtime_.kernel("twice", [](In<float> x, Out<float> y, int factor) {
        for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<float>(factor) * x[i];
    });
    const AnyKernel& untyped = twice;
    runtime_.run([&](Orchestrator& o) {
        o.submit(untyped,
                 TaskArgs{}.input(o.external(a_)).output(o.external(f_)).scalar(4).name("four times"));
    });
    EXPECT_EQ(f_, std::vector<float>(32, 8.F));
}

TEST_P(Untyped, thirty_two_tensors_and_sixteen_scalars_are_accepted_and_one_more_is_not) {
    std::vector<std::int64_t> data(64);
    const AnyKernel count = runtime_.kernel_any("count", [](const TaskView& task) {
        if (task.tensor_count() != kMaxTensors || task.scalar_count() != kMaxScalars) return 1;
        for (std::size_t i = 0; i < kMaxTensors; ++i)
            task.tensor<std::int64_t>(i)[0] =
                task.scalar<std::int64_t>(i % kMaxScalars) + static_cast<int>(i);
        return 0;
    });
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data);
        TaskArgs full;
        for (std::int64_t i = 0; i < 32; ++i) full.output(x.view({i}, {1}));
        for (std::int64_t i = 0; i < 16; ++i) full.scalar(i * 100);
        o.submit(count, full);
        TaskArgs tensors = full;
        tensors.input(x.view({40}, {1}));
        EXPECT_EQ(tensors.tensor_count(), 33U);
        EXPECT_EQ(caught([&] { o.submit(count, tensors); }).code, ErrorCode::invalid_argument);
        TaskArgs scalars = full;
        scalars.scalar(1);
        EXPECT_EQ(caught([&] { o.submit(count, scalars); }).code, ErrorCode::invalid_argument);
    });
    for (std::size_t i = 0; i < 32; ++i) EXPECT_EQ(data[i], static_cast<std::int64_t>(i % 16 * 100 + i));
}

TEST_P(Untyped, small_scalars_of_every_type_arrive_as_they_were_given) {
    bool seen = false;
    const AnyKernel look = runtime_.kernel_any("look", [&](const TaskView& task) {
        EXPECT_EQ(task.scalar<bool>(0), true);
        EXPECT_EQ(task.scalar<char>(1), 'x');
        EXPECT_EQ(task.scalar<std::int16_t>(2), -5);
        EXPECT_EQ(task.scalar<double>(3), 0.25);
        EXPECT_EQ(task.scalar<const char*>(4), std::string("text"));
        seen = true;
        return 0;
    });
    runtime_.run([&](Orchestrator& o) {
        o.submit(look, TaskArgs{}
                           .input(o.external(a_))
                           .scalar(true)
                           .scalar('x')
                           .scalar(std::int16_t{-5})
                           .scalar(0.25)
                           .scalar(static_cast<const char*>("text")));
    });
    EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace weir
