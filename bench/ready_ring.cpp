// SPDX-License-Identifier: Apache-2.0
//
// A ready task through its thread's ring: pushed and taken by the same thread, and taken by another one.
#include "scheduler/ready_ring.hpp"

#include <benchmark/benchmark.h>

#include <atomic>
#include <thread>
#include <vector>

namespace {

constexpr std::uint64_t kSlots = 1024;

class Ring {
public:
    Ring() : slots_(kSlots) { ring_.attach(slots_.data(), kSlots); }
    weir::ReadyRing* operator->() { return &ring_; }

private:
    std::vector<weir::sync::Atomic<weir::TaskSlot*>> slots_;
    weir::ReadyRing ring_;
};

void push_and_take(benchmark::State& state) {
    Ring ring;
    weir::TaskSlot task{};
    for (auto _ : state) {
        benchmark::DoNotOptimize(ring->push(task));
        benchmark::DoNotOptimize(ring->take());
    }
}
BENCHMARK(push_and_take);

/// Nanoseconds a task while another thread takes what this one pushes; a full ring is waited for.
void push_for_another_thread(benchmark::State& state) {
    Ring ring;
    weir::TaskSlot task{};
    std::atomic<bool> end{false};
    std::thread taker([&] {
        // Relaxed: says only that nothing more comes.
        while (!end.load(std::memory_order_relaxed)) benchmark::DoNotOptimize(ring->take());
    });
    for (auto _ : state) {
        while (!ring->push(task)) std::this_thread::yield();
    }
    end.store(true, std::memory_order_relaxed);  // as above
    taker.join();
}
BENCHMARK(push_for_another_thread)->UseRealTime();

}  // namespace
