// SPDX-License-Identifier: Apache-2.0
// For ring_count_test.py, which compiles it with another number of rings: sizes, scopes and messages follow
// the constant. Prints what does not; exit status 1.
#include <cstdlib>

#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <vector>

#include <weir/weir.hpp>

namespace {

int failures = 0;

void expect(bool holds, const char* what) {
    if (holds) return;
    std::printf("%s\n", what);
    ++failures;
}

}  // namespace

int main() {
    static_assert(weir::kRings == 5, "the constant of the copy");
    weir::RuntimeConfig config{.threads = 2};
    config.runtime_env.ring_heap = {1U << 20U, 1U << 20U, 1U << 20U, 1U << 20U, 3U << 20U};
    weir::Runtime runtime{config};
    expect(runtime.sizes().ring_heap.per_ring[4] == 3U << 20U, "the last ring's heap is not as asked for");

    const auto fill =
        runtime.kernel("fill", [](weir::Out<float> y) { y[0] = 1; }, {.cost_ns = 1'000'000'000});
    std::vector<float> data(weir::kRings + 2);
    const weir::RunResult result = runtime.run([&](weir::Orchestrator& o) {
        const auto all = o.external(data);
        std::vector<std::unique_ptr<weir::Scope>> scopes;
        for (std::uint32_t depth = 0; depth < data.size(); ++depth) {
            o.submit(fill, all.view({depth}, {1}));
            scopes.push_back(std::make_unique<weir::Scope>(o));
        }
        while (!scopes.empty()) scopes.pop_back();
    });
    for (std::size_t ring = 0; ring < weir::kRings; ++ring)
        expect(result.peaks.task_window[ring] != 0, "a ring has had no task");
    for (const float value : data) expect(value == 1, "a task has not run");

    // Told of on the standard error: one value is missing.
    setenv("PTO2_RING_HEAP", "1024,1024,1024,1024", 1);
    const weir::Runtime warned{weir::RuntimeConfig{.threads = 1}};
    return failures == 0 ? 0 : 1;
}
