// SPDX-License-Identifier: Apache-2.0
#include "analysis/scope_tree.hpp"

#include <algorithm>

namespace weir::analysis {
namespace {

using namespace scope_recording;

struct Place {
    scope_recording::Counter end;
    scope_recording::Counter used;
    Peak peak;
};
// In the order of kOccupancies.
constexpr std::array<Place, kOccupancies.size()> kPlaces = {
    {{kTasksEnd, kTaskWindowUsed, kTaskWindowPeak},
     {kTasksEnd, kConsumedUsed, kConsumedPeak},
     {kPayloadEnd, kPayloadUsed, kPayloadPeak},
     {kHeapEnd, kHeapUsed, kHeapPeak},
     {kDepPoolEnd, kDepPoolUsed, kDepPoolPeak},
     {kTensormapEnd, kTensormapUsed, kTensormapPeak}}};

}  // namespace

std::uint32_t ScopeTree::node_of(std::uint32_t parent, const Boundary& boundary) {
    const auto found = index_.find({parent, boundary.site});
    if (found != index_.end()) return found->second;
    const bool full = nodes_.size() >= kMostScopeNodes;
    if (full && parent != kNone && nodes_[parent].site == kOtherScopes) return parent;
    const std::string site = full ? kOtherScopes : boundary.site;
    const auto [place, is_new] =
        index_.try_emplace({parent, site}, static_cast<std::uint32_t>(nodes_.size()));
    if (is_new) {
        nodes_.emplace_back();
        nodes_.back().site = site;
        nodes_.back().parent = parent;
        nodes_.back().depth = boundary.depth;
    }
    return place->second;
}

void ScopeTree::add(const Boundary& boundary) {
    if (boundary.begins) {
        const std::uint32_t node = node_of(open_.empty() ? kNone : open_.back().node, boundary);
        ++nodes_[node].opened;
        open_.push_back({node, boundary.counters});
        return;
    }
    if (open_.empty()) return;
    const Open open = open_.back();
    open_.pop_back();
    ScopeNode& node = nodes_[open.node];
    ++node.closed;
    const Counters& now = boundary.counters;
    for (std::size_t i = 0; i < kPlaces.size(); ++i) {
        const Place& place = kPlaces[i];
        ScopeUse& use = node.uses[i];
        const std::uint64_t begin_tail = open.begin[place.end] - open.begin[place.used];
        use.high_water = std::max(use.high_water, now[place.end] - begin_tail);
        use.live = std::max(use.live, now[place.used]);
        use.allocated = std::max(use.allocated, now[place.end] - open.begin[place.end]);
        use.peak = std::max(use.peak, boundary.peaks[place.peak]);
    }
}

}  // namespace weir::analysis
