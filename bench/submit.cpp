// SPDX-License-Identifier: Apache-2.0
//
// A submit through the typed public interface: of a short task, which runs in place, and of one that is
// handed to another thread. What is measured is the submitting loop.
#include <benchmark/benchmark.h>

#include <weir/weir.hpp>

#include <vector>

namespace {

using weir::In;
using weir::InOut;
using weir::Orchestrator;
using weir::Out;
using Word = std::uint64_t;

constexpr std::size_t kWordsApart = 8;
constexpr std::size_t kData = 64;

/// Writes data after data, each from its three predecessors.
void submit_stencil(benchmark::State& state, const weir::KernelOptions& options) {
    weir::RuntimeConfig config;
    config.threads = 2;
    weir::Runtime runtime(config);
    const auto kernel = runtime.kernel(
        "stencil", [](In<Word>, In<Word>, In<Word>, Out<Word> out) { benchmark::DoNotOptimize(out.data()); },
        options);
    std::vector<Word> memory(kData * kWordsApart);
    runtime.run([&](Orchestrator& o) {
        std::vector<weir::Tensor<Word>> data;
        for (std::size_t i = 0; i < kData; ++i)
            data.push_back(o.external(memory.data() + i * kWordsApart, weir::shape(1)));
        std::size_t i = 0;
        for (auto _ : state) {
            o.submit(kernel, data[i], data[(i + 1) % kData], data[(i + 2) % kData], data[(i + 3) % kData]);
            i = (i + 1) % kData;
        }
    });
}
void submit_in_place(benchmark::State& state) { submit_stencil(state, {}); }
void submit_shipped(benchmark::State& state) {
    constexpr std::uint32_t kLongNs = 1'000'000'000;
    submit_stencil(state, {kLongNs});
}
BENCHMARK(submit_in_place)->UseRealTime();
BENCHMARK(submit_shipped)->UseRealTime();

/// A run of one task, from call to return.
void run_of_one_task(benchmark::State& state) {
    weir::Runtime runtime;
    const auto kernel = runtime.kernel("increment", [](InOut<Word> value) { ++value[0]; });
    Word value = 0;
    for (auto _ : state)
        runtime.run([&](Orchestrator& o) { o.submit(kernel, o.external(&value, weir::shape(1))); });
    if (value != static_cast<Word>(state.iterations())) state.SkipWithError("not every task ran once");
}
BENCHMARK(run_of_one_task)->UseRealTime();

}  // namespace
