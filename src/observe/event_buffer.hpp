// SPDX-License-Identifier: Apache-2.0
/// A ring of memory through which the events of one thread reach the thread that writes them to a file. One
/// producer, one consumer; the producer never waits: an event that does not fit is dropped as a whole, and
/// how many were is told, at their place, by a gap event before the next one that fits. Where time is virtual
/// waiting costs none, so there the producer may be told to wait for room, and no event is dropped.
///
///     taken -> [ events not yet written to the file ] <- written        words, indices run for ever
///
/// | state of a word          | who may touch it | ended by                                  |
/// | free                     | producer         | the producer moves written over it (rec-1) |
/// | between taken and written | consumer         | the consumer moves taken over it (rec-2)   |
///
/// rec-1 release/acquire on written: the words of an event are there when the consumer sees it as written.
/// rec-2 release/acquire on taken: the consumer has read the words before the producer writes them again.
///
/// The producer moves `written` over whole events only, so the consumer never sees part of one. It looks at
/// `taken` only when there seems to be no room. Each time it has written `wake_words` it wakes the consumer,
/// so that a thread that writes much does not depend on how often the consumer looks by itself.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "model/sync.hpp"
#include "recording/events.hpp"

namespace weir {

class EventBuffer {
public:
    /// `words`: a power of two of them. Before the first push; the memory and `consumer` outlive the buffer.
    void attach(std::uint64_t* words, std::uint64_t count, std::uint64_t wake_words,
                sync::Parker* consumer) noexcept {
        words_ = words;
        mask_ = count - 1;
        wake_words_ = wake_words;
        wake_at_ = place_ + wake_words;
        consumer_ = consumer;
    }

    /// Before the first push: the producer waits for room, and the consumer must go on until it is told that
    /// nothing is written any more.
    void wait_for_room() noexcept { waits_ = true; }

    /// Producer: one event. False when it was dropped.
    template <std::size_t N>
    bool push(const std::array<std::uint64_t, N>& event) noexcept {
        if (!room(N)) [[unlikely]]
            return false;
        for (std::size_t i = 0; i < N; ++i) words_[(place_ + i) & mask_] = event[i];
        publish(N);
        return true;
    }
    /// The same for an event with `tail` behind its head.
    bool push(std::uint64_t head, std::span<const std::uint64_t> tail) noexcept {
        if (!room(1 + tail.size())) return false;
        words_[place_ & mask_] = head;
        for (std::size_t i = 0; i < tail.size(); ++i) words_[(place_ + 1 + i) & mask_] = tail[i];
        publish(1 + tail.size());
        return true;
    }

    /// Consumer: what is written and not taken, as one or two pieces of memory; they stay until `take`.
    struct Pieces {
        std::span<const std::uint64_t> first;
        std::span<const std::uint64_t> second;
        [[nodiscard]] std::uint64_t words() const noexcept { return first.size() + second.size(); }
    };
    [[nodiscard]] Pieces look() const noexcept {
        // Relaxed: only this thread writes taken.
        const std::uint64_t begin = taken_.load(std::memory_order_relaxed);
        const std::uint64_t end = written_.load(std::memory_order_acquire);  // rec-1
        const std::uint64_t count = end - begin;
        const std::uint64_t to_wrap = mask_ + 1 - (begin & mask_);
        const std::uint64_t first = count < to_wrap ? count : to_wrap;
        return {{words_ + (begin & mask_), first}, {words_, count - first}};
    }
    /// Consumer: has done with the first `words` of what `look` gave.
    void take(std::uint64_t words) noexcept {
        // Relaxed: only this thread writes taken.
        const std::uint64_t taken = taken_.load(std::memory_order_relaxed);
        taken_.store(taken + words, std::memory_order_release);  // rec-2
    }

    /// Events pushed, and events dropped, ever. Any thread; exact for who is ordered behind the last push.
    [[nodiscard]] std::uint64_t pushed() const noexcept {
        return pushed_.load(std::memory_order_relaxed);  // relaxed: a count on its own
    }
    [[nodiscard]] std::uint64_t dropped() const noexcept {
        return dropped_.load(std::memory_order_relaxed);  // relaxed: a count on its own
    }

private:
    /// Whether an event of that many words fits, and the gap before it if there is one; tells the gap.
    bool room(std::uint64_t words) noexcept {
        const std::uint64_t wanted = words + (lost_ == 0 ? 0 : recording::kGapWords);
        if (place_ + wanted - taken_seen_ > mask_ + 1) [[unlikely]] {
            if (!wait_for(wanted)) {
                ++lost_;
                // Relaxed: written by this thread alone, a count on its own.
                dropped_.store(dropped_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
                return false;
            }
        }
        if (lost_ != 0) [[unlikely]] {
            words_[place_ & mask_] = recording::head_of(recording::Kind::gap);
            words_[(place_ + 1) & mask_] = lost_;
            place_ += recording::kGapWords;
            lost_ = 0;
        }
        return true;
    }
    /// Whether so much is free now; if the producer waits, it is in the end.
    bool wait_for(std::uint64_t wanted) noexcept {
        for (;;) {
            taken_seen_ = taken_.load(std::memory_order_acquire);  // rec-2
            if (place_ + wanted - taken_seen_ <= mask_ + 1) return true;
            if (!waits_) return false;
            consumer_->unpark();
            sync::yield();
        }
    }
    void publish(std::uint64_t words) noexcept {
        place_ += words;
        written_.store(place_, std::memory_order_release);  // rec-1
        // Relaxed: written by this thread alone, a count on its own.
        pushed_.store(pushed_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        if (place_ >= wake_at_) [[unlikely]] {
            wake_at_ = place_ + wake_words_;
            consumer_->unpark();
        }
    }

    // The producer's line.
    alignas(64) std::uint64_t* words_ = nullptr;
    std::uint64_t mask_ = 0;
    std::uint64_t place_ = 0;
    std::uint64_t taken_seen_ = 0;
    std::uint64_t wake_at_ = 0;
    std::uint64_t wake_words_ = 0;
    std::uint64_t lost_ = 0;  ///< since the last gap event
    bool waits_ = false;
    sync::Parker* consumer_ = nullptr;
    // What the consumer reads, and what it writes.
    alignas(64) sync::Atomic<std::uint64_t> written_{0};
    sync::Atomic<std::uint64_t> pushed_{0};
    sync::Atomic<std::uint64_t> dropped_{0};
    alignas(64) sync::Atomic<std::uint64_t> taken_{0};
};

}  // namespace weir
