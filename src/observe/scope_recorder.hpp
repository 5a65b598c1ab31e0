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
        std::uint64_t tensormap_used;
    };
    /// `begin`, `end` in few instructions, for scopes whose tasks all run in place: the ring is empty, was so
    /// at the boundary before, and nothing but tasks has been counted since; the site is known, and there is
    /// room. False in any other case; then nothing has happened.
    [[nodiscard]] bool begin_empty(int depth, std::source_location site, const EmptyRing& now) noexcept {
        using namespace scope_recording;
        if (!is_simple(depth, site, now)) return false;
        outer_peaks_[static_cast<std::size_t>(depth)][kTensormapPeak] = peaks_.tensormap;
        set_peaks(depth, {0, 0, 0, 0, 0, now.tensormap_used});
        add_simple(ItemKind::begin, depth, site, now.tasks_end, 0);
        return true;
    }
    [[nodiscard]] bool end_empty(int depth, std::source_location site, const EmptyRing& now) noexcept {
        using namespace scope_recording;
        if (!is_simple(depth, site, now)) return false;
        const auto r = static_cast<std::size_t>(depth);
        if ((peaks_.task_window[r] | peaks_.consumed_window[r] | peaks_.heap_bytes[r] | peaks_.dep_pool[r] |
             peaks_.payload_bytes[r]) != 0)
            return false;
        add_simple(ItemKind::end, depth, site, now.tasks_end, peaks_.tensormap);
        peaks_.tensormap = std::max(peaks_.tensormap, outer_peaks_[r][kTensormapPeak]);
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
        if (place_ > flush_at_) [[unlikely]]
            make_room();
        site_ = place_of(site, depth);
        values_ = 0;
        out_ = buffer_.data() + place_ + sizeof(scope_recording::Item);
    }
    void put(std::size_t bit, std::uint64_t value) noexcept {
        std::memcpy(out_, &value, sizeof value);
        out_ += sizeof value;
        values_ |= 1U << bit;
    }
    [[nodiscard]] bool is_simple(int depth, std::source_location site, const EmptyRing& now) const noexcept {
        using namespace scope_recording;
        if (depth >= kRings) return false;
        const auto word = std::bit_cast<std::uintptr_t>(site);
        return kept_empty_[static_cast<std::size_t>(depth)] == now.moved &&
               sites_[table_place(word)] == word && place_ <= flush_at_ && error_ == 0;
    }
    void add_simple(scope_recording::ItemKind kind, int depth, std::source_location site,
                    std::uint64_t tasks_end, std::uint64_t tensormap_peak) noexcept {
        using namespace scope_recording;
        std::uint64_t& kept = kept_[static_cast<std::size_t>(depth)][kTasksEnd];
        std::byte* const head = buffer_.data() + place_;
        Item item{kind, static_cast<std::uint8_t>(depth),
                  static_cast<std::uint16_t>(table_place(std::bit_cast<std::uintptr_t>(site))), 0};
        std::size_t bytes = sizeof item;
        if (tasks_end != kept) {
            kept = tasks_end;
            std::memcpy(head + bytes, &tasks_end, sizeof tasks_end);
            bytes += sizeof tasks_end;
            item.values = 1U << kTasksEnd;
        }
        if (tensormap_peak != 0) {
            std::memcpy(head + bytes, &tensormap_peak, sizeof tensormap_peak);
            bytes += sizeof tensormap_peak;
            item.values |= 1U << (kCounters + kTensormapPeak);
        }
        std::memcpy(head, &item, sizeof item);
        place_ += bytes;
        ++buffered_;
    }
    void add_changes(int ring, const scope_recording::Counters& now) noexcept {
        scope_recording::Counters& kept = kept_[static_cast<std::size_t>(ring)];
        for (std::size_t i = 0; i < now.size(); ++i) {
            if (now[i] == kept[i]) continue;
            kept[i] = now[i];
            put(i, now[i]);
        }
        using namespace scope_recording;
        const std::uint64_t used = now[kTaskWindowUsed] | now[kConsumedUsed] | now[kHeapUsed] |
                                   now[kDepPoolUsed] | now[kPayloadUsed];
        kept_empty_[static_cast<std::size_t>(ring)] =
            used != 0 ? kNotEmpty
                      : now[kHeapEnd] + now[kDepPoolEnd] + now[kPayloadEnd] + 2 * now[kTensormapEnd] -
                            now[kTensormapUsed];
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
    [[nodiscard]] std::uint16_t place_of(std::source_location site, int depth) noexcept {
        const auto word = std::bit_cast<std::uintptr_t>(site);
        const std::size_t place = table_place(word);
        if (sites_[place] != word) add_site(place, site, depth);
        return static_cast<std::uint16_t>(place);
    }
    void add_site(std::size_t place, std::source_location site, int depth) noexcept;
    void make_room() noexcept;

    int file_;
    int error_ = 0;
    std::uint64_t file_bytes_;    ///< of the file that are good
    std::size_t place_ = 0;       ///< where the next item goes
    std::size_t flush_at_ = 0;    ///< past it the buffer is written
    std::uint64_t buffered_ = 0;  ///< boundaries in the buffer
    std::uint16_t site_ = 0;      ///< of the item that is put together, as the two below
    std::uint32_t values_ = 0;
    std::byte* out_ = nullptr;   ///< where its next value goes
    std::uint64_t written_ = 0;  ///< boundaries in the file
    std::uint64_t dropped_ = 0;
    ResourcePeaks peaks_;
    std::array<scope_recording::Peaks, detail::kMaxScopes> outer_peaks_{};  ///< by depth, of the scope around
    std::array<scope_recording::Counters, kRings> kept_{};
    std::array<std::uint64_t, kRings> kept_empty_{};  ///< EmptyRing::moved of kept_, or kNotEmpty
    std::array<std::uintptr_t, scope_recording::kSites> sites_{kUnknownSite};
    std::array<std::byte, kBufferBytes> buffer_{};
};
static_assert(sizeof(std::source_location) == sizeof(std::uintptr_t), "a location is one pointer");

}  // namespace weir
