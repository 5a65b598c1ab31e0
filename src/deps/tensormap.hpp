// SPDX-License-Identifier: Apache-2.0
/// TensorMap: which earlier tasks must a task wait for, given the regions of memory that it reads and writes.
///
/// Two levels. An exact-match hash finds the region that a tensor names if it was named before: the usual
/// tile costs one probe. Each space (all external memory; the blocks of one owner) has an ordered index, a
/// treap by first byte with the largest last byte of each subtree, that finds every region that shares a byte
/// with a new one. Addresses are absolute, so external buffers that overlap under different base addresses
/// meet in the index of external memory.
///
/// A region keeps the last write that had waited for everything before it, the reads since, and writes that
/// did not wait (MANUAL scopes, no_dep). An access is dead once its task is COMPLETED; dead ones are dropped
/// when a list grows, and when the pool is short a sweep drops them everywhere, with the regions that have
/// none left. The regions of earlier runs stay, since the next run often names the same; a region that is new
/// takes the place of those that overlap with it and were not named in this run.
///
/// Used by the orchestrator's thread alone. Nothing here allocates.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <weir/tensor.hpp>

#include "deps/tensormap_entry.hpp"
#include "memory/task_ring.hpp"
#include "model/region.hpp"

namespace weir {

class TensorMap {
public:
    /// `entries` in a pool; index 0 stands for "no entry", so they count from 1. `buckets` zeroed, a power of
    /// two.
    void attach(TensorMapEntry* pool, std::uint64_t entries, EntryIndex* buckets, std::uint64_t bucket_count,
                std::span<TaskRing, kRings> rings) noexcept;

    /// A run begins; every access of the earlier ones is dead.
    void begin_run() noexcept;

    /// Entries that one argument can need at most: the region, its further steps when more than two can
    /// remain, and a block for the access.
    static std::uint64_t entries_needed(const detail::TensorRecord& record) noexcept {
        return 2 + (record.ndim > 2 ? 1U : 0U);
    }

    /// Whether `entries` more can be had, after dropping what is dead if need be.
    [[nodiscard]] bool reserve(std::uint64_t entries) noexcept;

    /// The region of a tensor, made when it is new; `reserve` must have said yes. `owner_word` is the TaskRef
    /// of the task that owns the memory, 0 for external memory.
    EntryIndex locate(const detail::TensorRecord& record, std::uint64_t key,
                      std::uint64_t owner_word) noexcept;

    /// Calls `visit(TaskRef)` for each task, not completed, that an access to the region must wait for:
    /// writers, and for a write also readers. A visitor with `seen(AccessRef, bool completed)` is told that
    /// instead, also of those that have completed and are still entered.
    template <class Visit>
    void conflicts(EntryIndex region, bool writes, Visit&& visit) noexcept;

    /// Enters an access. `waited`: the task waits for all conflicts, so a write takes the place of every
    /// region that it covers.
    void record(EntryIndex region, detail::TaskRef task, bool writes, bool waited) noexcept;

    /// Calls `on_dropped` for each task whose access is dropped since it has completed; null: nobody is told.
    void watch(void (*on_dropped)(void* to, detail::TaskRef task), void* to) noexcept {
        on_dropped_ = on_dropped;
        watcher_ = to;
    }

    /// Forgets the regions of an owner whose memory is free again.
    void forget_owner(TaskEntry& owner) noexcept;

    /// Forgets every region. All tasks that were recorded must have completed.
    void forget_all() noexcept;

    /// A pool of other size takes the place of this one, which is empty: after forget_all. As in `attach`.
    void replace(TensorMapEntry* pool, std::uint64_t entries, EntryIndex* buckets,
                 std::uint64_t bucket_count) noexcept;

    /// Entries in use, dead ones included until they are dropped.
    [[nodiscard]] std::uint64_t used() const noexcept { return taken_ - given_back_; }
    /// Entries ever taken.
    [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }
    [[nodiscard]] std::uint64_t given_back() const noexcept { return given_back_; }
    [[nodiscard]] std::uint64_t capacity() const noexcept { return capacity_; }

private:
    struct Found;  // visitor state of an index walk

    [[nodiscard]] bool live(AccessRef access) const noexcept {
        return access.valid() &&
               !rings_[static_cast<std::size_t>(access.task().ring())].completed(access.task().number());
    }
    [[nodiscard]] TensorMapEntry& at(EntryIndex index) const noexcept { return pool_[index]; }
    [[nodiscard]] RegionNode& node(EntryIndex index) const noexcept { return pool_[index].region; }
    [[nodiscard]] EntryIndex& bucket(std::uint64_t lo, std::uint64_t run_bytes,
                                     std::uint32_t key) const noexcept;
    [[nodiscard]] Region region_of(const RegionNode& node) const noexcept;
    [[nodiscard]] bool same(const RegionNode& node, const Region& region) const noexcept;

    EntryIndex take() noexcept;
    void give_back(EntryIndex index) noexcept;

    EntryIndex& root_of(std::uint32_t owner) noexcept;
    EntryIndex make(const Region& region, std::uint32_t key, std::uint32_t owner) noexcept;
    [[nodiscard]] bool isolate(EntryIndex& root, const Region& region) noexcept;
    [[nodiscard]] bool of_this_run(const RegionNode& region) const noexcept {
        return (region.flags & kRegionRun) == run_;
    }
    void insert(EntryIndex& root, EntryIndex index) noexcept;
    void erase(EntryIndex& root, EntryIndex index) noexcept;
    EntryIndex merge(EntryIndex left, EntryIndex right) noexcept;
    void split(EntryIndex tree, EntryIndex pivot, EntryIndex& left, EntryIndex& right) noexcept;
    void update(EntryIndex index) noexcept;
    [[nodiscard]] bool before(EntryIndex a, EntryIndex b) const noexcept;

