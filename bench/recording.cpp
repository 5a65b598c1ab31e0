// SPDX-License-Identifier: Apache-2.0
// What recording a run costs: stencil_1d, 64 wide, not recorded and recorded at level 2, files not counted,
// the thread that writes events counted: core time of the whole process, for each task.
//
//   in_place   empty tasks on one thread
//   handed     empty tasks that are all handed over, on two threads
//   compute    tasks of ten microseconds on one thread
//
// What long kernels take varies by more than recording costs. So they measure themselves, and `outside_ns` is
// the core time of a task outside of its kernel, on whatever thread. Of many repetitions that alternate:
//   --benchmark_enable_random_interleaving=true --benchmark_repetitions=20 --benchmark_min_time=0.4
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <vector>

#include <weir/weir.hpp>

namespace {

using weir::In;
using weir::Out;
using Word = std::uint64_t;

constexpr std::size_t kWidth = 64;
constexpr std::size_t kWordsApart = 8;

/// Sixteen multiply-adds on each of 64 numbers for each unit.
void compute(double* numbers, int units) {
    for (int i = 0; i < 16 * units; ++i)
        for (int k = 0; k < 64; ++k) numbers[k] = numbers[k] * 0.5 + 0.5;
    benchmark::DoNotOptimize(numbers);
}

struct Kind {
    int threads;
    std::uint32_t declared_cost_ns;  ///< 0: learnt
    int units;                       ///< of work in a task; negative: as many as take kComputeSeconds
    int steps;                       ///< of 64 tasks
};
constexpr Kind kInPlace{1, 0, 0, 8'000};
constexpr Kind kHanded{2, 1'000'000, 0, 2'000};
constexpr Kind kCompute{1, 0, -1, 600};
constexpr double kComputeSeconds = 1e-5;

double core_seconds() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Of work that take kComputeSeconds: the fastest of some trials, once for the process.
int compute_units() {
    static const int units = [] {
        constexpr int kTrial = 1000;
        alignas(64) double numbers[64] = {};
        double least = 1;
        for (int trial = 0; trial < 100; ++trial) {
            const double start = core_seconds();
            compute(numbers, kTrial);
            least = std::min(least, core_seconds() - start);
        }
        return std::max(1, static_cast<int>(kTrial * kComputeSeconds / least));
    }();
    return units;
}

void stencil(benchmark::State& state, const Kind& kind, bool recorded) {
    weir::Runtime runtime({.threads = kind.threads});
    const int work = kind.units < 0 ? compute_units() : kind.units;
    std::chrono::nanoseconds kernel_time{0};  // of tasks on one thread
    const auto kernel = runtime.kernel("stencil",
                                       [units = work, &kernel_time](In<Word>, In<Word>, In<Word>, Out<Word>) {
                                           if (units == 0) return;
                                           const auto start = std::chrono::steady_clock::now();
                                           alignas(64) double numbers[64] = {};
                                           compute(numbers, units);
                                           kernel_time += std::chrono::steady_clock::now() - start;
                                       },
                                       {.cost_ns = kind.declared_cost_ns});
    std::vector<Word> memory(2 * kWidth * kWordsApart);
    weir::CallConfig config;
    const auto directory = std::filesystem::temp_directory_path() / "weir-bench-recording";
    if (recorded) {
        config.record_level = 2;  // no swimlane: the events are written, no file is made of them
        config.record_directory = directory.string();
    }
    double total = 0;
    for (auto _ : state) {
        double seconds = 0;
        runtime.run(
            [&](weir::Orchestrator& o) {
                const double start = core_seconds();
                std::vector<weir::Tensor<Word>> points;
                for (std::size_t i = 0; i < 2 * kWidth; ++i)
                    points.push_back(o.external(memory.data() + i * kWordsApart, weir::shape(1)));
                for (int step = 0; step < kind.steps; ++step) {
                    const std::size_t current = step % 2 == 0 ? 0 : kWidth;
                    const weir::Tensor<Word>* const before = points.data() + (kWidth - current);
                    for (std::size_t i = 0; i < kWidth; ++i)
                        o.submit(kernel, before[(i + kWidth - 1) % kWidth], before[i],
                                 before[(i + 1) % kWidth], points[current + i]);
                }
                // Waits for every task of the last step.
                for (std::size_t i = 0; i < 2 * kWidth; ++i) static_cast<void>(o.get(points[i], {0}));
                seconds = core_seconds() - start;
            },
            config);
        state.SetIterationTime(seconds);
        total += seconds;
    }
    const std::int64_t tasks = state.iterations() * kind.steps * static_cast<std::int64_t>(kWidth);
    state.SetItemsProcessed(tasks);
    state.counters["outside_ns"] =
        (1e9 * total - static_cast<double>(kernel_time.count())) / static_cast<double>(tasks);
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
