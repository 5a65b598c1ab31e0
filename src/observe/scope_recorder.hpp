// SPDX-License-Identifier: Apache-2.0
/// Writes the boundaries of a run's scopes to its recording (model/scope_recording.hpp). Used by the thread
/// that runs the program, once when a scope opens and once when it closes; everything it needs is in the
/// object, so nothing is allocated while the run goes on.
///
///     begin, end --append--> buffer of kBufferBytes --flush--> file
///
/// The program's thread flushes: when the buffer is full, and before that each time the recording has
/// doubled. So a process that dies leaves at least half of its boundaries in the file, and all but the last
/// kBufferBytes. A thread of its own for this would take a core from the tasks, for one write every thousand
/// boundaries.
///
/// Once a write fails nothing more is written: what is in the file stays good, what comes after is counted as
/// dropped, and the run goes on.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <source_location>

#include <weir/config.hpp>
#include <weir/detail/fast_path.hpp>

#include "model/scope_recording.hpp"

namespace weir {

class ScopeRecorder {
public:
    static constexpr std::size_t kBufferBytes = 32 * 1024;

    /// `file` is open for writing and holds `file_bytes`, the line that a recording starts with; it stays the
    /// caller's.
    ScopeRecorder(int file, std::uint64_t file_bytes) noexcept : file_(file), file_bytes_(file_bytes) {}
    ScopeRecorder(const ScopeRecorder&) = delete;
    ScopeRecorder& operator=(const ScopeRecorder&) = delete;

    /// Largest occupancies since the innermost scope of each ring opened; whoever finds a larger one enters
    /// it. A scope's peaks hold those of the scopes inside that use the same ring.
    [[nodiscard]] ResourcePeaks& peaks() noexcept { return peaks_; }

    /// A scope has opened; `now` is what its ring holds.
    void begin(int depth, std::source_location site, const scope_recording::Counters& now) noexcept;
    /// The scope closes, and has not yet given back what it keeps.
    void end(int depth, std::source_location site, const scope_recording::Counters& now) noexcept;

    /// The counters of an empty ring. All that counts up, except tasks, is summed: none of it has moved
    /// exactly when the sum has not.
    struct EmptyRing {
        std::uint64_t tasks_end;
        std::uint64_t moved;  ///< heap + dependency pool + payload + TensorMap taken + TensorMap given back
    };
    /// `begin`, `end` in few instructions, for scopes whose tasks all run in place: depth < kRings, the ring
    /// is empty, was so at the boundary before, and nothing but tasks has been counted since; the line is
    /// known, and there is room. False in any other case; then nothing has happened.
    [[nodiscard]] bool begin_empty(int depth, std::source_location site, const EmptyRing& now) noexcept {
        using namespace scope_recording;
        Account& account = account_of(depth);
        const std::size_t place = place_;
        if (account.moved != now.moved || place >= room_end_) return false;
        if (const auto word = std::bit_cast<std::uintptr_t>(site); account.site != word) {
            if (sites_[table_place(word)] != word) return false;
            account.use(site, table_place(word), depth);
        }
        // The peaks of the ring are 0, as the scope before left them.
        outer_tensormap_[static_cast<std::size_t>(depth)] = peaks_.tensormap;
        peaks_.tensormap = account.kept[kTensormapUsed];
        add_item(place, put_tasks(account, now.tasks_end, place), account.head);
        return true;
    }
    [[nodiscard]] bool end_empty(int depth, const EmptyRing& now) noexcept {
        using namespace scope_recording;
        Account& account = account_of(depth);
        const std::size_t place = place_;
        // What is in use of a ring belongs to tasks that are not CONSUMED: where there were none, no other
        // resource has a peak either.
        if (account.moved != now.moved || place >= room_end_ ||
            peaks_.consumed_window[static_cast<std::size_t>(depth)] != 0)
            return false;
        const std::uint64_t peak = peaks_.tensormap;
        const std::uint64_t outer = outer_tensormap_[static_cast<std::size_t>(depth)];
        peaks_.tensormap = std::max(peak, outer);
        Short values = put_tasks(account, now.tasks_end, place);
        if (peak != 0) {
            std::memcpy(buffer_.data() + place + values.bytes, &peak, sizeof peak);
            values.bytes += sizeof peak;
            values.mask |= value_bit(kCounters + kTensormapPeak);
        }
        add_item(place, values, account.head + (head_of(ItemKind::end) - head_of(ItemKind::begin)));
        return true;
    }
    /// Writes what is in the buffer.
    void flush() noexcept;

