// SPDX-License-Identifier: Apache-2.0
#include "observe/scope_stats_text.hpp"

#include <iterator>

#include <nlohmann/json.hpp>

#include "json/json_text.hpp"

namespace weir {

namespace {

using namespace scope_recording;
using Json = nlohmann::ordered_json;

Json of_rings(const Sizes& sizes, std::uint64_t RingSizes::*size) {
    Json list = Json::array();
    for (const RingSizes& ring : sizes.ring) list.push_back(ring.*size);
    return list;
}

void add_capacities(Json& head, const Sizes& sizes) {
    head["task_window_max"] = of_rings(sizes, &RingSizes::task_window);
    head["heap_max"] = of_rings(sizes, &RingSizes::heap);
    head["dep_pool_max"] = of_rings(sizes, &RingSizes::dep_pool);
    head["tensormap_max"] = sizes.tensormap;
    head["consumed_window_max"] = of_rings(sizes, &RingSizes::consumed_window);
    head["payload_max"] = of_rings(sizes, &RingSizes::payload);
}

}  // namespace

std::string scope_stats_head(bool fatal, std::uint64_t dropped, std::uint64_t total, const Sizes& sizes) {
    Json head;
    head["version"] = kScopeStatsVersion;
    head["fatal"] = fatal;
    head["dropped"] = dropped;
    head["total"] = total;
    add_capacities(head, sizes);
    return json_text(head) + "\n";
}

std::string scope_recording_head(const Sizes& sizes) {
    Json head;
    head[kVersionField] = scope_recording::kVersion;
    head["version"] = kScopeStatsVersion;
    add_capacities(head, sizes);
    std::string text = json_text(head);
    // Items lie at multiples of their size: easier to look at in a dump.
    text.append(sizeof(Item) - 1 - text.size() % sizeof(Item), ' ');
    return text + "\n";
}

void ScopeStatsLines::append(fmt::memory_buffer& text, const Boundary& boundary) {
    std::string& quoted = quoted_[boundary.site];
    if (quoted.empty()) quoted = quoted_json(boundary.site);
    const Counters& now = boundary.counters;
    const auto start = [&](Counter end, Counter used) { return now[end] - now[used]; };
    const auto out = std::back_inserter(text);
    fmt::format_to(out,
                   R"({{"site":{},"phase":"{}","depth":{},"ring":{},)"
                   R"("task_window_start":{},"task_window_end":{},"heap_start":{},"heap_end":{},)"
                   R"("dep_pool_start":{},"dep_pool_end":{},"tensormap":{},)"
                   R"("consumed_start":{},"consumed_end":{},"payload_start":{},"payload_end":{},)"
                   R"("tensormap_start":{},"tensormap_end":{})",
                   quoted, boundary.begins ? "begin" : "end", boundary.depth, boundary.ring(),
                   start(kTasksEnd, kTaskWindowUsed), now[kTasksEnd], start(kHeapEnd, kHeapUsed),
                   now[kHeapEnd], start(kDepPoolEnd, kDepPoolUsed), now[kDepPoolEnd], now[kTensormapUsed],
                   start(kTasksEnd, kConsumedUsed), now[kTasksEnd], start(kPayloadEnd, kPayloadUsed),
                   now[kPayloadEnd], start(kTensormapEnd, kTensormapUsed), now[kTensormapEnd]);
    if (!boundary.begins) {
        const Peaks& peaks = boundary.peaks;
        fmt::format_to(out,
                       R"(,"task_window_peak":{},"heap_peak":{},"dep_pool_peak":{},"tensormap_peak":{},)"
                       R"("consumed_peak":{},"payload_peak":{})",
                       peaks[kTaskWindowPeak], peaks[kHeapPeak], peaks[kDepPoolPeak], peaks[kTensormapPeak],
                       peaks[kConsumedPeak], peaks[kPayloadPeak]);
    }
    fmt::format_to(out, "}}\n");
}

}  // namespace weir
