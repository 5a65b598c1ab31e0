// SPDX-License-Identifier: Apache-2.0
#include "plan_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
#include <vector>

#include "platforms.hpp"
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

/// `sum`: the place adds most to the size; else it is where so much was needed at once.
std::string places_text(const PlannedSize& size, bool sum) {
    if (!size.decided) return "";
    if (sum) return fmt::format("most in {}", scope_name(size));
    if (size.submit.line() == 0) return "";
    return fmt::format("{}, submit {}", scope_name(size), format_site(size.submit));
}

std::string value_text(Resource resource, const PlannedSize& size) {
    return amount_text(resource, size.value) + (size.possible ? "" : " (!)");
}

/// Two tables beside each other: what a size is called, then value and place of each.
class SizesTable {
public:
    using Row = std::array<std::string, 5>;

    /// A line between the rows, however long.
    void heading(const std::string& text) { rows_.push_back({text}); }
    void row(Row cells) {
        for (std::size_t i = 0; i < cells.size(); ++i) widths_[i] = std::max(widths_[i], cells[i].size() + 2);
        rows_.push_back(std::move(cells));
    }
    [[nodiscard]] std::string text() const {
        std::string text;
        for (const Row& cells : rows_) {
            std::string line;
            for (std::size_t i = 0; i < cells.size(); ++i)
                line += fmt::format("{:<{}}", cells[i], widths_[i]);
            text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
        }
        return text;
    }

private:
    std::array<std::size_t, 5> widths_{28, 14, 44, 18, 0};
    std::vector<Row> rows_;
};

/// A line for each resource of the rings that have tasks, below `titles`.
std::string sizes_text(const Plan& plan, SizesTable::Row titles, const Plan::Table& first,
                       const Plan::Table& second, bool sums) {
    SizesTable table;
    table.row(std::move(titles));
    const auto line = [&](Resource resource, int ring) {
        const PlannedSize& one = size_in(first, resource, ring);
        const PlannedSize& other = size_in(second, resource, ring);
        table.row({"  " + name_of(resource), value_text(resource, one), places_text(one, false),
                   value_text(resource, other), places_text(other, sums)});
    };
    for (int ring = 0; ring < kRings; ++ring) {
        const std::uint64_t tasks = plan.tasks_of_ring[static_cast<std::size_t>(ring)];
        table.heading(fmt::format("ring {}: {}", ring, tasks == 0 ? "not used" : grouped(tasks) + " tasks"));
        if (tasks == 0) continue;
        for (const Resource resource : all_resources())
            if (per_ring(resource)) line(resource, ring);
    }
    table.heading("all rings");
    for (const Resource resource : all_resources())
        if (!per_ring(resource)) line(resource, 0);
    return table.text();
}

std::string kernels_text(const SimulatedSchedule& schedule) {
    const std::string& file = schedule.model.kernel_times;
    const KernelMedians& medians = schedule.model.kernel_medians;
    std::string stated = file.empty() ? "" : "times in '" + file + "'";
    if (!medians.empty())
        stated += fmt::format("{}medians of {} recorded kernels", stated.empty() ? "" : ", ", medians.size());
    if (schedule.assumed.empty()) return stated.empty() ? "times as they were registered with" : stated;
    std::string names;
    for (const std::string& name : schedule.assumed) names += (names.empty() ? "" : ", ") + name;
    const bool chip = !schedule.chip.chip.empty();
    return fmt::format("{}{}{} for {}", stated, stated.empty() ? "" : ", ",
                       chip ? "those of the chip" : duration_text(schedule.model.kernel) + " assumed", names);
}

std::string schedule_text(const Plan& plan, const SimulatedSchedule& schedule) {
    const ChipFigures& chip = schedule.chip;
    std::string text = chip.chip.empty()
                           ? fmt::format("simulated on {} threads\n", *schedule.model.threads)
                           : fmt::format("simulated on {}: {} AIC, {} AIV, {} control threads\n", chip.chip,
                                         chip.aic_cores, chip.aiv_cores, chip.control_threads);
    if (schedule.tasks < plan.tasks)
        text += report_line("tasks", fmt::format("the first {} of {}; what follows is left out",
                                                 grouped(schedule.tasks), grouped(plan.tasks)));
    if (chip.chip.empty()) text += report_line("a submit", duration_text(schedule.model.submit));
    text += report_line("kernels", kernels_text(schedule));
    text += report_line("never held back", duration_text(schedule.makespan_unhindered));
    text += report_line("recommended sizes", duration_text(schedule.makespan_recommended));
    text += report_line("smallest sizes", duration_text(schedule.makespan_smallest));
    return text + sizes_text(plan, {"sizes", "recommended", "most in use in the scope", "never held back"},
                             schedule.recommended, schedule.unhindered, false);
}

