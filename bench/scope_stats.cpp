// SPDX-License-Identifier: Apache-2.0
// What recording the scopes of a run costs: stencil_1d, 64 wide, each step in a scope of its own, so 64 tasks
// a scope; not recorded and recorded.
//
//   in_place   empty tasks on one thread: a few nanoseconds each, so a scope is short and its recording shows
//   handed     empty tasks that are all handed over, on two threads
//   compute    tasks of about a microsecond on one thread, as `weir run task_bench --set iterations=16`
#include <benchmark/benchmark.h>

#include <cstdint>
#include <filesystem>
#include <vector>

#include <weir/weir.hpp>

namespace {

using weir::In;
using weir::Out;
using Word = std::uint64_t;

constexpr std::size_t kWidth = 64;
constexpr std::size_t kWordsApart = 8;
constexpr int kStepsPerRun = 4'000;

/// Sixteen multiply-adds on each of 64 numbers for each unit.
void compute(double* numbers, int units) {
    for (int i = 0; i < 16 * units; ++i)
        for (int k = 0; k < 64; ++k) numbers[k] = numbers[k] * 0.5 + 0.5;
    benchmark::DoNotOptimize(numbers);
}

struct Kind {
    int threads;
    std::uint32_t declared_cost_ns;  ///< 0: learnt
    int units;                       ///< of work in a task
};
constexpr Kind kInPlace{1, 0, 0};
constexpr Kind kHanded{2, 1'000'000, 0};
constexpr Kind kCompute{1, 0, 1};

void stencil(benchmark::State& state, const Kind& kind, bool recorded) {
    weir::Runtime runtime({.threads = kind.threads});
    const auto kernel = runtime.kernel("stencil",
                                       [units = kind.units](In<Word>, In<Word>, In<Word>, Out<Word>) {
                                           alignas(64) double numbers[64] = {};
                                           if (units != 0) compute(numbers, units);
                                       },
                                       {.cost_ns = kind.declared_cost_ns});
    std::vector<Word> memory(2 * kWidth * kWordsApart);
    weir::CallConfig config;
    config.enable_scope_stats = recorded;
    const auto directory = std::filesystem::temp_directory_path() / "weir-bench-scope-stats";
    if (recorded) config.record_directory = directory.string();
    for (auto _ : state) {
        const weir::RunResult result = runtime.run(
            [&](weir::Orchestrator& o) {
                std::vector<weir::Tensor<Word>> points;
                for (std::size_t i = 0; i < 2 * kWidth; ++i)
                    points.push_back(o.external(memory.data() + i * kWordsApart, weir::shape(1)));
                for (int step = 0; step < kStepsPerRun; ++step) {
                    const weir::Scope scope{o};
                    const std::size_t current = step % 2 == 0 ? 0 : kWidth;
                    const weir::Tensor<Word>* const before = points.data() + (kWidth - current);
                    for (std::size_t i = 0; i < kWidth; ++i)
                        o.submit(kernel, before[(i + kWidth - 1) % kWidth], before[i],
                                 before[(i + 1) % kWidth], points[current + i]);
                }
            },
            config);
        state.SetIterationTime(std::chrono::duration<double>(result.elapsed).count());
    }
    state.SetItemsProcessed(state.iterations() * kStepsPerRun);
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
}

BENCHMARK_CAPTURE(stencil, in_place / off, kInPlace, false)->UseManualTime();
BENCHMARK_CAPTURE(stencil, in_place / recorded, kInPlace, true)->UseManualTime();
BENCHMARK_CAPTURE(stencil, handed / off, kHanded, false)->UseManualTime();
BENCHMARK_CAPTURE(stencil, handed / recorded, kHanded, true)->UseManualTime();
BENCHMARK_CAPTURE(stencil, compute / off, kCompute, false)->UseManualTime();
BENCHMARK_CAPTURE(stencil, compute / recorded, kCompute, true)->UseManualTime();

}  // namespace
