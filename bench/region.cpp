// SPDX-License-Identifier: Apache-2.0
//
// Geometry: what it costs to normalize a tile of a matrix, and to find out whether two views share a byte.
#include "model/region.hpp"

#include <benchmark/benchmark.h>

#include <array>

namespace {

using weir::Region;
using weir::RegionAxis;

constexpr std::uintptr_t kBase = 0x10000000;
constexpr std::int64_t kRowBytes = 8 * 4096;

Region tile(std::int64_t row, std::int64_t column, std::int64_t rows, std::int64_t columns) {
    const std::array<RegionAxis, 2> axes{{{rows, kRowBytes}, {columns, 8}}};
    return weir::normalize(kBase + static_cast<std::uintptr_t>(row * kRowBytes + column * 8), 8, axes);
}

void normalize_tile(benchmark::State& state) {
    std::int64_t row = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(row);
        benchmark::DoNotOptimize(tile(row, 64, 64, 64));
    }
}
BENCHMARK(normalize_tile);

void compare(benchmark::State& state, const Region& left, const Region& right) {
    Region a = left;
    Region b = right;
    for (auto _ : state) {
        benchmark::DoNotOptimize(a);
        benchmark::DoNotOptimize(b);
        benchmark::DoNotOptimize(weir::overlaps(a, b));
    }
}
void tiles_side_by_side(benchmark::State& state) { compare(state, tile(0, 0, 64, 64), tile(0, 64, 64, 64)); }
void tiles_shifted_by_one(benchmark::State& state) { compare(state, tile(0, 0, 64, 64), tile(1, 1, 64, 64)); }
BENCHMARK(tiles_side_by_side);
BENCHMARK(tiles_shifted_by_one);

/// Two views with three steps each that interleave without a common byte.
void interleaved_columns(benchmark::State& state) {
    const std::array<RegionAxis, 3> axes{{{16, 16 * kRowBytes}, {8, kRowBytes}, {64, 64}}};
    compare(state, weir::normalize(kBase, 8, axes), weir::normalize(kBase + 8, 8, axes));
}
BENCHMARK(interleaved_columns);

void covers_tile(benchmark::State& state) {
    Region outer = tile(0, 0, 128, 128);
    Region inner = tile(64, 64, 64, 64);
    for (auto _ : state) {
        benchmark::DoNotOptimize(outer);
        benchmark::DoNotOptimize(inner);
        benchmark::DoNotOptimize(weir::covers(outer, inner));
    }
}
BENCHMARK(covers_tile);

}  // namespace
