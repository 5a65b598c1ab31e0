// SPDX-License-Identifier: Apache-2.0
/// One region of address space per runtime, laid out anew only when it must grow. Pages are paid for when
/// they are touched. The heaps are shared memory mapped twice in a row inside it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <weir/task.hpp>

#include "model/sizes.hpp"

namespace weir {

/// Offsets from the start of the arena, in bytes.
struct ArenaLayout {
    struct Ring {
        std::uint64_t entries = 0;
        std::uint64_t slots = 0;
        std::uint64_t payload = 0;
        std::uint64_t deps = 0;
        std::uint64_t seen = 0;  ///< per entry: what the current submit knows about the task
        std::uint64_t heap = 0;
        std::uint64_t heap_mapped = 0;  ///< bytes of one copy, whole pages
    };
    std::array<Ring, kRings> ring;
    std::uint64_t tensormap_entries = 0;
    std::uint64_t tensormap_buckets = 0;
    std::uint64_t bucket_count = 0;
    std::uint64_t producers = 0;
    std::uint64_t producer_count = 0;
    std::uint64_t ready_rings = 0;
    std::uint64_t total = 0;

    /// Memory that it comes to when every page has been touched: the heaps count once, although they are
    /// mapped twice.
    [[nodiscard]] std::uint64_t memory_bytes() const noexcept;
};

/// Places in the ready ring of one thread. A full one spills into the overflow queue, so this bounds speed
/// only.
inline constexpr std::uint64_t kReadyRingSlots = 1024;

/// The layout for these sizes: the same function answers "how much would it take". `threads`: those whose
/// ready rings lie in the arena. Throws configuration when the sum does not fit into 2^46 bytes.
ArenaLayout lay_out(const Sizes& sizes, int threads);

/// Maps a layout. Throws out_of_memory, leaving nothing mapped.
class Arena {
public:
    explicit Arena(const ArenaLayout& layout);
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;
    ~Arena();

    template <class T>
    [[nodiscard]] T* at(std::uint64_t offset) const noexcept {
        return reinterpret_cast<T*>(base_ + offset);
    }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

    /// Everything is zero again, as after construction, and its pages are given back.
    void clear() noexcept;

private:
    ArenaLayout layout_;
    std::byte* base_ = nullptr;
    std::uint64_t bytes_ = 0;
    std::uint64_t plain_bytes_ = 0;  ///< in front of the heaps
};

}  // namespace weir
