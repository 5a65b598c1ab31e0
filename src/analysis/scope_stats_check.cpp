// SPDX-License-Identifier: Apache-2.0
#include "analysis/scope_stats_check.hpp"

#include <fmt/format.h>

namespace weir::analysis {

namespace {

using namespace scope_recording;

/// Counters that never fall: what was allocated, and what of it was reclaimed.
struct Rising {
    scope_recording::Counter end;
    scope_recording::Counter used;
    const char* name;
    bool is_addition;
};
constexpr Rising kRising[] = {{kTasksEnd, kTaskWindowUsed, "task_window", false},
                              {kTasksEnd, kConsumedUsed, "consumed", true},
                              {kHeapEnd, kHeapUsed, "heap", false},
                              {kDepPoolEnd, kDepPoolUsed, "dep_pool", false},
                              {kPayloadEnd, kPayloadUsed, "payload", true},
                              {kTensormapEnd, kTensormapUsed, "tensormap", true}};

}  // namespace

std::string ScopeOrder::nest(const Boundary& boundary) {
    const auto depth = static_cast<std::size_t>(boundary.depth);
    if (boundary.begins) {
        if (depth != open_.size())
            return fmt::format("field \"depth\": a scope of depth {} begins while {} scopes are open", depth,
                               open_.size());
        open_.push_back(boundary.site);
        return {};
    }
    if (depth + 1 != open_.size())
        return fmt::format("field \"depth\": a scope of depth {} ends while {} scopes are open", depth,
                           open_.size());
    if (boundary.site != open_.back())
        return fmt::format("field \"site\": the scope of {} ends, but the innermost open one is that of {}",
                           boundary.site, open_.back());
    open_.pop_back();
    return {};
}

std::string ScopeOrder::take(const Boundary& boundary) {
    if (std::string wrong = nest(boundary); !wrong.empty()) return wrong;
    const auto ring = static_cast<std::size_t>(boundary.ring());
    const Counters& now = boundary.counters;
    const Counters before = seen_[ring] ? before_[ring] : now;
    for (const Rising& rising : kRising) {
        if (rising.is_addition && !has_additions_) continue;
        if (now[rising.used] > now[rising.end])
            return fmt::format("field \"{}_start\": more is reclaimed than the {} that were ever allocated",
                               rising.name, now[rising.end]);
        const std::uint64_t start = now[rising.end] - now[rising.used];
        const std::uint64_t start_before = before[rising.end] - before[rising.used];
        if (now[rising.end] < before[rising.end])
            return fmt::format("field \"{}_end\": {} is less than {} before; it never falls", rising.name,
                               now[rising.end], before[rising.end]);
        if (start < start_before)
            return fmt::format("field \"{}_start\": {} is less than {} before; it never falls", rising.name,
                               start, start_before);
    }
    before_[ring] = now;
    seen_[ring] = true;
    return {};
}

}  // namespace weir::analysis
