// SPDX-License-Identifier: Apache-2.0
// The command line (src/cli/arguments.hpp): each line of the input is a word behind "weir".
#include <algorithm>

#include "cli/arguments.hpp"
#include "cli/platforms.hpp"
#include "driver/parser_target.hpp"

namespace {

using weir::fuzz::require;

void check(const weir::cli::RuntimeArguments& runtime) {
    const auto names = weir::cli::platform_names();
    require(std::find(names.begin(), names.end(), runtime.config.platform) != names.end(),
            "an accepted platform is one that there is");
    require(runtime.config.platform != "cpu" || runtime.config.chip == weir::ChipOptions{},
            "options of a chip are accepted with a chip");
    require(!runtime.config.threads || *runtime.config.threads >= 1, "accepted threads are at least one");
}

void check(const weir::cli::Arguments& arguments) {
    if (const auto* run = std::get_if<weir::cli::RunArguments>(&arguments)) {
        check(run->runtime);
        require(run->repeats >= 1 && run->repeats <= 1'000'000, "an accepted number of repeats is in range");
        require(!run->deadline || run->deadline->count() >= 1, "an accepted deadline is more than nothing");
        for (const auto& [key, value] : run->settings) require(!key.empty(), "a setting has a key");
    }
    if (const auto* sweep = std::get_if<weir::cli::SweepArguments>(&arguments)) {
        check(sweep->run.runtime);
        require(sweep->run.runtime.config.platform != "cpu", "a sweep is of a chip");
        require(sweep->run.help_parameters || sweep->grid.points() != 0, "an accepted grid has a point");
        require(sweep->grid.points() <= weir::cli::kMostPoints, "an accepted grid is not too large");
        if (sweep->grid.points() != 0)
            require(!sweep->grid.options(sweep->grid.points() - 1).empty(), "each point has options");
    }
    if (const auto* info = std::get_if<weir::cli::InfoArguments>(&arguments)) check(info->runtime);
    if (const auto* demo = std::get_if<weir::cli::DemoArguments>(&arguments)) check(demo->runtime);
    if (const auto* print = std::get_if<weir::cli::PrintArguments>(&arguments))
        require(!print->text.empty(), "help and version say something");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<std::string> lines = weir::fuzz::split(weir::fuzz::text_of(data, size), '\n');
    std::vector<const char*> words{"weir"};
    for (const std::string& line : lines) words.push_back(line.c_str());
    try {
        check(weir::cli::parse_arguments(static_cast<int>(words.size()), words.data()));
    } catch (const weir::cli::UsageError& error) {
        require(*error.what() != 0, "a refusal says something");
    }
    return 0;
}
