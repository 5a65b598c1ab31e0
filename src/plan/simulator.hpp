// SPDX-License-Identifier: Apache-2.0
/// Who carries out one program in simulated time, again and again with other sizes. The search for sizes
/// (recommend.hpp) knows nothing else of a platform: on cpu it is a model of threads (SimulatedRun), on a
/// chip the chip's virtual clock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <source_location>

#include <weir/config.hpp>

#include "model/sizes.hpp"
#include "plan/submit_trace.hpp"

namespace weir {

/// For each resource and ring: what was in use at most, and where that was reached.
struct SimulatedUse {
    struct Place {
        std::uint64_t peak = 0;
        /// Must be free besides, for a size to be enough for the same schedule.
        std::uint64_t spare = 0;
        std::uint64_t held_back = 0;  ///< submits, by this
        std::source_location scope{};
        std::source_location submit{};
    };
    std::array<std::array<Place, kRings>, kResources> places{};

    [[nodiscard]] Place& of(Resource resource, int ring) noexcept {
        return places[static_cast<std::size_t>(resource)][static_cast<std::size_t>(ring)];
    }
    [[nodiscard]] const Place& of(Resource resource, int ring) const noexcept {
        return places[static_cast<std::size_t>(resource)][static_cast<std::size_t>(ring)];
    }
};

struct SimulatedOutcome {
    bool ended = false;  ///< false: it takes longer than the limit, and nothing else is known
    std::uint64_t makespan_ns = 0;
    std::uint64_t times_held_back = 0;
    SimulatedUse use;
};

class Simulator {
public:
    static constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};

    Simulator() = default;
    Simulator(const Simulator&) = delete;
    Simulator& operator=(const Simulator&) = delete;
    virtual ~Simulator() = default;

    /// Sizes with which nothing is ever held back.
    [[nodiscard]] virtual Sizes boundless() = 0;
    /// The same sizes have the same outcome. Windows must be powers of two, and no size below what the
    /// capacity verdict lets pass.
    virtual SimulatedOutcome run(const Sizes& sizes, std::uint64_t limit_ns = kNoLimit) = 0;
};

/// What all tasks of the trace take together, as valid sizes: never short if nothing is ever given back.
[[nodiscard]] Sizes sizes_of_all(const SubmitTrace& trace) noexcept;

/// What has to be free of a payload ring besides what is in use: a task's payload stays in one piece, so the
/// end of the ring may be skipped, by less than the largest task, and at most once in what is in use.
[[nodiscard]] inline std::uint64_t spare_payload(const SubmitTrace& trace, std::size_t ring) noexcept {
    constexpr std::uint64_t kAlignment = 8;
    const std::uint64_t largest = trace.sums(ring).largest_payload;
    return largest > kAlignment ? largest - kAlignment : 0;
}

}  // namespace weir
