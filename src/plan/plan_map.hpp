// SPDX-License-Identifier: Apache-2.0
/// A TensorMap in which no task ever completes: what it would hold if nothing finished before the program's
/// end. It grows as needed, and forgets what the program can name no more.
///
/// The pool of a run in which tasks do complete never needs more than `entries()` says:
/// - An access that has not completed there is here, too: here a region's accesses go only when a write that
///   waited for them takes their place, and there the same write does the same.
/// - So each region that has one there has it here. Its accesses are in blocks; of those with one that has
///   not completed only the newest and the one in which the accesses begin that are here need not be full
///   of them. That is one block more than here at most, so `entries()` counts each region once more.
/// - Everything else goes when the pool is short (TensorMap::reserve).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "deps/tensormap.hpp"
#include "memory/task_ring.hpp"

namespace weir {

class PlanMap {
public:
    PlanMap();
    PlanMap(const PlanMap&) = delete;
    PlanMap& operator=(const PlanMap&) = delete;

    /// Gives the memory of a task a space of its own.
    void add_owner(detail::TaskRef owner);
    /// The scope of the owner has closed: nobody can name its memory any more.
    void forget_owner(detail::TaskRef owner);

    /// As those of TensorMap; room is made.
    EntryIndex locate(const detail::TensorRecord& record, std::uint64_t owner_word);
    template <class Visit>
    void conflicts(EntryIndex region, bool writes, Visit&& visit) {
        map_.conflicts(region, writes, visit);
    }
    void record(EntryIndex region, detail::TaskRef task, bool writes, bool waited);

    /// Entries of a pool that would be in use at most.
    [[nodiscard]] std::uint64_t entries() const noexcept { return map_.used() + forgotten_ + regions_; }

private:
    void make_room();
    void make_places();

    std::vector<std::byte> pool_;
    std::vector<EntryIndex> buckets_;
    /// Owners by place. No task is ever CONSUMED here, so places count from 1 and not by running number.
    std::unique_ptr<TaskEntry[]> owners_;
    std::uint64_t places_ = 0;
    std::vector<std::uint64_t> free_places_;
    std::unordered_map<std::uint64_t, std::uint64_t> place_of_;  ///< by TaskRef word
    std::array<TaskRing, kRings> rings_;                         ///< over `owners_`, all of them
    TensorMap map_;
    std::uint64_t forgotten_ = 0;  ///< entries of owners that were forgotten
    std::uint64_t regions_ = 0;    ///< all that were ever made
};

}  // namespace weir
