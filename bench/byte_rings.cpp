// SPDX-License-Identifier: Apache-2.0
//
// Space taken and given back: a block of the heap, a task's arguments in the payload ring, four entries of
// the dependency pool. A window of tasks stays in flight, so that the rings wrap.
#include "memory/byte_ring.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <vector>

#include "memory/task_entry.hpp"

namespace {

constexpr std::size_t kInFlight = 64;

/// Positions of the last tasks, oldest first, over and over.
class Window {
public:
    /// Enters the position behind a new task; the result is the one behind the oldest.
    std::uint64_t exchange(std::uint64_t position) {
        const std::uint64_t oldest = positions_[next_];
        positions_[next_] = position;
        next_ = (next_ + 1) % kInFlight;
        return oldest;
    }

private:
    std::array<std::uint64_t, kInFlight> positions_{};
    std::size_t next_ = 0;
};

void heap_block(benchmark::State& state) {
    constexpr std::uint64_t kBytes = 1U << 20U;
    std::vector<std::byte> memory(2 * kBytes);
    weir::HeapRing ring;
    ring.attach(memory.data(), kBytes, kBytes);
    Window window;
    for (auto _ : state) {
        benchmark::DoNotOptimize(ring.take(weir::HeapRing::round_up(1000)));
        ring.free_until(window.exchange(ring.head()));
    }
}
BENCHMARK(heap_block);

void payload_of_four_tensors(benchmark::State& state) {
    constexpr std::uint64_t kBytes = 1U << 16U;
    constexpr std::uint64_t kTask = 4 * 48 + 8;
    std::vector<std::uint64_t> memory(kBytes / 8);
    weir::PayloadRing ring;
    ring.attach(reinterpret_cast<std::byte*>(memory.data()), kBytes);
    Window window;
    for (auto _ : state) {
        benchmark::DoNotOptimize(ring.fits(kTask));
        benchmark::DoNotOptimize(ring.take(kTask));
        ring.free_until_low(static_cast<std::uint32_t>(window.exchange(ring.head())));
    }
}
BENCHMARK(payload_of_four_tensors);

void four_dep_entries(benchmark::State& state) {
    std::vector<weir::DepEntry> memory(1000);
    weir::EntryRing<weir::DepEntry> ring;
    ring.attach(memory.data(), memory.size());
    Window window;
    for (auto _ : state) {
        benchmark::DoNotOptimize(ring.fits(4));
        for (int i = 0; i < 4; ++i) benchmark::DoNotOptimize(ring.take());
        ring.free_until(window.exchange(ring.head()));
    }
}
BENCHMARK(four_dep_entries);

}  // namespace
