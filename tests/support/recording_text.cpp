// SPDX-License-Identifier: Apache-2.0
#include "recording_text.hpp"

#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace weir::test {

namespace {

using namespace analysis;
using Json = nlohmann::ordered_json;

std::string number(std::uint32_t value) { return value == kNone ? "null" : fmt::format("{}", value); }

std::string time(Time value) {
    if (!known(value)) return "null";
    if (value % kPicosecondsPerMicrosecond == 0) return fmt::format("{}", value / kPicosecondsPerMicrosecond);
    return fmt::format("{:.6f}", microseconds(value));
}

std::string quoted(const std::string& text) { return Json(text).dump(); }

std::string kernels_text(const std::vector<KernelName>& kernels) {
    Json list = Json::array();
    for (const KernelName& kernel : kernels)
        list.push_back({{"name", kernel.name},
                        {"core_type", kernel.core_type.empty() ? Json(nullptr) : Json(kernel.core_type)}});
    return list.dump();
}

/// A table with its columns; `row` makes the text of one.
template <typename List, typename Row>
std::string table(const char* name, const char* columns_field, const Json& columns, const List& rows,
                  Row row) {
    std::string text = fmt::format(",\n\"{}\":{},\n\"{}\":[", columns_field, columns.dump(), name);
    bool first = true;
    for (const auto& entry : rows) {
        text += fmt::format("{}[{}]", first ? "\n" : ",\n", row(entry));
        first = false;
    }
    return text + "]";
}

std::string execution_row(const Execution& row) {
    std::string text =
        fmt::format("{},{},{},{},{},{},{},{}", row.ring, row.id, number(row.kernel), number(row.site),
                    number(row.scope), number(row.thread), number(row.core), number(row.block));
    for (const Time at : {row.submitted, row.ready, row.dispatched, row.start, row.end, row.observed,
                          row.released, row.consumed})
        text += "," + time(at);
    return text + "," + (row.slot == kNoSlot ? "null" : fmt::format("{}", row.slot));
}

std::string counter_row(const Counter& row) {
    std::string text = fmt::format("{},{}", time(row.time), row.ring);
    for (const std::uint64_t used : row.used) text += fmt::format(",{}", used);
    return text;
}

Json detail_json(const Instant& row) {
    Json json = Json::object();
    if (!row.resource.empty()) json["resource"] = row.resource;
    if (row.ring != kNone) json["ring"] = row.ring;
    if (known(row.duration)) json["duration_us"] = microseconds(row.duration);
    if (row.events != 0) json["events"] = row.events;
    return json;
}

Json times_json(const std::vector<NamedTime>& times) {
    Json json = Json::object();
    for (const NamedTime& entry : times)
        json[entry.name] = known(entry.time) ? Json(microseconds(entry.time)) : Json(nullptr);
    return json;
}

Json site_json(const HeldBackSite& site) {
    Json json = {{"site", site.site.empty() ? Json(nullptr) : Json(site.site)},
                 {"resource", site.resource},
                 {"ring", site.ring == kNone ? Json(nullptr) : Json(site.ring)},
                 {"times", site.times},
                 {"us", microseconds(site.held_back)}};
    if (known(site.longest)) json["longest_us"] = microseconds(site.longest);
    return json;
}

Json orchestrator_json(const OrchestratorProfile& profile) {
    Json json = {{"submits", profile.submits}, {"steps_us", times_json(profile.steps)}};
    json["held_back_sites"] = Json::array();
    for (const HeldBackSite& site : profile.held_back) json["held_back_sites"].push_back(site_json(site));
    return json;
}

Json scheduler_json(const SchedulerProfile& profile) {
    return {{"thread", profile.thread},
            {"completed", profile.completed},
            {"loops", profile.loops},
            {"pops_hit", profile.pops_hit},
            {"pops_missed", profile.pops_missed},
            {"phases_us", times_json(profile.phases)},
            {"fanout_walked", {{"sum", profile.fanout.sum}, {"max", profile.fanout.max}}},
            {"fanin_walked", {{"sum", profile.fanin.sum}, {"max", profile.fanin.max}}}};
}

Json values_json(const std::optional<ResourceValues>& values) {
    if (!values) return nullptr;
    constexpr const char* kFields[] = {"ring_task_window", "ring_consumed_window", "ring_payload",
                                       "ring_heap", "ring_dep_pool"};
    Json json = Json::object();
    std::size_t i = 0;
    for (const char* field : kFields) json[field] = (*values)[i++];
    json["tensormap_pool"] = (*values)[i][0];
    return json;
}

void write(const std::filesystem::path& file, const std::string& text) {
    std::ofstream stream(file, std::ios::binary | std::ios::trunc);
    stream << text;
    stream.flush();
    if (!stream) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace

std::string to_text(const RecordedRun& run) {
    Json json = {{"format", "weir-run"}, {"version", 1}, {"weir", run.weir}};
    json["program"] = run.program.empty() ? Json(nullptr) : Json(run.program);
    json["platform"] = run.platform;
    json["clock"] = run.clock;
    json["clock_hz"] = 1000000000;
    json["level"] = run.level;
    json["partial"] = run.partial;
    json["fatal"] = run.fatal;
    json["error"] = run.error.empty() ? Json(nullptr) : Json(run.error);
    json["makespan_us"] = microseconds(run.makespan);
    json["tasks"] = run.tasks;
    json["tasks_in_place"] = run.tasks_in_place ? Json(*run.tasks_in_place) : Json(nullptr);
    json["tasks_helped"] = nullptr;
    json["threads"] = Json::array();
    for (const RecordedThread& thread : run.threads)
        json["threads"].push_back({{"index", thread.index}, {"role", thread.role}});
    json["cores"] = Json::array();
    for (const RecordedCore& core : run.cores)
        json["cores"].push_back({{"index", core.index},
                                 {"type", core.type},
                                 {"cluster", core.cluster == kNone ? Json(nullptr) : Json(core.cluster)},
                                 {"thread", core.thread == kNone ? Json(nullptr) : Json(core.thread)}});
    json["sizes"] = values_json(run.capacities);
    json["peaks"] = values_json(run.peaks);
    json["held_back_by_us"] = times_json(run.held_back_by);
    json["held_back_longest"] = run.held_back_longest ? site_json(*run.held_back_longest) : Json(nullptr);
    json["orchestrator"] = run.orchestrator ? orchestrator_json(*run.orchestrator) : Json(nullptr);
    json["schedulers"] = Json::array();
    for (const SchedulerProfile& profile : run.schedulers)
        json["schedulers"].push_back(scheduler_json(profile));
    json["events"] = {{"recorded", run.events_recorded}, {"dropped", run.events_dropped}};
    return json.dump() + "\n";
}

std::string to_text(const Swimlane& lane) {
    std::string text = fmt::format(
        R"({{"format":"weir-swimlane","version":1,"level":{},"partial":{},"kernels":{},"sites":{})",
        lane.level, lane.partial, kernels_text(lane.kernels), Json(lane.sites).dump());
    text += table("tasks", "task_columns",
                  {"ring", "id", "kernel", "site", "scope", "thread", "core", "block", "submitted", "ready",
                   "dispatched", "start", "end", "observed", "released", "consumed", "slot"},
                  lane.executions, execution_row);
    text += table("scopes", "scope_columns", {"depth", "ring", "site", "parent", "begin", "end"}, lane.scopes,
                  [](const RecordedScope& row) {
                      return fmt::format("{},{},{},{},{},{}", row.depth, row.ring, number(row.site),
                                         number(row.parent), time(row.begin), time(row.end));
                  });
    text += table("phases", "phase_columns", {"thread", "phase", "begin", "end"}, lane.phases,
                  [&](const Phase& row) {
                      return fmt::format("{},{},{},{}", number(row.thread),
                                         quoted(lane.phase_names[row.name]), time(row.begin), time(row.end));
                  });
    Json counter_columns = {"time", "ring"};
    for (const char* name : kOccupancies) counter_columns.push_back(name);
    text += table("counters", "counter_columns", counter_columns, lane.counters, counter_row);
    text += table("instants", "instant_columns", {"time", "thread", "what", "site", "detail"}, lane.instants,
                  [&](const Instant& row) {
                      return fmt::format("{},{},{},{},{}", time(row.time), number(row.thread),
                                         quoted(lane.instant_names[row.what]), number(row.site),
                                         detail_json(row).dump());
                  });
    return text + "}\n";
}

std::string to_text(const Deps& deps) {
    static constexpr const char* kDirections[] = {"in", "out", "inout"};
    Json scope_sites = Json::array();
    for (const std::uint32_t site : deps.scope_sites)
        scope_sites.push_back(site == kNone ? Json(nullptr) : Json(site));
    std::string text = fmt::format(
        R"({{"format":"weir-deps","version":1,"complete":{},"partial":{},"kernels":{},"sites":{},)"
        R"("scope_sites":{},"buffers":{})",
        deps.complete, deps.partial, Json(deps.kernels).dump(), Json(deps.sites).dump(), scope_sites.dump(),
        deps.buffers);
    text += table("tasks", "task_columns",
                  {"ring", "id", "kernel", "site", "scope", "flags", "submitted", "completed"}, deps.tasks,
                  [](const DepsTask& row) {
                      const int flags = (row.manual ? 1 : 0) + (row.in_place ? 2 : 0) + (row.owns ? 4 : 0);
                      return fmt::format("{},{},{},{},{},{},{},{}", row.ring, row.id, number(row.kernel),
                                         number(row.site), number(row.scope), flags, time(row.submitted),
                                         number(row.completed));
                  });
    text += table("accesses", "access_columns", {"task", "argument", "direction", "no_dep", "buffer", "box"},
                  deps.accesses, [&](const Access& row) {
                      std::string steps;
                      for (std::size_t i = 0; i < row.step_count; ++i) {
                          const BoxStep& step = deps.steps[row.first_step + i];
                          steps += fmt::format("{}[{},{}]", i == 0 ? "" : ",", step.count, step.stride);
                      }
                      return fmt::format("{},{},\"{}\",{},{},[{},{},[{}]]", row.task, row.argument,
                                         kDirections[static_cast<std::size_t>(row.direction)], row.no_dep,
                                         row.buffer, row.offset, row.run, steps);
                  });
    text += table("edges", "edge_columns", {"producer", "consumer", "kind", "argument", "state"}, deps.edges,
                  [](const Edge& row) {
                      return fmt::format("{},{},\"{}\",{},\"{}\"", row.producer, row.consumer,
                                         kEdgeKinds[static_cast<std::size_t>(row.kind)], number(row.argument),
                                         row.waited ? "waited" : "completed");
                  });
    text += table("explicit", "explicit_columns", {"task", "after"}, deps.explicit_edges,
                  [](const ExplicitEdge& row) { return fmt::format("{},{}", row.task, row.after); });
    return text + "}\n";
}

void write_recording(const std::filesystem::path& directory, const RecordedRun& run) {
    write(directory / "run.json", to_text(run));
}
void write_recording(const std::filesystem::path& directory, const Swimlane& lane) {
    write(directory / "swimlane.json", to_text(lane));
}
void write_recording(const std::filesystem::path& directory, const Deps& deps) {
    write(directory / "deps.json", to_text(deps));
}

}  // namespace weir::test
