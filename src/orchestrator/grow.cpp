// SPDX-License-Identifier: Apache-2.0
/// Growing instead of refusing: the protocol is in memory/growth.hpp.
#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "config/resource_table.hpp"
#include "orchestrator/orchestrator_core.hpp"

namespace weir::detail {

/// Calls `visit` with each owner of the ring whose scope is open.
template <class Visit>
void OrchestratorCore::for_each_held(TaskRing& r, Visit&& visit) noexcept {
    for (int depth = 0; depth <= scopes_.depth(); ++depth) {
        if (ScopeStack::ring_of(depth) != r.index()) continue;
        for (std::uint64_t number = scopes_.at(depth).last_owner; number != 0;) {
            TaskEntry& owner = r.entry(number);
            number = owner.previous_owner;
            visit(owner);
        }
    }
}

/// Step 1 of growth.hpp.
void OrchestratorCore::let_go(TaskRing& r) noexcept {
    for_each_held(r, [this](TaskEntry& owner) { scheduler_.lifecycle().drop_reference(owner); });
    for (std::uint64_t number = r.first_unconsumed(); number != r.next_number; ++number) {
        const TaskEntry& entry = r.entry(number);
        // release-2 acquire: with the store in Lifecycle::drop_reference, nobody else touches the entry.
        while (entry.state.load(std::memory_order_acquire) != TaskState::consumed) {
            wait_or_help(entry, TaskState::consumed);
            // Those who watch the run are told of the oldest tasks behind these waterlines.
            for (TaskRing& each : rings_) each.advance_released(TaskRing::kNoLimit);
        }
    }
}

/// Step 2.
void OrchestratorCore::hold_again(TaskRing& r) noexcept {
    for_each_held(r, [](TaskEntry& owner) { Lifecycle::hold_again(owner); });
}

void OrchestratorCore::quiesce() noexcept {
    shut_gate();
    start_waiting(ProgramWait::tasks);
    for (TaskRing& r : rings_) {
        let_go(r);
        hold_again(r);
        reclaim(r);
    }
    stop_waiting();
}

void OrchestratorCore::retire_regions() noexcept {
    for (TaskRing& r : rings_) {
        const std::uint64_t held = growth_.retire(r.index(), r.first_unconsumed());
        if (held == 0) continue;
        r.heap.retire(held);
        growth_.count(sizes_);
    }
}

void OrchestratorCore::grow(const Shortage& shortage, const Submit& submit) {
    const std::source_location site = submit.request->site;
    if (!growth_.may_grow(shortage.resource, submit.ring)) report_shortage(shortage, submit.ring, site);
    quiesce();
    if (scheduler_.control().stopped()) scheduler_.control().rethrow();
    const std::string failed = try_grow(shortage, submit);
    if (!failed.empty()) report_shortage(shortage, submit.ring, site, "; " + failed);
}

/// The sizes after the growth: twice as much, or as much as the request needs, or what the limit leaves for
/// it.
std::optional<Sizes> OrchestratorCore::larger_sizes(const Shortage& shortage, int ring_index,
                                                    std::uint64_t besides) const noexcept {
    const ResourceRow& row = row_of(shortage.resource);
    const std::uint64_t limit = growth_.rules().memory_limit;
    Sizes sizes = sizes_;
    std::uint64_t& size = size_in(sizes, row, static_cast<std::size_t>(ring_index));
    for (const std::uint64_t wanted : {std::max(2 * size, shortage.sufficient), shortage.sufficient}) {
        size = wanted;
        const auto bytes = growth_.bytes_with(sizes, besides);
        if (wanted <= row.high && bytes && *bytes <= limit) return sizes;
    }
    if (shortage.resource != Resource::heap) return std::nullopt;
    // A new region needs room for this request only.
    size = std::max(row.low, shortage.requested);
    const auto bytes = growth_.bytes_with(sizes, besides);
    if (!bytes || *bytes > limit) return std::nullopt;
    size = whole_pages(size) + (limit - *bytes) / whole_pages(1) * whole_pages(1);
    return sizes;
}

/// What the limit says of the least that the request needs.
std::string OrchestratorCore::limit_text(const Shortage& shortage, int ring_index,
                                         std::uint64_t besides) const {
    Sizes least = sizes_;
    size_in(least, row_of(shortage.resource), static_cast<std::size_t>(ring_index)) = shortage.sufficient;
    const auto bytes = growth_.bytes_with(least, besides);
    std::string text = "it may grow, but the rings would come to more than 2^46 bytes with it";
    if (bytes)
        text = fmt::format("it may grow, but the rings would come to {} bytes with it, and {} {}", *bytes,
                           growth_.rules().limit_is, growth_.rules().memory_limit);
    if (!growth_.rules().limit_was_planned)
        text +=
            "; the program reads data of its tasks, so that no plan could say before what it needs, and "
            "the limit was enforced while it ran";
    return text;
}

std::string OrchestratorCore::try_grow(const Shortage& shortage, const Submit& submit) {
    const Resource resource = shortage.resource;
    const ResourceRow& row = row_of(resource);
    const int r = submit.ring;
    const auto index = static_cast<std::size_t>(r);
    const TaskRing& target = ring(r);
    const std::uint64_t from = size_in(sizes_, row, index);
    // What counts beside the new sizes: entries while they are copied, a heap until it retires.
    std::uint64_t besides = 0;
    if (resource == Resource::consumed_window) besides = whole_pages(from * sizeof(TaskEntry));
    if (resource == Resource::heap && target.heap.used() != 0) besides = whole_pages(from);
    const std::optional<Sizes> sizes = larger_sizes(shortage, r, besides);
    if (!sizes) return limit_text(shortage, r, besides);
    try {
        growth_.reserve_note();
        use_larger(resource, r, *sizes);
    } catch (const Error& error) {
        return fmt::format("it may grow, but {}", error.what());
    } catch (const std::bad_alloc&) {
        return "it may grow, but the system refused memory for it";
    }
    sizes_ = *sizes;
    growth_.count(sizes_, resource == Resource::consumed_window ? besides : 0);
    std::uint64_t enough = size_in(sizes_, row, index);
    // A heap of one region would have held the others' blocks, too.
    if (const OpenScope* holder = scopes_.holder(r); resource == Resource::heap && holder != nullptr)
        enough += target.heap.head() - holder->first_heap_begin;
    growth_.note(resource, r, from, enough, submit.request->site);
    return {};
}

void OrchestratorCore::use_larger(Resource resource, int ring_index, const Sizes& sizes) {
    switch (resource) {
        case Resource::consumed_window:
            return use_entries(ring_index, sizes);
        case Resource::heap:
            return use_heap(ring_index, sizes);
        case Resource::dep_pool:
            return use_dep_pool(ring_index, sizes);
        default:
            return use_tensormap(sizes);
    }
}

void OrchestratorCore::use_entries(int ring_index, const Sizes& sizes) {
    map_.forget_all();
    const Growth::Entries places = growth_.map_entries(ring_index, sizes);
    TaskRing& target = ring(ring_index);
    target.replace_entries(places.entries, sizes.ring[static_cast<std::size_t>(ring_index)].consumed_window);
    producers_.attach_ring(target, places.seen);
    growth_.entries_copied(ring_index);
}

void OrchestratorCore::use_heap(int ring_index, const Sizes& sizes) {
    TaskRing& target = ring(ring_index);
    HeapRing& heap = target.heap;
    const std::uint64_t begin = std::max(heap.tail(), heap.region_begin());
    const Growth::HeapRegion region =
        growth_.map_heap(ring_index, sizes, heap.head() - begin, target.next_number);
    // The tail stays at the first block of this region until the last is free.
    for (std::uint64_t number = target.first_unconsumed(); number != target.next_number; ++number) {
        TaskEntry& entry = target.entry(number);
        if (entry.heap_begin >= heap.region_begin()) entry.heap_begin = begin;
    }
    heap.go_on_in(region.base, region.mapped, sizes.ring[static_cast<std::size_t>(ring_index)].heap);
}

void OrchestratorCore::use_dep_pool(int ring_index, const Sizes& sizes) {
    DepEntry* const pool = growth_.map_dep_pool(ring_index, sizes);
    const std::uint64_t entries = sizes.ring[static_cast<std::size_t>(ring_index)].dep_pool;
    ring(ring_index).deps.replace(pool, entries);
    scheduler_.lifecycle().attach_pool(ring_index, pool, entries);
}

void OrchestratorCore::use_tensormap(const Sizes& sizes) {
    map_.forget_all();
    const Growth::TensorMapParts parts = growth_.map_tensormap(sizes);
    map_.replace(reinterpret_cast<TensorMapEntry*>(parts.pool), sizes.tensormap,
                 reinterpret_cast<EntryIndex*>(parts.buckets), parts.bucket_count);
}

}  // namespace weir::detail
