// SPDX-License-Identifier: Apache-2.0
//
// The program that instructions.py runs under callgrind: N tasks of stencil_1d (3 in, 1 out, 64 wide) on a
// path that is the same in each run, so that its instructions can be counted.
//
//   tasks in_place N    one thread: each task runs where it is submitted
//   tasks shipped N     two threads: the worker sleeps inside the first task until all others are submitted,
//   then
//                       runs them all while the submitting thread sleeps. No thread waits by spinning
//                       meanwhile.
//
//   tasks in_place_recorded N, tasks shipped_recorded N
//                       the same, recorded at level 2 in the directory $WEIR_RECORD
//
//   tasks scoped N      one thread: N scopes, each of a step of 64 tasks that run where they are submitted
//   tasks recorded N    the same with the scopes recorded in the directory $WEIR_RECORD
//
//   tasks chip_short N, tasks chip_long N
//                       the chip a2a3 without compute, kernels of 10 us, of 1 ms
//
// Only `submit_tasks`, `submit_scopes` are collected for the cost of submitting.
#include <cstdio>
#include <cstdlib>
#include <semaphore>
#include <string_view>
#include <vector>

#include <weir/weir.hpp>

namespace {

using weir::In;
using weir::Orchestrator;
using weir::Out;
using Word = std::uint64_t;
using Tensors = std::vector<weir::Tensor<Word>>;

constexpr std::size_t kWidth = 64;
constexpr std::size_t kWordsApart = 8;

using Stencil = weir::Kernel<In<Word>, In<Word>, In<Word>, Out<Word>>;

/// Named in the callgrind command line.
extern "C" [[gnu::noinline]] void submit_tasks(Orchestrator& o, const Stencil& stencil,
                                               const Tensors& tensors, std::uint64_t count) {
    for (std::uint64_t task = 0; task < count; ++task) {
        const std::size_t current = task / kWidth % 2 * kWidth;
        const std::size_t previous = kWidth - current;
        const std::size_t i = task % kWidth;
        const std::size_t left = i == 0 ? kWidth - 1 : i - 1;
        const std::size_t right = i + 1 == kWidth ? 0 : i + 1;
        o.submit(stencil, tensors[previous + left], tensors[previous + i], tensors[previous + right],
                 tensors[current + i]);
    }
}

/// As above.
extern "C" [[gnu::noinline]] void submit_scopes(Orchestrator& o, const Stencil& stencil,
                                                const Tensors& tensors, std::uint64_t count) {
    for (std::uint64_t scope = 0; scope < count; ++scope) {
        const weir::Scope opened{o};
        submit_tasks(o, stencil, tensors, kWidth);
    }
}

Tensors make_tensors(Orchestrator& o, std::vector<Word>& memory) {
    Tensors tensors;
    for (std::size_t i = 0; i < 2 * kWidth; ++i)
        tensors.push_back(o.external(memory.data() + i * kWordsApart, weir::shape(1)));
    return tensors;
}

weir::RuntimeConfig configuration(int threads) {
    weir::RuntimeConfig config;
    config.threads = threads;
    config.runtime_env.ring_dep_pool = 1U << 18U;  // no submit is held back
    return config;
}

weir::CallConfig recording(bool recorded) {
    weir::CallConfig config;
    config.enable_swimlane = recorded;
    if (recorded) config.record_directory = std::getenv("WEIR_RECORD");
    return config;
}

void run_in_place(std::uint64_t count, bool recorded) {
    weir::Runtime runtime(configuration(1));
    const Stencil stencil = runtime.kernel("stencil", [](In<Word>, In<Word>, In<Word>, Out<Word>) {});
    std::vector<Word> memory(2 * kWidth * kWordsApart);
    runtime.run([&](Orchestrator& o) { submit_tasks(o, stencil, make_tensors(o, memory), count); },
                recording(recorded));
}

void run_scopes(std::uint64_t count, bool recorded) {
    weir::Runtime runtime(configuration(1));
    const Stencil stencil = runtime.kernel("stencil", [](In<Word>, In<Word>, In<Word>, Out<Word>) {});
    std::vector<Word> memory(2 * kWidth * kWordsApart);
    weir::CallConfig config;
    config.enable_scope_stats = recorded;
    if (recorded) config.record_directory = std::getenv("WEIR_RECORD");
    runtime.run([&](Orchestrator& o) { submit_scopes(o, stencil, make_tensors(o, memory), count); }, config);
}

void run_shipped(std::uint64_t count, bool recorded) {
    constexpr weir::KernelOptions kLong{1'000'000'000};
    std::counting_semaphore<kWidth> open{0};
    std::binary_semaphore done{0};
    std::uint64_t ran = 0;
    weir::Runtime runtime(configuration(2));
    const auto gate = runtime.kernel(
        "gate", [&](Out<Word>) { open.acquire(); }, kLong);
    const Stencil stencil = runtime.kernel(
        "stencil",
        [&](In<Word>, In<Word>, In<Word>, Out<Word>) {
            if (++ran == count) done.release();
        },
        kLong);
    std::vector<Word> memory(2 * kWidth * kWordsApart);
    runtime.run(
        [&](Orchestrator& o) {
            const Tensors tensors = make_tensors(o, memory);
            // Every task of the first step reads one of these, so none is ready before the gate opens.
            for (std::size_t i = kWidth; i < 2 * kWidth; ++i) o.submit(gate, tensors[i]);
            submit_tasks(o, stencil, tensors, count);
            open.release(kWidth);
            done.acquire();
        },
        recording(recorded));
}

void run_chip(std::uint64_t count, std::uint32_t kernel_ns) {
    weir::RuntimeConfig config;
    config.platform = "a2a3sim";
    config.chip.compute = false;
    weir::Runtime runtime(config);
    const Stencil stencil =
        runtime.kernel("stencil", [](In<Word>, In<Word>, In<Word>, Out<Word>) {}, {.cost_ns = kernel_ns});
    std::vector<Word> memory(2 * kWidth * kWordsApart);
    runtime.run([&](Orchestrator& o) { submit_tasks(o, stencil, make_tensors(o, memory), count); });
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view path = argc == 3 ? argv[1] : "";
    const std::uint64_t count = argc == 3 ? std::strtoull(argv[2], nullptr, 10) : 0;
    if (count != 0 && path.starts_with("in_place"))
        run_in_place(count, path == "in_place_recorded");
    else if (count != 0 && path.starts_with("shipped"))
        run_shipped(count, path == "shipped_recorded");
    else if (count != 0 && (path == "scoped" || path == "recorded"))
        run_scopes(count, path == "recorded");
    else if (count != 0 && (path == "chip_short" || path == "chip_long"))
        run_chip(count, path == "chip_long" ? 1'000'000 : 10'000);
    else {
        std::fprintf(
            stderr,
            "usage: %s in_place[_recorded]|shipped[_recorded]|scoped|recorded|chip_short|chip_long N\n",
            argv[0]);
        return 2;
    }
}
