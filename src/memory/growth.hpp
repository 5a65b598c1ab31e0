// SPDX-License-Identifier: Apache-2.0
/// How a ring grows while a run goes on. The orchestrator's thread does all of it, inside a submit that the
/// capacity verdict would refuse, before anything of that submit has happened (orchestrator/grow.cpp).
///
/// *What can be short for ever.* Entries (consumed window), heap, dependency pool, TensorMap. A task window
/// of 4 slots, and a payload of the largest task, are enough for any request, and valid values are not
/// smaller; so these two never grow.
///
/// *Quiesce.* Everything that was submitted finishes, and every waterline goes as far as it can. For each
/// ring:
///
///     1  the orchestrator drops the reference of each open scope on each of its owners, as if the scope had
///        closed, but leaves the consumed waterline; and waits until each entry is CONSUMED      release-2
///     2  it takes these references back: such an owner is RELEASED again, with one reference; then both
///        waterlines move
///
/// A CONSUMED task has been RELEASED, so slots, payload, edges and ready queues are empty behind step 1. It
/// does not wait for RELEASED, since that is too early: a worker that has made an owner RELEASED still drops
/// the reference of the task to itself, and keepers, which may be tasks of other rings, drop theirs. The
/// store of CONSUMED is the last access of any other thread to an entry; `IdleThreads::transitioned` behind
/// it compares the address and reads nothing.
///
/// The order of the rings does not matter. No task waits for another to be CONSUMED, so all finish whichever
/// ring is waited for. Tasks of the next ring, still in flight when the first is held again, touch no entry
/// of it: they would have a reference on it, or be on a list that is closed. And nothing is submitted
/// before all rings are through. So behind the last ring the orchestrator alone knows any entry, until its
/// next publish (deps-3, ring-1).
///
/// *Who points to an entry then:*
///
///     TaskSlot::entry, DepEntry::owner       none: every task has been RELEASED
///     fanout lists                           closed: every task has completed
///     IdleThreads::awaited                   null: nobody waits
///     TensorMap: regions name the entry of   none: every access is dead, and TensorMap::forget_all drops all
///       their owner by its place               regions, with the roots in TaskEntry::regions
///     ProducerList: `seen` beside an entry   new words, zeroed; the list is made anew for each submit
///     scope stack, TaskEntry::previous_owner running numbers, which do not change
///
/// *Entries* are copied to the places that the larger window gives their numbers; the old ones go back to the
/// system. *Dependency pool* and *TensorMap* are empty and are replaced by larger ones; running counts go on.
///
/// *Heap.* No live byte moves. The ring goes on in a new region, at its beginning. The region before it is
/// retired when its last block is free, and counts as a whole until then: the entries whose blocks are in it
/// are given the position of the tail then as theirs, so that the tail stays there until the waterline passes
/// the last of them, and then moves over all of it. `until_number` is the task behind that last one.
///
///     position of the ring   0 ......... tail ............ region_begin ............ head
///     region                 given back | retiring, `held` bytes | the present one, `capacity` bytes
///
/// So head minus tail stays the occupancy, what fits stays a comparison with the capacity, and a task pays
/// nothing for any of this. The verdict counts what is held in the present region.
///
/// *Limit.* `bytes` is what the sizes in force come to when every page has been touched
/// (ArenaLayout::memory_bytes), and the regions that retire. It never exceeds the limit, also not while
/// entries are copied, when both copies count.
///
/// Regions are given back at the end of the run, and the next run starts in the arena with its own sizes.
/// The interleavings of quiesce with workers are explored in tests/interleave/growth_test.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <source_location>
#include <vector>

#include <weir/config.hpp>

#include "memory/arena.hpp"
#include "memory/mapping.hpp"
#include "memory/task_entry.hpp"
#include "model/sizes.hpp"

