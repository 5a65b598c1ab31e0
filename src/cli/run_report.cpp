// SPDX-License-Identifier: Apache-2.0
#include "run_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "machine.hpp"
#include "platforms.hpp"
#include "resources.hpp"
#include "units.hpp"

namespace weir::cli {
namespace {

using Json = nlohmann::ordered_json;

Json optional_json(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

std::chrono::nanoseconds held_back_by(const RunResult& result, Resource resource) {
    return result.held_back_by[static_cast<std::size_t>(resource)];
}

Json place_json(const HeldBackPlace& place) {
    if (place.times == 0) return nullptr;
    return {{"site", place.site.line() == 0 ? Json(nullptr) : Json(format_site(place.site))},
            {"times", place.times},
            {"held_back_ns", place.held_back.count()},
            {"longest_ns", place.longest.count()},
            {"resource", field_of(place.resource)},
            {"ring", per_ring(place.resource) ? Json(place.ring) : Json(nullptr)}};
}

Json grown_json(const RunResult& result) {
    Json list = Json::array();
    for (const GrownSize& size : result.grown)
        list.push_back({{"resource", field_of(size.resource)},
                        {"ring", per_ring(size.resource) ? Json(size.ring) : Json(nullptr)},
                        {"from", size.from},
                        {"to", size.to},
                        {"times", size.times},
                        {"site", size.site.line() == 0 ? Json(nullptr) : Json(format_site(size.site))}});
    return list;
}

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
    json["held_back_by_ns"] = Json::object();
    for (const Resource resource : all_resources())
        json["held_back_by_ns"][field_of(resource)] = held_back_by(run.result, resource).count();
    json["held_back_longest"] = place_json(run.result.held_back_longest);
    json["peaks"] = peaks_json(run.result.peaks);
    json["grown"] = grown_json(run.result);
    json["memory_bytes"] = run.result.memory_bytes;
    json["chip"] = chip_json(run.result.chip);
    json["check"] = nullptr;
    if (run.check) json["check"] = {{"ok", run.check->ok}, {"message", run.check->message}};
    return json;
}

std::string grown_text(const RunResult& result) {
    std::string text;
    for (const GrownSize& size : result.grown)
        text += fmt::format("{}{}{} from {} to {}", text.empty() ? "" : ", ", label_of(size.resource),
                            per_ring(size.resource) ? fmt::format(" of ring {}", size.ring) : "",
                            amount_text(size.resource, size.from), amount_text(size.resource, size.to));
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

std::string parameters_text(const Session& session) {
    std::string text;
    for (const ProgramParameter& parameter : session.library().parameters()) {
        text += fmt::format("{}{}={}", text.empty() ? "" : " ", parameter.name,
                            session.values().text(parameter.name));
    }
    return text;
}

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
    for (const Measurement& run : runs) largest.raise(run.result.peaks);
    return largest;
}

bool all_checks_ok(const std::vector<Measurement>& runs) {
    return std::all_of(runs.begin(), runs.end(),
                       [](const Measurement& run) { return !run.check || run.check->ok; });
}

std::string held_back_text(const RunResult& result) {
    if (result.times_held_back == 0) return "never";
    std::vector<Resource> longest_first;
    for (const Resource resource : all_resources())
        if (held_back_by(result, resource).count() > 0) longest_first.push_back(resource);
    std::stable_sort(longest_first.begin(), longest_first.end(), [&](Resource one, Resource other) {
        return held_back_by(result, one) > held_back_by(result, other);
    });
    std::string text =
        fmt::format("{} times, {}", grouped(result.times_held_back), duration_text(result.held_back));
    for (const Resource resource : longest_first) {
        text += fmt::format("{}{} {}", resource == longest_first.front() ? ": " : ", ", label_of(resource),
                            duration_text(held_back_by(result, resource)));
    }
    return text;
}

std::string held_back_longest_text(const HeldBackPlace& place) {
    const std::string ring = per_ring(place.resource) ? fmt::format(" of ring {}", place.ring) : "";
    return fmt::format("{}: {} times, {}, the longest {} for {}{}",
                       place.site.line() == 0 ? "submits without a line" : format_site(place.site),
                       grouped(place.times), duration_text(place.held_back), duration_text(place.longest),
                       label_of(place.resource), ring);
}

std::string peaks_text(const ResourcePeaks& peaks, const SizesInForce& sizes,
                       const std::vector<GrownSize>& grown) {
    std::vector<int> used;
    for (int ring = 0; ring < kRings; ++ring) {
        const auto all = all_resources();
        const bool any = std::any_of(all.begin(), all.end(), [&](Resource resource) {
            return per_ring(resource) && peaks.peak(resource, ring) > 0;
        });
        if (any) used.push_back(ring);
    }
    const auto cell = [&](Resource resource, int ring) {
        std::uint64_t size = sizes.value(resource, ring);
        for (const GrownSize& one : grown)
            if (one.resource == resource && one.ring == ring) size = std::max(size, one.to);
        return fmt::format("{} of {}", amount_text(resource, peaks.peak(resource, ring)),
                           amount_text(resource, size));
    };
    const auto trimmed = [](const std::string& text) {
        return text.substr(0, text.find_last_not_of(' ') + 1);
    };
    std::string heading;
    for (const int ring : used) heading += fmt::format("{:<24}", fmt::format("ring {}", ring));
    std::string text = report_line("peak use of", used.empty() ? "no ring was used" : trimmed(heading));
    for (const Resource resource : all_resources()) {
        std::string cells = per_ring(resource) ? "" : cell(resource, 0);
        for (const int ring : used)
            if (per_ring(resource)) cells += fmt::format("{:<24}", cell(resource, ring));
        if (!cells.empty()) text += report_line(fmt::format("  {}", name_of(resource)), trimmed(cells));
    }
    return text;
}

namespace {

std::string heading_text(const Session& session) {
    std::string text = fmt::format("{}: {}\n", session.library().name(), session.library().summary());
    if (!session.values().all().empty()) text += report_line("parameters", parameters_text(session));
    return text + report_line("threads", fmt::format("{}", session.runtime().threads()));
}

/// How its tasks ran, and what held them back.
std::string tasks_text(const RunResult& result) {
    const auto tasks = static_cast<double>(result.tasks);
    std::string text;
    if (result.chip.chip.empty())
        text += report_line(
            "run in place",
            fmt::format("{} of the tasks", share_text(static_cast<double>(result.tasks_in_place), tasks)));
    text += report_line("held back", held_back_text(result));
    if (result.times_held_back != 0)
        text += report_line("held back longest", held_back_longest_text(result.held_back_longest));
    return text;
}

}  // namespace

std::string report_text(const Session& session, const std::vector<Measurement>& runs) {
    const RunResult& result = runs[median_run(runs)].result;
    const Rates rates = rates_of(result, session.figures());
    std::string text = heading_text(session) + chip_text(result.chip);
    text += report_line(result.chip.chip.empty() ? "time" : "host time", time_text(runs));
    text += report_line("tasks", grouped(result.tasks));
    if (rates.tasks_per_s) text += report_line("task rate", rate_text(*rates.tasks_per_s, "tasks/s"));
    if (rates.gflop_per_s) text += report_line("arithmetic", rate_text(*rates.gflop_per_s, "GFLOP/s"));
    if (rates.gb_per_s) text += report_line("memory traffic", rate_text(*rates.gb_per_s, "GB/s"));
    text += tasks_text(result);
    if (!result.grown.empty()) text += report_line("grown", grown_text(result));
    // What a run has grown is given back at its end, and all that it touched.
    const std::string touched = runs.back().result.grown.empty()
                                    ? bytes_text(session.runtime().touched_bytes()) + " touched"
                                    : "given back behind the run";
    text += report_line("memory of the rings",
                        fmt::format("{} at most, {}", bytes_text(result.memory_bytes), touched));
    std::vector<GrownSize> grown;
    for (const Measurement& run : runs)
        grown.insert(grown.end(), run.result.grown.begin(), run.result.grown.end());
    text += peaks_text(largest_peaks(runs), runs.back().result.sizes, grown);
    if (runs.back().check) text += report_line("check", check_text(runs));
    return text;
}

std::string failed_run_text(const Session& session) {
    const RunResult& result = session.failed_run();
    return heading_text(session) + report_line("failed after", duration_text(result.elapsed)) +
           report_line("tasks until then", grouped(result.tasks)) + tasks_text(result) +
           peaks_text(result.peaks, result.sizes, result.grown);
}

nlohmann::ordered_json failed_run_json(const Session& session) {
    Json json = run_json({session.failed_run(), std::nullopt}, {});
    json["sizes"] = sizes_json(session.failed_run().sizes);
    return json;
}

nlohmann::ordered_json report_json(const Session& session, const RunArguments& arguments,
                                   const std::vector<Measurement>& runs) {
    const ProgramFigures figures = session.figures();
    Json json;
    json["weir"] = WEIR_VERSION_STRING;
    json["status"] = all_checks_ok(runs) ? "done" : "differs";
    json["machine"] = to_json(read_machine());
    json["platform"] = arguments.runtime.config.platform;
    json["threads"] = session.runtime().threads();
    json["pin"] = arguments.runtime.config.pin;
    const SizesInForce& sizes = runs.back().result.sizes;
    json["sizes"] = sizes_json(sizes);
    json["sources"] = sources_json(sizes);
    json["size_policy"] = to_string(arguments.size_policy);
    json["memory_limit"] = arguments.memory_limit == 0 ? Json(nullptr) : Json(arguments.memory_limit);
    json["reserved_bytes"] = session.runtime().reserved_bytes();
    json["touched_bytes"] = session.runtime().touched_bytes();
    json["program"] = program_json(session);
    json["runs"] = Json::array();
    for (const Measurement& run : runs) json["runs"].push_back(run_json(run, figures));
    json["median_run"] = median_run(runs);
    json["median"] = run_json(runs[median_run(runs)], figures);
    json["largest_peaks"] = peaks_json(largest_peaks(runs));
    return json;
}

}  // namespace weir::cli
