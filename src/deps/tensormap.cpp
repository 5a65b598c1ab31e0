// SPDX-License-Identifier: Apache-2.0
#include "deps/tensormap.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>

namespace weir {

namespace {

constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15ULL;
constexpr std::uint64_t kBucketsPerLine = 64 / sizeof(EntryIndex);

/// 0 for external memory, else ring and entry of the owner, plus 1.
std::uint32_t owner_code(std::span<const TaskRing, kRings> rings, std::uint64_t owner_word) noexcept {
    if (owner_word == 0) return 0;
    const detail::TaskRef owner(owner_word);
    const std::uint64_t place = rings[static_cast<std::size_t>(owner.ring())].entry_index(owner.number());
    return static_cast<std::uint32_t>(place * kRings + static_cast<std::uint64_t>(owner.ring()) + 1);
}

Region region_of_record(const detail::TensorRecord& record) noexcept {
    const std::uint64_t bytes = size_of(record.type());
    if (record.contiguous != 0) {
        // What normalize would say, without its sorting.
        const std::uint64_t lo = reinterpret_cast<std::uintptr_t>(record.data);
        return {lo, lo + record.elements * bytes, record.elements * bytes, 0, {}};
    }
    std::array<RegionAxis, kMaxAxes> axes;
    const std::size_t count = record.ndim;
    for (std::size_t i = 0; i < count; ++i)
        axes[i] = {record.axes[i].extent, record.axes[i].stride * static_cast<std::int64_t>(bytes)};
    return normalize(reinterpret_cast<std::uintptr_t>(record.data), bytes, {axes.data(), count});
}

}  // namespace

void TensorMap::attach(TensorMapEntry* pool, std::uint64_t entries, EntryIndex* buckets,
                       std::uint64_t bucket_count, std::span<TaskRing, kRings> rings) noexcept {
    // One more entry lies in front of the pool: index 0 is "none".
    pool_ = pool - 1;
    capacity_ = entries;
    buckets_ = buckets;
    bucket_mask_ = bucket_count - 1;
    rings_ = rings.data();
}

void TensorMap::forget_all() noexcept {
    sweep();
    assert(used() == 0 && external_root_ == 0);
}

void TensorMap::replace(TensorMapEntry* pool, std::uint64_t entries, EntryIndex* buckets,
                        std::uint64_t bucket_count) noexcept {
    assert(used() == 0);
    attach(pool, entries, buckets, bucket_count, std::span<TaskRing, kRings>(rings_, kRings));
    free_ = 0;
    untouched_ = 1;
}

void TensorMap::begin_run() noexcept {
    run_ = static_cast<std::uint8_t>(run_ + kRegionRunStep);
    ++sweeps_;
}

bool TensorMap::reserve(std::uint64_t entries) noexcept {
    if (capacity_ - used() >= entries) return true;
    sweep();
    return capacity_ - used() >= entries;
}

EntryIndex TensorMap::take() noexcept {
    assert(used() < capacity_);
    ++taken_;
    if (free_ != 0) {
        const EntryIndex index = free_;
        free_ = at(index).next_free;
        return index;
    }
    return static_cast<EntryIndex>(untouched_++);
}

void TensorMap::give_back(EntryIndex index) noexcept {
    at(index).region.flags = 0;
    at(index).next_free = free_;
    free_ = index;
    ++given_back_;
}

EntryIndex& TensorMap::bucket(std::uint64_t lo, std::uint64_t run_bytes, std::uint32_t key) const noexcept {
    // Tiles that follow one another in memory share a cache line of buckets; lines are hashed.
    const std::uint64_t tile = lo >> (static_cast<unsigned>(std::bit_width(run_bytes | 1U)) - 1U);
    const std::uint64_t line = tile / kBucketsPerLine;
    const std::uint64_t hash = (line ^ (static_cast<std::uint64_t>(key) << 32U)) * kGolden;
    return buckets_[((hash >> 32U) * kBucketsPerLine + tile % kBucketsPerLine) & bucket_mask_];
}

Region TensorMap::region_of(const RegionNode& node) const noexcept {
    Region region{};
    region.lo = node.lo;
    region.hi = node.hi;
    region.run_bytes = node.run_bytes;
    region.step_count = node.step_count;
    for (std::size_t i = 0; i < std::min<std::size_t>(2, node.step_count); ++i)
        region.steps[i] = {node.counts[i], node.strides[i]};
    for (std::size_t i = 2; i < node.step_count; ++i) {
        const MoreSteps& more = at(node.more_steps).steps;
        region.steps[i] = {more.counts[i - 2], more.strides[i - 2]};
    }
    return region;
}

bool TensorMap::same(const RegionNode& node, const Region& region) const noexcept {
    if (node.lo != region.lo || node.hi != region.hi || node.run_bytes != region.run_bytes ||
        node.step_count != region.step_count)
        return false;
    return node.step_count == 0 || region_of(node) == region;
}

EntryIndex& TensorMap::root_of(std::uint32_t owner) noexcept {
    if (owner == 0) return external_root_;
    const std::uint32_t place = owner - 1;
    return rings_[place % kRings].entry(place / kRings).regions;
}

EntryIndex TensorMap::locate(const detail::TensorRecord& record, std::uint64_t key,
                             std::uint64_t owner_word) noexcept {
    if (owner_word != 0 || record.ndim > 2) return locate_region(record, key, owner_word);
    Recent& found = recent(record, key);
    if (found.sweeps == sweeps_ && found.is(record)) return found.region;
    found.data = record.data;
    found.elements = record.elements;
    found.shape = Recent::shape_of(record);
    for (std::size_t i = 0; i < record.ndim; ++i) found.axes[i] = record.axes[i];
    found.region = locate_region(record, key, owner_word);
    found.sweeps = sweeps_;
    return found.region;
}

EntryIndex TensorMap::locate_region(const detail::TensorRecord& record, std::uint64_t key,
                                    std::uint64_t owner_word) noexcept {
    const auto short_key = static_cast<std::uint32_t>(key ^ (key >> 32U));
    Region region = region_of_record(record);
    if (region.step_count > 0 && (region.steps[0].count >> 32U) != 0) {
        // More repetitions than an entry can hold: all bytes between the first and the last, which misses
        // nothing.
        region.steps = {};
        region.step_count = 0;
        region.run_bytes = region.hi - region.lo;
    }
    const std::uint32_t owner = owner_code(std::span<const TaskRing, kRings>(rings_, kRings), owner_word);
    for (EntryIndex index = bucket(region.lo, region.run_bytes, short_key); index != 0;
         index = node(index).hash_next)
        if (node(index).key == short_key && node(index).owner == owner && same(node(index), region)) {
            node(index).flags = static_cast<std::uint8_t>((node(index).flags & ~kRegionRun) | run_);
            return index;
        }
    return make(region, short_key, owner);
}

/// Before a region enters the index: drops what it overlaps with of earlier runs. Whether no other is left.
bool TensorMap::isolate(EntryIndex& root, const Region& region) noexcept {
    for (;;) {
        std::array<EntryIndex, 16> earlier;
        std::size_t count = 0;
        bool alone = true;
        const auto meet = [&](EntryIndex other) {
            if (of_this_run(node(other))) {
                node(other).flags = static_cast<std::uint8_t>(node(other).flags & ~kRegionIsolated);
                alone = false;
            } else if (count < earlier.size()) {
                earlier[count++] = other;
            }
        };
        for_each_overlap(root, region, 0, meet);
        if (count == 0) return alone;
        for (std::size_t i = 0; i < count; ++i) {
            erase(root, earlier[i]);
            unlink(earlier[i]);
        }
    }
}

EntryIndex TensorMap::make(const Region& region, std::uint32_t key, std::uint32_t owner) noexcept {
    const EntryIndex index = take();
    RegionNode& self = node(index);
    self = {};
    self.lo = region.lo;
    self.hi = region.hi;
    self.max_hi = region.hi;
    self.run_bytes = region.run_bytes;
    self.step_count = static_cast<std::uint8_t>(region.step_count);
    for (std::size_t i = 0; i < std::min<std::size_t>(2, region.step_count); ++i) {
        self.counts[i] = static_cast<std::uint32_t>(region.steps[i].count);
        self.strides[i] = region.steps[i].stride_bytes;
    }
    if (region.step_count > 2) {
        self.more_steps = take();
        MoreSteps& more = at(self.more_steps).steps;
        more = {};
        for (std::size_t i = 2; i < region.step_count; ++i) {
            more.strides[i - 2] = region.steps[i].stride_bytes;
            more.counts[i - 2] = region.steps[i].count;
        }
    }
    self.key = key;
    self.owner = owner;
    self.priority = static_cast<std::uint16_t>((index * kGolden) >> 40U);
    EntryIndex& root = root_of(owner);
    const bool alone = isolate(root, region);
    self.flags = static_cast<std::uint8_t>(kEntryIsRegion | (alone ? kRegionIsolated : 0) | run_);
    insert(root, index);
    EntryIndex& first = bucket(self.lo, self.run_bytes, key);
    self.hash_next = first;
    first = index;
    return index;
}

bool TensorMap::before(EntryIndex a, EntryIndex b) const noexcept {
    return node(a).lo != node(b).lo ? node(a).lo < node(b).lo : a < b;
}

void TensorMap::update(EntryIndex index) noexcept {
    RegionNode& self = node(index);
    self.max_hi = self.hi;
    if (self.left != 0) self.max_hi = std::max(self.max_hi, node(self.left).max_hi);
    if (self.right != 0) self.max_hi = std::max(self.max_hi, node(self.right).max_hi);
}

void TensorMap::split(EntryIndex tree, EntryIndex pivot, EntryIndex& left, EntryIndex& right) noexcept {
    if (tree == 0) {
        left = right = 0;
        return;
    }
    if (before(tree, pivot)) {
        split(node(tree).right, pivot, node(tree).right, right);
        left = tree;
    } else {
        split(node(tree).left, pivot, left, node(tree).left);
        right = tree;
    }
    update(tree);
}

EntryIndex TensorMap::merge(EntryIndex left, EntryIndex right) noexcept {
    if (left == 0) return right;
    if (right == 0) return left;
    if (node(left).priority >= node(right).priority) {
        node(left).right = merge(node(left).right, right);
        update(left);
        return left;
    }
    node(right).left = merge(left, node(right).left);
    update(right);
    return right;
}

void TensorMap::insert(EntryIndex& root, EntryIndex index) noexcept {
    if (root == 0) {
        root = index;
    } else if (node(root).priority >= node(index).priority) {
        insert(before(index, root) ? node(root).left : node(root).right, index);
        update(root);
    } else {
        split(root, index, node(index).left, node(index).right);
        update(index);
        root = index;
    }
}

void TensorMap::erase(EntryIndex& root, EntryIndex index) noexcept {
    if (root == index) {
        root = merge(node(index).left, node(index).right);
        return;
    }
    erase(before(index, root) ? node(root).left : node(root).right, index);
    update(root);
}

void TensorMap::record(EntryIndex index, detail::TaskRef task, bool writes, bool waited) noexcept {
    RegionNode& self = node(index);
    if (!writes || !waited) {
        add_access(self, AccessRef(task, writes));
        return;
    }
    clear_accesses(self);
    self.writer = AccessRef(task, true);
    if ((self.flags & kRegionIsolated) != 0) return;
    const Region region = region_of(self);
    bool met = false;
    const auto take_place = [&](EntryIndex other) {
        met = true;
        if (covers(region, region_of(node(other)))) clear_accesses(node(other));
    };
    for_each_overlap(root_of(self.owner), region, index, take_place);
    if (!met) self.flags |= kRegionIsolated;
}

void TensorMap::add_access(RegionNode& region, AccessRef access) noexcept {
    if (access.writes()) region.flags |= kRegionHasUnorderedWrite;
    if (region.accesses == 0) {
        region.accesses = take();
        at(region.accesses).block = {};
        at(region.accesses).block.next = region.accesses;
    } else if (at(region.accesses).block.count == AccessBlock::kCapacity) {
        // The oldest accesses die first: drop what is dead in the two oldest blocks, and go on in one that
        // got empty.
        drop_oldest_if_dead(region);
        drop_oldest_if_dead(region);
        AccessBlock& newest = at(region.accesses).block;
        if (newest.count == AccessBlock::kCapacity) {
            const EntryIndex fresh = take();
            at(fresh).block = {};
            at(fresh).block.next = newest.next;
            newest.next = fresh;
            region.accesses = fresh;
        }
    }
    AccessBlock& block = at(region.accesses).block;
    block.refs[block.count++] = access;
}

/// Asked once for each access that is to go: a task may complete between two questions, and whoever watches
/// would not be told.
bool TensorMap::stays(AccessRef access) const noexcept {
    if (live(access)) return true;
    if (on_dropped_ != nullptr && access.valid()) [[unlikely]]
        on_dropped_(watcher_, access.task());
    return false;
}

void TensorMap::drop_dead(AccessBlock& block) const noexcept {
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i < block.count; ++i)
        if (stays(block.refs[i])) block.refs[kept++] = block.refs[i];
    block.count = kept;
}

