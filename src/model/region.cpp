// SPDX-License-Identifier: Apache-2.0
//
// How overlap is decided. A and B share a byte exactly when
//
//     loA + sum(iA * strideA) + rA  ==  loB + sum(iB * strideB) + rB
//
// has a solution. Counting B's indices and bytes from their upper end (jB = countB - 1 - iB, and so on) turns
// every minus into a plus:
//
//     sum(iA * strideA) + sum(jB * strideB) + r  ==  hiB - 1 - loA,     0 <= r < runA + runB - 1
//
// So the question about two regions is whether one number, the target, belongs to one region: the sum of
// both, which begins at 0, has the steps of both and a run of runA + runB - 1. Equal strides become one step,
// and the sum is normalized like any region. For two tiles of one matrix a single step is left, and one
// division answers.
//
// Otherwise the target is taken apart from the largest stride down. A digit is worth trying only if what
// remains is neither negative nor beyond the reach of the smaller steps, which leaves one digit as long as
// the steps nest, and only if what remains leaves a remainder below the run when divided by the greatest
// common divisor of the smaller strides. Digits of the second kind are found without looking at those between
// them (`first_in_window`). With one smaller stride this condition is sufficient as well, so the lowest two
// steps never branch.
#include "model/region.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <numeric>

namespace weir {
namespace {

constexpr std::uint64_t kNoSolution = std::numeric_limits<std::uint64_t>::max();

/// Steps gathered in ascending stride, folded into the run or the step below wherever the set stays the same.
template <std::size_t capacity>
struct FoldedSteps {
    std::uint64_t run = 0;
    std::size_t size = 0;
    std::array<RegionStep, capacity> steps;  // the first `size` are set; strides ascend

    /// `stride` is not below any stride added before.
    void add(std::uint64_t count, std::uint64_t stride) noexcept {
        if (size == 0) {
            if (stride <= run) {
                run += (count - 1) * stride;
                return;
            }
        } else {
            // A multiple of the stride below that leaves no gap behind the last repetition there continues
            // its grid.
            RegionStep& below = steps[size - 1];
            if (stride - below.stride_bytes <= (below.count - 1) * below.stride_bytes &&
                stride % below.stride_bytes == 0) {
                below.count += (count - 1) * (stride / below.stride_bytes);
                return;
            }
        }
        steps[size++] = {count, stride};
    }
};

/// Smallest x >= 0 with  lo <= factor * x mod modulus <= hi,  or kNoSolution. Needs lo <= hi < modulus and
/// factor < modulus. Also kNoSolution where factor * x would not fit in 64 bits: a digit times its stride
/// always does. Euclid's algorithm, so logarithmic in the modulus.
std::uint64_t first_in_window(std::uint64_t factor, std::uint64_t modulus, std::uint64_t lo,
                              std::uint64_t hi) noexcept {
    if (lo == 0) return 0;
    if (factor == 0) return kNoSolution;
    const std::uint64_t steps = (lo - 1) / factor + 1;
    if (steps <= hi / factor) return steps;
    // No multiple of factor lies in [lo, hi], so the product has to wrap y times, with y the smallest number
    // for which a multiple does lie in [lo + modulus * y, hi + modulus * y].
    const std::uint64_t lo_part = lo % factor;
    const std::uint64_t hi_part = hi % factor;
    const std::uint64_t wraps = first_in_window(modulus % factor, factor, factor - hi_part, factor - lo_part);
    if (wraps == kNoSolution) return kNoSolution;
    std::uint64_t product = 0;
    if (__builtin_mul_overflow(modulus, wraps, &product) || __builtin_add_overflow(product, lo, &product)) {
        return kNoSolution;
    }
    return (product - 1) / factor + 1;
}

/// The sum of two regions as described above, and the search for a target in it.
class OverlapSearch {
public:
    OverlapSearch(const Region& a, const Region& b, unsigned node_limit) noexcept : nodes_left_(node_limit) {
        sum_.run = a.run_bytes + b.run_bytes - 1;
        std::uint64_t reach = sum_.run - 1;
        std::size_t left_a = a.step_count;
        std::size_t left_b = b.step_count;
        while (left_a + left_b > 0) {
            const RegionStep step = take_smallest(a, left_a, b, left_b);
            const std::size_t size_before = sum_.size;
            sum_.add(step.count, step.stride_bytes);
            if (sum_.size > size_before) reach_below_[size_before] = reach;
            reach += (step.count - 1) * step.stride_bytes;
        }
    }

    /// `target` does not exceed the sum of all steps and the run.
    Overlap find(std::uint64_t target) noexcept { return search(sum_.size, target); }

private:
    static constexpr std::size_t kMaxSteps = 2 * kMaxRegionAxes;

    struct Digits {
        std::uint64_t first;
        std::uint64_t last;  // none if below first
    };