    /// Boundaries so far, those of them that are not in the recording, and the errno of the write that
    /// failed; 0: none did.
    [[nodiscard]] std::uint64_t total() const noexcept { return written_ + buffered_ + dropped_; }
    [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }
    [[nodiscard]] int error() const noexcept { return error_; }
    /// Bytes of the file that hold whole items; whatever a failed write left behind them is no part of it.
    [[nodiscard]] std::uint64_t file_bytes() const noexcept { return file_bytes_; }

private:
    static constexpr std::size_t kRoom =
        scope_recording::kMostSiteItemBytes + scope_recording::kMostBoundaryBytes;

    static constexpr std::uint64_t kNotEmpty = ~std::uint64_t{0};
    /// In the table in place of 0, the word of a scope without a line: never found, since its name depends on
    /// its depth. No location has this word.
    static constexpr std::uintptr_t kUnknownSite = 1;
    static std::uintptr_t table_word(std::source_location site) noexcept {
        const auto word = std::bit_cast<std::uintptr_t>(site);
        return word != 0 ? word : kUnknownSite;
    }

    /// The head of an item as one number, to which values are added.
    static constexpr std::uint64_t head_of(scope_recording::ItemKind kind, int depth = 0,
                                           std::size_t place = 0) noexcept {
        return std::bit_cast<std::uint64_t>(scope_recording::Item{kind, static_cast<std::uint8_t>(depth),
                                                                  static_cast<std::uint16_t>(place), 0});
    }
    static constexpr std::uint64_t value_bit(std::size_t value) noexcept {
        return std::bit_cast<std::uint64_t>(scope_recording::Item{{}, 0, 0, 1U << value});
    }

    /// Of a ring. A scope of a depth below kRings, the last one opened there, is the ring's own. As large as
    /// a power of two, so that finding it takes one shift.
    struct alignas(64) Account {
        scope_recording::Counters kept{};  ///< at the boundary before
        std::uint64_t moved = kNotEmpty;   ///< EmptyRing::moved of `kept`, or kNotEmpty
        std::uintptr_t site =
            kUnknownSite;        ///< of its own scope, in the table; kUnknownSite: it is not there
        std::uint64_t head = 0;  ///< of the item with which that scope began; 0: none

        void use(std::source_location line, std::size_t place, int depth) noexcept {
            site = table_word(line);
            head = head_of(scope_recording::ItemKind::begin, depth, place);
        }
    };
    [[nodiscard]] Account& account_of(int ring) noexcept { return accounts_[static_cast<std::size_t>(ring)]; }

    static scope_recording::Peaks used_of(const scope_recording::Counters& now) noexcept {
        using namespace scope_recording;
        return {now[kTaskWindowUsed], now[kConsumedUsed], now[kHeapUsed],
                now[kDepPoolUsed],    now[kPayloadUsed],  now[kTensormapUsed]};
    }
    [[nodiscard]] scope_recording::Peaks of_ring(int ring) const noexcept {
        const auto r = static_cast<std::size_t>(ring);
        return {peaks_.task_window[r], peaks_.consumed_window[r], peaks_.heap_bytes[r],
                peaks_.dep_pool[r],    peaks_.payload_bytes[r],   peaks_.tensormap};
    }
    void set_peaks(int ring, const scope_recording::Peaks& peaks) noexcept {
        using namespace scope_recording;
        const auto r = static_cast<std::size_t>(ring);
        peaks_.task_window[r] = peaks[kTaskWindowPeak];
        peaks_.consumed_window[r] = peaks[kConsumedPeak];
        peaks_.heap_bytes[r] = peaks[kHeapPeak];
        peaks_.dep_pool[r] = peaks[kDepPoolPeak];
        peaks_.payload_bytes[r] = peaks[kPayloadPeak];
        peaks_.tensormap = peaks[kTensormapPeak];
    }
    /// Makes each peak at least as large as `least`; returns 0 when all are 0.
    static std::uint64_t raise(scope_recording::Peaks& peaks, const scope_recording::Peaks& least) noexcept {
        std::uint64_t any = 0;
        for (std::size_t i = 0; i < peaks.size(); ++i) any |= peaks[i] = std::max(peaks[i], least[i]);
        return any;
    }

