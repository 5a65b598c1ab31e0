// SPDX-License-Identifier: Apache-2.0
/// What the TensorMap's pool is made of: regions, the lists of their accesses, and the steps of regions that
/// have more than two.
#pragma once

#include <cstdint>

#include <weir/task.hpp>

#include "model/sizes.hpp"

namespace weir {

/// Place in the pool; 0 is no place.
using EntryIndex = std::uint32_t;

/// A task's use of a region: the task, and whether it writes.
class AccessRef {
public:
    AccessRef() = default;
    AccessRef(detail::TaskRef task, bool writes) noexcept : word_(task.word() | (writes ? kWrites : 0)) {}

    [[nodiscard]] bool valid() const noexcept { return word_ != 0; }
    [[nodiscard]] bool writes() const noexcept { return (word_ & kWrites) != 0; }
    [[nodiscard]] detail::TaskRef task() const noexcept { return detail::TaskRef(word_ & ~kWrites); }

private:
    static constexpr std::uint64_t kWrites = std::uint64_t{1} << 63U;
    std::uint64_t word_ = 0;
};

/// A region of memory that tasks have used, in the index of its space (external memory, or one owner's
/// blocks).
///
/// `isolated`: no other region of the index shares a byte with it, so what is found here is all there is.
/// This makes the lookup of a tile of a regular tiling O(1), however many tiles the matrix has.
struct RegionNode {
    std::uint64_t lo;      ///< first byte
    std::uint64_t hi;      ///< one past the last byte
    std::uint64_t max_hi;  ///< largest hi in the subtree
    AccessRef writer;      ///< the last write that had waited for everything before it
    std::uint64_t run_bytes;
    std::uint64_t strides[2];  ///< of the two outermost steps
    std::uint32_t counts[2];
    std::uint32_t key;    ///< of the geometry, for the hash
    std::uint32_t owner;  ///< 0: external memory; else ring and entry of the owner, plus 1
    EntryIndex left;
    EntryIndex right;
    EntryIndex hash_next;
    EntryIndex accesses;     ///< newest AccessBlock: readers since `writer`, and writers that did not wait
    EntryIndex more_steps;   ///< MoreSteps, when there are more than two
    std::uint16_t priority;  ///< of the treap
    std::uint8_t step_count;
    std::uint8_t flags;
};
inline constexpr std::uint8_t kRegionIsolated = 1;
/// Two kinds of entry that the sweep over the pool must tell apart from the others.
inline constexpr std::uint8_t kEntryIsRegion = 2;

/// Among the accesses are writes that did not wait: a read has to look at the list, too.
inline constexpr std::uint8_t kRegionHasUnorderedWrite = 4;

/// The run, counted modulo 32, in which a region was last named.
inline constexpr std::uint8_t kRegionRun = 0xf8;
inline constexpr std::uint8_t kRegionRunStep = 0x08;

/// Accesses of one region, oldest first; the blocks form a circle, in which the newest is followed by the
/// oldest.
struct AccessBlock {
    static constexpr std::uint32_t kCapacity = 10;
    AccessRef refs[kCapacity];
    EntryIndex next;
    std::uint32_t count;
    std::uint8_t unused[7];
    std::uint8_t flags;  ///< 0, where RegionNode has its own
};

struct MoreSteps {
    std::uint64_t strides[3];
    std::uint64_t counts[3];
};

union TensorMapEntry {
    RegionNode region;
    AccessBlock block;
    MoreSteps steps;
    EntryIndex next_free;
};
static_assert(sizeof(RegionNode) == kTensorMapEntryBytes, "a region is one entry");
static_assert(sizeof(AccessBlock) == kTensorMapEntryBytes, "a block of accesses is one entry");
static_assert(sizeof(TensorMapEntry) == kTensorMapEntryBytes, "the arena lays out the pool by this size");

}  // namespace weir
