// SPDX-License-Identifier: Apache-2.0
// Wrong arguments of a submit: each is refused with its source line, and the runtime goes on.
#include <gtest/gtest.h>

#include <vector>

#include <weir/weir.hpp>

#include "misuse_fixture.hpp"

namespace weir::test {
namespace {

class Arguments : public Misuse {};
INSTANTIATE_TEST_SUITE_P(threads, Arguments, testing::Values(1, 2));

TEST_P(Arguments, a_task_without_tensors) {
    expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
        bad_line_ = __LINE__ + 1;
        o.submit(any_, TaskArgs{}.scalar(1));
    });
    EXPECT_TRUE(mentions("any")) << last_message_;
}

TEST_P(Arguments, thirty_three_tensors) {
    expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
        const auto a = o.external(a_);
        TaskArgs arguments;
        for (int i = 0; i < 33; ++i) arguments.input(a);
        bad_line_ = __LINE__ + 1;
        o.submit(any_, arguments);
    });
    EXPECT_TRUE(mentions("33") && mentions("32")) << last_message_;
}

TEST_P(Arguments, seventeen_scalars) {
    expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
        TaskArgs arguments;
        arguments.input(o.external(a_));
        for (int i = 0; i < 17; ++i) arguments.scalar(i);
        bad_line_ = __LINE__ + 1;
        o.submit(any_, arguments);
    });
    EXPECT_TRUE(mentions("17") && mentions("16")) << last_message_;
}

TEST_P(Arguments, another_element_type_in_an_untyped_tensor) {
    std::vector<double> wide(64);
    expect_refused(ErrorCode::type_mismatch, [&](Orchestrator& o) {
        const AnyTensor w = o.external(wide);
        const auto a = o.external(a_);
        bad_line_ = __LINE__ + 1;
        o.submit(add_, a, w, a);
    });
    EXPECT_TRUE(mentions("f64") && mentions("f32") && mentions("add")) << last_message_;
}

TEST_P(Arguments, another_element_type_in_task_args_given_or_allocated) {
    const AnyKernel& add = add_;
    std::vector<std::int32_t> whole(64);
    expect_refused(ErrorCode::type_mismatch, [&](Orchestrator& o) {
        const auto a = o.external(a_);
        const auto i = o.external(whole);
        bad_line_ = __LINE__ + 1;
        o.submit(add, TaskArgs{}.input(a).input(i).output(a));
    });
    expect_refused(ErrorCode::type_mismatch, [&](Orchestrator& o) {
        const auto a = o.external(a_);
        bad_line_ = __LINE__ + 1;
        o.submit(add, TaskArgs{}.input(a).input(a).output(shape(64), DType::f64));
    });
}

TEST_P(Arguments, another_direction_than_the_kernels) {
    const AnyKernel& add = add_;
    expect_refused(ErrorCode::type_mismatch, [&](Orchestrator& o) {
        const auto a = o.external(a_);
        bad_line_ = __LINE__ + 1;
        o.submit(add, TaskArgs{}.input(a).input(a).inout(a));
    });
    EXPECT_TRUE(mentions("inout")) << last_message_;
    expect_refused(ErrorCode::type_mismatch, [&](Orchestrator& o) {
        const auto a = o.external(a_);
        bad_line_ = __LINE__ + 1;
        o.submit(add, TaskArgs{}.input(a).output(a).output(a));
    });
}

TEST_P(Arguments, fewer_and_more_arguments_than_the_kernels) {
    const AnyKernel& add = add_;
    expect_refused(ErrorCode::type_mismatch, [&](Orchestrator& o) {
        const auto a = o.external(a_);
        bad_line_ = __LINE__ + 1;
        o.submit(add, TaskArgs{}.input(a).input(a));
    });
    expect_refused(ErrorCode::type_mismatch, [&](Orchestrator& o) {
        const auto a = o.external(a_);
        bad_line_ = __LINE__ + 1;
        o.submit(add, TaskArgs{}.input(a).input(a).output(a).output(a));
    });
    expect_refused(ErrorCode::type_mismatch, [&](Orchestrator& o) {
        const auto a = o.external(a_);
        bad_line_ = __LINE__ + 1;
        o.submit(add, TaskArgs{}.input(a).input(a).output(a).scalar(1));
    });
}

TEST_P(Arguments, null_memory) {
    expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
        bad_line_ = __LINE__ + 1;
        (void)o.external(static_cast<float*>(nullptr), {4});
    });
}

TEST_P(Arguments, an_empty_vector) {
    std::vector<float> empty;
    expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
        bad_line_ = __LINE__ + 1;
        (void)o.external(empty);
    });
}

TEST_P(Arguments, misaligned_memory) {
    expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
        auto* const bytes = reinterpret_cast<unsigned char*>(a_.data()) + 2;
        bad_line_ = __LINE__ + 1;
        (void)o.external(bytes, DType::f32, {4});
    });
    EXPECT_TRUE(mentions("align")) << last_message_;
}

TEST_P(Arguments, a_tensor_that_was_never_made) {
    expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
        const auto a = o.external(a_);
        bad_line_ = __LINE__ + 1;
        o.submit(add_, a, Tensor<float>{}, a);
    });
    expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
        bad_line_ = __LINE__ + 1;
        o.submit(any_, TaskArgs{}.input(AnyTensor{}));
    });
}

