// SPDX-License-Identifier: Apache-2.0
#include "platforms.hpp"

#include <fmt/format.h>

#include "units.hpp"

namespace weir::cli {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::nanoseconds;

constexpr const char* kVirtual = "virtual";
constexpr const char* kWall = "wall";

double of(nanoseconds part, nanoseconds whole) {
    return whole.count() == 0 ? 0 : static_cast<double>(part.count()) / static_cast<double>(whole.count());
}

std::string percent(nanoseconds part, nanoseconds whole) {
    return fmt::format("{:.1f} %", 100 * of(part, whole));
}

}  // namespace

std::vector<std::string> platform_names() {
    std::vector<std::string> names = {kCpuPlatform};
    for (const ChipPlatform& chip : chip_platforms()) names.push_back(chip.platform);
    return names;
}

std::vector<std::string> clock_names() { return {kVirtual, kWall}; }

ChipClock clock_of(const std::string& name) {
    return name == kWall ? ChipClock::wall : ChipClock::virtual_time;
}

std::string platforms_text() {
    std::string text = "platforms\n" + report_line(kCpuPlatform, "worker threads of this machine");
    for (const ChipPlatform& chip : chip_platforms())
        text += report_line(
            chip.platform,
            fmt::format("a simulated chip: {} clusters, {} AIC and {} AIV cores, {} control threads",
                        chip.clusters, chip.clusters, 2 * chip.clusters, chip.control_threads));
    return text;
}

std::string platform_text(const RuntimeConfig& config) {
    std::string text = config.platform;
    if (!config.chip.chip_file.empty()) text += fmt::format(", the chip of '{}'", config.chip.chip_file);
    for (const auto& [field, value] : config.chip.chip_fields) text += fmt::format(", {}={}", field, value);
    if (config.chip.early_dispatch) text += ", early dispatch";
    return text;
}

Json platforms_json() {
    Json json = Json::array();
    json.push_back({{"name", kCpuPlatform}});
    for (const ChipPlatform& chip : chip_platforms())
        json.push_back({{"name", chip.platform},
                        {"clusters", chip.clusters},
                        {"aic_cores", chip.clusters},
                        {"aiv_cores", 2 * chip.clusters},
                        {"control_threads", chip.control_threads},
                        {"counter_hz", chip.counter_hz}});
    return json;
}

std::string chip_text(const ChipFigures& figures) {
    if (figures.chip.empty()) return {};
    std::string text =
        report_line("chip", fmt::format("{}: {} AIC, {} AIV, {} control threads", figures.chip,
                                        figures.aic_cores, figures.aiv_cores, figures.control_threads));
    if (figures.host_time_factor != 0)
        text += report_line("kernel times", fmt::format("measured on this machine, times {}: runs differ",
                                                        figures.host_time_factor));
    text += report_line(figures.clock == ChipClock::wall ? "makespan" : "virtual makespan",
                        duration_text(figures.makespan));
    text += report_line(
        "cores busy",
        fmt::format("AIC {}, AIV {}", percent(figures.aic_busy, figures.makespan * figures.aic_cores),
                    percent(figures.aiv_busy, figures.makespan * figures.aiv_cores)));
    text += report_line("schedulers", fmt::format("polling {}, completing {}, dispatching {}, idle {}",
                                                  percent(figures.polling, figures.scheduler_time),
                                                  percent(figures.completing, figures.scheduler_time),
                                                  percent(figures.dispatching, figures.scheduler_time),
                                                  percent(figures.idle, figures.scheduler_time)));
    text += report_line("orchestrator", fmt::format("{} of the makespan; submitting {}, waiting {}",
                                                    percent(figures.orchestrator_time, figures.makespan),
                                                    percent(figures.submitting, figures.orchestrator_time),
                                                    percent(figures.waiting, figures.orchestrator_time)));
    return text;
}

Json chip_json(const ChipFigures& figures) {
    if (figures.chip.empty()) return nullptr;
    return {{"chip", figures.chip},
            {"clock", figures.clock == ChipClock::wall ? kWall : kVirtual},
            {"aic_cores", figures.aic_cores},
            {"aiv_cores", figures.aiv_cores},
            {"control_threads", figures.control_threads},
            {"host_time_factor", figures.host_time_factor != 0 ? Json(figures.host_time_factor) : Json()},
            {"makespan_ns", figures.makespan.count()},
            {"aic_busy_ns", figures.aic_busy.count()},
            {"aiv_busy_ns", figures.aiv_busy.count()},
            {"aic_utilisation", of(figures.aic_busy, figures.makespan * figures.aic_cores)},
            {"aiv_utilisation", of(figures.aiv_busy, figures.makespan * figures.aiv_cores)},
            {"scheduler_ns",
             {{"total", figures.scheduler_time.count()},
              {"polling", figures.polling.count()},
              {"completing", figures.completing.count()},
              {"dispatching", figures.dispatching.count()},
              {"idle", figures.idle.count()}}},
            {"orchestrator_ns",
             {{"total", figures.orchestrator_time.count()},
              {"submitting", figures.submitting.count()},
              {"waiting", figures.waiting.count()}}}};
}

}  // namespace weir::cli