void TensorMap::drop_oldest_if_dead(RegionNode& region) noexcept {
    AccessBlock& newest = at(region.accesses).block;
    const EntryIndex oldest = newest.next;
    // While the oldest access lives the others probably do, and asking costs a line of a task in flight each.
    if (live(at(oldest).block.refs[0])) return;
    drop_dead(at(oldest).block);
    if (at(oldest).block.count != 0 || oldest == region.accesses) return;
    newest.next = at(oldest).block.next;
    give_back(oldest);
}

bool TensorMap::prune(RegionNode& region) noexcept {
    if (!stays(region.writer)) region.writer = AccessRef();
    if (region.accesses != 0) {
        EntryIndex previous = region.accesses;
        const EntryIndex last = region.accesses;
        for (bool done = false; !done;) {
            const EntryIndex index = at(previous).block.next;
            done = index == last;
            drop_dead(at(index).block);
            if (at(index).block.count != 0) {
                previous = index;
            } else if (index == previous) {
                region.accesses = 0;
                give_back(index);
            } else {
                at(previous).block.next = at(index).block.next;
                if (index == region.accesses) region.accesses = previous;
                give_back(index);
            }
        }
    }
    return region.writer.valid() || region.accesses != 0;
}

void TensorMap::clear_accesses(RegionNode& region) noexcept {
    region.writer = AccessRef();
    region.flags = static_cast<std::uint8_t>(region.flags & ~kRegionHasUnorderedWrite);
    if (region.accesses == 0) return;
    EntryIndex index = at(region.accesses).block.next;
    at(region.accesses).block.next = 0;
    region.accesses = 0;
    while (index != 0) {
        const EntryIndex next = at(index).block.next;
        give_back(index);
        index = next;
    }
}

