// SPDX-License-Identifier: Apache-2.0
// Tensors and kernels that must not compile.
#include <weir/weir.hpp>

// An expectation stays on the line of its case.
// clang-format off

void kernels(weir::Runtime& runtime) {
    [[maybe_unused]] const auto good = runtime.kernel(
        "good", [](weir::In<float> x, weir::Out<double> y, int n, const weir::TaskInfo&) { y[0] = x[0] + n; });
    [[maybe_unused]] const auto status = runtime.kernel("status", [](weir::InOut<bool>) -> int { return 0; });

#if CASE == 1 // expect: ([Cc]onstraint|template argument)
    weir::Tensor<const float>* tensor = nullptr; // directions say who may write
    (void)tensor;
#elif CASE == 2 // expect: ([Cc]onstraint|template argument)
    weir::In<std::string>* accessor = nullptr; // no element type
    (void)accessor;
#elif CASE == 3 // expect: a kernel takes at least one In<T>, Out<T> or InOut<T>
    runtime.kernel("no_tensor", [](int n) { (void)n; });
#elif CASE == 4 // expect: (a kernel's parameters are In<T>, Out<T>, InOut<T> and scalars|a kernel takes at least one)
    runtime.kernel("vector", [](weir::In<float>, std::vector<float>) {});
#elif CASE == 5 // expect: (a kernel's parameters are In<T>, Out<T>, InOut<T> and scalars|a kernel takes at least one)
    runtime.kernel("tensor", [](weir::In<float>, weir::Tensor<float>&) {});
#elif CASE == 6 // expect: a kernel returns void or an int status
    runtime.kernel("returns", [](weir::Out<float>) { return 1.0; });
#elif CASE == 7 // expect: (read-only|read only|const)
    runtime.kernel("writes_input", [](weir::In<float> x) { x[0] = 1; });
#elif CASE == 8 // expect: (read-only|read only|const)
    runtime.kernel("writes_input", [](weir::In<float> x, weir::Out<float>) { x(0, 0) = 1; });
#elif CASE == 9 // expect: (is not a member of 'void|is not a member of ‘void|cannot be used prior to '::')
    runtime.kernel("mutable", [n = 0](weir::Out<float> y) mutable { y[0] = static_cast<float>(n++); });
#elif CASE == 10 // expect: (cannot resolve address of overloaded function|reference to overloaded function)
    runtime.kernel("generic", [](auto x) { (void)x; });
#elif CASE == 11 // expect: a kernel takes at most 16 scalars
    runtime.kernel("scalars", [](weir::In<float>, int, int, int, int, int, int, int, int, int, int, int, int, int, int,
                                 int, int, int) {});
#endif
}

#if CASE == 12 // expect: (deleted|private)
weir::Orchestrator copy(weir::Orchestrator& o) { return o; }
#elif CASE == 13 // expect: (deleted|private)
weir::Runtime copy(weir::Runtime& runtime) { return runtime; }
#endif
