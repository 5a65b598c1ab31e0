// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <set>
#include <sstream>

#include <weir/error.hpp>
#include <weir/program.hpp>

#include "child_runs.hpp"
#include "commands.hpp"
#include "json/json_text.hpp"
#include "machine.hpp"
#include "parameters.hpp"
#include "program_library.hpp"
#include "sweep_report.hpp"

namespace weir::cli {
namespace {

using Json = nlohmann::ordered_json;

/// Refuses what the program has no parameter for, before anything runs.
void check_settings(const SweepArguments& arguments) {
    const ProgramLibrary library(find_program(arguments.run.program));
    std::map<std::string, std::string> settings = arguments.run.settings;
    for (const VariedKey& key : arguments.grid.keys())
        if (key.kind == VariedKey::Kind::setting)
            settings[key.name.substr(key.name.find('.') + 1)] = key.values.front();
    static_cast<void>(ParameterValues(library.parameters(), settings));
}

std::size_t jobs_of(const SweepArguments& arguments) {
    if (arguments.jobs != 0) return arguments.jobs;
    return static_cast<std::size_t>(std::max(1, read_machine().cores_affinity));
}

/// What runs that ended well have said besides, each line once.
void print_messages(const std::vector<SweepRow>& rows, const std::vector<ChildRun>& runs) {
    std::set<std::string> seen;
    for (std::size_t point = 0; point < runs.size(); ++point) {
        if (rows[point].run.is_null()) continue;
        std::istringstream lines(runs[point].messages);
        for (std::string line; std::getline(lines, line);)
            if (seen.insert(line).second) fmt::print(stderr, "{}\n", line);
    }
}

void print(const SweepArguments& arguments, const std::vector<SweepRow>& rows) {
    if (arguments.csv) {
        fmt::print("{}", sweep_csv(arguments.grid, rows));
    } else if (arguments.run.json) {
        Json json = {{"weir", WEIR_VERSION_STRING},
                     {"program", arguments.run.program},
                     {"platform", arguments.run.runtime.config.platform}};
        json.update(sweep_json(arguments.grid, rows));
        fmt::print("{}\n", json_text(json, 2));
    } else {
        fmt::print("{} on {}: {} runs\n{}", arguments.run.program, arguments.run.runtime.config.platform,
                   rows.size(), sweep_text(arguments.grid, rows));
    }
}

}  // namespace

ExitStatus sweep_command(const SweepArguments& arguments) {
    if (arguments.run.help_parameters) {
        print_parameters(arguments.run.program);
        return kDone;
    }
    check_settings(arguments);
    std::vector<std::vector<std::string>> commands;
    for (std::size_t point = 0; point < arguments.grid.points(); ++point) {
        std::vector<std::string>& words = commands.emplace_back(arguments.words);
        const std::vector<std::string> options = arguments.grid.options(point);
        words.insert(words.end(), options.begin(), options.end());
    }
    const std::vector<ChildRun> runs = run_children(commands, jobs_of(arguments));
    const std::vector<SweepRow> rows = sweep_rows(arguments.grid, runs);
    print(arguments, rows);
    print_messages(rows, runs);
    const auto failed =
        std::count_if(rows.begin(), rows.end(), [](const SweepRow& row) { return row.run.is_null(); });
    if (failed == 0) return kDone;
    print_error(fmt::format("{} of {} runs failed", failed, rows.size()));
    return kRunFailed;
}

}  // namespace weir::cli
