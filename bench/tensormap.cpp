// SPDX-License-Identifier: Apache-2.0
//
// What the TensorMap adds to a submit: locate, conflicts and record for the arguments of one task, while
// every earlier task is still in flight.
#include "deps/tensormap.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <source_location>
#include <vector>

namespace {

using weir::EntryIndex;
using weir::detail::TaskRef;
using weir::detail::TensorRecord;

constexpr std::uint64_t kWindow = 1U << 14U;
constexpr std::uint64_t kEntries = 1U << 16U;

/// A map over rings of tasks that never complete.
class Map {
public:
    Map()
        : entries_(kWindow),
          slots_(kWindow),
          pool_(kEntries * sizeof(weir::TensorMapEntry)),
          buckets_(kEntries) {
        for (int ring = 0; ring < weir::kRings; ++ring) {
            rings_[static_cast<std::size_t>(ring)].attach(ring, entries_.data(), kWindow, slots_.data(),
                                                          kWindow, 1);
        }
        map_.attach(reinterpret_cast<weir::TensorMapEntry*>(pool_.data()), kEntries, buckets_.data(),
                    kEntries, rings_);
    }

    /// The share of a submit: returns how many tasks it would have to wait for.
    std::uint64_t access(const TensorRecord& record, std::uint64_t key, std::uint64_t number, bool writes) {
        if (!map_.reserve(weir::TensorMap::entries_needed(record))) std::abort();
        const EntryIndex region = map_.locate(record, key, 0);
        std::uint64_t found = 0;
        map_.conflicts(region, writes, [&](TaskRef) { ++found; });
        map_.record(region, TaskRef(0, number), writes, true);
        return found;
    }

private:
    std::vector<weir::TaskEntry> entries_;
    std::vector<weir::TaskSlot> slots_;
    std::vector<std::byte> pool_;  // zeroed, as the arena is
    std::vector<EntryIndex> buckets_;
    std::array<weir::TaskRing, weir::kRings> rings_;
    weir::TensorMap map_;
};

struct Argument {
    TensorRecord record;
    std::uint64_t key;
};

Argument argument(const TensorRecord& record) { return {record, weir::detail::geometry_key(record)}; }

TensorRecord row_major(double* data, const weir::Shape& shape) {
    return weir::detail::row_major_record(reinterpret_cast<std::byte*>(data), weir::DType::f64, shape,
                                          std::source_location::current());
}

/// Three reads and a write of 64 points in two buffers, as stencil_1d has them.
void stencil_task(benchmark::State& state) {
    constexpr std::size_t kPoints = 64;
    std::vector<double> memory(2 * kPoints * 8);
    std::vector<Argument> points;
    for (std::size_t i = 0; i < 2 * kPoints; ++i)
        points.push_back(argument(row_major(memory.data() + i * 8, weir::shape(1))));
    const auto map = std::make_unique<Map>();
    std::uint64_t number = 0;
    std::uint64_t found = 0;
    for (auto _ : state) {
        const std::size_t i = 1 + number % (kPoints - 2);
        const std::size_t step = number / (kPoints - 2) % 2;
        ++number;
        for (std::size_t near = i - 1; near <= i + 1; ++near) {
            const Argument& read = points[(1 - step) * kPoints + near];
            found += map->access(read.record, read.key, number, false);
        }
        const Argument& written = points[step * kPoints + i];
        found += map->access(written.record, written.key, number, true);
    }
    benchmark::DoNotOptimize(found);
    state.counters["conflicts"] = static_cast<double>(found) / static_cast<double>(number);
}
BENCHMARK(stencil_task);

/// An update of one tile after the other of a matrix of 60 x 60 tiles, each a strided view of it.
void update_of_a_tile(benchmark::State& state) {
    constexpr std::size_t kTiles = 60;
    constexpr std::size_t kTileOrder = 8;
    constexpr std::size_t kOrder = kTiles * kTileOrder;
    std::vector<double> memory(kOrder * kOrder);
    std::vector<Argument> tiles;
    for (std::size_t i = 0; i < kTiles * kTiles; ++i) {
        double* const data = memory.data() + i / kTiles * kTileOrder * kOrder + i % kTiles * kTileOrder;
        TensorRecord record = row_major(data, weir::shape(kTileOrder, kTileOrder));
        record.axes[0].stride = kOrder;
        record.contiguous = 0;
        tiles.push_back(argument(record));
    }
    const auto map = std::make_unique<Map>();
    std::uint64_t number = 0;
    for (auto _ : state) {
        const Argument& tile = tiles[number % tiles.size()];
        ++number;
        benchmark::DoNotOptimize(map->access(tile.record, tile.key, number, true));
    }
}
BENCHMARK(update_of_a_tile);

}  // namespace
