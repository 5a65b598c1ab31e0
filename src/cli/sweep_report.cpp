// SPDX-License-Identifier: Apache-2.0
#include "sweep_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "json/json_text.hpp"
#include "resources.hpp"
#include "table_text.hpp"
#include "units.hpp"

namespace weir::cli {
namespace {

using Json = nlohmann::ordered_json;
using Cells = std::vector<std::string>;

constexpr std::array<const char*, 4> kSchedulerParts = {"polling", "completing", "dispatching", "idle"};

std::int64_t makespan_of(const Json& run) { return run["chip"]["makespan_ns"].get<std::int64_t>(); }

double share(double part, double whole) { return whole == 0 ? 0 : part / whole; }

double utilisation(const Json& run, const char* type) {
    return run["chip"][fmt::format("{}_utilisation", type)].get<double>();
}
double scheduler_share(const Json& run, const char* part) {
    const Json& time = run["chip"]["scheduler_ns"];
    return share(time[part].get<double>(), time["total"].get<double>());
}
double orchestrator_share(const Json& run) {
    return share(run["chip"]["orchestrator_ns"]["total"].get<double>(),
                 run["chip"]["makespan_ns"].get<double>());
}
std::int64_t held_back(const Json& run, Resource resource) {
    return run["held_back_by_ns"][field_of(resource)].get<std::int64_t>();
}

std::string percent(double fraction) { return fmt::format("{:.1f} %", 100 * fraction); }

std::string change_text(const std::optional<double>& change) {
    return change ? fmt::format("{:+.1f} %", 100 * *change) : "-";
}

/// "heap 1.10 ms, task window 80.0 us".
std::string held_back_text(const Json& run) {
    std::string text;
    for (const Resource resource : all_resources())
        if (const std::int64_t time = held_back(run, resource); time != 0)
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", label_of(resource),
                                duration_text(std::chrono::nanoseconds(time)));
    return text.empty() ? "never" : text;
}

std::string point_text(const SweepGrid& grid, const SweepRow& row) {
    std::string text;
    for (std::size_t i = 0; i < grid.keys().size(); ++i)
        text += fmt::format("{}{}={}", text.empty() ? "" : " ", grid.keys()[i].name, row.values[i]);
    return text;
}

/// What a child printed; null where that is no JSON.
Json report_of(const ChildRun& run) {
    try {
        return parse_json(run.out);
    } catch (const Json::exception&) {
        return nullptr;
    }
}

/// Why a child gave no figures.
std::string error_of(const ChildRun& run, const Json& report) {
    if (!run.failure.empty()) return run.failure;
    if (report.is_object() && report.contains("error")) return report["error"]["message"].get<std::string>();
    std::string text = run.messages;
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text.empty() ? fmt::format("it ended with exit status {} and said nothing", run.exit_status)
                        : text;
}

/// What differs between two rows: "3 scheduler threads instead of 2 (control_threads=4), ring_heap=...".
std::string difference_text(const SweepGrid& grid, const SweepRow& first, const SweepRow& other) {
    std::string text;
    for (std::size_t i = 0; i < grid.keys().size(); ++i) {
        const std::string& name = grid.keys()[i].name;
        const std::string& from = first.values[i];
        const std::string& to = other.values[i];
        if (from == to) continue;
        text += text.empty() ? "" : ", ";
        if (name == "control_threads") {
            const auto schedulers = [](const std::string& threads) { return std::stoull(threads) - 1; };
            text += fmt::format("{} scheduler threads instead of {} (control_threads={})", schedulers(to),
                                schedulers(from), to);
        } else {
            text += fmt::format("{}={} instead of {}", name, to, from);
        }
    }
    return text;
}

/// The first of the fastest rows that can be compared with the first row; the end when there is none.
std::vector<SweepRow>::const_iterator best_of(const std::vector<SweepRow>& rows) {
    return std::min_element(rows.begin(), rows.end(), [](const SweepRow& one, const SweepRow& other) {
        if (!one.change || !other.change) return one.change.has_value() && !other.change.has_value();
        return *one.change < *other.change;
    });
}

std::string best_text(const SweepGrid& grid, const std::vector<SweepRow>& rows) {
    const auto best = best_of(rows);
    if (!rows.front().change)
        return "best: unknown, since the first row failed and nothing can be compared with it\n";
    if (*best->change >= 0) return "best: the first row; no other one is faster\n";
    return fmt::format("best: {}: {} makespan\n", difference_text(grid, rows.front(), *best),
                       change_text(best->change));
}

std::string quoted_cell(const std::string& cell) {
    if (cell.find_first_of(",\"\n\r") == std::string::npos) return cell;
    std::string text = "\"";
    for (const char symbol : cell) text += symbol == '"' ? std::string("\"\"") : std::string(1, symbol);
    return text + "\"";
}

std::string csv_line(const Cells& cells) {
    std::string line;
    for (const std::string& cell : cells) line += (line.empty() ? "" : ",") + quoted_cell(cell);
    return line + "\n";
}

}  // namespace

