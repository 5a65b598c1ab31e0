// SPDX-License-Identifier: Apache-2.0
#include "analysis/scope_summary.hpp"

#include <algorithm>

namespace weir::analysis {

namespace {

using namespace scope_recording;

constexpr struct {
    ResourceUse ScopeSummary::*use;
    scope_recording::Counter end;
    scope_recording::Counter used;
    Peak peak;
} kUses[] = {{&ScopeSummary::task_window, kTasksEnd, kTaskWindowUsed, kTaskWindowPeak},
             {&ScopeSummary::heap, kHeapEnd, kHeapUsed, kHeapPeak},
             {&ScopeSummary::dep_pool, kDepPoolEnd, kDepPoolUsed, kDepPoolPeak},
             {&ScopeSummary::tensormap, kTensormapEnd, kTensormapUsed, kTensormapPeak},
             {&ScopeSummary::consumed_window, kTasksEnd, kConsumedUsed, kConsumedPeak},
             {&ScopeSummary::payload, kPayloadEnd, kPayloadUsed, kPayloadPeak}};

}  // namespace

void ScopeSummaries::add(const Boundary& boundary) {
    if (boundary.begins) {
        const auto [place, is_new] = index_.try_emplace({boundary.site, boundary.depth}, summaries_.size());
        if (is_new) {
            summaries_.emplace_back();
            summaries_.back().site = boundary.site;
            summaries_.back().depth = boundary.depth;
        }
        ++summaries_[place->second].opened;
        open_.push_back({place->second, boundary.counters});
        return;
    }
    if (open_.empty()) return;
    const Open open = open_.back();
    open_.pop_back();
    ScopeSummary& summary = summaries_[open.summary];
    ++summary.closed;
    const Counters& now = boundary.counters;
    for (const auto& each : kUses) {
        ResourceUse& use = summary.*each.use;
        const std::uint64_t allocated = now[each.end] - open.begin[each.end];
        use.allocated = std::max(use.allocated, allocated);
        use.peak = std::max(use.peak, boundary.peaks[each.peak]);
        use.at_end = std::max(use.at_end, now[each.used]);
    }
}

}  // namespace weir::analysis