void TensorMap::unlink(EntryIndex index) noexcept {
    RegionNode& self = node(index);
    EntryIndex* link = &bucket(self.lo, self.run_bytes, self.key);
    while (*link != index) link = &node(*link).hash_next;
    *link = self.hash_next;
    clear_accesses(self);
    if (self.more_steps != 0) give_back(self.more_steps);
    give_back(index);
}

void TensorMap::forget_owner(TaskEntry& owner) noexcept {
    // A tree taken apart from the root: the two halves of each node become one list through `left`.
    EntryIndex pending = owner.regions;
    owner.regions = 0;
    while (pending != 0) {
        const EntryIndex index = pending;
        if (node(index).left != 0 && node(index).right != 0) {
            const EntryIndex left = node(index).left;
            node(index).left = node(left).right;
            node(left).right = index;
            pending = left;
            continue;
        }
        pending = node(index).left != 0 ? node(index).left : node(index).right;
        unlink(index);
    }
}

void TensorMap::sweep() noexcept {
    ++sweeps_;
    for (std::uint64_t i = 1; i < untouched_; ++i) {
        const auto index = static_cast<EntryIndex>(i);
        RegionNode& region = node(index);
        if ((region.flags & kEntryIsRegion) == 0 || prune(region)) continue;
        erase(root_of(region.owner), index);
        unlink(index);
    }
}

}  // namespace weir