std::vector<SweepRow> sweep_rows(const SweepGrid& grid, const std::vector<ChildRun>& runs) {
    std::vector<SweepRow> rows;
    for (std::size_t point = 0; point < runs.size(); ++point) {
        SweepRow& row = rows.emplace_back();
        row.values = grid.values(point);
        const Json report = report_of(runs[point]);
        const bool done = runs[point].exit_status == 0 && report.is_object() && report.contains("median");
        if (done)
            row.run = report["median"];
        else
            row.error = error_of(runs[point], report);
    }
    for (SweepRow& row : rows)
        if (!row.run.is_null() && !rows.front().run.is_null())
            row.change = share(static_cast<double>(makespan_of(row.run) - makespan_of(rows.front().run)),
                               static_cast<double>(makespan_of(rows.front().run)));
    return rows;
}

std::string sweep_text(const SweepGrid& grid, const std::vector<SweepRow>& rows) {
    std::vector<Cells> table(1);
    for (const VariedKey& key : grid.keys()) table[0].push_back(key.name);
    table[0].insert(table[0].end(), {"makespan", "change", "AIC busy", "AIV busy"});
    table[0].insert(table[0].end(), kSchedulerParts.begin(), kSchedulerParts.end());
    table[0].insert(table[0].end(), {"orchestrator", "held back"});
    std::string failures;
    for (const SweepRow& row : rows) {
        Cells& cells = table.emplace_back(row.values);
        if (row.run.is_null()) {
            cells.emplace_back("failed");
            failures += fmt::format("failed: {}: {}\n", point_text(grid, row), row.error);
            continue;
        }
        cells.insert(cells.end(),
                     {duration_text(std::chrono::nanoseconds(makespan_of(row.run))), change_text(row.change),
                      percent(utilisation(row.run, "aic")), percent(utilisation(row.run, "aiv"))});
        for (const char* const part : kSchedulerParts)
            cells.push_back(percent(scheduler_share(row.run, part)));
        cells.insert(cells.end(), {percent(orchestrator_share(row.run)), held_back_text(row.run)});
    }
    return table_text(table) + failures + best_text(grid, rows);
}

std::string sweep_csv(const SweepGrid& grid, const std::vector<SweepRow>& rows) {
    Cells head;
    for (const VariedKey& key : grid.keys()) head.push_back(key.name);
    head.insert(head.end(), {"makespan_ns", "change", "aic_utilisation", "aiv_utilisation"});
    head.insert(head.end(), kSchedulerParts.begin(), kSchedulerParts.end());
    head.emplace_back("orchestrator");
    for (const Resource resource : all_resources())
        head.push_back(fmt::format("held_back_{}_ns", field_of(resource)));
    head.emplace_back("error");
    std::string text = csv_line(head);
    for (const SweepRow& row : rows) {
        Cells cells = row.values;
        if (row.run.is_null()) {
            cells.resize(head.size());
            cells.back() = row.error;
            text += csv_line(cells);
            continue;
        }
        const auto number = [&](double value) { cells.push_back(fmt::format("{:.6f}", value)); };
        cells.push_back(fmt::format("{}", makespan_of(row.run)));
        cells.push_back(row.change ? fmt::format("{:.6f}", *row.change) : "");
        for (const char* const type : {"aic", "aiv"}) number(utilisation(row.run, type));
        for (const char* const part : kSchedulerParts) number(scheduler_share(row.run, part));
        number(orchestrator_share(row.run));
        for (const Resource resource : all_resources())
            cells.push_back(fmt::format("{}", held_back(row.run, resource)));
        cells.emplace_back();
        text += csv_line(cells);
    }
    return text;
}

Json sweep_json(const SweepGrid& grid, const std::vector<SweepRow>& rows) {
    Json json;
    for (const VariedKey& key : grid.keys()) json["vary"][key.name] = key.values;
    json["rows"] = Json::array();
    for (std::size_t point = 0; point < rows.size(); ++point) {
        const SweepRow& row = rows[point];
        Json entry;
        for (std::size_t i = 0; i < grid.keys().size(); ++i)
            entry["point"][grid.keys()[i].name] = row.values[i];
        entry["options"] = grid.options(point);
        entry["error"] = row.error.empty() ? Json(nullptr) : Json(row.error);
        entry["change"] = row.change ? Json(*row.change) : Json(nullptr);
        for (const char* const part :
             {"tasks", "chip", "times_held_back", "held_back_ns", "held_back_by_ns", "peaks"})
            entry[part] = row.run.is_null() ? Json(nullptr) : row.run[part];
        json["rows"].push_back(entry);
    }
    const auto best = best_of(rows);
    json["best"] = nullptr;
    if (rows.front().change) json["best"] = {{"row", best - rows.begin()}, {"change", *best->change}};
    return json;
}

}  // namespace weir::cli