    /// Takes the smallest stride left in either region; a stride that both have counts once, with both
    /// ranges.
    static RegionStep take_smallest(const Region& a, std::size_t& left_a, const Region& b,
                                    std::size_t& left_b) noexcept {
        if (left_a == 0) return b.steps[--left_b];
        if (left_b == 0) return a.steps[--left_a];
        const RegionStep& step_a = a.steps[left_a - 1];
        const RegionStep& step_b = b.steps[left_b - 1];
        if (step_a.stride_bytes < step_b.stride_bytes) return a.steps[--left_a];
        if (step_b.stride_bytes < step_a.stride_bytes) return b.steps[--left_b];
        --left_a;
        --left_b;
        return {step_a.count + step_b.count - 1, step_a.stride_bytes};
    }

    /// Digits of step `index` after which the target is still within reach of the steps below it.
    Digits digits_in_reach(std::size_t index, std::uint64_t target) const noexcept {
        const RegionStep& step = sum_.steps[index];
        const std::uint64_t reach = reach_below_[index];
        const std::uint64_t last = std::min(step.count - 1, target / step.stride_bytes);
        // One digit is the rule: then the quotient is the only candidate, and no second division is needed.
        if (reach < step.stride_bytes) {
            return {target - last * step.stride_bytes <= reach ? last : last + 1, last};
        }
        return {target > reach ? (target - reach - 1) / step.stride_bytes + 1 : 0, last};
    }

    /// Whether the `level` smallest steps and the run reach `target`, which does not exceed their sum.
    Overlap search(std::size_t level, std::uint64_t target) noexcept {
        while (level > 0) {
            const Digits digits = digits_in_reach(level - 1, target);
            if (digits.first > digits.last) return Overlap::kNone;
            if (digits.first < digits.last) return branch(level, target, digits);
            target -= digits.first * sum_.steps[level - 1].stride_bytes;
            --level;
        }
        return Overlap::kSome;
    }

    /// `search` where several digits of the largest step are in reach.
    Overlap branch(std::size_t level, std::uint64_t target, Digits digits) noexcept {
        if (level == 1) return Overlap::kSome;
        const std::uint64_t stride = sum_.steps[level - 1].stride_bytes;
        const std::uint64_t divisor = divisor_below(level);
        for (std::uint64_t digit = digits.first;; ++digit) {
            const std::uint64_t skipped = first_fitting(target - digit * stride, stride, divisor);
            if (skipped > digits.last - digit) return Overlap::kNone;
            digit += skipped;
            if (level == 2) return Overlap::kSome;
            if (nodes_left_ == 0) return Overlap::kUndecided;
            --nodes_left_;
            const Overlap found = search(level - 1, target - digit * stride);
            if (found != Overlap::kNone) return found;
            if (digit == digits.last) return Overlap::kNone;
        }
    }

    /// Smallest x for which  target - x * stride  leaves a remainder below the run when divided by `divisor`.
    std::uint64_t first_fitting(std::uint64_t target, std::uint64_t stride,
                                std::uint64_t divisor) const noexcept {
        const std::uint64_t remainder = target % divisor;
        if (remainder < sum_.run) return 0;
        return first_in_window(stride % divisor, divisor, remainder - sum_.run + 1, remainder);
    }

    /// Greatest common divisor of the strides below the largest of `level` steps.
    std::uint64_t divisor_below(std::size_t level) const noexcept {
        std::uint64_t divisor = sum_.steps[0].stride_bytes;
        for (std::size_t i = 1; i + 1 < level && divisor > 1; ++i) {
            divisor = std::gcd(divisor, sum_.steps[i].stride_bytes);
        }
        return divisor;
    }

