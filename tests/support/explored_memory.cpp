// SPDX-License-Identifier: Apache-2.0
#include "explored_memory.hpp"

#include <algorithm>

namespace weir::explored {

namespace {

// The orders that the model tells apart.
bool acquires(std::memory_order order) noexcept {
    return order != std::memory_order_relaxed && order != std::memory_order_release;
}
bool releases(std::memory_order order) noexcept {
    // The three that publish.
    return order == std::memory_order_release || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;  // as above
}

/// Whether an operation of another thread happens before what the clock stands for.
bool happens_before(int thread, std::uint32_t epoch, const VectorClock& clock) noexcept {
    return thread == kSetup || epoch <= clock.of(thread);
}

}  // namespace

void VectorClock::join(const VectorClock& other) noexcept {
    for (std::size_t i = 0; i < at_.size(); ++i) at_[i] = std::max(at_[i], other.at_[i]);
}

void Location::start(std::uint64_t initial, int number) {
    stores_.clear();
    stores_.push_back({initial, kSetup, 0, {}});
    for (std::vector<Read>& reads : reads_) reads.clear();
    sequential_floor_ = heavy_floor_ = 0;
    fence_floor_.fill(0);
    number_ = number;
}

std::size_t Location::visible(int thread, const VectorClock& clock, std::memory_order order) const noexcept {
    std::size_t oldest = stores_.size() - 1;
    while (!happens_before(stores_[oldest].thread, stores_[oldest].epoch, clock)) --oldest;
    oldest = std::max(oldest, fence_floor_[static_cast<std::size_t>(thread)]);
    for (int reader = 0; reader < kMaxThreads; ++reader) {
        const std::vector<Read>& reads = reads_[static_cast<std::size_t>(reader)];
        for (auto read = reads.rbegin(); read != reads.rend(); ++read) {
            if (reader != thread && read->epoch > clock.of(reader)) continue;
            oldest = std::max(oldest, read->store);
            break;
        }
    }
    if (order == std::memory_order_seq_cst) oldest = std::max(oldest, sequential_floor_);  // see the header
    return stores_.size() - oldest;
}

void Location::note_load(std::size_t age, int thread, VectorClock& clock, std::memory_order order) {
    const std::size_t store = stores_.size() - 1 - age;
    reads_[static_cast<std::size_t>(thread)].push_back({clock.of(thread), store});
    if (acquires(order)) clock.join(stores_[store].released);
    // Sequential consistency: see the header.
    if (order == std::memory_order_seq_cst) sequential_floor_ = std::max(sequential_floor_, store);
}

void Location::note_store(std::uint64_t value, int thread, const VectorClock& clock,
                          std::memory_order order) {
    StoreRecord record{value, thread, clock.of(thread), {}};
    if (releases(order)) record.released = clock;
    stores_.push_back(record);
    if (order == std::memory_order_seq_cst) sequential_floor_ = stores_.size() - 1;  // see the header
}

void Location::note_modification(std::uint64_t value, int thread, VectorClock& clock,
                                 std::memory_order order) {
    note_load(0, thread, clock, order);
    // A read-modify-write continues the release sequence that it reads from.
    const VectorClock carried = stores_.back().released;
    note_store(value, thread, clock, order);
    stores_.back().released.join(carried);
}

void Location::note_heavy_fence(int thread) noexcept {
    heavy_floor_ = stores_.size() - 1;
    fence_floor_[static_cast<std::size_t>(thread)] = heavy_floor_;
}

void Location::note_light_fence(int thread) noexcept {
    fence_floor_[static_cast<std::size_t>(thread)] = heavy_floor_;
}

bool PlainLocation::touch(bool write, int thread, const VectorClock& clock) noexcept {
    bool ordered = writer == thread || happens_before(writer, write_epoch, clock);
    if (write) {
        for (int reader = 0; reader < kMaxThreads; ++reader)
            ordered = ordered && read_epochs[static_cast<std::size_t>(reader)] <= clock.of(reader);
        writer = thread;
        write_epoch = clock.of(thread);
    } else {
        read_epochs[static_cast<std::size_t>(thread)] = clock.of(thread);
    }
    return ordered;
}

void ClaimedWords::watch(const void* begin, std::size_t bytes) {
    ranges_.push_back({reinterpret_cast<std::uintptr_t>(begin), bytes});
}

void ClaimedWords::note_load(const void* place, int thread, const VectorClock& clock) {
    const auto address = reinterpret_cast<std::uintptr_t>(place);
    for (const Range& range : ranges_)
        if (address >= range.begin && address - range.begin < range.bytes)
            read_[static_cast<std::size_t>(thread)].push_back({place, thread, clock.of(thread)});
}

void ClaimedWords::note_exchange(bool succeeded, int thread) {
    std::vector<Read>& read = read_[static_cast<std::size_t>(thread)];
    if (succeeded) claimed_.insert(claimed_.end(), read.begin(), read.end());
    read.clear();
}

bool ClaimedWords::may_store(const void* place, int thread, const VectorClock& clock) const {
    return std::all_of(claimed_.begin(), claimed_.end(), [&](const Read& read) {
        return read.place != place || read.thread == thread || read.epoch <= clock.of(read.thread);
    });
}

void Memory::clear() noexcept {
    index_.clear();
    plain_.clear();
    used_ = 0;
}

Location& Memory::at(const void* place, std::uint64_t initial) {
    const auto [entry, fresh] = index_.try_emplace(place, used_);
    if (fresh) {
        if (used_ == locations_.size()) locations_.emplace_back();
        locations_[used_].start(initial, static_cast<int>(used_) + 1);
        ++used_;
    }
    return locations_[entry->second];
}

void Memory::forget(const void* place) noexcept {
    index_.erase(place);
    plain_.erase(place);
}

void Memory::heavy_fence(int thread) noexcept {
    for (std::size_t i = 0; i < used_; ++i) locations_[i].note_heavy_fence(thread);
}

void Memory::light_fence(int thread) noexcept {
    for (std::size_t i = 0; i < used_; ++i) locations_[i].note_light_fence(thread);
}

int Memory::number_of(const void* place) const noexcept {
    const auto entry = index_.find(place);
    return entry == index_.end() ? 0 : locations_[entry->second].number();
}

}  // namespace weir::explored
