// SPDX-License-Identifier: Apache-2.0
// Submits that must not compile.
#include <weir/weir.hpp>

// An expectation stays on the line of its case.
// clang-format off

void program(weir::Runtime& runtime, weir::Orchestrator& o, std::vector<float>& data, std::vector<double>& wide) {
    const auto scale = runtime.kernel("scale", [](weir::In<float> x, weir::Out<float> y, float by) {
        y[0] = by * x[0];
    });
    const auto update = runtime.kernel("update", [](weir::InOut<float> x) { x[0] += 1; });
    const auto a = o.external(data);
    const auto w = o.external(wide);
    const weir::AnyTensor any = a;
    o.submit(scale, a, a, 2.F);
    o.submit(scale, any, weir::shape(4), 2.F, weir::priority(1));
    o.submit(scale, weir::no_dep(a), weir::no_dep(any), 2.F);
    o.submit(update, a);
    [[maybe_unused]] const weir::Task task = o.submit(update, a);
    (void)w;

#if CASE == 1 // expect: (no matching (member )?function|use of deleted function|deleted)
    o.submit(scale, w, a, 2.F); // wrong element type of an In
#elif CASE == 2 // expect: (no matching (member )?function|use of deleted function|deleted)
    o.submit(scale, a, w, 2.F); // wrong element type of an Out
#elif CASE == 3 // expect: (no matching (member )?function|use of deleted function|deleted)
    o.submit(update, w); // wrong element type of an InOut
#elif CASE == 4 // expect: no matching (member )?function
    o.submit(scale, weir::shape(4), a, 2.F); // a shape cannot be read
#elif CASE == 5 // expect: no matching (member )?function
    o.submit(update, weir::like(a)); // a shape cannot be read and written
#elif CASE == 6 // expect: no matching (member )?function
    o.submit(scale, a, a); // the scalar is missing
#elif CASE == 7 // expect: no matching (member )?function
    o.submit(update); // the tensor is missing
#elif CASE == 8 // expect: no matching (member )?function
    o.submit(update, a, a); // one tensor too many
#elif CASE == 9 // expect: no matching (member )?function
    o.submit(scale, a, a, 2.F, 3.F); // one scalar too many
#elif CASE == 10 // expect: no matching (member )?function
    o.submit(scale, a, a, a); // a tensor where a scalar belongs
#elif CASE == 11 // expect: no matching (member )?function
    o.submit(scale, 2.F, a, 2.F); // a scalar where a tensor belongs
#elif CASE == 12 // expect: no matching (member )?function
    o.submit(scale, data, a, 2.F); // a vector is no tensor
#elif CASE == 13 // expect: no matching (member )?function
    o.submit(scale, weir::no_dep(w), a, 2.F); // wrong element type without waiting
#elif CASE == 14 // expect: (no matching (member )?function|cannot convert|no viable conversion|conversion from)
    [[maybe_unused]] const weir::Tensor<double> result = o.submit(scale, a, weir::like(a), 2.F).output();
#elif CASE == 15 // expect: (no matching (member )?function|out.of.(range|bounds)|invalid index|tuple)
    [[maybe_unused]] const auto second = o.submit(update, a).output<1>(); // there is only one
#elif CASE == 16 // expect: (no matching (member )?function|cannot convert|no known conversion|no viable conversion)
    o.set(a, {0}, data); // no element
#elif CASE == 17 // expect: (no matching (member )?function|[Cc]onstraint)
    (void)o.get<std::string>(any, {0}); // no element type
#endif
}