    FoldedSteps<kMaxSteps> sum_;
    std::array<std::uint64_t, kMaxSteps> reach_below_;  // what the steps below a step and the run add up to
    unsigned nodes_left_;
};

/// A position on the grid of a region: a digit per step and an offset into the run.
struct GridPosition {
    std::array<std::uint64_t, kMaxRegionAxes> digits;
    std::uint64_t run_offset;
};

GridPosition position_on_grid(const Region& grid, std::uint64_t offset) noexcept {
    GridPosition position;
    for (std::size_t i = 0; i < grid.step_count; ++i) {
        const RegionStep& step = grid.steps[i];
        position.digits[i] = std::min(offset / step.stride_bytes, step.count - 1);
        offset -= position.digits[i] * step.stride_bytes;
    }
    position.run_offset = offset;
    return position;
}

/// Moves `furthest` to the last repetition of `step`.
void advance_on_grid(const Region& outer, RegionStep step, GridPosition& furthest) noexcept {
    // A step that divides a stride of the grid and is repeated beyond it was folded: taken apart again, it is
    // one step of the grid and one below it. A step of just that stride leaves nothing below.
    for (std::size_t k = 0; k < outer.step_count; ++k) {
        const std::uint64_t stride = outer.steps[k].stride_bytes;
        if ((step.count - 1) * step.stride_bytes < stride || stride % step.stride_bytes != 0) continue;
        const std::uint64_t repetitions = stride / step.stride_bytes;
        furthest.digits[k] += (step.count - 1) / repetitions;
        step.count = repetitions;
    }
    if (step.count == 1) return;
    const GridPosition stride = position_on_grid(outer, step.stride_bytes);
    for (std::size_t k = 0; k < outer.step_count; ++k) {
        furthest.digits[k] += (step.count - 1) * stride.digits[k];
    }
    furthest.run_offset += (step.count - 1) * stride.run_offset;
}

/// Writes the lowest and the furthest element of `inner` as positions on the grid of `outer`. If all digits
/// of the furthest are inside, so are all of every element, because each digit is at most the furthest one's.
bool covers_on_grid(const Region& outer, const Region& inner) noexcept {
    GridPosition furthest = position_on_grid(outer, inner.lo - outer.lo);
    for (std::size_t i = 0; i < inner.step_count; ++i) advance_on_grid(outer, inner.steps[i], furthest);
    for (std::size_t k = 0; k < outer.step_count; ++k) {
        if (furthest.digits[k] >= outer.steps[k].count) return false;
    }
    return furthest.run_offset <= outer.run_bytes && inner.run_bytes <= outer.run_bytes - furthest.run_offset;
}

/// 64 x 64 bits multiplied to 128 and folded: one instruction that spreads every bit of both.
std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

Region normalize(std::uintptr_t base, std::uint64_t element_size, std::span<const RegionAxis> axes) noexcept {
    assert(element_size >= 1 && "an element has at least one byte");
    assert(axes.size() <= kMaxRegionAxes && "a view has at most kMaxRegionAxes axes");
    std::array<RegionStep, kMaxRegionAxes> sorted;  // the first `size` are set; strides ascend
    std::size_t size = 0;
    Region region{};
    region.lo = base;
    std::uint64_t span = element_size;
    // Row-major views list their axes by descending stride; taken from the end they need no moving.
    for (std::size_t i = axes.size(); i-- > 0;) {
        assert(axes[i].extent >= 1 && "an axis has at least one element");
        if (axes[i].extent == 1 || axes[i].stride_bytes == 0) continue;
        RegionStep step{static_cast<std::uint64_t>(axes[i].extent),
                        static_cast<std::uint64_t>(axes[i].stride_bytes)};
        if (axes[i].stride_bytes < 0) {
            step.stride_bytes = 0 - step.stride_bytes;
            region.lo -= (step.count - 1) * step.stride_bytes;
        }
        span += (step.count - 1) * step.stride_bytes;
        std::size_t place = size++;
        for (; place > 0 && sorted[place - 1].stride_bytes > step.stride_bytes; --place) {
            sorted[place] = sorted[place - 1];
        }
        sorted[place] = step;
    }
    FoldedSteps<kMaxRegionAxes> folded;
    folded.run = element_size;
    for (std::size_t i = 0; i < size; ++i) folded.add(sorted[i].count, sorted[i].stride_bytes);
    region.hi = region.lo + span;
    region.run_bytes = folded.run;
    region.step_count = folded.size;
    for (std::size_t i = 0; i < folded.size; ++i) region.steps[i] = folded.steps[folded.size - 1 - i];
    return region;
}

std::uint64_t identity_key(std::uintptr_t base, std::uint64_t element_size,
                           std::span<const RegionAxis> axes) noexcept {
    // Fractional digits of the golden ratio and of the square roots of 2 and 3: odd-looking constants that
    // keep a zero word from cancelling the word it is multiplied with.
    constexpr std::uint64_t kGoldenRatio = 0x9e3779b97f4a7c15;
    constexpr std::uint64_t kRootOfTwo = 0x6a09e667f3bcc908;
    constexpr std::uint64_t kRootOfThree = 0xbb67ae8584caa73b;
    std::uint64_t key = mix(base ^ kGoldenRatio, element_size ^ kRootOfTwo);
    std::uint64_t position = kRootOfThree;
    for (const RegionAxis& axis : axes) {
        position += kGoldenRatio;
        key += mix(static_cast<std::uint64_t>(axis.extent) ^ position,
                   static_cast<std::uint64_t>(axis.stride_bytes) ^ kRootOfTwo);
    }
    return mix(key ^ kRootOfThree, kGoldenRatio ^ axes.size());
}

Overlap find_overlap(const Region& a, const Region& b, unsigned node_limit) noexcept {
    if (a.hi <= b.lo || b.hi <= a.lo) return Overlap::kNone;
    // The target is hiB - 1 - loA; within the first run of the sum every digit is zero.
    const std::uint64_t target = b.hi - 1 - a.lo;
    return OverlapSearch(a, b, node_limit).find(target);
}

bool covers(const Region& outer, const Region& inner) noexcept {
    if (inner.lo < outer.lo || inner.hi > outer.hi) return false;
    if (outer.contiguous() || outer == inner) return true;
    return covers_on_grid(outer, inner);
}

}  // namespace weir
