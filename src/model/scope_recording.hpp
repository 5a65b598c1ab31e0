// SPDX-License-Identifier: Apache-2.0
/// The recording of a run's scopes as it lies in a file while the run goes on: what its bytes mean, and how
/// they are read back. Numbers are those of the machine, little endian.
///
///     {"weir_scope_recording":1,...}\n    one line of text that says what the file is, with the capacities
///     item item item ...                   each a multiple of 8 bytes long
///
///     item, 8 bytes:   kind | depth | site (16 bits) | values (32 bits)
///     kind site:       a place of the table of sites gets a new line: one word with the line, then `values`
///                      bytes of the file's name, padded to 8
///     kind begin, end: a scope of that depth and site opens, closes. `values` is a mask: bit i says that
///                      value i follows, one word each, lowest bit first
///
/// A counter that does not follow is what it was at the boundary before in the same ring; a peak that does
/// not follow is 0. So a boundary usually takes 16 to 32 bytes. A recording that ends within an item is one
/// whose process ended: everything before is good.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include <weir/task.hpp>

namespace weir::scope_recording {

inline constexpr int kVersion = 1;
inline constexpr const char* kVersionField = "weir_scope_recording";

enum class ItemKind : std::uint8_t { site = 1, begin = 2, end = 3 };

struct Item {
    ItemKind kind;
    std::uint8_t depth;
    std::uint16_t site;
    std::uint32_t values;
};
static_assert(sizeof(Item) == sizeof(std::uint64_t), "an item's head is one word");

/// Counters of a boundary. `end` counts what was ever allocated, `used` what of it is not reclaimed.
enum Counter : std::uint8_t {
    kTasksEnd,  ///< of the task window and of the consumed window
    kTaskWindowUsed,
    kConsumedUsed,
    kHeapEnd,
    kHeapUsed,
    kDepPoolEnd,
    kDepPoolUsed,
    kPayloadEnd,
    kPayloadUsed,
    kTensormapEnd,
    kTensormapUsed
};
inline constexpr unsigned kCounters = kTensormapUsed + 1;

/// Largest occupancies while a scope was open, at its end.
enum Peak : std::uint8_t {
    kTaskWindowPeak,
    kConsumedPeak,
    kHeapPeak,
    kDepPoolPeak,
    kPayloadPeak,
    kTensormapPeak
};
inline constexpr unsigned kPeaks = kTensormapPeak + 1;

static_assert(kCounters + kPeaks <= 32, "the mask has a bit for each");

using Counters = std::array<std::uint64_t, kCounters>;
using Peaks = std::array<std::uint64_t, kPeaks>;

/// Places in the table of sites, a power of two. A line that finds its place taken takes it over.
inline constexpr std::size_t kSites = 1024;
/// Bytes of a file's name that are kept.
inline constexpr std::size_t kMostSiteBytes = 1024;
inline constexpr std::size_t kMostBoundaryBytes = sizeof(Item) + (kCounters + kPeaks) * sizeof(std::uint64_t);
inline constexpr std::size_t kMostSiteItemBytes = sizeof(Item) + sizeof(std::uint64_t) + kMostSiteBytes;

/// The ring that a scope of this depth uses.
constexpr int ring_of(int depth) noexcept { return std::min(depth, kRings - 1); }

/// A scope opens or closes.
struct Boundary {
    bool begins = true;
    int depth = 0;
    std::string site;  ///< "file.cpp:77"; "root:0": the scope that is open from begin to end of the run
    Counters counters{};
    Peaks peaks{};

    [[nodiscard]] int ring() const noexcept { return ring_of(depth); }
};

/// Reads items one after the other.
class Decoder {
public:
    enum class Result : std::uint8_t {
        boundary,    ///< `boundary()` is the next one
        incomplete,  ///< the bytes end within an item
        damaged,     ///< the bytes are no item
    };

    /// Takes bytes off the front up to and with the next boundary. What is incomplete stays.
    Result next(std::span<const std::byte>& bytes) {
        while (bytes.size() >= sizeof(Item)) {
            Item item;
            std::memcpy(&item, bytes.data(), sizeof item);
            if (item.kind == ItemKind::site) {
                if (item.site >= kSites || item.values > kMostSiteBytes) return Result::damaged;
                if (!take_site(item, bytes)) return Result::incomplete;
                continue;
            }
            if ((item.kind != ItemKind::begin && item.kind != ItemKind::end) || item.site >= kSites ||
                sites_[item.site].empty() || item.depth >= kMostDepths ||
                item.values >> (item.kind == ItemKind::end ? kCounters + kPeaks : kCounters) != 0)
                return Result::damaged;
            return take_boundary(item, bytes) ? Result::boundary : Result::incomplete;
        }
        return Result::incomplete;
    }
    [[nodiscard]] const Boundary& boundary() const noexcept { return boundary_; }

private:
    static constexpr int kMostDepths = 64;
    static constexpr std::size_t kWord = sizeof(std::uint64_t);

    bool take_site(const Item& item, std::span<const std::byte>& bytes) {
        const std::size_t padded = (item.values + kWord - 1) / kWord * kWord;
        if (bytes.size() < sizeof item + kWord + padded) return false;
        std::uint64_t line = 0;
        std::memcpy(&line, bytes.data() + sizeof item, kWord);
        const char* const name = reinterpret_cast<const char*>(bytes.data() + sizeof item + kWord);
        sites_[item.site] = std::string(name, item.values) + ":" + std::to_string(line);
        bytes = bytes.subspan(sizeof item + kWord + padded);
        return true;
    }
    bool take_boundary(const Item& item, std::span<const std::byte>& bytes) {
        const auto count = static_cast<std::size_t>(__builtin_popcount(item.values));
        if (bytes.size() < sizeof item + count * kWord) return false;
        const std::byte* place = bytes.data() + sizeof item;
        const auto take = [&](unsigned bit, std::uint64_t& value) {
            if ((item.values >> bit & 1U) == 0) return;
            std::memcpy(&value, place, kWord);
            place += kWord;
        };
        boundary_.begins = item.kind == ItemKind::begin;
        boundary_.depth = item.depth;
        boundary_.site = sites_[item.site];
        boundary_.peaks = {};
        Counters& kept = kept_[static_cast<std::size_t>(boundary_.ring())];
        for (unsigned i = 0; i < kCounters; ++i) take(i, kept[i]);
        for (unsigned i = 0; i < kPeaks; ++i) take(kCounters + i, boundary_.peaks[i]);
        boundary_.counters = kept;
        bytes = bytes.subspan(sizeof item + count * kWord);
        return true;
    }

    std::array<std::string, kSites> sites_;
    std::array<Counters, kRings> kept_{};
    Boundary boundary_;
};

}  // namespace weir::scope_recording
