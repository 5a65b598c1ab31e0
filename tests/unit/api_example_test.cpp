// SPDX-License-Identifier: Apache-2.0
// The first programs that a user writes.
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include <weir/weir.hpp>

namespace weir {
namespace {

void add_vectors(In<float> a, In<float> b, Out<float> c) {
    for (std::size_t i = 0; i < c.size(); ++i) c[i] = a[i] + b[i];
}

class Example : public testing::TestWithParam<int> {
protected:
    Runtime runtime_{{.platform = "cpu", .threads = GetParam()}};
};
INSTANTIATE_TEST_SUITE_P(threads, Example, testing::Values(1, 2, 4));

TEST_P(Example, ten_lines_add_three_vectors_through_a_tensor_of_the_runtime) {
    std::vector<float> a(16384, 2.F), b(16384, 3.F), f(16384);
    auto add_kernel = runtime_.kernel("add", add_vectors);
    const RunResult result = runtime_.run([&](Orchestrator& o) {
        auto A = o.external(a), B = o.external(b), F = o.external(f);
        Scope scope{o};
        auto C = o.submit(add_kernel, A, B, like(A)).output();
        o.submit(add_kernel, C, B, F);
    });
    EXPECT_EQ(f, std::vector<float>(16384, 8.F));
    EXPECT_EQ(result.tasks, 2U);
    EXPECT_EQ(runtime_.threads(), GetParam());
}

TEST_P(Example, vector_program_gives_47_for_2_and_3) {
    std::vector<float> a(1024, 2.F), b(1024, 3.F), f(1024);
    const auto sum = runtime_.kernel("add", add_vectors);
    const auto add_scalar = runtime_.kernel("add_scalar", [](In<float> in, Out<float> out, float value) {
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = in[i] + value;
    });
    const auto multiply = runtime_.kernel("multiply", [](In<float> x, In<float> y, Out<float> out) {
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = x[i] * y[i];
    });
    runtime_.run([&](Orchestrator& o) {
        const auto A = o.external(a);
        const auto B = o.external(b);
        const auto F = o.external(f);
        const Scope scope{o};
        const auto C = o.submit(sum, A, B, like(A)).output();
        const auto D = o.submit(add_scalar, C, like(C), 1.F).output();
        const auto E = o.submit(add_scalar, C, like(C), 2.F).output();
        const auto G = o.submit(multiply, D, E, like(D)).output();
        o.submit(sum, G, C, F);
    });
    EXPECT_EQ(f, std::vector<float>(1024, 47.F));
}

TEST_P(Example, kernels_may_be_functions_lambdas_and_function_objects_with_and_without_task_info) {
    struct Scale {
        std::int32_t factor;
        void operator()(InOut<std::int32_t> x) const {
            for (auto& value : x) value *= factor;
        }
    };
    std::vector<std::int32_t> data(8);
    std::iota(data.begin(), data.end(), 1);
    std::string seen_name;
    std::uint64_t seen_id = 0;
    const auto scale = runtime_.kernel("scale", Scale{3});
    const auto shift =
        runtime_.kernel("shift", [&](InOut<std::int32_t> x, std::int32_t by, const TaskInfo& task) {
            seen_name = task.kernel_name();
            seen_id = task.id();
            EXPECT_FALSE(task.stop_requested());
            for (auto& value : x.span()) value += by;
        });
    const auto check = runtime_.kernel("check", [](In<std::int32_t> x) -> int { return x[0] == 5 ? 0 : 1; });
    std::uint64_t id = 0;
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data);
        o.submit(scale, x);
        id = o.submit(shift, x, 2).id();
        o.submit(check, x);
    });
    EXPECT_EQ(data, (std::vector<std::int32_t>{5, 8, 11, 14, 17, 20, 23, 26}));
    EXPECT_EQ(seen_name, "shift");
    EXPECT_EQ(seen_id, id);
}

TEST_P(Example, accessors_show_geometry_and_elements_of_strided_tensors) {
    std::vector<double> matrix(6 * 8);
    std::iota(matrix.begin(), matrix.end(), 0.0);
    const auto look = runtime_.kernel("look", [](In<double> x, Out<double> y) {
        EXPECT_EQ(x.ndim(), 2);
        EXPECT_EQ(x.size(), 6U);
        EXPECT_EQ(x.extent(0), 3);
        EXPECT_EQ(x.extent(1), 2);
        EXPECT_EQ(x.stride(0), 16);
        EXPECT_EQ(x.stride(1), 1);
        EXPECT_FALSE(x.is_contiguous());
        EXPECT_TRUE(y.is_contiguous());
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 2; ++j) y(i, j) = x(i, j);
    });
    std::vector<double> copy(6);
    runtime_.run([&](Orchestrator& o) {
        const auto part = o.external(matrix.data(), {6, 8}).slice(0, 1, 6, 2).view({0, 5}, {3, 2});
        o.submit(look, part, o.external(copy.data(), {3, 2}));
    });
    EXPECT_EQ(copy, (std::vector<double>{13, 14, 29, 30, 45, 46}));
}

TEST_P(Example, a_chain_through_many_temporaries_in_short_scopes_adds_up) {
    std::vector<std::int64_t> total(1);
    const auto make = runtime_.kernel("make", [](Out<std::int64_t> out, std::int64_t value) {
        for (auto& x : out) x = value;
    });
    const auto accumulate = runtime_.kernel("accumulate", [](In<std::int64_t> in, InOut<std::int64_t> sum) {
        sum[0] = (sum[0] * 31 + std::accumulate(in.begin(), in.end(), std::int64_t{0})) % 1'000'003;
    });
    std::int64_t expected = 0;
    runtime_.run([&](Orchestrator& o) {
        const auto sum = o.external(total);
        for (std::int64_t i = 0; i < 500; ++i) {
            const Scope scope{o};
            const auto made = o.submit(make, shape(4, 5), i).output();
            EXPECT_EQ(made.ndim(), 2);
            EXPECT_EQ(made.size(), 20);
            o.submit(accumulate, made, sum);
            expected = (expected * 31 + 20 * i) % 1'000'003;
        }
    });
    EXPECT_EQ(total[0], expected);
}

}  // namespace
}  // namespace weir