    template <class Visit>
    void visit_accesses(RegionNode& region, bool writes, Visit& visit) noexcept;
    template <class Visit>
    void for_each_overlap(EntryIndex tree, const Region& region, EntryIndex self, Visit& visit) noexcept;

    void add_access(RegionNode& region, AccessRef access) noexcept;
    void drop_dead(AccessBlock& block) const noexcept;
    bool stays(AccessRef access) const noexcept;
    void drop_oldest_if_dead(RegionNode& region) noexcept;
    /// Drops dead accesses; returns whether any is left, the writer included.
    bool prune(RegionNode& region) noexcept;
    void clear_accesses(RegionNode& region) noexcept;
    void unlink(EntryIndex index) noexcept;
    void sweep() noexcept;

    /// A tensor of external memory with one or two axes that was located lately: the whole record, so that
    /// finding it needs no normalization and no comparison of regions.
    struct Recent {
        const std::byte* data = nullptr;
        std::uint64_t elements = 0;
        Axis axes[2] = {};
        std::uint32_t shape = 0;  ///< axes and dtype
        EntryIndex region = 0;
        std::uint64_t sweeps = 0;  ///< `sweeps_` when it was located: the region may have been dropped since

        [[nodiscard]] bool is(const detail::TensorRecord& record) const noexcept {
            return data == record.data && elements == record.elements && shape == shape_of(record) &&
                   axes[0].extent == record.axes[0].extent && axes[0].stride == record.axes[0].stride &&
                   (record.ndim == 1 ||
                    (axes[1].extent == record.axes[1].extent && axes[1].stride == record.axes[1].stride));
        }
        static std::uint32_t shape_of(const detail::TensorRecord& record) noexcept {
            return static_cast<std::uint32_t>(record.ndim << 8U | record.dtype);
        }
    };
    static constexpr std::size_t kRecent = 256;
    [[nodiscard]] Recent& recent(const detail::TensorRecord& record, std::uint64_t key) noexcept {
        const std::uint64_t place = reinterpret_cast<std::uintptr_t>(record.data) / 64;
        return recent_[(place ^ (place >> 8U) ^ key) % kRecent];
    }
    EntryIndex locate_region(const detail::TensorRecord& record, std::uint64_t key,
                             std::uint64_t owner_word) noexcept;

    TensorMapEntry* pool_ = nullptr;
    EntryIndex* buckets_ = nullptr;
    TaskRing* rings_ = nullptr;
    EntryIndex free_ = 0;  ///< list of entries that were given back
    EntryIndex external_root_ = 0;
    std::array<Recent, kRecent> recent_{};
    std::uint64_t sweeps_ = 1;      ///< of the pool, and beginnings of runs
    std::uint8_t run_ = 0;          ///< in the bits of kRegionRun
    std::uint64_t untouched_ = 1;   ///< entries from here on were never used
    std::uint64_t taken_ = 0;       ///< in all
    std::uint64_t given_back_ = 0;  ///< in all
    std::uint64_t capacity_ = 0;
    std::uint64_t bucket_mask_ = 0;
    void (*on_dropped_)(void* to, detail::TaskRef task) = nullptr;
    void* watcher_ = nullptr;
};

template <class Visit>
void TensorMap::visit_accesses(RegionNode& region, bool writes, Visit& visit) noexcept {
    const auto visit_one = [&](AccessRef access) {
        if constexpr (requires { visit.seen(access, true); }) {
            if (access.valid()) visit.seen(access, !live(access));
        } else {
            if (live(access)) visit(access.task());
        }
    };
    visit_one(region.writer);
    if (region.accesses == 0 || (!writes && (region.flags & kRegionHasUnorderedWrite) == 0)) return;
    EntryIndex index = region.accesses;
    do {
        index = at(index).block.next;
        const AccessBlock& block = at(index).block;
        for (std::uint32_t i = 0; i < block.count; ++i) {
            const AccessRef access = block.refs[i];
            if (writes || access.writes()) visit_one(access);
        }
    } while (index != region.accesses);
}

template <class Visit>
void TensorMap::for_each_overlap(EntryIndex tree, const Region& region, EntryIndex self,
                                 Visit& visit) noexcept {
    while (tree != 0 && node(tree).max_hi > region.lo) {
        for_each_overlap(node(tree).left, region, self, visit);
        if (node(tree).lo >= region.hi) return;
        if (tree != self && node(tree).hi > region.lo && overlaps(region_of(node(tree)), region)) visit(tree);
        tree = node(tree).right;
    }
}

template <class Visit>
void TensorMap::conflicts(EntryIndex index, bool writes, Visit&& visit) noexcept {
    RegionNode& self = node(index);
    visit_accesses(self, writes, visit);
    if ((self.flags & kRegionIsolated) != 0) return;
    const Region region = region_of(self);
    const auto visit_region = [&](EntryIndex other) { visit_accesses(node(other), writes, visit); };
    for_each_overlap(root_of(self.owner), region, index, visit_region);
}

}  // namespace weir
