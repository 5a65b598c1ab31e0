// SPDX-License-Identifier: Apache-2.0
/// The memory of one explored execution: for every atomic variable its stores in modification order, each
/// with what happens before it, so that a load can be given any value that the C++20 model permits.
///
/// What is modelled: happens-before by release/acquire and release sequences, coherence (a thread never goes
/// back in a variable's modification order, nor behind what happens before it), read-modify-write operations
/// on the newest store, data races of plain variables. Modification order is the order in which the stores
/// are executed, and a load sees stores that were executed before it: behaviours that need a store to take
/// effect ahead of an earlier load of its thread, or two threads' stores in another order than executed, are
/// not shown. Sequentially consistent operations follow the order of execution: such a load sees the newest
/// sequentially consistent store to its variable, and nothing older than what an earlier such load saw. Of
/// stand-alone fences the two halves of the asymmetric fence are modelled, by what they promise and no more:
/// behind its own heavy fence, a thread sees every store that was executed before it; behind a light fence,
/// every store that was executed before the last heavy fence of any thread. They order no plain variable.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "explored_operations.hpp"

namespace weir::explored {

/// What happened before any thread started.
inline constexpr int kSetup = -1;

class VectorClock {
public:
    [[nodiscard]] std::uint32_t of(int thread) const noexcept {
        return at_[static_cast<std::size_t>(thread)];
    }
    /// Counts one more operation of the thread and returns its number.
    std::uint32_t advance(int thread) noexcept { return ++at_[static_cast<std::size_t>(thread)]; }
    void join(const VectorClock& other) noexcept;

private:
    std::array<std::uint32_t, kMaxThreads> at_{};
};

struct StoreRecord {
    std::uint64_t value = 0;
    int thread = kSetup;
    std::uint32_t epoch = 0;  ///< number of the operation of its thread
    VectorClock released;     ///< what an acquiring load of it learns
};

/// One atomic variable.
class Location {
public:
    /// `number` names it in reports.
    void start(std::uint64_t initial, int number);
    [[nodiscard]] int number() const noexcept { return number_; }

    /// How many of the newest stores the thread may see.
    [[nodiscard]] std::size_t visible(int thread, const VectorClock& clock,
                                      std::memory_order order) const noexcept;
    /// The store that is `age` stores older than the newest.
    [[nodiscard]] const StoreRecord& store_of_age(std::size_t age) const noexcept {
        return stores_[stores_.size() - 1 - age];
    }
    /// The thread has read that store in its operation number clock.of(thread).
    void note_load(std::size_t age, int thread, VectorClock& clock, std::memory_order order);
    void note_store(std::uint64_t value, int thread, const VectorClock& clock, std::memory_order order);
    /// Stores executed so far are seen by the thread; and by the others behind their next light fence.
    void note_heavy_fence(int thread) noexcept;
    void note_light_fence(int thread) noexcept;
    /// Reads the newest store and puts another behind it.
    void note_modification(std::uint64_t value, int thread, VectorClock& clock, std::memory_order order);

private:
    struct Read {
        std::uint32_t epoch;
        std::size_t store;
    };
    std::vector<StoreRecord> stores_;
    std::array<std::vector<Read>, kMaxThreads> reads_;
    std::size_t sequential_floor_ = 0;
    std::size_t heavy_floor_ = 0;
    std::array<std::size_t, kMaxThreads> fence_floor_{};
    int number_ = 0;
};

/// One plain variable that threads share.
struct PlainLocation {
    int writer = kSetup;
    std::uint32_t write_epoch = 0;
    std::array<std::uint32_t, kMaxThreads> read_epochs{};

    /// Enters an access; false when nothing orders it against an earlier one.
    bool touch(bool write, int thread, const VectorClock& clock) noexcept;
};

/// Memory whose plain fields are checked for data races, byte by byte.
struct WatchedMemory {
    const char* name;
    std::uintptr_t begin;
    std::vector<PlainLocation> bytes;
};

/// Words that are read and then claimed by an exchange of another word; see Schedule::watch_claimed.
class ClaimedWords {
public:
    void watch(const void* begin, std::size_t bytes);
    void note_load(const void* place, int thread, const VectorClock& clock);
    /// The thread has claimed what it read since its last exchange, or has failed to.
    void note_exchange(bool succeeded, int thread);
    /// False when nothing orders the store behind the read of a thread that has claimed the word.
    [[nodiscard]] bool may_store(const void* place, int thread, const VectorClock& clock) const;

private:
    struct Range {
        std::uintptr_t begin;
        std::size_t bytes;
    };
    struct Read {
        const void* place;
        int thread;
        std::uint32_t epoch;
    };
    std::vector<Range> ranges_;
    std::array<std::vector<Read>, kMaxThreads> read_;
    std::vector<Read> claimed_;
};

/// All variables by address. Kept from one execution to the next, so that memory is allocated once.
class Memory {
public:
    void clear() noexcept;
    /// The variable there; `initial` is its value if nobody has used it in this execution.
    Location& at(const void* place, std::uint64_t initial);
    PlainLocation& plain_at(const void* place) { return plain_[place]; }
    void forget(const void* place) noexcept;
    void heavy_fence(int thread) noexcept;
    void light_fence(int thread) noexcept;
    /// Number of the variable there, 0 when it has none.
    [[nodiscard]] int number_of(const void* place) const noexcept;

private:
    std::unordered_map<const void*, std::size_t> index_;
    std::vector<Location> locations_;
    std::size_t used_ = 0;
    std::unordered_map<const void*, PlainLocation> plain_;
};

}  // namespace weir::explored
