// SPDX-License-Identifier: Apache-2.0
/// Words that one thread writes all at once, now and then, and others read without keeping it from that: a
/// reader that finds them changing looks again.
///
///     sequence   even: the words are whole     odd: they are being written
///
///     writer: sequence odd; words; sequence even          reader: sequence; words; the same sequence, even:
///     whole
///
/// page-1 release/acquire on the sequence: behind an even number the words that were written under it are
/// there. page-2 release/acquire on each word: who reads a word of a later writing sees the odd number that
/// came before it, so
///        that the second look at the sequence differs from the first.
///
/// The words may lie in memory that another process maps. A writer that dies leaves an odd number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "model/sync.hpp"

namespace weir {

using SharedWord = sync::Atomic<std::uint64_t>;

/// Writer, one thread at a time: `from` to `words`, of the same length.
inline void write_whole(SharedWord& sequence, std::span<SharedWord> words,
                        std::span<const std::uint64_t> from) noexcept {
    // Relaxed: only the writer changes it; page-2 orders it before the words.
    const std::uint64_t before = sequence.load(std::memory_order_relaxed) & ~std::uint64_t{1};
    sequence.store(before + 1, std::memory_order_relaxed);  // as above
    for (std::size_t i = 0; i < words.size(); ++i)
        words[i].store(from[i], std::memory_order_release);  // page-2
    sequence.store(before + 2, std::memory_order_release);   // page-1
}

/// Any thread: one look. False: they were being written, and `to` holds nothing.
[[nodiscard]] inline bool read_whole(const SharedWord& sequence, std::span<const SharedWord> words,
                                     std::span<std::uint64_t> to) noexcept {
    const std::uint64_t before = sequence.load(std::memory_order_acquire);  // page-1
    if (before % 2 != 0) return false;
    for (std::size_t i = 0; i < words.size(); ++i)
        to[i] = words[i].load(std::memory_order_acquire);       // page-2
    return sequence.load(std::memory_order_relaxed) == before;  // relaxed: behind the words by page-2
}

}  // namespace weir