namespace weir {

/// What may grow in a run, and how far.
struct GrowthRules {
    /// By resource and ring; false: the size is a bound.
    std::array<std::array<bool, kRings>, kResources> may_grow{};
    /// Bytes, see above.
    std::uint64_t memory_limit = ~std::uint64_t{0};
    /// What set it, for messages.
    const char* limit_is = "memory_limit is";
    /// False: nobody could say beforehand whether the program fits into the limit.
    bool limit_was_planned = true;
};

/// The memory that one run has beside the arena, and what grew.
class Growth {
public:
    /// Rings lie in this arena, which has at least these sizes; what was mapped before goes.
    void start(const Sizes& sizes, const ArenaLayout& layout, const Arena& arena) noexcept;
    void begin_run(const GrowthRules& rules) noexcept;

    [[nodiscard]] const GrowthRules& rules() const noexcept { return rules_; }
    [[nodiscard]] bool may_grow(Resource resource, int ring) const noexcept {
        return rules_.may_grow[static_cast<std::size_t>(resource)][static_cast<std::size_t>(ring)];
    }
    /// Since `start`.
    [[nodiscard]] bool any() const noexcept { return grown_; }
    /// What grew in this run, and the most that the rings could have come to. Once for each run.
    void report(RunResult& result) noexcept;

    /// Bytes that count against the limit with these sizes, and `besides` more. Nothing when the sum cannot
    /// be.
    [[nodiscard]] std::optional<std::uint64_t> bytes_with(const Sizes& sizes,
                                                          std::uint64_t besides) const noexcept;

    // Each maps memory for `sizes`, those with the larger value, and makes it what is in force. They throw
    // out_of_memory or std::bad_alloc, leaving everything as it was.

    /// Entries, and the words of ProducerList beside them. Those before stay until `entries_copied`.
    struct Entries {
        TaskEntry* entries;
        std::uint64_t* seen;
    };
    Entries map_entries(int ring, const Sizes& sizes);
    void entries_copied(int ring) noexcept;
    DepEntry* map_dep_pool(int ring, const Sizes& sizes);
    struct TensorMapParts {
        std::byte* pool;
        std::byte* buckets;
        std::uint64_t bucket_count;
    };
    TensorMapParts map_tensormap(const Sizes& sizes);
    struct HeapRegion {
        std::byte* base;
        std::uint64_t mapped;
    };
    /// The region before, of which `held` bytes are in use, retires when all tasks before `until_number` are
    /// CONSUMED; at once if none is.
    HeapRegion map_heap(int ring, const Sizes& sizes, std::uint64_t held, std::uint64_t until_number);
    /// What counts now, with `besides` for a moment.
    void count(const Sizes& sizes, std::uint64_t besides = 0) noexcept;

    /// So that the next `note` takes no memory.
    void reserve_note() { sizes_.reserve(sizes_.size() + 1); }
    /// That a size of `from` grew for the submit at `site`, and how much would have been enough until now.
    void note(Resource resource, int ring, std::uint64_t from, std::uint64_t enough,
              std::source_location site);

    [[nodiscard]] bool retiring() const noexcept { return !retiring_.empty(); }
    /// Gives back the regions of a ring whose tasks before `first_unconsumed` are CONSUMED; returns how many
    /// bytes of them counted as used.
    std::uint64_t retire(int ring, std::uint64_t first_unconsumed) noexcept;

private:
    /// Memory of a resource: of its own, or a part of the arena.
    struct Part {
        Mapping mapping;  ///< empty: it lies in the arena
        std::byte* begin = nullptr;
        std::uint64_t bytes = 0;
    };
    struct Retiring {
        Part heap;
        int ring;
        std::uint64_t held;
        std::uint64_t until_number;
    };
    static void give_back_plain(const Part& part) noexcept;
    static void give_back_heap(const Part& part) noexcept;

    GrowthRules rules_;
    std::array<Part, kRings> entries_;  ///< with `seen` behind them, once they have grown
    std::array<Part, kRings> seen_;
    std::array<Part, kRings> copied_from_;  ///< entries that are being copied
    std::array<Part, kRings> deps_;
    Part tensormap_;  ///< with the buckets behind it
    std::array<Part, kRings> heaps_;
    std::vector<Retiring> retiring_;
    std::vector<GrownSize> sizes_;
    std::uint64_t bytes_ = 0;  ///< what counts now
    std::uint64_t most_bytes_ = 0;
    bool grown_ = false;
};

}  // namespace weir
