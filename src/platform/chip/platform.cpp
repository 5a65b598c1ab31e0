// SPDX-License-Identifier: Apache-2.0
#include "platform/chip/platform.hpp"

#include <cmath>

#include <fmt/format.h>

#include <weir/error.hpp>

#include "config/chip_file.hpp"
#include "platform/chip/virtual_clock.hpp"

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
    if (options.host_time_factor != 0 && !options.compute)
        fail("host_time_factor is set, but compute is false: no kernel runs whose time could be measured");
}

}  // namespace

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
    if (config.threads && *config.threads != 1)
        fail(fmt::format("threads is {}, but the virtual clock has one host thread; leave it out",
                         *config.threads));
    Chip chip = config.chip.chip_file.empty() ? row : read_chip_file(config.chip.chip_file);
    return std::make_unique<VirtualClock>(std::move(chip), config.chip);
}

}  // namespace weir::chip
