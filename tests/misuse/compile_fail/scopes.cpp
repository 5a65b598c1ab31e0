// SPDX-License-Identifier: Apache-2.0
// Scopes that must not compile: a scope that is thrown away closes before anything is in it.
#include <weir/weir.hpp>

// An expectation stays on the line of its case.
// clang-format off

void program(weir::Orchestrator& o) {
    const weir::Scope first{o};
    const weir::Scope second = o.scope(weir::Manual);

#if CASE == 1 // expect: (nodiscard|unused)
    o.scope();
#elif CASE == 2 // expect: (nodiscard|unused)
    o.scope(weir::Manual);
#elif CASE == 3 // expect: (nodiscard|unused|temporary)
    weir::Scope{o, weir::Manual};
#elif CASE == 4 // expect: (deleted|nodiscard|unused)
    weir::Scope third = first;
#elif CASE == 5 // expect: (deleted|nodiscard)
    weir::Scope third{o};
    third = weir::Scope{o};
#elif CASE == 6 // expect: (nodiscard|unused)
    o.external(static_cast<float*>(nullptr), weir::shape(4));
#elif CASE == 7 // expect: (nodiscard|unused)
    o.allocate<float>({4});
#endif
}
