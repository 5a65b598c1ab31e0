// SPDX-License-Identifier: Apache-2.0
#include "observe/scope_recorder.hpp"

#include <string_view>

#include <unistd.h>

#include "observe/files.hpp"

namespace weir {

using namespace scope_recording;

void ScopeRecorder::begin(int depth, std::source_location site,
                          const scope_recording::Counters& now) noexcept {
    const int ring = ring_of(depth);
    // Of the rings that every depth has for itself, no scope around this one has peaks to keep.
    if (depth >= kRings) outer_peaks_[static_cast<std::size_t>(depth)] = of_ring(ring);
    outer_tensormap_[static_cast<std::size_t>(depth)] = peaks_.tensormap;
    set_peaks(ring, used_of(now));
    start_item(depth, site);
    add_changes(ring, now);
    finish_item(ItemKind::begin, depth);
}
void ScopeRecorder::end(int depth, std::source_location site, const scope_recording::Counters& now) noexcept {
    const int ring = ring_of(depth);
    Peaks inside = of_ring(ring);
    const std::uint64_t any = raise(inside, used_of(now));
    start_item(depth, site);
    add_changes(ring, now);
    if (any != 0) add_peaks(inside);
    finish_item(ItemKind::end, depth);
    Peaks around{};
    if (depth >= kRings) {
        around = inside;
        raise(around, outer_peaks_[static_cast<std::size_t>(depth)]);
    }
    around[kTensormapPeak] =
        std::max(inside[kTensormapPeak], outer_tensormap_[static_cast<std::size_t>(depth)]);
    set_peaks(ring, around);
}

void ScopeRecorder::add_site(std::size_t place, std::source_location site, int depth) noexcept {
    for (Account& account : accounts_)
        if (account.site == sites_[place]) account = {account.kept, kNotEmpty, kUnknownSite, 0};
    sites_[place] = table_word(site);
    std::string_view name = site.file_name();
    if (const auto slash = name.rfind('/'); slash != std::string_view::npos) name.remove_prefix(slash + 1);
    if (site.line() == 0) name = depth == 0 ? "root" : "unknown";
    name = name.substr(0, kMostSiteBytes);
    const Item item{ItemKind::site, 0, static_cast<std::uint16_t>(place),
                    static_cast<std::uint32_t>(name.size())};
    const std::uint64_t line = site.line();
    std::byte* const head = buffer_.data() + place_;
    std::memcpy(head, &item, sizeof item);
    std::memcpy(head + sizeof item, &line, sizeof line);
    std::byte* const text = head + sizeof item + sizeof line;
    std::memcpy(text, name.data(), name.size());
    const std::size_t padded = (name.size() + sizeof line - 1) / sizeof line * sizeof line;
    std::memset(text + name.size(), 0, padded - name.size());
    place_ += sizeof item + sizeof line + padded;
}

void ScopeRecorder::make_room() noexcept {
    flush();
    if (error_ != 0) return;
    // Until the buffer is large enough, the recording doubles from one write to the next.
    room_end_ = 1 + static_cast<std::size_t>(std::min<std::uint64_t>(file_bytes_, kBufferBytes - kRoom));
}

void ScopeRecorder::flush() noexcept {
    if (place_ != 0 && error_ == 0) {
        error_ = write_all(file_, {buffer_.data(), place_});
        if (error_ == 0) {
            file_bytes_ += place_;
            written_ += buffered_;
        } else {
            room_end_ = 0;
            dropped_ += buffered_;
            // A disk that is full can still cut off; where it cannot, readers count the bytes that are good.
            static_cast<void>(ftruncate(file_, static_cast<off_t>(file_bytes_)) == 0);
        }
    }
    place_ = 0;
    buffered_ = 0;
}

}  // namespace weir
