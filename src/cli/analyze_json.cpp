// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "analyze_report.hpp"

namespace weir::cli {
namespace {

using namespace analysis;
using Json = nlohmann::ordered_json;

/// Links of the chain in JSON: those at its beginning.
constexpr std::size_t kMostLinks = 10'000;

Json us(Time time) { return known(time) ? Json(microseconds(time)) : Json(nullptr); }
Json us(double picoseconds) { return picoseconds / static_cast<double>(kPicosecondsPerMicrosecond); }

Json share(Time part, Time whole) {
    return whole > 0 ? Json(static_cast<double>(part) / static_cast<double>(whole)) : Json(nullptr);
}

Json times_json(const std::vector<NamedTime>& times) {
    Json json = Json::object();
    for (const NamedTime& entry : times) json[entry.name] = us(entry.time);
    return json;
}

Json orchestrator_json(const OrchestratorProfile& profile) {
    Json json = {{"submits", profile.submits}, {"steps_us", times_json(profile.steps)}};
    json["steps_us_per_task"] = Json::object();
    for (const NamedTime& step : profile.steps)
        json["steps_us_per_task"][step.name] =
            known(step.time) && profile.submits != 0
                ? us(static_cast<double>(step.time) / static_cast<double>(profile.submits))
                : Json(nullptr);
    json["held_back_sites"] = Json::array();
    for (const HeldBackSite& site : profile.held_back)
        json["held_back_sites"].push_back({{"site", site.site.empty() ? Json(nullptr) : Json(site.site)},
                                           {"resource", site.resource},
                                           {"ring", site.ring == kNone ? Json(nullptr) : Json(site.ring)},
                                           {"times", site.times},
                                           {"us", us(site.held_back)}});
    return json;
}

Json walked_json(const Walked& walked, std::uint64_t tasks) {
    return {{"sum", walked.sum},
            {"max", walked.max},
            {"average", tasks == 0 ? Json(nullptr)
                                   : Json(static_cast<double>(walked.sum) / static_cast<double>(tasks))}};
}

Json scheduler_json(const SchedulerProfile& profile, Time makespan) {
    Json json = {{"thread", profile.thread},
                 {"completed", profile.completed},
                 {"us", us(makespan)},
                 {"loops", profile.loops}};
    json["tasks_per_loop"] =
        profile.loops == 0
            ? Json(nullptr)
            : Json(static_cast<double>(profile.completed) / static_cast<double>(profile.loops));
    json["phases_us"] = times_json(profile.phases);
    json["phase_shares"] = Json::object();
    for (const NamedTime& phase : profile.phases)
        json["phase_shares"][phase.name] = known(phase.time) ? share(phase.time, makespan) : Json(nullptr);
    json["pops_hit"] = profile.pops_hit;
    json["pops_missed"] = profile.pops_missed;
    json["fanout_walked"] = walked_json(profile.fanout, profile.completed);
    json["fanin_walked"] = walked_json(profile.fanin, profile.completed);
    return json;
}

Json distribution_json(const Distribution& distribution) {
    if (distribution.count == 0) return nullptr;
    return {{"count", distribution.count},      {"total_us", us(distribution.total)},
            {"mean_us", us(distribution.mean)}, {"min_us", us(distribution.min)},
            {"max_us", us(distribution.max)},   {"p50_us", us(distribution.p50)},
            {"p99_us", us(distribution.p99)}};
}

Json kernel_json(const KernelStatistics& kernel) {
    Json json = {{"kernel", kernel.name},
                 {"core_type", kernel.core_type.empty() ? Json(nullptr) : Json(kernel.core_type)}};
    json.update(distribution_json(kernel.work));
    json["ready_to_start"] = distribution_json(kernel.wait);
    json["end_to_observed"] = distribution_json(kernel.observe);
    return json;
}

Json overhead_json(const SchedulingOverhead& overhead) {
    const auto entry = [&](Time time) {
        return Json{{"us", us(time)}, {"share", share(time, overhead.makespan)}};
    };
    Json json = {{"types", Json::array()}};
    for (const SchedulingOverhead::OfType& type : overhead.types) {
        Json row = {{"type", type.type}, {"cores", type.cores}};
        row.update(entry(type.time));
        json["types"].push_back(row);
    }
    json["all_types"] = entry(overhead.all);
    json["any_type"] = entry(overhead.any);
    return json;
}

Json path_json(const RunAnalysis& analysis) {
    static constexpr const char* kCauses[] = {"submit", "producer", "core", "barrier"};
    const CriticalPath& path = analysis.path;
    Json json = {{"makespan_us", us(path.makespan)},
                 {"compute_us", us(path.compute)},
                 {"scheduling_us", us(path.scheduling)},
                 {"memory_us", us(path.memory)},
                 {"submit_us", us(path.submit)},
                 {"behind_us", us(path.behind)},
                 {"kernels_on_program_thread", path.kernels_on_program_thread},
                 {"executions", path.links.size()}};
    json["links"] = Json::array();
    for (std::size_t i = 0; i < std::min(path.links.size(), kMostLinks); ++i) {
        const CriticalPath::Link& link = path.links[i];
        const LinkName& name = analysis.link_names[i];
        json["links"].push_back({{"execution", link.execution},
                                 {"kernel", name.kernel},
                                 {"site", name.site.empty() ? Json(nullptr) : Json(name.site)},
                                 {"compute_us", us(link.compute)},
                                 {"scheduling_us", us(link.scheduling)},
                                 {"after", kCauses[static_cast<std::size_t>(link.cause)]}});
    }
    return json;
}

}  // namespace

Json analysis_json(const RunAnalysis& analysis) {
    Json json;
    json["weir"] = WEIR_VERSION_STRING;
    json["directory"] = analysis.directory;
    json["notes"] = analysis.notes;
    json["makespan_us"] = us(analysis.has_swimlane ? analysis.overhead.makespan : analysis.run->makespan);
    json["program"] = nullptr;
    json["orchestrator"] = nullptr;
    json["schedulers"] = Json::array();
    if (analysis.run) {
        if (!analysis.run->program.empty()) json["program"] = analysis.run->program;
        if (analysis.run->orchestrator) json["orchestrator"] = orchestrator_json(*analysis.run->orchestrator);
        for (const SchedulerProfile& profile : analysis.run->schedulers)
            json["schedulers"].push_back(scheduler_json(profile, analysis.run->makespan));
    }
    json["kernels"] = nullptr;
    json["scheduling_overhead"] = nullptr;
    json["critical_path"] = nullptr;
    json["what_if"] = nullptr;
    if (!analysis.has_swimlane) return json;
    json["tasks"] = analysis.tasks;
    json["executions"] = analysis.executions;
    json["kernels"] = Json::array();
    for (const KernelStatistics& kernel : analysis.kernels) json["kernels"].push_back(kernel_json(kernel));
    json["scheduling_overhead"] = overhead_json(analysis.overhead);
    json["critical_path"] = path_json(analysis);
    json["what_if"] = Json::array();
    for (const Prospect& prospect : analysis.prospects)
        json["what_if"].push_back({{"change", prospect.change}, {"makespan_us", us(prospect.makespan)}});
    return json;
}

Json comparison_json(const RunComparison& comparison) {
    Json json = {{"differences", Json::array()}, {"kernels_on_one_side", Json::array()}};
    for (const Difference& difference : comparison.differences)
        json["differences"].push_back({{"what", difference.what},
                                       {"before_us", us(difference.before)},
                                       {"after_us", us(difference.after)},
                                       {"noise_us", us(difference.noise)},
                                       {"beyond_noise", difference.beyond_noise()}});
    for (const KernelOnOneSide& kernel : comparison.kernels_on_one_side)
        json["kernels_on_one_side"].push_back({{"kernel", kernel.name},
                                               {"core_type", kernel.core_type},
                                               {"in", kernel.in_first ? "first" : "second"}});
    return json;
}

}  // namespace weir::cli
