// SPDX-License-Identifier: Apache-2.0
#include "analysis/run_file.hpp"

#include <fmt/format.h>

#include "analysis/counted_file.hpp"
#include "analysis/json_fields.hpp"

namespace weir::analysis {

namespace {

constexpr std::uint64_t kVersion = 1;
/// A chip of a hundred cores and some thousand lines that were held back take a few hundred KiB.
constexpr std::size_t kMostBytes = std::size_t{64} << 20U;

/// Fields of "sizes" and "peaks", in the order of kOccupancies; the last is one for all rings.
constexpr std::array<const char*, kOccupancies.size()> kSizeFields = {
    "ring_task_window", "ring_consumed_window", "ring_payload",
    "ring_heap",        "ring_dep_pool",        "tensormap_pool"};

std::string whole_text(const std::filesystem::path& file) {
    CountedFile input(file);
    std::string text;
    for (; !input.at_end(); input.advance()) {
        text.push_back(input.current());
        if (text.size() > kMostBytes)
            throw FileDamaged(
                fmt::format("'{}' is larger than {} bytes; this is no run.json", file.string(), kMostBytes));
    }
    return text;
}

std::uint32_t small(const JsonFields& fields, const char* field) {
    const std::uint64_t number = fields.count(field);
    if (number >= kNone) fields.fail(field, fmt::format("{} is too much", number));
    return static_cast<std::uint32_t>(number);
}

std::uint32_t optional_small(const JsonFields& fields, const char* field) {
    return fields.given(field) ? small(fields, field) : kNone;
}

std::string optional_text(const JsonFields& fields, const char* field) {
    return fields.given(field) ? fields.text(field) : std::string();
}

std::vector<NamedTime> times(const JsonFields& fields) {
    std::vector<NamedTime> all;
    for (const std::string& name : fields.names())
        all.push_back({name, fields.given(name.c_str()) ? fields.time(name.c_str()) : kUnknownTime});
    return all;
}

void take_head(const JsonFields& fields) {
    if (!fields.has("format") || fields.text("format") != "weir-run")
        fields.fail("format", "this is no weir-run file");
    const std::uint64_t version = fields.count("version");
    if (version > kVersion)
        fields.fail("version", fmt::format("{} is newer than {}, which this weir reads; use a newer weir",
                                           version, kVersion));
    if (version == 0) fields.fail("version", "0 is no version");
}

ResourceValues values_of(const JsonFields& fields) {
    ResourceValues values;
    for (std::size_t i = 0; i + 1 < kSizeFields.size(); ++i) values[i] = fields.of_rings(kSizeFields[i]);
    values.back().fill(fields.count(kSizeFields.back()));
    return values;
}

std::optional<ResourceValues> optional_values(const JsonFields& fields, const char* field) {
    if (!fields.given(field)) return std::nullopt;
    return values_of(fields.object(field));
}

HeldBackSite site_of(const JsonFields& fields) {
    return {optional_text(fields, "site"), fields.text("resource"), optional_small(fields, "ring"),
            fields.count("times"),         fields.time("us"),       kUnknownTime};
}

void take_machine(const JsonFields& fields, RecordedRun& run) {
    for (const JsonFields& entry : fields.objects("threads"))
        run.threads.push_back({small(entry, "index"), entry.text("role")});
    for (const JsonFields& entry : fields.objects("cores"))
        run.cores.push_back({small(entry, "index"), entry.text("type"), optional_small(entry, "cluster"),
                             optional_small(entry, "thread")});
}

OrchestratorProfile orchestrator_of(const JsonFields& fields) {
    OrchestratorProfile profile;
    profile.submits = fields.count("submits");
    profile.steps = times(fields.object("steps_us"));
    for (const JsonFields& entry : fields.objects("held_back_sites"))
        profile.held_back.push_back(site_of(entry));
    return profile;
}

Walked walked_of(const JsonFields& fields) { return {fields.count("sum"), fields.count("max")}; }

SchedulerProfile scheduler_of(const JsonFields& fields) {
    SchedulerProfile profile;
    profile.thread = small(fields, "thread");
    profile.completed = fields.count("completed");
    profile.loops = fields.count("loops");
    profile.pops_hit = fields.count("pops_hit");
    profile.pops_missed = fields.count("pops_missed");
    profile.phases = times(fields.object("phases_us"));
    profile.fanout = walked_of(fields.object("fanout_walked"));
    profile.fanin = walked_of(fields.object("fanin_walked"));
    return profile;
}

}  // namespace

RecordedRun read_run(const std::filesystem::path& file) {
    const JsonFields fields(whole_text(file), fmt::format("'{}'", file.string()));
    take_head(fields);
    RecordedRun run;
    run.weir = optional_text(fields, "weir");
    run.program = optional_text(fields, "program");
    run.platform = fields.text("platform");
    run.clock = fields.text("clock");
    run.level = fields.count("level");
    run.partial = fields.truth("partial");
    run.fatal = fields.truth("fatal");
    run.error = optional_text(fields, "error");
    run.makespan = fields.time("makespan_us");
    if (run.makespan < 0) fields.fail("makespan_us", "a run does not end before it starts");
    run.tasks = fields.count("tasks");
    if (fields.given("tasks_in_place")) run.tasks_in_place = fields.count("tasks_in_place");
    take_machine(fields, run);
    run.capacities = optional_values(fields, "sizes");
    run.peaks = optional_values(fields, "peaks");
    if (fields.given("held_back_by_us")) run.held_back_by = times(fields.object("held_back_by_us"));
    if (fields.given("held_back_longest")) {
        const JsonFields longest = fields.object("held_back_longest");
        run.held_back_longest = site_of(longest);
        run.held_back_longest->longest = longest.time("longest_us");
    }
    if (fields.given("orchestrator")) run.orchestrator = orchestrator_of(fields.object("orchestrator"));
    if (fields.given("schedulers"))
        for (const JsonFields& entry : fields.objects("schedulers"))
            run.schedulers.push_back(scheduler_of(entry));
    const JsonFields events = fields.object("events");
    run.events_recorded = events.count("recorded");
    run.events_dropped = events.count("dropped");
    return run;
}

}  // namespace weir::analysis
