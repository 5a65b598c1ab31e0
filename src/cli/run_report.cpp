// SPDX-License-Identifier: Apache-2.0
#include "run_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "machine.hpp"
#include "resources.hpp"
#include "units.hpp"

namespace weir::cli {
namespace {

using Json = nlohmann::ordered_json;

Json optional_json(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json run_json(const Measurement& run, const ProgramFigures& figures) {
    const Rates rates = rates_of(run.result, figures);
    Json json;
    json["elapsed_ns"] = run.result.elapsed.count();
    json["tasks"] = run.result.tasks;
    json["tasks_in_place"] = run.result.tasks_in_place;
    json["tasks_helped"] = run.result.tasks_helped;
    json["tasks_per_s"] = optional_json(rates.tasks_per_s);
    json["gflop_per_s"] = optional_json(rates.gflop_per_s);
    json["gb_per_s"] = optional_json(rates.gb_per_s);
    json["times_held_back"] = run.result.times_held_back;
    json["held_back_ns"] = run.result.held_back.count();
    json["peaks"] = to_json(run.result.peaks);
    json["check"] = nullptr;
    if (run.check) json["check"] = {{"ok", run.check->ok}, {"message", run.check->message}};
    return json;
}

Json program_json(const Session& session) {
    Json json;
    json["name"] = session.library().name();
    json["summary"] = session.library().summary();
    json["file"] = session.library().file().string();
    json["parameters"] = Json::object();
    for (const auto& [name, value] : session.values().all()) json["parameters"][name] = value;
    const ProgramFigures figures = session.figures();
    json["flops"] = figures.flops > 0 ? Json(figures.flops) : Json(nullptr);
    json["bytes"] = figures.bytes > 0 ? Json(figures.bytes) : Json(nullptr);
    return json;
}

/// In the order in which the program declares them.
std::string parameters_text(const Session& session) {
    std::string text;
    for (const ProgramParameter& parameter : session.library().parameters()) {
        text += fmt::format("{}{}={}", text.empty() ? "" : " ", parameter.name,
                            session.values().text(parameter.name));
    }
    return text;
}

std::string time_text(const std::vector<Measurement>& runs) {
    std::string median = duration_text(runs[median_run(runs)].result.elapsed);
    if (runs.size() == 1) return median;
    const auto [fastest, slowest] =
        std::minmax_element(runs.begin(), runs.end(), [](const Measurement& left, const Measurement& right) {
            return left.result.elapsed < right.result.elapsed;
        });
    return fmt::format("{}, median of {} runs of {} to {}", median, runs.size(),
                       duration_text(fastest->result.elapsed), duration_text(slowest->result.elapsed));
}

std::string check_text(const std::vector<Measurement>& runs) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (runs[i].check && !runs[i].check->ok)
            return fmt::format("DIFFERS in run {} of {}: {}", i + 1, runs.size(), runs[i].check->message);
    }
    return fmt::format("ok: {}", runs.back().check->message);
}

}  // namespace

Rates rates_of(const RunResult& result, const ProgramFigures& figures) {
    Rates rates;
    const auto nanoseconds = static_cast<double>(result.elapsed.count());
    if (nanoseconds <= 0) return rates;
    rates.tasks_per_s = static_cast<double>(result.tasks) * 1e9 / nanoseconds;
    if (figures.flops > 0) rates.gflop_per_s = figures.flops / nanoseconds;
    if (figures.bytes > 0) rates.gb_per_s = figures.bytes / nanoseconds;
    return rates;
}

