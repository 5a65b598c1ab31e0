// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include <nlohmann/json.hpp>

#include "json/json_text.hpp"
#include "recording/run_files.hpp"

namespace weir::recording {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kNsPerUs = 1000;

/// From the levels of observe/thread_recorder.hpp.
constexpr int kLevelOfTasks = 2;
constexpr int kLevelOfPhases = 3;

double rounded(double us) { return static_cast<double>(static_cast<std::int64_t>(us * 1000 + 0.5)) / 1000; }

double us_of(const RunTables& tables, std::uint64_t ticks) {
    return rounded(tables.ns_of_duration(ticks) / kNsPerUs);
}

Json threads_json(const RunHead& head) {
    Json json = Json::array();
    for (const RunHead::Thread& thread : head.threads)
        json.push_back({{"index", thread.index}, {"role", thread.role}});
    return json;
}

Json cores_json(const RunHead& head) {
    Json json = Json::array();
    for (const RunHead::Core& core : head.cores)
        json.push_back({{"index", core.index},
                        {"type", core.type},
                        {"cluster", core.cluster},
                        {"thread", core.thread < 0 ? Json(nullptr) : Json(core.thread)}});
    return json;
}

Json orchestrator_json(const RunTables& tables, const RunFacts* facts) {
    if (tables.head().level < kLevelOfTasks) return nullptr;
    Json json;
    json["submits"] = facts != nullptr ? facts->tasks : tables.tasks().size();
    json["steps_us"] = Json::object();
    for (std::size_t i = 0; i < kSteps; ++i) {
        const auto phase = static_cast<Phase>(kFirstStep + i);
        const bool known =
            tables.head().level >= kLevelOfPhases || phase == Phase::scope_end || phase == Phase::held_back;
        json["steps_us"][kPhaseNames[kFirstStep + i]] =
            known ? Json(us_of(tables, tables.steps()[i])) : Json(nullptr);
    }
    json["held_back_sites"] = facts != nullptr ? parse_json(facts->held_back_sites) : Json::array();
    return json;
}

/// By worker thread: time of the run in neither a phase nor a kernel. A thread tells of its sleep when it
/// wakes, so this is the one that went on when the run ended. Nothing where that cannot be told.
std::vector<double> slept_to_the_end(const RunTables& tables, const RunFacts* facts) {
    std::vector<double> rest(tables.sums().size());
    if (facts == nullptr || facts->dropped != 0 || !tables.threads_are_cores()) return rest;
    std::vector<std::uint64_t> ticks(rest.size());
    for (std::size_t thread = 0; thread < rest.size(); ++thread)
        for (const std::uint64_t phase : tables.sums()[thread].phases) ticks[thread] += phase;
    const auto add = [&](const TaskRow& row) {
        if (row.thread < ticks.size() && row.end > row.start) ticks[row.thread] += row.end - row.start;
    };
    std::for_each(tables.tasks().begin(), tables.tasks().end(), add);
    std::for_each(tables.calls().begin(), tables.calls().end(), add);
    // Thread 0 is in the program besides.
    for (std::size_t thread = 1; thread < rest.size(); ++thread)
        rest[thread] = std::max(facts->makespan_us - tables.ns_of_duration(ticks[thread]) / kNsPerUs, 0.0);
    return rest;
}

Json schedulers_json(const RunTables& tables, const RunFacts* facts) {
    const std::vector<double> slept = slept_to_the_end(tables, facts);
    Json json = Json::array();
    for (std::size_t thread = 0; thread < tables.sums().size(); ++thread) {
        const ThreadSums& sums = tables.sums()[thread];
        Json row;
        row["thread"] = thread;
        row["completed"] = sums.completed;
        row["loops"] = sums.loops;
        row["pops_hit"] = sums.pops_hit;
        row["pops_missed"] = sums.pops_missed;
        for (std::size_t i = 0; i < sums.phases.size(); ++i)
            row["phases_us"][kPhaseNames[i]] =
                rounded(tables.ns_of_duration(sums.phases[i]) / kNsPerUs +
                        (static_cast<Phase>(i) == Phase::idle ? slept[thread] : 0));
        row["fanout_walked"] = {{"sum", sums.fanout_sum}, {"max", sums.fanout_max}};
        row["fanin_walked"] = {{"sum", sums.fanin_sum}, {"max", sums.fanin_max}};
        json.push_back(std::move(row));
    }
    return json;
}

void add_facts(Json& json, const RunTables& tables, const RunFacts* facts) {
    const auto known = [&](auto value) { return facts != nullptr ? Json(value(*facts)) : Json(nullptr); };
    const auto parsed = [&](auto text) {
        return facts != nullptr ? parse_json(text(*facts)) : Json(nullptr);
    };
    json["makespan_us"] = facts != nullptr ? rounded(facts->makespan_us)
                                           : static_cast<double>(tables.ns_of(tables.last_tick())) / kNsPerUs;
    json["tasks"] = facts != nullptr ? facts->tasks : tables.tasks().size();
    json["tasks_in_place"] = known([](const RunFacts& run) { return run.tasks_in_place; });
    json["tasks_helped"] = known([](const RunFacts& run) { return run.tasks_helped; });
    json["threads"] = threads_json(tables.head());
    json["cores"] = cores_json(tables.head());
    json["sizes"] = parse_json(tables.head().sizes);
    json["peaks"] = parsed([](const RunFacts& run) { return run.peaks; });
    json["held_back_us"] = known([](const RunFacts& run) { return rounded(run.held_back_us); });
    json["times_held_back"] = known([](const RunFacts& run) { return run.times_held_back; });
    json["held_back_by_us"] = parsed([](const RunFacts& run) { return run.held_back_by_us; });
    json["held_back_longest"] = parsed([](const RunFacts& run) { return run.held_back_longest; });
}

}  // namespace

void write_run_json(const RunTables& tables, const RunFacts* facts, const Sink& sink) {
    const RunHead& head = tables.head();
    Json json;
    json["format"] = "weir-run";
    json["version"] = 1;
    json["weir"] = head.weir;
    json["program"] = head.program.empty() ? Json(nullptr) : Json(head.program);
    json["platform"] = head.platform;
    json["clock"] = head.clock;
    json["clock_hz"] = tables.clock_hz();
    json["level"] = head.level;
    json["partial"] = facts == nullptr;
    json["fatal"] = facts != nullptr && facts->fatal;
    json["error"] = facts != nullptr && !facts->error.empty() ? Json(facts->error) : Json(nullptr);
    add_facts(json, tables, facts);
    json["orchestrator"] = orchestrator_json(tables, facts);
    json["schedulers"] = head.level < kLevelOfTasks ? Json(Json::array()) : schedulers_json(tables, facts);
    json["events"] = {{"recorded", facts != nullptr ? facts->recorded : tables.recorded()},
                      {"dropped", facts != nullptr ? facts->dropped : tables.dropped()}};
    json["files"] = {
        {"swimlane", head.swimlane}, {"deps", head.dependencies}, {"scope_stats", head.scope_stats}};
    sink(json_text(json, 1) + "\n");
}

}  // namespace weir::recording