TEST_P(Arguments, shapes_that_no_tensor_can_have) {
    const Shape shapes[] = {Shape{},
                            {0},
                            {4, 0},
                            {-1},
                            {4, -4},
                            {1, 1, 1, 1, 1, 1},
                            {INT64_MAX},
                            {INT64_MAX, 4},
                            {1LL << 32, 1LL << 32}};
    for (const Shape& bad : shapes) {
        expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
            bad_line_ = __LINE__ + 1;
            (void)o.external(a_.data(), bad);
        });
        expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
            const auto a = o.external(a_);
            bad_line_ = __LINE__ + 1;
            o.submit(add_, a, a, bad);
        });
        expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
            bad_line_ = __LINE__ + 1;
            (void)o.allocate(bad, DType::f32);
        });
    }
}

TEST_P(Arguments, strides_and_dtypes_that_no_tensor_can_have) {
    const auto refuse_axes = [&](std::span<const Axis> axes) {
        expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
            bad_line_ = __LINE__ + 1;
            (void)o.external(a_.data(), DType::f32, axes);
        });
    };
    refuse_axes(std::vector<Axis>{{4, -1}});
    refuse_axes(std::vector<Axis>{{0, 1}});
    refuse_axes(std::vector<Axis>{});
    refuse_axes(std::vector<Axis>(6, Axis{1, 1}));
    refuse_axes(std::vector<Axis>{{4, INT64_MAX}});
    for (const DType bad : {DType::none, static_cast<DType>(77)}) {
        expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
            bad_line_ = __LINE__ + 1;
            (void)o.external(a_.data(), bad, {4});
        });
        expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
            bad_line_ = __LINE__ + 1;
            (void)o.allocate({4}, bad);
        });
    }
}

TEST_P(Arguments, accesses_that_are_only_named_are_refused_by_name) {
    for (const Access access : {Access::commutative, Access::reduction}) {
        expect_refused(ErrorCode::unsupported, [&](Orchestrator& o) {
            const auto a = o.external(a_);
            bad_line_ = __LINE__ + 1;
            o.submit(any_, TaskArgs{}.add(a, access, false));
        });
        EXPECT_TRUE(mentions(name_of(access))) << last_message_;
    }
}

TEST_P(Arguments, a_kernel_of_another_runtime) {
    Runtime other{{.threads = 1}};
    const auto foreign = other.kernel("foreign", [](InOut<float> x) { x[0] = 1; });
    expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
        const auto a = o.external(a_);
        bad_line_ = __LINE__ + 1;
        o.submit(foreign, a);
    });
    EXPECT_TRUE(mentions("foreign")) << last_message_;
    EXPECT_TRUE(good_program_works(other));
}

TEST_P(Arguments, a_kernel_that_was_never_registered) {
    expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
        const auto a = o.external(a_);
        bad_line_ = __LINE__ + 1;
        o.submit(AnyKernel{}, TaskArgs{}.input(a));
    });
}

TEST_P(Arguments, a_view_outside_its_tensor) {
    expect_refused(ErrorCode::out_of_bounds, [&](Orchestrator& o) {
        const auto a = o.external(a_);
        bad_line_ = __LINE__ + 1;
        (void)a.view({60}, {5});
    });
    EXPECT_TRUE(mentions("64")) << last_message_;
}

TEST_P(Arguments, an_element_outside_its_tensor) {
    expect_refused(ErrorCode::out_of_bounds, [&](Orchestrator& o) {
        const auto a = o.external(a_.data(), {8, 8});
        bad_line_ = __LINE__ + 1;
        (void)o.get(a, {0, 8});
    });
    expect_refused(ErrorCode::out_of_bounds, [&](Orchestrator& o) {
        const auto a = o.external(a_.data(), {8, 8});
        bad_line_ = __LINE__ + 1;
        o.set(a, {-1, 0}, 1.F);
    });
}

TEST_P(Arguments, an_element_with_too_few_indices_or_of_another_type) {
    for (const Shape& index : {Shape{1}, Shape{1, 1, 1}, Shape{}}) {
        const Caught result = refused([&](Orchestrator& o) {
            (void)o.get(o.external(a_.data(), {8, 8}), index);
        });
        EXPECT_TRUE(result.code == ErrorCode::invalid_argument || result.code == ErrorCode::out_of_bounds)
            << result.message;
        EXPECT_NE(result.line, 0U);
    }
    expect_refused(ErrorCode::type_mismatch, [&](Orchestrator& o) {
        const AnyTensor a = o.external(a_);
        bad_line_ = __LINE__ + 1;
        (void)o.get<double>(a, {0});
    });
}

TEST_P(Arguments, memory_that_reaches_past_the_end_of_the_address_space) {
    expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
        bad_line_ = __LINE__ + 1;
        (void)o.external(reinterpret_cast<float*>(UINTPTR_MAX - 63), {1024});
    });
}

TEST_P(Arguments, a_mistake_that_the_program_catches_costs_nothing) {
    std::fill(a_.begin(), a_.end(), 1.F);
    runtime_.run([&](Orchestrator& o) {
        const auto a = o.external(a_);
        const auto c = o.external(c_);
        const Scope scope{o};
        const auto sum = o.submit(add_, a, a, like(a)).output();
        EXPECT_EQ(caught([&] { o.submit(any_, TaskArgs{}); }).code, ErrorCode::invalid_argument);
        EXPECT_EQ(caught([&] { o.submit(any_, TaskArgs{}.add(a, Access::reduction, false)); }).code,
                  ErrorCode::unsupported);
        o.submit(add_, sum, a, c);
    });
    EXPECT_EQ(c_, std::vector<float>(64, 3.F));
}

}  // namespace
}  // namespace weir::test