std::size_t median_run(const std::vector<Measurement>& runs) {
    std::vector<std::size_t> order(runs.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto middle = order.begin() + static_cast<std::ptrdiff_t>((order.size() - 1) / 2);
    std::nth_element(order.begin(), middle, order.end(), [&](std::size_t left, std::size_t right) {
        return runs[left].result.elapsed < runs[right].result.elapsed;
    });
    return *middle;
}

ResourcePeaks largest_peaks(const std::vector<Measurement>& runs) {
    ResourcePeaks largest;
    for (const Measurement& run : runs) {
        const ResourcePeaks& peaks = run.result.peaks;
        for (const RingResource& resource : kRingResources) {
            for (std::size_t ring = 0; ring < kRings; ++ring)
                (largest.*resource.peak)[ring] =
                    std::max((largest.*resource.peak)[ring], (peaks.*resource.peak)[ring]);
        }
        largest.tensormap = std::max(largest.tensormap, peaks.tensormap);
    }
    return largest;
}

bool all_checks_ok(const std::vector<Measurement>& runs) {
    return std::all_of(runs.begin(), runs.end(),
                       [](const Measurement& run) { return !run.check || run.check->ok; });
}

std::string held_back_text(const RunResult& result) {
    if (result.times_held_back == 0) return "never";
    return fmt::format("{} times, {}", grouped(result.times_held_back), duration_text(result.held_back));
}

std::string peaks_text(const ResourcePeaks& peaks, const RuntimeEnv& sizes) {
    std::vector<std::size_t> used;
    for (std::size_t ring = 0; ring < kRings; ++ring) {
        const bool any =
            std::any_of(kRingResources.begin(), kRingResources.end(),
                        [&](const RingResource& resource) { return (peaks.*resource.peak)[ring] > 0; });
        if (any) used.push_back(ring);
    }
    std::string heading;
    for (const std::size_t ring : used) heading += fmt::format("{:<24}", fmt::format("ring {}", ring));
    std::string text =
        report_line("peak use of",
                    used.empty() ? "no ring was used" : heading.substr(0, heading.find_last_not_of(' ') + 1));
    for (const RingResource& resource : kRingResources) {
        if (used.empty()) break;
        std::string cells;
        for (const std::size_t ring : used) {
            const std::string peak = amount_text(resource, (peaks.*resource.peak)[ring]);
            const std::string size = amount_text(resource, (sizes.*resource.size).per_ring[ring]);
            cells += fmt::format("{:<24}", fmt::format("{} of {}", peak, size));
        }
        text +=
            report_line(fmt::format("  {}", resource.name), cells.substr(0, cells.find_last_not_of(' ') + 1));
    }
    return text +
           report_line(fmt::format("  {}", kTensormapName),
                       fmt::format("{} of {}", grouped(peaks.tensormap), grouped(sizes.tensormap_pool)));
}

std::string report_text(const Session& session, const std::vector<Measurement>& runs) {
    const RunResult& result = runs[median_run(runs)].result;
    const Rates rates = rates_of(result, session.figures());
    std::string text = fmt::format("{}: {}\n", session.library().name(), session.library().summary());
    if (!session.values().all().empty()) text += report_line("parameters", parameters_text(session));
    text += report_line("threads", fmt::format("{}", session.runtime().threads()));
    text += report_line("time", time_text(runs));
    text += report_line("tasks", grouped(result.tasks));
    if (rates.tasks_per_s) text += report_line("task rate", rate_text(*rates.tasks_per_s, "tasks/s"));
    if (rates.gflop_per_s) text += report_line("arithmetic", rate_text(*rates.gflop_per_s, "GFLOP/s"));
    if (rates.gb_per_s) text += report_line("memory traffic", rate_text(*rates.gb_per_s, "GB/s"));
    const auto tasks = static_cast<double>(result.tasks);
    text += report_line(
        "run in place",
        fmt::format("{} of the tasks", share_text(static_cast<double>(result.tasks_in_place), tasks)));
    text += report_line("held back", held_back_text(result));
    text += peaks_text(largest_peaks(runs), session.runtime().sizes());
    if (runs.back().check) text += report_line("check", check_text(runs));
    return text;
}

nlohmann::ordered_json report_json(const Session& session, const RunArguments& arguments,
                                   const std::vector<Measurement>& runs) {
    const ProgramFigures figures = session.figures();
    Json json;
    json["weir"] = WEIR_VERSION_STRING;
    json["status"] = all_checks_ok(runs) ? "done" : "differs";
    json["machine"] = to_json(read_machine());
    json["platform"] = arguments.config.platform;
    json["threads"] = session.runtime().threads();
    json["pin"] = arguments.config.pin;
    json["sizes"] = to_json(session.runtime().sizes());
    json["reserved_bytes"] = session.runtime().reserved_bytes();
    json["program"] = program_json(session);
    json["runs"] = Json::array();
    for (const Measurement& run : runs) json["runs"].push_back(run_json(run, figures));
    json["median_run"] = median_run(runs);
    json["median"] = run_json(runs[median_run(runs)], figures);
    json["largest_peaks"] = to_json(largest_peaks(runs));
    return json;
}

}  // namespace weir::cli
