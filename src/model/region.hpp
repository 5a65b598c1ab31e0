// SPDX-License-Identifier: Apache-2.0
//
// Region: the set of bytes a tensor view touches, as a strided box, and the two questions the TensorMap asks
// of a pair of them: do they share a byte, does one contain the other.
//
// A region is a contiguous run of bytes repeated along up to five steps:
//
//     { lo + i0 * stride0 + i1 * stride1 + ... + r  |  0 <= ik < countk,  0 <= r < run_bytes }
//
//         lo                                                        hi
//         |####....####....####....|....|####....####....####.......|      run_bytes = 4
//          <--8-->  steps[1] = {3, 8}                                       steps in descending stride
//          <-------- steps[0] = {2, 29} ------->
//
// `normalize` makes different descriptions of one set alike: axes of extent 1 or stride 0 vanish, negative
// strides are turned round, axes are sorted by stride, and an axis is folded into the one below it wherever
// that leaves the set of bytes as it is. Transposed, reversed and reshaped views of the same bytes come out
// equal, and a tile of a row-major matrix has one step, a block of whole rows none. Steps may still overlap
// each other (a sliding window); every function here is right for those, too.
//
// Values are plain integers; nothing is dereferenced and nothing is allocated. The bytes must lie inside the
// address space: lo <= hi without wrap-around, and the spans of two regions that are compared must add up to
// less than 2^64.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace weir {

/// Most axes a tensor view has.
inline constexpr std::size_t kMaxRegionAxes = 5;

/// One axis of a view as the caller knows it. `extent >= 1`; the stride may be negative or zero.
struct RegionAxis {
    std::int64_t extent;
    std::int64_t stride_bytes;
};

/// One repetition of a normalized region. `count >= 2`, `stride_bytes >= 1`.
struct RegionStep {
    std::uint64_t count;
    std::uint64_t stride_bytes;

    friend bool operator==(const RegionStep&, const RegionStep&) noexcept = default;
};

/// A normalized set of bytes. Steps at and behind `step_count` are zero.
struct Region {
    std::uint64_t lo;         ///< lowest address
    std::uint64_t hi;         ///< one past the highest address
    std::uint64_t run_bytes;  ///< length of the innermost contiguous run; below every stride
    std::uint64_t step_count;
    std::array<RegionStep, kMaxRegionAxes> steps;  ///< strictly descending stride

    [[nodiscard]] bool contiguous() const noexcept { return step_count == 0; }

    friend bool operator==(const Region&, const Region&) noexcept = default;
};

/// The region of a view: element (0, 0, ...) at `base`, at most `kMaxRegionAxes` axes (none: a single
/// element).
[[nodiscard]] Region normalize(std::uintptr_t base, std::uint64_t element_size,
                               std::span<const RegionAxis> axes) noexcept;

/// A hash of a geometry as it stands, before normalization: equal arguments, equal key. Unequal arguments may
/// collide, so a match has to be confirmed.
[[nodiscard]] std::uint64_t identity_key(std::uintptr_t base, std::uint64_t element_size,
                                         std::span<const RegionAxis> axes) noexcept;

/// What a search for a common byte found out.
enum class Overlap : std::uint8_t {
    kNone,       ///< certainly no byte in common
    kSome,       ///< certainly a byte in common
    kUndecided,  ///< the node limit was reached first
};

/// Nodes an overlap search visits at most. Regions of which at most two steps interleave are decided without
/// branching, whatever their size; a node costs some thirty nanoseconds, so this bounds the rest to some tens
/// of microseconds.
inline constexpr unsigned kOverlapNodeLimit = 1024;

/// The search behind `overlaps`, with its verdict and its limit in the open.
[[nodiscard]] Overlap find_overlap(const Region& a, const Region& b,
                                   unsigned node_limit = kOverlapNodeLimit) noexcept;

/// Whether two regions share a byte. Never false when they do; true without certainty only where
/// `find_overlap` is undecided.
[[nodiscard]] inline bool overlaps(const Region& a, const Region& b) noexcept {
    if (a.hi <= b.lo || b.hi <= a.lo) return false;
    if (a.lo == b.lo || (a.contiguous() && b.contiguous())) return true;
    return find_overlap(a, b) != Overlap::kNone;
}

/// Whether every byte of `inner` certainly belongs to `outer`. Exact when `outer` is contiguous, when the two
/// are equal, and when both are boxes on one grid of strides along which the outer one does not overlap
/// itself; otherwise it may be false although the bytes are covered.
[[nodiscard]] bool covers(const Region& outer, const Region& inner) noexcept;

}  // namespace weir
