// SPDX-License-Identifier: Apache-2.0
/// What the runtime has learnt about how long a kernel takes, and what follows for where its tasks run.
///
/// Samples are taken of randomly chosen tasks, so that kernels whose tasks alternate between short and long
/// are not seen from one side only. Each is cut off at kLongestSample, so that a thread that lost its core
/// once does not make a kernel long for ever. The mean follows the samples by 1/16, the peak falls by 1/16 of
/// itself.
#pragma once

#include <algorithm>
#include <cstdint>

#include "model/clock.hpp"
#include "model/sync.hpp"

namespace weir {

namespace detail {

struct KernelTiming {
    static constexpr std::uint32_t kKnownAfter = 4;  ///< samples

    /// Written by any thread that has timed a task; two that write at once lose one sample, which is
    /// harmless. Relaxed throughout: an estimate that orders nothing.
    sync::Atomic<std::uint32_t> samples{0};
    sync::Atomic<std::uint64_t> mean_ticks{0};
    sync::Atomic<std::uint64_t> peak_ticks{0};
    bool declared = false;          ///< the cost was given at registration and is not learnt
    std::uint32_t declared_ns = 0;  ///< that cost, as it was given

    void add(std::uint64_t ticks) noexcept {
        if (declared) return;
        const std::uint64_t sample = std::min(ticks, longest_sample());
        const std::uint32_t count = samples.load(std::memory_order_relaxed);    // estimate
        const std::uint64_t mean = mean_ticks.load(std::memory_order_relaxed);  // estimate
        const std::uint64_t peak = peak_ticks.load(std::memory_order_relaxed);  // estimate
        const std::uint64_t weight = std::min<std::uint64_t>(count + 1, 16);
        // The mean is kept times 16, so that samples below 16 ticks count.
        const std::uint64_t scaled = sample * 16;
        const std::uint64_t next =
            scaled >= mean ? mean + (scaled - mean) / weight : mean - (mean - scaled) / weight;
        mean_ticks.store(next, std::memory_order_relaxed);                                // estimate
        peak_ticks.store(std::max(sample, peak - peak / 16), std::memory_order_relaxed);  // estimate
        if (count < 1U << 20U) samples.store(count + 1, std::memory_order_relaxed);       // estimate
    }
    void declare(std::uint64_t ticks) noexcept {
        declared = true;
        mean_ticks.store(ticks * 16, std::memory_order_relaxed);  // estimate
        peak_ticks.store(ticks, std::memory_order_relaxed);       // estimate
        samples.store(kKnownAfter, std::memory_order_relaxed);    // estimate
    }
    [[nodiscard]] bool known() const noexcept {
        return samples.load(std::memory_order_relaxed) >= kKnownAfter;  // estimate
    }
    [[nodiscard]] std::uint64_t mean() const noexcept {
        return mean_ticks.load(std::memory_order_relaxed) / 16;  // estimate
    }
    [[nodiscard]] std::uint64_t peak() const noexcept {
        return peak_ticks.load(std::memory_order_relaxed);  // estimate
    }

private:
    static std::uint64_t longest_sample() noexcept { return 64 * ticks_per_us(); }
};

}  // namespace detail

/// A small generator for choosing what to time; the sequence is part of no result.
class SampleGenerator {
public:
    /// Between 1 and `range`, which is a power of two.
    std::uint32_t next(std::uint32_t range) noexcept {
        state_ ^= state_ << 13U;
        state_ ^= state_ >> 17U;
        state_ ^= state_ << 5U;
        return (state_ & (range - 1)) + 1;
    }

private:
    std::uint32_t state_ = 0x9e3779b9U;
};

}  // namespace weir
