// SPDX-License-Identifier: Apache-2.0
// The example of the README, built against an installed Weir; the result is checked.
#include <cstddef>
#include <cstdio>
#include <vector>
#include <weir/weir.hpp>

void add(weir::In<float> a, weir::In<float> b, weir::Out<float> c) {
    for (std::size_t i = 0; i < c.size(); ++i) c[i] = a[i] + b[i];
}

int main() {
    std::vector<float> a(16384, 2.f), b(16384, 3.f), f(16384);
    weir::Runtime runtime{{.platform = "cpu", .threads = 2}};
    auto add_kernel = runtime.kernel("add", add);
    runtime.run([&](weir::Orchestrator& o) {
        auto A = o.external(a), B = o.external(b), F = o.external(f);
        weir::Scope scope{o};
        auto C = o.submit(add_kernel, A, B, weir::like(A)).output();
        o.submit(add_kernel, C, B, F);
    });
    for (std::size_t i = 0; i < f.size(); ++i) {
        if (f[i] != 8.f) {
            std::printf("f[%zu] is %g, expected 8\n", i, static_cast<double>(f[i]));
            return 1;
        }
    }
    std::puts("consumer: 16384 elements are right");
    return 0;
}
