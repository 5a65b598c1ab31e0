// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "analysis/scope_stats_file.hpp"
#include "analysis/scope_summary.hpp"
#include "commands.hpp"
#include "json/json_text.hpp"
#include "table_text.hpp"
#include "units.hpp"

namespace weir::cli {
namespace {

using analysis::ResourceUse;
using analysis::ScopeStatsHead;
using analysis::ScopeSummary;
using Json = nlohmann::ordered_json;

/// A resource of the recording, as both forms of the report name it.
struct Column {
    const char* key;
    const char* heading;
    bool bytes;
    bool is_addition;  ///< only files of Weir have it
    ResourceUse ScopeSummary::*use;
    ScopeStatsHead::OfRings ScopeStatsHead::*capacity;  ///< null: one for all rings
};
constexpr Column kColumns[] = {
    {"task_window", "task window", false, false, &ScopeSummary::task_window, &ScopeStatsHead::task_window},
    {"consumed_window", "consumed window", false, true, &ScopeSummary::consumed_window,
     &ScopeStatsHead::consumed_window},
    {"payload", "payload", true, true, &ScopeSummary::payload, &ScopeStatsHead::payload},
    {"heap", "heap", true, false, &ScopeSummary::heap, &ScopeStatsHead::heap},
    {"dep_pool", "dependencies", false, false, &ScopeSummary::dep_pool, &ScopeStatsHead::dep_pool},
    {"tensormap", "TensorMap", false, false, &ScopeSummary::tensormap, nullptr},
};

std::uint64_t capacity_of(const Column& column, const ScopeStatsHead& head, int ring) {
    return column.capacity != nullptr ? (head.*column.capacity)[static_cast<std::size_t>(ring)]
                                      : head.tensormap;
}

std::string state_text(const ScopeStatsHead& head) {
    if (head.partial) return "partial: the run is not over, or its process ended";
    std::string text = head.fatal ? "the run failed" : "the run was done";
    if (head.dropped != 0)
        text += fmt::format("; {} of {} boundaries are missing, for they could not be written",
                            grouped(head.dropped), grouped(head.total));
    return text;
}

/// "64 (0.4 %)".
std::string peak_text(const Column& column, const ScopeStatsHead& head, const ScopeSummary& scope) {
    const std::uint64_t peak = (scope.*column.use).peak;
    if (peak == 0) return "-";
    const std::uint64_t capacity = capacity_of(column, head, scope.ring());
    const std::string amount = column.bytes ? bytes_text(peak) : grouped(peak);
    return fmt::format("{} ({})", amount,
                       share_text(static_cast<double>(peak), static_cast<double>(capacity)));
}

std::string scopes_text(const std::string& file, const ScopeStatsHead& head,
                        const std::vector<ScopeSummary>& scopes) {
    std::string text = fmt::format("{}: {}\n", file, state_text(head));
    text += head.has_additions
                ? "largest use of a ring while a scope was open, and its share of the capacity\n"
                : "use of a ring while a scope was open, at most, and its share of the capacity\n";
    std::vector<std::vector<std::string>> rows(1);
    rows[0] = {"scope", "depth", "ring", "opened", "tasks"};
    for (const Column& column : kColumns)
        if (head.has_additions || !column.is_addition) rows[0].emplace_back(column.heading);
    for (const ScopeSummary& scope : scopes) {
        rows.push_back({scope.site, fmt::format("{}", scope.depth), fmt::format("{}", scope.ring()),
                        grouped(scope.opened), grouped(scope.task_window.allocated)});
        for (const Column& column : kColumns)
            if (head.has_additions || !column.is_addition)
                rows.back().push_back(peak_text(column, head, scope));
    }
    return text + table_text(rows);
}

Json scopes_json(const std::string& file, const ScopeStatsHead& head,
                 const std::vector<ScopeSummary>& scopes) {
    Json json;
    json["weir"] = WEIR_VERSION_STRING;
    json["file"] = file;
    json["partial"] = head.partial;
    json["fatal"] = head.partial ? Json(nullptr) : Json(head.fatal);
    json["dropped"] = head.dropped;
    json["total"] = head.total;
    json["scopes"] = Json::array();
    for (const ScopeSummary& scope : scopes) {
        Json entry = {{"site", scope.site},
                      {"depth", scope.depth},
                      {"ring", scope.ring()},
                      {"opened", scope.opened},
                      {"closed", scope.closed}};
        for (const Column& column : kColumns) {
            if (!head.has_additions && column.is_addition) continue;
            const ResourceUse& use = scope.*column.use;
            entry[column.key] = {{"peak", use.peak},
                                 {"capacity", capacity_of(column, head, scope.ring())},
                                 {"allocated", use.allocated},
                                 {"at_end", use.at_end}};
        }
        json["scopes"].push_back(entry);
    }
    return json;
}

}  // namespace

ExitStatus scopes_command(const ScopesArguments& arguments) {
    try {
        const std::filesystem::path file = analysis::find_scope_stats(arguments.recording);
        analysis::ScopeSummaries summaries;
        const ScopeStatsHead head = analysis::read_scope_stats(
            file, [&](const scope_recording::Boundary& boundary) { summaries.add(boundary); });
        if (arguments.json) {
            const Json json = scopes_json(file.string(), head, summaries.all());
            fmt::print("{}\n", json_text(json, 2));
        } else {
            fmt::print("{}", scopes_text(file.string(), head, summaries.all()));
        }
        return kDone;
    } catch (const analysis::FileMissing& error) {
        throw UsageError(error.what());
    }
}

}  // namespace weir::cli
