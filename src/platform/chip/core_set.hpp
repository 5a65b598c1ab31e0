// SPDX-License-Identifier: Apache-2.0
/// A set of places in a list of cores, of which the first one from some place on is found without a walk.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir::chip {

class CoreSet {
public:
    static constexpr std::size_t kNone = ~std::size_t{0};

    /// Empty, for places below `places`.
    void clear(std::size_t places) {
        words_.assign((places + kBits - 1) / kBits, 0);
        count_ = 0;
    }
    void add(std::size_t place) noexcept {
        words_[place / kBits] |= bit(place);
        ++count_;
    }
    void remove(std::size_t place) noexcept {
        words_[place / kBits] &= ~bit(place);
        --count_;
    }
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    /// The first place from this one on, or kNone.
    [[nodiscard]] std::size_t first_from(std::size_t place) const noexcept {
        std::size_t word = place / kBits;
        if (word >= words_.size()) return kNone;
        std::uint64_t bits = words_[word] & (~std::uint64_t{0} << place % kBits);
        while (bits == 0) {
            if (++word == words_.size()) return kNone;
            bits = words_[word];
        }
        return word * kBits + static_cast<std::size_t>(std::countr_zero(bits));
    }

    /// Calls `visit(place)` for each place from this one on, until it returns false. False: it has.
    template <class Visit>
    bool each_from(std::size_t place, Visit&& visit) const {
        std::uint64_t mask = ~std::uint64_t{0} << place % kBits;
        for (std::size_t word = place / kBits; word < words_.size(); ++word, mask = ~std::uint64_t{0})
            for (std::uint64_t bits = words_[word] & mask; bits != 0; bits &= bits - 1)
                if (!visit(word * kBits + static_cast<std::size_t>(std::countr_zero(bits)))) return false;
        return true;
    }

private:
    static constexpr std::size_t kBits = 64;
    [[nodiscard]] static std::uint64_t bit(std::size_t place) noexcept {
        return std::uint64_t{1} << place % kBits;
    }

    std::vector<std::uint64_t> words_;
    std::size_t count_ = 0;
};

}  // namespace weir::chip
