// SPDX-License-Identifier: Apache-2.0
#include "config/sizes.hpp"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include <weir/error.hpp>
#include <weir/kernel.hpp>

namespace weir {

namespace {

constexpr std::uint64_t kSmallestWindow = 4;
constexpr std::uint64_t kSmallestHeap = 1024;
constexpr std::uint64_t kLargestDepPool = 0x7fffffff;
/// A task's place in the payload is kept in 32 bits.
constexpr std::uint64_t kLargestPayload = 0xffffffff;
/// Entries are named by 32 bits: place in its ring times the number of rings.
constexpr std::uint64_t kLargestWindow = std::uint64_t{1} << 29U;

void require(bool holds, const char* field, std::size_t ring, std::uint64_t value, const std::string& rule) {
    if (holds) return;
    throw Error(ErrorCode::configuration,
                fmt::format("{} of ring {} is {}, but it must be {}", field, ring, value, rule));
}

RingSizes resolve_ring(const RuntimeEnv& env, std::size_t ring) {
    const auto pick = [ring](const RingValues& values, std::uint64_t fallback) {
        return values.per_ring[ring] != 0 ? values.per_ring[ring] : fallback;
    };
    RingSizes sizes{};
    sizes.task_window = pick(env.ring_task_window, kDefaultTaskWindow);
    require(std::has_single_bit(sizes.task_window) && sizes.task_window >= kSmallestWindow &&
                sizes.task_window <= kLargestWindow,
            "ring_task_window", ring, sizes.task_window,
            fmt::format("a power of two from {} to {}", kSmallestWindow, kLargestWindow));
    sizes.consumed_window =
        pick(env.ring_consumed_window, std::min(kDefaultConsumedFactor * sizes.task_window, kLargestWindow));
    require(
        std::has_single_bit(sizes.consumed_window) && sizes.consumed_window >= sizes.task_window &&
            sizes.consumed_window <= kLargestWindow,
        "ring_consumed_window", ring, sizes.consumed_window,
        fmt::format("a power of two from ring_task_window ({}) to {}", sizes.task_window, kLargestWindow));
    sizes.payload = pick(env.ring_payload, std::clamp(kDefaultPayloadPerSlot * sizes.task_window,
                                                      largest_payload(), kLargestPayload));
    require(sizes.payload >= largest_payload() && sizes.payload <= kLargestPayload, "ring_payload", ring,
            sizes.payload,
            fmt::format("from {} (one largest task) to {} bytes", largest_payload(), kLargestPayload));
    sizes.heap = pick(env.ring_heap, kDefaultHeap);
    require(sizes.heap >= kSmallestHeap, "ring_heap", ring, sizes.heap,
            fmt::format("at least {} bytes", kSmallestHeap));
    sizes.dep_pool = pick(env.ring_dep_pool, kDefaultDepPool);
    require(sizes.dep_pool >= kSmallestDepPool && sizes.dep_pool <= kLargestDepPool, "ring_dep_pool", ring,
            sizes.dep_pool, fmt::format("from {} to {} entries", kSmallestDepPool, kLargestDepPool));
    return sizes;
}

}  // namespace

std::uint64_t largest_payload() noexcept {
    return kMaxTensors * detail::TensorRecord::bytes(kMaxAxes) + kMaxScalars * sizeof(std::uint64_t) +
           sizeof(char*);
}

Sizes resolve_sizes(const RuntimeEnv& env) {
    Sizes sizes{};
    for (std::size_t ring = 0; ring < kRings; ++ring) sizes.ring[ring] = resolve_ring(env, ring);
    sizes.tensormap = env.tensormap_pool != 0 ? env.tensormap_pool : kDefaultTensorMap;
    if (sizes.tensormap < kSmallestTensorMap || sizes.tensormap > kLargestDepPool)
        throw Error(ErrorCode::configuration,
                    fmt::format("tensormap_pool is {}, but it must be from {} to {} entries", sizes.tensormap,
                                kSmallestTensorMap, kLargestDepPool));
    return sizes;
}

RuntimeEnv to_env(const Sizes& sizes) {
    RuntimeEnv env;
    for (std::size_t ring = 0; ring < kRings; ++ring) {
        env.ring_task_window.per_ring[ring] = sizes.ring[ring].task_window;
        env.ring_consumed_window.per_ring[ring] = sizes.ring[ring].consumed_window;
        env.ring_payload.per_ring[ring] = sizes.ring[ring].payload;
        env.ring_heap.per_ring[ring] = sizes.ring[ring].heap;
        env.ring_dep_pool.per_ring[ring] = sizes.ring[ring].dep_pool;
    }
    env.tensormap_pool = sizes.tensormap;
    return env;
}

}  // namespace weir