bool all_possible(const Plan::Table& table) {
    for (const Resource resource : all_resources())
        for (int ring = 0; ring < values_of(resource); ++ring)
            if (!size_in(table, resource, ring).possible) return false;
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

std::string no_schedule_text() {
    return "there is no schedule: the program reads data of its tasks, and the runs that are simulated on a "
           "chip "
           "call no kernel; try sizes with 'weir sweep PROGRAM --vary ring_heap=N,N,...'";
}

std::string plan_text(const Session& session, const Plan& plan) {
    std::string text = fmt::format("{}: {}\n", session.library().name(), session.library().summary());
    if (!session.values().all().empty()) text += report_line("parameters", parameters_text(session));
    text += report_line("platform", platform_text(session.config()));
    text += report_line("tasks", grouped(plan.tasks));
    text += report_line("exact", plan.exact ? "yes" : "up to " + format_site(plan.ends_at));
    if (plan.tasks_run != 0) text += report_line("run for their data", grouped(plan.tasks_run) + " tasks");
    text += sizes_text(plan, {"sizes", "smallest", "decided by the scope", "never held back"}, plan.smallest,
                       plan.unhindered, true);
    bool possible = all_possible(plan.smallest) && all_possible(plan.unhindered);
    if (plan.simulated) {
        text += schedule_text(plan, *plan.simulated);
        possible = possible && all_possible(plan.simulated->unhindered);
    }
    if (!possible) text += "(!) more than the largest valid value\n";
    return text;
}

namespace {

Json schedule_json(const SimulatedSchedule& schedule) {
    Json json;
    const bool chip = !schedule.chip.chip.empty();
    json["chip"] = chip ? Json(schedule.chip.chip) : Json(nullptr);
    json["threads"] = chip ? Json(nullptr) : Json(*schedule.model.threads);
    json["submit_ns"] = chip ? Json(nullptr) : Json(schedule.model.submit.count());
    json["kernel_times"] =
        schedule.model.kernel_times.empty() ? Json(nullptr) : Json(schedule.model.kernel_times);
    json["kernel_medians_ns"] = nullptr;
    for (const auto& [kernel, median] : schedule.model.kernel_medians)
        json["kernel_medians_ns"][kernel] = median.count();
    json["assumed_kernel_ns"] = chip ? Json(nullptr) : Json(schedule.model.kernel.count());
    json["assumed_kernels"] = schedule.assumed;
    json["tasks"] = schedule.tasks;
    json["makespan_ns"] = {{"unhindered", schedule.makespan_unhindered.count()},
                           {"recommended", schedule.makespan_recommended.count()},
                           {"smallest", schedule.makespan_smallest.count()}};
    json["recommended"] = sizes_json(schedule.recommended);
    json["unhindered"] = sizes_json(schedule.unhindered);
    return json;
}

}  // namespace

std::string model_text(const SimulatedSchedule& schedule) {
    if (!schedule.chip.chip.empty()) return fmt::format("{}, {}", schedule.chip.chip, kernels_text(schedule));
    return fmt::format("{} threads, {} a submit, {}", *schedule.model.threads,
                       duration_text(schedule.model.submit), kernels_text(schedule));
}

Json plan_json(const Session& session, const Plan& plan) {
    Json json;
    json["weir"] = WEIR_VERSION_STRING;
    json["status"] = "done";
    json["platform"] = session.config().platform;
    json["early_dispatch"] = session.config().chip.early_dispatch;
    json["program"] = program_json(session);
    json.update(plan_json(plan));
    return json;
}

Json plan_json(const Plan& plan) {
    Json json;
    json["tasks"] = plan.tasks;
    json["tasks_of_ring"] = plan.tasks_of_ring;
    json["tasks_run"] = plan.tasks_run;
    json["exact"] = plan.exact;
    json["ends_at"] = site_json(plan.ends_at);
    json["smallest"] = sizes_json(plan.smallest);
    json["unhindered"] = sizes_json(plan.unhindered);
    json["simulated"] = plan.simulated ? schedule_json(*plan.simulated) : Json(nullptr);
    return json;
}

std::string plan_env(const Session& session, const Plan& plan) {
    std::string text = comment(fmt::format("{} {}", session.library().name(), parameters_text(session)));
    text += comment("on " + platform_text(session.config()));
    if (!plan.exact) text += comment(inexact_text(plan));
    if (plan.simulated) {
        text += comment(fmt::format("recommended: at most 2 % slower than without bounds on {}",
                                    model_text(*plan.simulated)));
        text += env_lines(plan.simulated->recommended, "");
        text += comment("never held back in that schedule") + env_lines(plan.simulated->unhindered, "# ");
    }
    text += comment("the smallest sizes with which it runs to its end") +
            env_lines(plan.smallest, plan.simulated ? "# " : "");
    text += comment("sizes that never hold it back") + env_lines(plan.unhindered, "# ");
    return text;
}

}  // namespace weir::cli
