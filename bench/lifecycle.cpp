// SPDX-License-Identifier: Apache-2.0
//
// The states of tasks on one thread: a task with a number of producers from submit to release.
#include "scheduler/lifecycle.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <cstdlib>
#include <memory>

namespace {

using weir::DepEntry;
using weir::Lifecycle;
using weir::TaskEntry;
using weir::TaskSlot;

constexpr std::size_t kMostProducers = 8;

struct Task {
    TaskEntry entry{};
    TaskSlot slot{};

    void submit() {
        slot.entry = &entry;
        Lifecycle::submit(entry, slot, false);
    }
};

void finish(Lifecycle& lifecycle, Task& task, std::size_t& made_ready) {
    Lifecycle::start(task.slot);
    Lifecycle::complete(task.slot, [&](TaskSlot&) { ++made_ready; });
    lifecycle.release(task.slot);
}

/// Producers are submitted and published, a consumer is wired to all of them, then all complete.
void wire_and_complete(benchmark::State& state) {
    const auto producers = static_cast<std::size_t>(state.range(0));
    weir::IdleThreads idle(1);
    Lifecycle lifecycle(idle);
    std::array<DepEntry, kMostProducers> edges{};
    lifecycle.attach_pool(0, edges.data(), edges.size());
    const auto tasks = std::make_unique<std::array<Task, kMostProducers + 1>>();
    Task& consumer = (*tasks)[producers];
    std::size_t made_ready = 0;
    for (auto _ : state) {
        for (std::size_t i = 0; i < producers; ++i) {
            (*tasks)[i].submit();
            benchmark::DoNotOptimize(Lifecycle::publish((*tasks)[i].slot));
        }
        consumer.submit();
        consumer.slot.deps = edges.data();
        consumer.slot.dep_count = static_cast<std::uint32_t>(producers);
        for (std::size_t i = 0; i < producers; ++i) {
            edges[i].consumer = &consumer.slot;
            edges[i].owner = nullptr;
            if (!Lifecycle::wire((*tasks)[i].entry, edges[i])) std::abort();
        }
        if (Lifecycle::publish(consumer.slot)) std::abort();
        for (std::size_t i = 0; i < producers; ++i) finish(lifecycle, (*tasks)[i], made_ready);
        finish(lifecycle, consumer, made_ready);
    }
    const auto rounds = static_cast<std::size_t>(state.iterations());
    if (made_ready != rounds) state.SkipWithError("the consumer did not become ready once a round");
    state.SetItemsProcessed(static_cast<std::int64_t>(rounds * (producers + 1)));
}
BENCHMARK(wire_and_complete)->Arg(1)->Arg(3)->Arg(8);

}  // namespace
