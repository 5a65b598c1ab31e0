// SPDX-License-Identifier: Apache-2.0
#include "plan_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "resources.hpp"
#include "run_report.hpp"
#include "units.hpp"

namespace weir::cli {
namespace {

using Json = nlohmann::ordered_json;

const PlannedSize& size_in(const Plan::Table& table, Resource resource, int ring) {
    return table[static_cast<std::size_t>(resource)][static_cast<std::size_t>(ring)];
}

/// The root scope is opened by no line of the program.
std::string scope_name(const PlannedSize& size) {
    return size.scope.line() == 0 ? "the root scope" : format_site(size.scope);
}

std::string places_text(const PlannedSize& size) {
    if (!size.decided) return "";
    if (size.submit.line() == 0) return fmt::format("most in {}", scope_name(size));
    return fmt::format("{}, submit {}", scope_name(size), format_site(size.submit));
}

std::string value_text(Resource resource, const PlannedSize& size) {
    return amount_text(resource, size.value) + (size.possible ? "" : " (!)");
}

std::string row_text(const std::string& label, const std::string& smallest, const std::string& decided_by,
                     const std::string& unhindered, const std::string& most_in) {
    std::string text =
        fmt::format("{:<28}{:<14}{:<44}{:<18}{}", label, smallest, decided_by, unhindered, most_in);
    return text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
}

std::string resource_text(const Plan& plan, Resource resource, int ring) {
    const PlannedSize& smallest = plan.smallest_of(resource, ring);
    const PlannedSize& unhindered = plan.unhindered_of(resource, ring);
    return row_text("  " + name_of(resource), value_text(resource, smallest), places_text(smallest),
                    value_text(resource, unhindered), places_text(unhindered));
}

bool all_possible(const Plan& plan) {
    for (const Resource resource : all_resources())
        for (int ring = 0; ring < values_of(resource); ++ring)
            if (!plan.smallest_of(resource, ring).possible || !plan.unhindered_of(resource, ring).possible)
                return false;
    return true;
}

/// By field, over the rings or for all of them, what `value` says of a planned size.
template <class Value>
Json table_json(const Plan::Table& table, Value&& value) {
    Json json;
    for (const Resource resource : all_resources()) {
        Json& place = json[field_of(resource)];
        if (!per_ring(resource)) {
            place = value(size_in(table, resource, 0));
            continue;
        }
        place = Json::array();
        for (int ring = 0; ring < kRings; ++ring) place.push_back(value(size_in(table, resource, ring)));
    }
    return json;
}

Json site_json(std::source_location site) {
    return site.line() == 0 ? Json(nullptr) : Json(format_site(site));
}

Json sizes_json(const Plan::Table& table) {
    Json json;
    json["sizes"] = table_json(table, [](const PlannedSize& size) { return Json(size.value); });
    json["possible"] = table_json(table, [](const PlannedSize& size) { return Json(size.possible); });
    json["decided_by"] = table_json(table, [](const PlannedSize& size) {
        if (!size.decided) return Json(nullptr);
        return Json{{"scope", size.scope.line() == 0 ? Json("root") : site_json(size.scope)},
                    {"submit", site_json(size.submit)}};
    });
    return json;
}

std::string env_lines(const Plan::Table& table, const char* start) {
    std::string text;
    for (const Resource resource : all_resources()) {
        std::string values;
        for (int ring = 0; ring < values_of(resource); ++ring)
            values += fmt::format("{}{}", ring == 0 ? "" : ",", size_in(table, resource, ring).value);
        text += fmt::format("{}export {}={}\n", start, variable_of(resource), values);
    }
    return text;
}

/// A line that a shell passes over, whatever the text.
std::string comment(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](unsigned char letter) { return std::iscntrl(letter) != 0; }, ' ');
    return "# " + text + "\n";
}

}  // namespace

std::string inexact_text(const Plan& plan) {
    return fmt::format(
        "the plan ends at {}: the program reads there what a task would have written, and no task is run. "
        "The "
        "sizes are exact for the {} tasks before it, and no more than lower bounds for the program",
        format_site(plan.ends_at), grouped(plan.tasks));
}

std::string plan_text(const Session& session, const Plan& plan) {
    std::string text = fmt::format("{}: {}\n", session.library().name(), session.library().summary());
    if (!session.values().all().empty()) text += report_line("parameters", parameters_text(session));
    text += report_line("tasks", grouped(plan.tasks));
    text += report_line("exact", plan.exact ? "yes" : "up to " + format_site(plan.ends_at));
    text += row_text("sizes", "smallest", "decided by the scope", "never held back", "");
    for (int ring = 0; ring < kRings; ++ring) {
        const std::uint64_t tasks = plan.tasks_of_ring[static_cast<std::size_t>(ring)];
        text += fmt::format("ring {}: {}\n", ring, tasks == 0 ? "not used" : grouped(tasks) + " tasks");
        if (tasks == 0) continue;
        for (const Resource resource : all_resources())
            if (per_ring(resource)) text += resource_text(plan, resource, ring);
    }
    text += "all rings\n";
    for (const Resource resource : all_resources())
        if (!per_ring(resource)) text += resource_text(plan, resource, 0);
    if (!all_possible(plan)) text += "(!) more than the largest valid value\n";
    return text;
}

Json plan_json(const Session& session, const Plan& plan) {
    Json json;
    json["weir"] = WEIR_VERSION_STRING;
    json["status"] = "done";
    json["program"] = program_json(session);
    json["tasks"] = plan.tasks;
    json["tasks_of_ring"] = plan.tasks_of_ring;
    json["exact"] = plan.exact;
    json["ends_at"] = site_json(plan.ends_at);
    json["smallest"] = sizes_json(plan.smallest);
    json["unhindered"] = sizes_json(plan.unhindered);
    return json;
}

std::string plan_env(const Session& session, const Plan& plan) {
    std::string text = comment(fmt::format("{} {}", session.library().name(), parameters_text(session)));
    if (!plan.exact) text += comment(inexact_text(plan));
    text += comment("the smallest sizes with which it runs to its end") + env_lines(plan.smallest, "");
    text += comment("sizes that never hold it back") + env_lines(plan.unhindered, "# ");
    return text;
}

}  // namespace weir::cli