    // An item is put together behind what is in the buffer: a head, then the values that its mask names.
    void start_item(int depth, std::source_location site) noexcept {
        if (place_ >= room_end_) [[unlikely]]
            make_room();
        const std::size_t place = place_of(site, depth);
        if (depth < kRings) account_of(depth).use(site, place, depth);
        site_ = static_cast<std::uint16_t>(place);
        values_ = 0;
        out_ = buffer_.data() + place_ + sizeof(scope_recording::Item);
    }
    void put(std::size_t bit, std::uint64_t value) noexcept {
        std::memcpy(out_, &value, sizeof value);
        out_ += sizeof value;
        values_ |= 1U << bit;
    }
    /// A short item: its length with the head, and what its values add to that.
    struct Short {
        std::size_t bytes;
        std::uint64_t mask;
    };
    /// The number of tasks, if it has changed, behind the head of an item at `place` in the buffer.
    Short put_tasks(Account& account, std::uint64_t tasks_end, std::size_t place) noexcept {
        using namespace scope_recording;
        if (account.kept[kTasksEnd] == tasks_end) return {sizeof(Item), 0};
        account.kept[kTasksEnd] = tasks_end;
        std::memcpy(buffer_.data() + place + sizeof(Item), &tasks_end, sizeof tasks_end);
        return {sizeof(Item) + sizeof tasks_end, value_bit(kTasksEnd)};
    }
    void add_item(std::size_t place, const Short& values, std::uint64_t head) noexcept {
        head |= values.mask;
        std::memcpy(buffer_.data() + place, &head, sizeof head);
        place_ = place + values.bytes;
        ++buffered_;
    }
    void add_changes(int ring, const scope_recording::Counters& now) noexcept {
        Account& account = account_of(ring);
        scope_recording::Counters& kept = account.kept;
        for (std::size_t i = 0; i < now.size(); ++i) {
            if (now[i] == kept[i]) continue;
            kept[i] = now[i];
            put(i, now[i]);
        }
        using namespace scope_recording;
        const std::uint64_t used = now[kTaskWindowUsed] | now[kConsumedUsed] | now[kHeapUsed] |
                                   now[kDepPoolUsed] | now[kPayloadUsed];
        // Without a head, an item of the ring's own scope cannot be short.
        account.moved = used != 0 || account.head == 0 ? kNotEmpty
                                                       : now[kHeapEnd] + now[kDepPoolEnd] + now[kPayloadEnd] +
                                                             2 * now[kTensormapEnd] - now[kTensormapUsed];
    }
    void add_peaks(const scope_recording::Peaks& peaks) noexcept {
        for (std::size_t i = 0; i < peaks.size(); ++i)
            if (peaks[i] != 0) put(scope_recording::kCounters + i, peaks[i]);
    }
    void finish_item(scope_recording::ItemKind kind, int depth) noexcept {
        if (error_ != 0) [[unlikely]] {
            ++dropped_;
            return;
        }
        const scope_recording::Item item{kind, static_cast<std::uint8_t>(depth), site_, values_};
        std::memcpy(buffer_.data() + place_, &item, sizeof item);
        place_ = static_cast<std::size_t>(out_ - buffer_.data());
        ++buffered_;
    }
    static std::size_t table_place(std::uintptr_t word) noexcept {
        return (word / 8 ^ word / 8 / scope_recording::kSites) % scope_recording::kSites;
    }
    /// The site's place in the table; one that is new there is written first.
    [[nodiscard]] std::size_t place_of(std::source_location site, int depth) noexcept {
        const auto word = std::bit_cast<std::uintptr_t>(site);
        const std::size_t place = table_place(word);
        if (sites_[place] != word) add_site(place, site, depth);
        return place;
    }
    void add_site(std::size_t place, std::source_location site, int depth) noexcept;
    void make_room() noexcept;

    int file_;
    int error_ = 0;
    std::uint64_t file_bytes_;    ///< of the file that are good
    std::size_t place_ = 0;       ///< where the next item goes
    std::size_t room_end_ = 1;    ///< from there on the buffer is written; 0 once a write has failed
    std::uint64_t buffered_ = 0;  ///< boundaries in the buffer
    std::uint16_t site_ = 0;      ///< of the item that is put together, as the two below
    std::uint32_t values_ = 0;
    std::byte* out_ = nullptr;   ///< where its next value goes
    std::uint64_t written_ = 0;  ///< boundaries in the file
    std::uint64_t dropped_ = 0;
    ResourcePeaks peaks_;
    // By depth, of the scope around: peaks of the ring, where it is the same one; and of the TensorMap.
    std::array<scope_recording::Peaks, detail::kMaxScopes> outer_peaks_{};
    std::array<std::uint64_t, detail::kMaxScopes> outer_tensormap_{};
    std::array<Account, kRings> accounts_{};
    std::array<std::uintptr_t, scope_recording::kSites> sites_{kUnknownSite};
    std::array<std::byte, kBufferBytes> buffer_{};
};
static_assert(sizeof(std::source_location) == sizeof(std::uintptr_t), "a location is one pointer");

}  // namespace weir
