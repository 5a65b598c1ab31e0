// SPDX-License-Identifier: Apache-2.0
#include "arguments.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <limits>
#include <vector>
#include <weir/error.hpp>
#include <weir/task.hpp>

#include "command_table.hpp"
#include "completion.hpp"
#include "help_text.hpp"
#include "manual.hpp"
#include "platforms.hpp"
#include "resources.hpp"
#include "values.hpp"
#include "words.hpp"

namespace weir::cli {
namespace {

constexpr std::uint64_t kMaxRepeats = 1'000'000;
constexpr std::uint64_t kMaxSubmitNs = 1'000'000'000;
constexpr std::uint64_t kMostRecordLevel = 4;

void log_verbosely(LogLevel level, const std::string& text) {
    fmt::print(stderr, "weir: {}{}\n", level == LogLevel::warning ? "warning: " : "", text);
}

int to_threads(const std::string& text) {
    constexpr auto kMaxThreads = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
    return static_cast<int>(parse_integer("--threads", text, 1, kMaxThreads));
}

RuntimeArguments to_runtime(const Words& words) {
    RuntimeArguments runtime;
    if (const auto platform = words.one("--platform")) runtime.config.platform = *platform;
    runtime.config.pin = words.flag("--pin");
    if (words.flag("--verbose")) runtime.config.log = log_verbosely;
    if (const auto threads = words.one("--threads")) runtime.config.threads = to_threads(*threads);
    for (const Resource resource : all_resources()) {
        const std::string option = option_of(resource);
        const auto text = words.one(option);
        if (!text) continue;
        try {
            runtime.sizes.set(resource, parse_size(resource, *text));
        } catch (const Error& error) {
            throw UsageError(fmt::format("{} {}", option, error.what()));
        }
    }
    runtime.config.runtime_env = runtime.sizes;
    return runtime;
}

/// What --sizes says of growing: a planned size is one that is set.
SizePolicy policy_of(const std::string& text) {
    for (const SizePolicy policy : {SizePolicy::fixed, SizePolicy::growing})
        if (text == to_string(policy)) return policy;
    return SizePolicy::automatic;
}

/// Which program, and what of a run a plan has too.
RunArguments to_program(const Words& words) {
    RunArguments run;
    run.program = words.one(kPositional).value_or("");
    run.settings = parse_settings("--set", words.all("--set"));
    if (const auto deadline = words.one("--deadline")) run.deadline = parse_duration("--deadline", *deadline);
    run.json = words.flag("--json");
    run.help_parameters = words.flag("--help-parameters");
    run.kernel_times_from = words.one("--kernel-times-from").value_or("");
    if (words.one("--kernel-times-from") && run.kernel_times_from.empty())
        throw UsageError("--kernel-times-from '': name the directory of a recording");
    return run;
}

/// What a run records, and where.
void read_recording(const Words& words, RunArguments& run) {
    const std::optional<std::string> record = words.one("--record");
    run.scope_stats = words.flag("--enable-scope-stats");
    run.swimlane = words.flag("--enable-swimlane");
    run.dep_gen = words.flag("--enable-dep-gen");
    if (const auto level = words.one("--record-level"))
        run.record_level = static_cast<int>(parse_integer("--record-level", *level, 0, kMostRecordLevel));
    for (const char* option : {"--enable-scope-stats", "--enable-swimlane", "--enable-dep-gen"})
        if (words.flag(option) && !record)
            throw UsageError(
                fmt::format("{}: name the directory for the recording with --record DIR", option));
    if (run.record_level && !record)
        throw UsageError("--record-level: name the directory for the recording with --record DIR");
    if (record && record->empty()) throw UsageError("--record '': name a directory");
    run.record_directory = record.value_or("");
    // What people want who say no more: to see the run.
    if (record && !run.scope_stats && !run.dep_gen && !run.record_level) run.swimlane = true;
}

/// The model of a simulated schedule on cpu, as far as options say something of it.
std::optional<ScheduleModel> to_model(const Words& words) {
    const auto times = words.one("--kernel-times");
    const auto submit = words.one("--submit-ns");
    if (!words.flag("--simulate") && !words.one("--threads") && !times && !submit &&
        !words.one("--kernel-times-from"))
        return std::nullopt;
    ScheduleModel model;
    if (times && times->empty()) throw UsageError("--kernel-times '': name a file");
    model.kernel_times = times.value_or("");
    if (submit)
        model.submit = std::chrono::nanoseconds(parse_integer("--submit-ns", *submit, 0, kMaxSubmitNs));
    return model;
}

/// The same on a chip, of which its own options say everything.
std::optional<ScheduleModel> to_chip_model(const Words& words) {
    const auto refuse = [&](const char* option, const char* instead) {
        if (words.one(option))
            throw UsageError(
                fmt::format("{} is of a schedule simulated on cpu; on a chip give {}", option, instead));
    };
    refuse("--threads", "--chip-set control_threads=N");
    refuse("--submit-ns", "--chip-set submit_ns=N and --chip-set submit_tensor_ns=N");
    if (!words.flag("--simulate") && !words.one("--kernel-times") && !words.one("--kernel-times-from"))
        return std::nullopt;
    return ScheduleModel();
}

ChipOptions to_chip(const Words& words, const std::string& platform) {
    ChipOptions chip;
    chip.clock = clock_of(words.one("--clock").value_or(""));
    chip.chip_file = words.one("--chip").value_or("");
    // Elsewhere the option is for the plan of --sizes plan, see to_run.
    const bool wall = chip.clock == ChipClock::wall;
    if (platform != kCpuPlatform && !wall) chip.kernel_times_file = words.one("--kernel-times").value_or("");
    for (const auto& [field, value] : parse_settings("--chip-set", words.all("--chip-set"))) {
        const std::vector<ChipFieldRange> fields = chip_field_ranges();
        const auto known = std::find_if(fields.begin(), fields.end(),
                                        [&](const ChipFieldRange& range) { return range.name == field; });
        if (known == fields.end()) {
            std::vector<std::string> names;
            for (const ChipFieldRange& range : fields) names.push_back(range.name);
            throw UsageError(
                fmt::format("--chip-set: there is no field '{}'; there is: {}", field, joined(names)));
        }
        chip.chip_fields[field] = parse_integer("--chip-set " + field, value, known->low, known->high);
    }
    chip.schedule_file = words.one("--schedule").value_or("");
    chip.compute = !words.flag("--no-compute");
    chip.early_dispatch = words.flag("--early-dispatch");
    if (const auto factor = words.one("--host-time-factor"))
        chip.host_time_factor = parse_positive("--host-time-factor", *factor);
    for (const char* const option : {"--chip", "--kernel-times", "--schedule"}) {
        const auto text = words.one(option);
        if (text && text->empty()) throw UsageError(fmt::format("{} '': name a file", option));
    }
    for (const char* const option : {"--schedule", "--host-time-factor"})
        if (wall && words.one(option))
            throw UsageError(
                fmt::format("{} is for the virtual clock; leave it out, or --clock wall", option));
    if (platform == kCpuPlatform && !(chip == ChipOptions{}))
        throw UsageError(
            "an option of a chip is given, but the platform is cpu; name a chip with --platform");
    return chip;
}

/// What --sizes plan plans with. On the wall clock the plan is made on the virtual one (Session::for_plan),
/// for which kernel times are kept in the model until then.
void read_planned_sizes(const Words& words, RunArguments& run) {
    const RuntimeConfig& config = run.runtime.config;
    if (words.one("--host-time-factor"))
        throw UsageError(
            "--host-time-factor and --sizes plan exclude each other: the plan counts with kernel times that "
            "are stated; give --kernel-times or --kernel-times-from, or the sizes");
    run.plan.with_data = words.flag("--with-data");
    run.plan.simulate.emplace();
    if (config.platform == kCpuPlatform)
        run.plan.simulate = to_model(words).value_or(ScheduleModel());
    else if (config.chip.clock == ChipClock::wall)
        run.plan.simulate->kernel_times = words.one("--kernel-times").value_or("");
}

/// `platform`: where no option names one.
RunArguments to_run(const Words& words, const std::string& platform) {
    RunArguments run = to_program(words);
    run.runtime = to_runtime(words);
    if (!words.one("--platform")) run.runtime.config.platform = platform;
    run.runtime.config.chip = to_chip(words, run.runtime.config.platform);
    if (const auto repeats = words.one("--repeat"))
        run.repeats = static_cast<int>(parse_integer("--repeat", *repeats, 1, kMaxRepeats));
    run.check = words.flag("--check");
    run.planned_sizes = words.one("--sizes") == "plan";
    if (run.planned_sizes) read_planned_sizes(words, run);
    const bool virtual_clock = run.runtime.config.platform != kCpuPlatform &&
                               run.runtime.config.chip.clock == ChipClock::virtual_time;
    for (const char* const option : {"--kernel-times", "--kernel-times-from"})
        if (!run.planned_sizes && !virtual_clock && words.one(option))
            throw UsageError(
                fmt::format("{} is for the plan of --sizes plan, or for the virtual clock of a chip "
                            "platform; give one of them too",
                            option));
    if (!run.planned_sizes && words.flag("--with-data"))
        throw UsageError("--with-data is for the plan of --sizes plan; give both or none");
    if (run.check && !run.runtime.config.chip.compute)
        throw UsageError("--check and --no-compute exclude each other: without kernels there are no results");
    if (const auto limit = words.one("--memory-limit"))
        run.memory_limit =
            parse_integer("--memory-limit", *limit, 1, std::numeric_limits<std::uint64_t>::max());
    if (const auto policy = words.one("--sizes")) run.size_policy = policy_of(*policy);
    read_recording(words, run);
    return run;
}

PlanArguments to_plan(const Words& words) {
    PlanArguments plan{to_program(words), words.flag("--env")};
    RuntimeConfig& config = plan.program.runtime.config;
    config.platform = words.one("--platform").value_or(kCpuPlatform);
    config.chip = to_chip(words, config.platform);
    plan.program.plan.simulate = config.platform == kCpuPlatform ? to_model(words) : to_chip_model(words);
    plan.program.plan.with_data = words.flag("--with-data");
    // A program may ask for the number; without a schedule to simulate nothing else does.
    if (const auto text = words.one("--threads"))
        config.threads = to_threads(*text);
    else if (!plan.program.plan.simulate && config.platform == kCpuPlatform)
        config.threads = 1;
    if (plan.env && plan.program.json) throw UsageError("--env and --json exclude each other; give one");
    return plan;
}

/// Refuses what is both given for every run and varied.
void check_varied(const SweepArguments& sweep) {
    const auto refuse = [](const std::string& option, const VariedKey& key) {
        throw UsageError(fmt::format("{} is given, and --vary {} varies it; leave one", option, key.name));
    };
    for (const VariedKey& key : sweep.grid.keys()) {
        const bool size = key.kind == VariedKey::Kind::size || key.kind == VariedKey::Kind::sizes_of_rings;
        if (size &&
            std::find(sweep.words.begin(), sweep.words.end(), option_of(key.resource)) != sweep.words.end())
            refuse(option_of(key.resource), key);
        if (key.kind == VariedKey::Kind::setting && sweep.run.settings.contains(key.name.substr(4)))
            refuse("--set " + key.name.substr(4), key);
        if (sweep.run.runtime.config.chip.chip_fields.contains(key.name))
            refuse("--chip-set " + key.name, key);
    }
}

SweepArguments to_sweep(const Words& words, const CommandSpec& command) {
    constexpr std::uint64_t kMostJobs = 1024;
    SweepArguments sweep;
    sweep.words = {"run", words.one(kPositional).value_or(""), "--json"};
    for (const OptionSpec& option : command.options) {
        if (option.name == "--vary" || option.name == "--jobs" || option.name == "--json" ||
            option.name == "--csv" || option.name == "--help-parameters")
            continue;
        if (option.value.empty() && words.flag(option.name)) sweep.words.push_back(option.name);
        for (const std::string& value : words.all(option.name))
            sweep.words.insert(sweep.words.end(), {option.name, value});
    }
    const std::string platform = words.one("--platform").value_or(chip_platforms().front().platform);
    if (!words.one("--platform")) sweep.words.insert(sweep.words.end(), {"--platform", platform});
    sweep.run = to_run(words, platform);
    sweep.csv = words.flag("--csv");
    if (const auto jobs = words.one("--jobs")) sweep.jobs = parse_integer("--jobs", *jobs, 1, kMostJobs);
    if (sweep.run.help_parameters) return sweep;
    sweep.grid = SweepGrid(words.all("--vary"));
    if (sweep.grid.points() == 0)
        throw UsageError("the grid is empty: say what to vary, such as --vary control_threads=2,3,4");
    if (sweep.csv && sweep.run.json) throw UsageError("--csv and --json exclude each other; give one");
    check_varied(sweep);
    return sweep;
}

/// "RING:NUMBER".
analysis::TaskName to_task_name(const std::string& text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos)
        throw UsageError(fmt::format("--id '{}': give RING:NUMBER, such as 1:42", text));
    constexpr auto kMostId = std::numeric_limits<std::uint64_t>::max();
    return {static_cast<std::uint32_t>(parse_integer("--id", text.substr(0, colon), 0, kRings - 1)),
            parse_integer("--id", text.substr(colon + 1), 0, kMostId)};
}

DepsArguments to_deps(const Words& words) {
    constexpr std::uint64_t kMostAround = 1'000'000;
    DepsArguments deps;
    deps.directory = words.one(kPositional).value_or("");
    deps.mermaid = words.one("--format") == "mermaid";
    deps.filter.scope = words.one("--scope").value_or("");
    deps.filter.kernel = words.one("--kernel").value_or("");
    deps.filter.all_edges = words.flag("--all-edges");
    if (const auto id = words.one("--id")) deps.filter.id = to_task_name(*id);
    if (const auto around = words.one("--around")) {
        if (!deps.filter.id)
            throw UsageError("--around: name the task that it is about with --id RING:NUMBER");
        deps.filter.around = static_cast<std::uint32_t>(parse_integer("--around", *around, 0, kMostAround));
    }
    return deps;
}

TopArguments to_top(const Words& words) {
    constexpr std::uint64_t kMostPid = 1U << 30U;
    constexpr std::uint64_t kMostRuntimes = 1000;
    constexpr std::uint64_t kMostMs = 3'600'000;
    TopArguments top;
    const std::string text = words.one(kPositional).value_or("");
    const std::size_t dot = text.find('.');
    top.pid = static_cast<int>(parse_integer("PID", text.substr(0, dot), 1, kMostPid));
    if (dot != std::string::npos)
        top.runtime = static_cast<int>(parse_integer("PID", text.substr(dot + 1), 1, kMostRuntimes));
    if (const auto interval = words.one("--interval"))
        top.interval = std::chrono::milliseconds(parse_integer("--interval", *interval, 1, kMostMs));
    top.once = words.flag("--once");
    top.json = words.flag("--json");
    return top;
}

Arguments to_arguments(const std::string& command, const Words& words) {
    if (command == "run") return to_run(words, kCpuPlatform);
    if (command == "plan") return to_plan(words);
    if (command == "sweep") return to_sweep(words, *find_command(command));
    if (command == "list") return ListArguments{words.flag("--json"), words.flag("--names")};
    if (command == "info") return InfoArguments{to_runtime(words), words.flag("--json")};
    if (command == "scopes")
        return ScopesArguments{words.one(kPositional).value_or(""), words.flag("--json")};
    if (command == "trace")
        return TraceArguments{words.one(kPositional).value_or(""), words.one("--output").value_or(""),
                              words.one("--format") == "chrome"};
    if (command == "analyze")
        return AnalyzeArguments{words.one(kPositional).value_or(""), words.one("--against").value_or(""),
                                words.flag("--json")};
    if (command == "deps") return to_deps(words);
    if (command == "check-deps")
        return CheckDepsArguments{words.one(kPositional).value_or(""), words.flag("--json")};
    if (command == "report")
        return ReportArguments{words.one(kPositional).value_or(""), words.one("--output").value_or("")};
    if (command == "top") return to_top(words);
    if (command == "demo") return DemoArguments{to_runtime(words)};
    if (command == "completion") return PrintArguments{completion_script()};
    return PrintArguments{manual_page()};
}

/// CLI11 takes an unknown command for a surplus word; this names the commands instead.
void check_command(int count, const char* const* words) {
    if (count < 2 || words[1][0] == '-' || find_command(words[1]) != nullptr) return;
    std::vector<std::string> names;
    for (const CommandSpec& command : commands()) names.push_back(command.name);
    throw UsageError(
        fmt::format("no command '{}'; there are {}; see 'weir --help'", words[1], joined(names)));
}

}  // namespace

Arguments parse_arguments(int count, const char* const* words) {
    check_command(count, words);
    CLI::App app(kTagline, "weir");
    app.set_version_flag("--version", std::string("weir ") + WEIR_VERSION_STRING);
    app.require_subcommand(1);
    Words typed;
    for (const CommandSpec& command : commands()) {
        CLI::App* added = app.add_subcommand(command.name);
        if (count >= 2 && command.name == words[1]) typed.add_to(*added, command);
    }
    const CommandSpec* const command = count >= 2 ? find_command(words[1]) : nullptr;
    try {
        app.parse(count, words);
    } catch (const CLI::CallForHelp&) {
        return PrintArguments{command != nullptr ? help_text(*command) : help_text()};
    } catch (const CLI::CallForVersion& version) {
        return PrintArguments{std::string(version.what()) + "\n"};
    } catch (const CLI::ParseError& error) {
        throw UsageError(fmt::format("{}; see 'weir{} --help'", error.what(),
                                     command != nullptr ? " " + command->name : ""));
    }
    if (command == nullptr) throw UsageError("the command comes first; see 'weir --help'");
    typed.check(*command);
    return to_arguments(command->name, typed);
}

}  // namespace weir::cli
