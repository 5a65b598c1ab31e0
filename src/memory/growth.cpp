// SPDX-License-Identifier: Apache-2.0
#include "memory/growth.hpp"

#include <algorithm>
#include <bit>
#include <exception>
#include <utility>

#include <weir/error.hpp>

namespace weir {

namespace {

constexpr std::uint64_t kSeenBytes = sizeof(std::uint64_t);
constexpr std::size_t index_of(int ring) noexcept { return static_cast<std::size_t>(ring); }

}  // namespace

void Growth::give_back_plain(const Part& part) noexcept {
    if (part.mapping.empty() && part.bytes != 0) give_back(part.begin, part.bytes);
}

void Growth::give_back_heap(const Part& part) noexcept {
    if (part.mapping.empty()) give_back_shared(part.begin, part.bytes);
}

void Growth::start(const Sizes& sizes, const ArenaLayout& layout, const Arena& arena) noexcept {
    const auto part = [&](std::uint64_t offset, std::uint64_t bytes) {
        return Part{{}, arena.at<std::byte>(offset), whole_pages(bytes)};
    };
    for (std::size_t r = 0; r < kRings; ++r) {
        const ArenaLayout::Ring& place = layout.ring[r];
        const RingSizes& size = sizes.ring[r];
        entries_[r] = part(place.entries, size.consumed_window * sizeof(TaskEntry));
        seen_[r] = part(place.seen, size.consumed_window * kSeenBytes);
        copied_from_[r] = {};
        deps_[r] = part(place.deps, size.dep_pool * sizeof(DepEntry));
        heaps_[r] = part(place.heap, place.heap_mapped);
    }
    tensormap_ = part(layout.tensormap_entries, layout.tensormap_buckets - layout.tensormap_entries +
                                                    whole_pages(layout.bucket_count * sizeof(std::uint32_t)));
    retiring_.clear();
    grown_ = false;
    count(sizes);
}

void Growth::begin_run(const GrowthRules& rules) noexcept {
    rules_ = rules;
    sizes_.clear();
    most_bytes_ = bytes_;
}

void Growth::report(RunResult& result) noexcept {
    result.grown = std::move(sizes_);
    result.memory_bytes = most_bytes_;
}

std::optional<std::uint64_t> Growth::bytes_with(const Sizes& sizes, std::uint64_t besides) const noexcept {
    try {
        std::uint64_t bytes = lay_out(sizes, 0).memory_bytes() + besides;
        for (const Retiring& region : retiring_) bytes += region.heap.bytes;
        return bytes;
    } catch (const std::exception&) {
        return std::nullopt;  // more than can be addressed
    }
}

void Growth::count(const Sizes& sizes, std::uint64_t besides) noexcept {
    bytes_ = bytes_with(sizes, 0).value_or(bytes_);
    most_bytes_ = std::max(most_bytes_, bytes_ + besides);
}

Growth::Entries Growth::map_entries(int ring, const Sizes& sizes) {
    const std::uint64_t window = sizes.ring[index_of(ring)].consumed_window;
    const std::uint64_t entry_bytes = whole_pages(window * sizeof(TaskEntry));
    Mapping mapping = Mapping::plain(entry_bytes + window * kSeenBytes);
    std::byte* const begin = mapping.begin();
    Part& part = entries_[index_of(ring)];
    give_back_plain(seen_[index_of(ring)]);
    seen_[index_of(ring)] = {};
    copied_from_[index_of(ring)] = std::exchange(part, Part{std::move(mapping), begin, 0});
    grown_ = true;
    return {reinterpret_cast<TaskEntry*>(begin), reinterpret_cast<std::uint64_t*>(begin + entry_bytes)};
}

void Growth::entries_copied(int ring) noexcept {
    give_back_plain(copied_from_[index_of(ring)]);
    copied_from_[index_of(ring)] = {};
}

DepEntry* Growth::map_dep_pool(int ring, const Sizes& sizes) {
    Mapping mapping = Mapping::plain(sizes.ring[index_of(ring)].dep_pool * sizeof(DepEntry));
    Part& part = deps_[index_of(ring)];
    give_back_plain(part);
    std::byte* const begin = mapping.begin();
    part = Part{std::move(mapping), begin, 0};
    grown_ = true;
    return reinterpret_cast<DepEntry*>(begin);
}

Growth::TensorMapParts Growth::map_tensormap(const Sizes& sizes) {
    const std::uint64_t pool_bytes = whole_pages(sizes.tensormap * kTensorMapEntryBytes);
    const std::uint64_t bucket_count = std::bit_ceil(sizes.tensormap);
    Mapping mapping = Mapping::plain(pool_bytes + bucket_count * sizeof(std::uint32_t));
    give_back_plain(tensormap_);
    std::byte* const begin = mapping.begin();
    tensormap_ = Part{std::move(mapping), begin, 0};
    grown_ = true;
    return {begin, begin + pool_bytes, bucket_count};
}

Growth::HeapRegion Growth::map_heap(int ring, const Sizes& sizes, std::uint64_t held,
                                    std::uint64_t until_number) {
    const std::uint64_t bytes = whole_pages(sizes.ring[index_of(ring)].heap);
    Part& heap = heaps_[index_of(ring)];
    if (held == 0) give_back_heap(heap);
    retiring_.reserve(retiring_.size() + 1);
    Mapping mapping = Mapping::twice(bytes);
    std::byte* const begin = mapping.begin();
    Part before = std::exchange(heap, Part{std::move(mapping), begin, bytes});
    if (held != 0) retiring_.push_back({std::move(before), ring, held, until_number});
    grown_ = true;
    return {begin, bytes};
}

std::uint64_t Growth::retire(int ring, std::uint64_t first_unconsumed) noexcept {
    std::uint64_t held = 0;
    const auto done = [&](const Retiring& region) {
        if (region.ring != ring || first_unconsumed < region.until_number) return false;
        give_back_heap(region.heap);
        held += region.held;
        return true;
    };
    retiring_.erase(std::remove_if(retiring_.begin(), retiring_.end(), done), retiring_.end());
    return held;
}

void Growth::note(Resource resource, int ring, std::uint64_t from, std::uint64_t enough,
                  std::source_location site) {
    const auto known = std::find_if(sizes_.begin(), sizes_.end(), [&](const GrownSize& size) {
        return size.resource == resource && size.ring == ring;
    });
    if (known == sizes_.end()) {
        sizes_.push_back({resource, ring, from, enough, 1, site});
        return;
    }
    known->to = std::max(known->to, enough);
    ++known->times;
}

}  // namespace weir
