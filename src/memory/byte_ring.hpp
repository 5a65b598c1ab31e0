// SPDX-License-Identifier: Apache-2.0
/// Rings that hand out contiguous space in order and take it back in order: bytes of the heap, bytes of the
/// payload, entries of the dependency pool. Head and tail are 64-bit running counts that never restart;
/// occupancy is head minus tail. The place in memory is counted apart: a ring that is empty goes on at its
/// beginning, so that programs that need little touch little memory. Used by the orchestrator's thread alone.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>

namespace weir {

/// Counters shared by the three.
class RingCounters {
public:
    [[nodiscard]] std::uint64_t head() const noexcept { return head_; }
    [[nodiscard]] std::uint64_t tail() const noexcept { return tail_; }
    [[nodiscard]] std::uint64_t used() const noexcept { return head_ - tail_; }
    [[nodiscard]] std::uint64_t capacity() const noexcept { return capacity_; }

    /// Everything before `position` is free again.
    void free_until(std::uint64_t position) noexcept {
        assert(position >= tail_ && position <= head_);
        tail_ = position;
    }
    /// The same from the lower 32 bits of a position that is at most 2^32 - 1 behind the head.
    void free_until_low(std::uint32_t position) noexcept {
        free_until(head_ - static_cast<std::uint32_t>(static_cast<std::uint32_t>(head_) - position));
    }

protected:
    std::uint64_t head_ = 0;
    std::uint64_t tail_ = 0;
    std::uint64_t capacity_ = 0;
};

/// Heap: mapped twice in a row, so that a block is contiguous although it wraps; no padding anywhere.
///
/// A heap that grows goes on in another region (memory/growth.hpp). Blocks of the one before stay where they
/// are and count as used, all of them until the last one is free; for that long the capacity is larger by as
/// much, so that what fits is still capacity minus used, and that is what fits into the new region.
class HeapRing : public RingCounters {
public:
    static constexpr std::uint64_t kAlignment = 64;

    /// `mapped` bytes at `base` appear again behind themselves; `capacity` of them are used.
    void attach(std::byte* base, std::uint64_t mapped, std::uint64_t capacity) noexcept {
        base_ = base;
        mapped_ = mapped;
        capacity_ = capacity;
    }
    /// Blocks lie in another region from here on.
    void go_on_in(std::byte* base, std::uint64_t mapped, std::uint64_t capacity) noexcept {
        attach(base, mapped, capacity + used());
        region_begin_ = head_;
        offset_ = 0;
    }
    /// A region before this one, of which `bytes` counted as used, is free.
    void retire(std::uint64_t bytes) noexcept {
        assert(capacity_ - bytes >= used());
        capacity_ -= bytes;
    }
    /// Head at which the blocks of this region begin.
    [[nodiscard]] std::uint64_t region_begin() const noexcept { return region_begin_; }
    void free_all() noexcept {
        tail_ = head_;
        offset_ = 0;
    }
    /// Space that a block of `bytes` takes.
    static constexpr std::uint64_t round_up(std::uint64_t bytes) noexcept {
        return (bytes + kAlignment - 1) / kAlignment * kAlignment;
    }
    [[nodiscard]] bool fits(std::uint64_t rounded_bytes) const noexcept {
        return rounded_bytes <= capacity_ - used();
    }
    /// `rounded_bytes` must fit.
    std::byte* take(std::uint64_t rounded_bytes) noexcept {
        assert(fits(rounded_bytes));
        std::byte* block = base_ + offset_;
        head_ += rounded_bytes;
        offset_ += rounded_bytes;
        if (offset_ >= mapped_) offset_ -= mapped_;
        return block;
    }

private:
    std::byte* base_ = nullptr;
    std::uint64_t mapped_ = 0;
    std::uint64_t offset_ = 0;  ///< where the head is
    std::uint64_t region_begin_ = 0;
};

/// Payload: a task's arguments stay in one piece, so the end of the ring may be skipped. Skipped bytes count
/// as used until the task behind them is freed.
class PayloadRing : public RingCounters {
public:
    static constexpr std::uint64_t kAlignment = 8;

    void attach(std::byte* base, std::uint64_t capacity) noexcept {
        base_ = base;
        capacity_ = capacity / kAlignment * kAlignment;
    }
    void free_all() noexcept {
        tail_ = head_;
        offset_ = 0;
    }
    /// Whether a task of `bytes` (a multiple of 8) can be taken now.
    [[nodiscard]] bool fits(std::uint64_t bytes) const noexcept {
        if (used() == 0) return bytes <= capacity_;
        return skip(bytes) + bytes <= capacity_ - used();
    }
    /// `bytes` must fit.
    std::byte* take(std::uint64_t bytes) noexcept {
        assert(fits(bytes));
        if (const std::uint64_t skipped = skip(bytes); skipped != 0) {
            const bool was_empty = used() == 0;
            head_ += skipped;
            offset_ = 0;
            if (was_empty) tail_ = head_;
        }
        std::byte* place = base_ + offset_;
        head_ += bytes;
        offset_ += bytes;
        if (offset_ == capacity_) offset_ = 0;
        return place;
    }

private:
    /// Bytes left at the end of the ring when the task does not fit there.
    [[nodiscard]] std::uint64_t skip(std::uint64_t bytes) const noexcept {
        return offset_ + bytes > capacity_ ? capacity_ - offset_ : 0;
    }

    std::byte* base_ = nullptr;
    std::uint64_t offset_ = 0;  ///< where the head is
};

/// Dependency pool: consecutive entries modulo the capacity.
template <class Entry>
class EntryRing : public RingCounters {
public:
    void attach(Entry* base, std::uint64_t capacity) noexcept {
        base_ = base;
        capacity_ = capacity;
    }
    void free_all() noexcept {
        tail_ = head_;
        offset_ = 0;
    }
    /// Other entries take the place of these; none may be in use.
    void replace(Entry* base, std::uint64_t capacity) noexcept {
        assert(used() == 0);
        attach(base, capacity);
        offset_ = 0;
    }
    [[nodiscard]] bool fits(std::uint64_t entries) const noexcept { return entries <= capacity_ - used(); }
    /// One entry; it must fit.
    Entry* take() noexcept {
        assert(fits(1));
        Entry* entry = base_ + offset_;
        ++head_;
        if (++offset_ == capacity_) offset_ = 0;
        return entry;
    }
    /// Where the next entry will be.
    [[nodiscard]] Entry* position() const noexcept { return base_ + offset_; }
    /// The entry behind `entry`, modulo the capacity.
    [[nodiscard]] Entry* after(Entry* entry) const noexcept {
        return ++entry == base_ + capacity_ ? base_ : entry;
    }

private:
    Entry* base_ = nullptr;
    std::uint64_t offset_ = 0;  ///< where the head is
};

}  // namespace weir
