// SPDX-License-Identifier: Apache-2.0
/// The tasks that the task being submitted must wait for, and the owners that it must keep, each once. A
/// stamp beside every ring entry tells in one look whether, and where, it is in the list.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <span>

#include "memory/task_ring.hpp"

namespace weir {

struct Producer {
    detail::TaskRef task;
    std::uint32_t waits;  ///< 1: not completed when it was found
    std::uint32_t keeps;  ///< 1: its memory is an argument
};

class ProducerList {
public:
    void attach(Producer* places, std::uint64_t capacity) noexcept {
        places_ = places;
        capacity_ = capacity;
    }
    /// `seen` has one word, zeroed, for each entry of the ring.
    void attach_ring(const TaskRing& ring, std::uint64_t* seen) noexcept {
        seen_[static_cast<std::size_t>(ring.index())] = {seen, ring.consumed_window()};
    }

    void clear() noexcept {
        count_ = waits_ = 0;
        if (++stamp_ != 0) return;
        // After 2^32 submits the stamps start again: none of the old ones may be left.
        for (const std::span<std::uint64_t> ring : seen_) std::fill(ring.begin(), ring.end(), 0);
        stamp_ = 1;
    }
    void add(const TaskRing& ring, std::uint64_t number, bool waits, bool keeps) noexcept {
        std::uint64_t& seen = seen_[static_cast<std::size_t>(ring.index())][ring.entry_index(number)];
        if (seen >> 32U != stamp_) {
            assert(count_ < capacity_);
            seen = static_cast<std::uint64_t>(stamp_) << 32U | count_;
            places_[count_++] = {detail::TaskRef(ring.index(), number), waits ? 1U : 0U, keeps ? 1U : 0U};
            waits_ += waits ? 1 : 0;
            return;
        }
        Producer& producer = places_[seen & 0xffffffffU];
        if (waits && producer.waits == 0) {
            producer.waits = 1;
            ++waits_;
        }
        if (keeps) producer.keeps = 1;
    }

    [[nodiscard]] std::span<const Producer> all() const noexcept { return {places_, count_}; }
    /// How many of them the task must wait for.
    [[nodiscard]] std::uint64_t waits() const noexcept { return waits_; }

private:
    Producer* places_ = nullptr;
    std::uint64_t capacity_ = 0;
    std::array<std::span<std::uint64_t>, kRings> seen_;
    std::uint64_t count_ = 0;
    std::uint64_t waits_ = 0;
    std::uint32_t stamp_ = 0;
};

}  // namespace weir
