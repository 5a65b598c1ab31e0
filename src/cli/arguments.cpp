// SPDX-License-Identifier: Apache-2.0
#include "arguments.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <limits>
#include <vector>

#include "resources.hpp"
#include "values.hpp"

namespace weir::cli {
namespace {

constexpr std::uint64_t kMaxRepeats = 1'000'000;

/// Options that describe a runtime, as typed.
struct RuntimeOptions {
    std::string platform = "cpu";
    std::optional<std::string> threads;
    std::array<std::optional<std::string>, kRingResources.size()> rings;
    std::optional<std::string> tensormap;
    bool pin = false;
};

/// Options of `run`, as typed.
struct RunOptions {
    RuntimeOptions runtime;
    std::string program;
    std::vector<std::string> settings;
    std::optional<std::string> repeats;
    std::optional<std::string> deadline;
    bool check = false;
    bool json = false;
    bool help_parameters = false;
};

void add_runtime_options(CLI::App& command, RuntimeOptions& options) {
    command.add_option("--platform", options.platform, "What runs the kernels; there is: cpu")
        ->type_name("NAME");
    command
        .add_option("--threads", options.threads,
                    "Threads that run kernels; default: all cores this process may use")
        ->type_name("N");
    command.add_flag("--pin", options.pin, "Bind each thread to a core of its own");
    const std::string group =
        "Sizes (V: one value for every ring, or four separated by commas, 0 for the default)";
    for (std::size_t i = 0; i < kRingResources.size(); ++i) {
        const RingResource& resource = kRingResources[i];
        command.add_option(resource.option, options.rings[i], resource.valid)->type_name("V")->group(group);
    }
    command.add_option(kTensormapOption, options.tensormap, "entries, at least 64; default 65536")
        ->type_name("N")
        ->group(group);
}

RuntimeConfig to_config(const RuntimeOptions& options) {
    if (options.platform != "cpu")
        throw UsageError(
            fmt::format("--platform '{}': there is no such platform; there is: cpu", options.platform));
    RuntimeConfig config;
    config.platform = options.platform;
    config.pin = options.pin;
    if (options.threads) {
        constexpr auto kMaxThreads = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
        config.threads = static_cast<int>(parse_integer("--threads", *options.threads, 1, kMaxThreads));
    }
    for (std::size_t i = 0; i < kRingResources.size(); ++i) {
        const RingResource& resource = kRingResources[i];
        if (options.rings[i])
            config.runtime_env.*resource.size = parse_ring_values(resource.option, *options.rings[i]);
    }
    if (options.tensormap) {
        config.runtime_env.tensormap_pool =
            parse_integer(kTensormapOption, *options.tensormap, 1, std::numeric_limits<std::uint64_t>::max());
    }
    return config;
}

CLI::App* add_run(CLI::App& app, RunOptions& options) {
    CLI::App* run = app.add_subcommand("run", "Run a program and print time, rates and peaks");
    run->add_option(
           "program", options.program,
           "A shipped program by name (see 'weir list'), or the path of a library: with '/' or '.so'")
        ->required()
        ->type_name("PROGRAM");
    run->add_option("--set", options.settings, "Set a parameter of the program; may be repeated")
        ->type_name("key=value")
        ->allow_extra_args(false);
    run->add_flag("--help-parameters", options.help_parameters, "Print the program's parameters and stop");
    run->add_flag("--check", options.check,
                  "Compare the results of every run with the program's own reference");
    run->add_option("--repeat", options.repeats, "Run N times; the run of median time is reported")
        ->type_name("N");
    run->add_option("--deadline", options.deadline, "End a run that takes longer, such as 30s, 500ms, 2min")
        ->type_name("TIME");
    run->add_flag("--json", options.json, "Print one JSON object");
    add_runtime_options(*run, options.runtime);
    return run;
}

RunArguments to_arguments(const RunOptions& options) {
    RunArguments run;
    run.program = options.program;
    run.config = to_config(options.runtime);
    run.settings = parse_settings("--set", options.settings);
    if (options.repeats)
        run.repeats = static_cast<int>(parse_integer("--repeat", *options.repeats, 1, kMaxRepeats));
    if (options.deadline) run.deadline = parse_duration("--deadline", *options.deadline);
    run.check = options.check;
    run.json = options.json;
    run.help_parameters = options.help_parameters;
    return run;
}

/// CLI11 takes an unknown command for a surplus word; this names the commands instead.
void check_command(const CLI::App& app, int count, const char* const* words) {
    if (count < 2 || words[1][0] == '-') return;
    std::string names;
    for (const CLI::App* command : app.get_subcommands(nullptr)) {
        if (command->get_name() == words[1]) return;
        names += (names.empty() ? "" : ", ") + command->get_name();
    }
    throw UsageError(fmt::format("no command '{}'; there are {}; see 'weir --help'", words[1], names));
}

/// Parses; true when help or the version was printed instead.
bool parse(CLI::App& app, int count, const char* const* words) {
    try {
        app.parse(count, words);
        return false;
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {
            app.exit(error);
            return true;
        }
        std::string command;
        for (const CLI::App* chosen : app.get_subcommands()) command = " " + chosen->get_name();
        throw UsageError(fmt::format("{}; see 'weir{} --help'", error.what(), command));
    }
}

}  // namespace

Arguments parse_arguments(int count, const char* const* words) {
    CLI::App app("Weir: a task runtime for tensor programs.", "weir");
    app.set_version_flag("--version", std::string("weir ") + WEIR_VERSION_STRING,
                         "Print the version and stop");
    app.require_subcommand(1);
    app.footer("Exit status: 0 done, 1 the run failed or the check differed, 2 usage or configuration.");

    RunOptions run_options;
    RuntimeOptions info_options;
    RuntimeOptions demo_options;
    InfoArguments info_arguments;
    ListArguments list_arguments;
    const CLI::App* run = add_run(app, run_options);
    CLI::App* list = app.add_subcommand("list", "List the shipped programs and their parameters");
    list->add_flag("--json", list_arguments.json, "Print one JSON object");
    CLI::App* info =
        app.add_subcommand("info", "Show the machine, platforms, sizes in force and the memory they take");
    info->add_flag("--json", info_arguments.json, "Print one JSON object");
    add_runtime_options(*info, info_options);
    CLI::App* demo =
        app.add_subcommand("demo", "Run and check paged_attention and cholesky at their defaults");
    add_runtime_options(*demo, demo_options);

    check_command(app, count, words);
    if (parse(app, count, words)) return kDone;
    if (run->parsed()) return to_arguments(run_options);
    if (list->parsed()) return list_arguments;
    if (info->parsed()) {
        info_arguments.config = to_config(info_options);
        return info_arguments;
    }
    return DemoArguments{to_config(demo_options)};
}

}  // namespace weir::cli
