// SPDX-License-Identifier: Apache-2.0
#include "analysis/report_header.hpp"

#include <algorithm>
#include <string_view>

#include "analysis/kernel_statistics.hpp"
#include "analysis/report_advice.hpp"
#include "analysis/ring_peaks.hpp"
#include "analysis/scheduling_overhead.hpp"

namespace weir::analysis {
namespace {

using nlohmann::json;

json index_or_null(std::uint32_t index) { return index == kNone ? json(nullptr) : json(index); }
json time_or_null(Time time) { return known(time) ? json(microseconds(time)) : json(nullptr); }

/// Indices of the page: -1 is none.
std::int64_t page_index(std::uint32_t index) { return index == kNone ? -1 : std::int64_t{index}; }

std::string site_of(const std::vector<std::string>& sites, std::uint32_t site) {
    return site == kNone ? "" : sites[site];
}

json threads_json(const RecordedRun& run) {
    json threads = json::array();
    for (const RecordedThread& thread : run.threads)
        threads.push_back({{"index", thread.index}, {"role", thread.role}});
    return threads;
}

json cores_json(const RecordedRun& run) {
    json cores = json::array();
    for (const RecordedCore& core : run.cores)
        cores.push_back({{"index", core.index}, {"type", core.type}, {"thread", index_or_null(core.thread)}});
    return cores;
}

json kernel_names_json(const JoinedNames& names) {
    json kernels = json::array();
    for (const KernelName& kernel : names.kernels())
        kernels.push_back({{"name", kernel.name}, {"core_type", kernel.core_type}});
    return kernels;
}

json core_times_json(const std::vector<CoreTime>& times) {
    json all = json::array();
    for (const CoreTime& time : times)
        all.push_back({{"type", time.type},
                       {"cores", time.cores},
                       {"running", microseconds(time.running)},
                       {"overhead", microseconds(time.overhead)},
                       {"idle", microseconds(time.idle)}});
    return all;
}

double in_us(double picoseconds) { return picoseconds / static_cast<double>(kPicosecondsPerMicrosecond); }

json mean_or_null(const Distribution& distribution) {
    return distribution.count == 0 ? json(nullptr) : json(in_us(distribution.mean));
}

json kernel_rows_json(const Swimlane& lane, const std::vector<KernelStatistics>& kernels) {
    double total = 0;
    for (const KernelStatistics& kernel : kernels) total += kernel.work.total;
    json rows = json::array();
    for (const KernelStatistics& kernel : kernels) {
        const auto found =
            std::find_if(lane.kernels.begin(), lane.kernels.end(), [&](const KernelName& name) {
                return name.name == kernel.name && name.core_type == kernel.core_type;
            });
        const bool named = found != lane.kernels.end();
        rows.push_back({{"kernel", named ? found - lane.kernels.begin() : -1},
                        {"count", kernel.work.count},
                        {"total", in_us(kernel.work.total)},
                        {"mean", in_us(kernel.work.mean)},
                        {"min", microseconds(kernel.work.min)},
                        {"max", microseconds(kernel.work.max)},
                        {"p50", microseconds(kernel.work.p50)},
                        {"p99", microseconds(kernel.work.p99)},
                        {"wait", mean_or_null(kernel.wait)},
                        {"observe", mean_or_null(kernel.observe)},
                        {"share", total > 0 ? kernel.work.total / total : 0}});
    }
    return rows;
}

bool counts_bytes(std::size_t resource) {
    const std::string_view name = kOccupancies[resource];
    return name == "heap" || name == "payload";
}

json rings_json(const RecordedRun& run, const Swimlane& lane) {
    json rings = json::array();
    for (const RingPeak& peak : ring_peaks(run, lane))
        rings.push_back({{"ring", page_index(peak.ring)},
                         {"resource", kOccupancies[peak.resource]},
                         {"bytes", counts_bytes(peak.resource)},
                         {"capacity", peak.capacity},
                         {"peak", peak.peak},
                         {"sampled", peak.sampled},
                         {"time_us", time_or_null(peak.time)},
                         {"site", site_of(lane.sites, peak.site)}});
    return rings;
}

/// In the order of kOccupancies.
std::array<std::uint64_t, kOccupancies.size()> capacities(const ScopeStatsHead& head, std::size_t ring) {
    return {head.task_window[ring], head.consumed_window[ring], head.payload[ring],
            head.heap[ring],        head.dep_pool[ring],        head.tensormap};
}

json scope_tree_json(const ReportedRun& run) {
    json nodes = json::array();
    for (const ScopeNode& node : run.scopes.nodes()) {
        const int ring = scope_recording::ring_of(node.depth);
        const auto capacity = capacities(run.scope_head, static_cast<std::size_t>(ring));
        json uses = json::array();
        for (std::size_t i = 0; i < kOccupancies.size(); ++i) {
            const std::string_view name = kOccupancies[i];
            const bool is_addition = name == "payload" || name == "consumed_window" || name == "tensormap";
            if (is_addition && !run.scope_head.has_additions) continue;
            const ScopeUse& use = node.uses[i];
            uses.push_back({{"resource", name},
                            {"high_water", use.high_water},
                            {"live", use.live},
                            {"allocated", use.allocated},
                            {"peak", run.scope_head.has_additions ? json(use.peak) : json(nullptr)},
                            {"capacity", capacity[i]}});
        }
        nodes.push_back({{"site", node.site},
                         {"parent", page_index(node.parent)},
                         {"depth", node.depth},
                         {"ring", ring},
                         {"opened", node.opened},
                         {"closed", node.closed},
                         {"uses", uses}});
    }
    return nodes;
}

json advices_json(const std::vector<Advice>& advices) {
    json all = json::array();
    for (const Advice& advice : advices)
        all.push_back({{"title", advice.title},
                       {"text", advice.text},
                       {"gain_us", time_or_null(advice.gain)},
                       {"paste", advice.paste},
                       {"section", advice.section},
                       {"search", advice.search}});
    return all;
}

}  // namespace

json report_header(const ReportedRun& reported, const JoinedNames& names,
                   const std::vector<std::string>& resources) {
    const RecordedRun nothing;
    const RecordedRun* const known_run = reported.run ? &*reported.run : nullptr;
    const RecordedRun& run = reported.run ? *reported.run : nothing;
    const Swimlane& lane = reported.swimlane;
    const TaskTable table(lane, reported.deps ? &*reported.deps : nullptr);
    const Schedule schedule(table, known_run);
    const std::vector<KernelStatistics> kernels = kernel_statistics(lane);
    const std::vector<CoreTime> times = core_times(table, known_run);
    const std::vector<Advice> advices = advise({known_run, lane, schedule, kernels, times});
    return {{"program", run.program},
            {"weir", run.weir},
            {"platform", run.platform},
            {"clock", run.clock},
            {"level", run.level},
            {"partial", run.partial},
            {"fatal", run.fatal},
            {"error", run.error},
            {"makespan_us", microseconds(makespan_of(lane, known_run))},
            {"tasks", known_run != nullptr ? run.tasks : table.tasks().size()},
            {"executions", lane.executions.size()},
            {"events_dropped", run.events_dropped},
            {"notes", reported.notes},
            {"threads", threads_json(run)},
            {"cores", cores_json(run)},
            {"kernels", kernel_names_json(names)},
            {"sites", names.sites()},
            {"slot_names", kSlotNames},
            {"phase_names", lane.phase_names},
            {"instant_names", lane.instant_names},
            {"resources", resources},
            {"core_time", core_times_json(times)},
            {"advice", advices_json(advices)},
            {"kernel_rows", kernel_rows_json(lane, kernels)},
            {"rings", rings_json(run, lane)},
            {"scope_tree", scope_tree_json(reported)}};
}

}  // namespace weir::analysis
