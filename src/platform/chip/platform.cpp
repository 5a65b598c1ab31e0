// SPDX-License-Identifier: Apache-2.0
#include "platform/chip/platform.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <weir/error.hpp>

#include "config/chip_file.hpp"
#include "config/size_text.hpp"
#include "platform/chip/clusters.hpp"
#include "platform/chip/virtual_clock.hpp"
#include "platform/chip/wall_clock.hpp"

namespace weir::chip {

namespace {

[[noreturn]] void fail(const std::string& text) { throw Error(ErrorCode::configuration, text); }

const Chip& chip_of_platform(const std::string& platform) {
    std::string all = "\"cpu\"";
    for (const Chip& chip : chips()) {
        if (platform == chip.name + kPlatformSuffix) return chip;
        all += fmt::format(", \"{}{}\"", chip.name, kPlatformSuffix);
    }
    fail(fmt::format("platform \"{}\" is not known; there is: {}", platform, all));
}

void check(const ChipOptions& options) {
    if (!std::isfinite(options.host_time_factor) || options.host_time_factor < 0)
        fail(fmt::format("host_time_factor is {}, but it must be 0 or more", options.host_time_factor));
    if (options.host_time_factor != 0 && !options.kernel_times_file.empty())
        fail("host_time_factor and kernel_times_file are both set; a kernel has one time, so leave one out");
    if (options.host_time_factor != 0 && !options.kernel_medians.empty())
        fail("host_time_factor and kernel_medians are both set; a kernel has one time, so leave one out");
    if (options.host_time_factor != 0 && !options.compute)
        fail("host_time_factor is set, but compute is false: no kernel runs whose time could be measured");
}

/// On the wall clock everything takes the time that it takes.
void check_wall(const ChipOptions& options) {
    const ChipOptions defaults;
    const auto refuse = [](bool set, const char* option, const char* why) {
        if (set)
            fail(
                fmt::format("{} is set, but the clock is the wall clock, {}; leave it out, or take the "
                            "virtual clock",
                            option, why));
    };
    refuse(!options.kernel_times_file.empty(), "kernel_times_file",
           "on which a kernel takes as long as it runs");
    refuse(!options.kernel_medians.empty(), "kernel_medians", "on which a kernel takes as long as it runs");
    refuse(options.host_time_factor != 0, "host_time_factor", "on which a kernel takes as long as it runs");
    refuse(!options.schedule_file.empty(), "schedule_file", "which has no schedule that could be made again");
    refuse(options.skip_idle_polling != defaults.skip_idle_polling, "skip_idle_polling",
           "on which idle threads yield");
}

void set_fields(Chip& chip, const std::map<std::string, std::uint64_t>& values) {
    for (const auto& [name, value] : values) {
        const auto fields = chip_fields();
        const auto field = std::find_if(fields.begin(), fields.end(),
                                        [&](const ChipField& known) { return known.name == name; });
        if (field == fields.end()) {
            std::string all;
            for (const ChipField& known : fields) all += (all.empty() ? "" : ", ") + std::string(known.name);
            fail(fmt::format("chip_fields: \"{}\" is no field of a chip; there is: {}", weir::quoted(name),
                             all));
        }
        chip.*(field->place) = value;
    }
    if (const std::string wrong = wrong_with(chip); !wrong.empty()) fail("chip_fields: " + wrong);
}

}  // namespace

void put_chip(const Chip& chip, ChipFigures& figures) {
    figures.chip = chip.name;
    figures.aic_cores = chip.cluster_count();
    figures.aiv_cores = chip.core_count() - chip.cluster_count();
    figures.control_threads = chip.threads();
}

RecordedMachine machine_of(const Chip& chip) {
    RecordedMachine machine{chip.name + kPlatformSuffix, {}, {}};
    for (int thread = 0; thread < chip.threads(); ++thread)
        machine.threads.push_back({thread, thread == 0 ? "orchestrator" : "scheduler"});
    for (int core = 0; core < chip.core_count(); ++core)
        machine.cores.push_back(
            {core, chip.type_of(core) == CoreKind::aic ? "AIC" : "AIV", chip.cluster_of(core), -1});
    for (int index = 0; index < chip.threads(); ++index) {
        const ClusterRange own = clusters_of(chip, index);
        for (int i = 0; i < own.count * kClusterCores; ++i)
            machine
                .cores[static_cast<std::size_t>(
                    chip.core_of(own.first + i / kClusterCores, i % kClusterCores))]
                .thread = recorded_thread(chip, index);
    }
    return machine;
}

std::unique_ptr<Platform> make_platform(const RuntimeConfig& config) {
    if (config.platform == "cpu") {
        if (!(config.chip == ChipOptions{}))
            fail(
                "options of a chip are set, but the platform is \"cpu\"; name a chip platform, such as "
                "\"a2a3sim\"");
        return nullptr;
    }
    const Chip& row = chip_of_platform(config.platform);
    check(config.chip);
    const bool wall = config.chip.clock == ChipClock::wall;
    if (wall) check_wall(config.chip);
    if (!wall && config.threads && *config.threads != 1)
        fail(
            fmt::format("threads is {}, but the virtual clock has one host thread; leave it out, or take the "
                        "wall clock",
                        *config.threads));
    if (!wall && config.pin)
        fail(
            "pin is set, but the virtual clock has no threads to bind; leave it out, or take the wall clock");
    Chip chip = config.chip.chip_file.empty() ? row : read_chip_file(config.chip.chip_file);
    set_fields(chip, config.chip.chip_fields);
    if (wall)
        return std::make_unique<WallClock>(std::move(chip), config.chip.compute, config.chip.early_dispatch,
                                           config.pin);
    return std::make_unique<VirtualClock>(std::move(chip), config.chip);
}

}  // namespace weir::chip
