// SPDX-License-Identifier: Apache-2.0
#include "command_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "platforms.hpp"
#include "record_specs.hpp"
#include "resources.hpp"
#include "sweep_grid.hpp"

namespace weir::cli {

const char* const kTagline = "A task runtime for tensor programs.";
const char* const kHelpHelp = "Print this help and stop; behind a command, its help.";
const char* const kVersionHelp = "Print the version and stop.";

namespace {

const char* const kSizes = "Sizes of the rings";
const char* const kChip = "On a chip platform";
const char* const kPlatform = "Platform";

OptionSpec platform_option() {
    OptionSpec platform{"--platform", "NAME", ""};
    platform.choices = platform_names();
    platform.help = fmt::format("What runs the kernels; there is: {}.", joined(platform.choices));
    return platform;
}

std::vector<OptionSpec> chip_options() {
    OptionSpec clock{"--clock", "NAME", "", kChip};
    clock.choices = clock_names();
    clock.help = fmt::format(
        "Which time passes: that of the chip table, the same on every run, or this machine's, with --threads "
        "threads that are its control threads and cores in turn. There is: {}. Default: {}.",
        joined(clock.choices), clock.choices.front());
    return {
        clock,
        {"--chip", "FILE", "Use the chip that this JSON file describes, instead of the platform's own.",
         kChip},
        {"--chip-set", "FIELD=N", "Set a number of the chip, such as control_threads=3. May be repeated.",
         kChip, Completion::nothing, true},
        {"--early-dispatch", "",
         "Stage a task on a core as soon as its producers all run; it starts when they have completed.",
         kChip},
        {"--host-time-factor", "X",
         "A kernel takes the time that this machine takes for it, times X. Runs then differ from each other.",
         kChip},
        {"--no-compute", "", "Call no kernel: make the schedule alone. Results hold nothing.", kChip},
        {"--schedule", "FILE", "Write the schedule, a line for each task; each run replaces it.", kChip},
    };
}

std::vector<OptionSpec> runtime_options() {
    std::vector<OptionSpec> options = {
        platform_option(),
        {"--threads", "N",
         "Threads that run kernels, the program's own included. Default: all cores this process may use."},
        {"--pin", "", "Bind each thread but the program's to a core of its own."},
        {"--verbose", "", "Print the sizes in force, and where each comes from, on standard error."},
    };
    for (const Resource resource : all_resources()) {
        options.push_back({option_of(resource), per_ring(resource) ? "V" : "N",
                           fmt::format("{}: {}. Valid: {}.", name_of(resource), holds_of(resource),
                                       valid_values_of(resource)),
                           kSizes});
    }
    return options;
}

std::vector<OptionSpec> with_runtime_options(std::vector<OptionSpec> options) {
    const std::vector<OptionSpec> more = runtime_options();
    options.insert(options.end(), more.begin(), more.end());
    return options;
}

PositionalSpec program_word() {
    return {
        "PROGRAM",
        "A shipped program by name (see 'weir list'), or the path of a program library: with '/' or '.so' "
        "in it.",
        Completion::program};
}

/// What says which program, and how: of every command that loads one.
std::vector<OptionSpec> program_options() {
    return {{"--set", "KEY=VALUE", "Set a parameter of the program; see --help-parameters. May be repeated.",
             "Options", Completion::setting, true},
            {"--help-parameters", "", "Print the program's parameters and stop."}};
}

const char* const kSchedule = "A simulated schedule";

OptionSpec simulate_option() {
    return {"--simulate", "",
            "Simulate a schedule, also when none of the options below says something of it. On a chip it is "
            "that of the chip's virtual clock.",
            kSchedule};
}

OptionSpec kernel_times_option(const char* group) {
    return {"--kernel-times", "FILE",
            "How long kernels take: a JSON object of nanoseconds, or of sums, by kernel. Without it a kernel "
            "takes the cost that it was registered with, or else 10 us, or on a chip what its table says.",
            group};
}

OptionSpec kernel_times_from_option(const char* group) {
    return {"--kernel-times-from", "DIR",
            "A kernel that --kernel-times does not name takes the median of its executions in this recording "
            "of a run, made with --record DIR; one that is in neither, what it takes without both.",
            group};
}

OptionSpec with_data_option(const char* group) {
    return {
        "--with-data", "",
        "Run the tasks whose data the program reads, and those that these wait for, instead of ending the "
        "plan there.",
        group};
}

OptionSpec sizes_option() {
    OptionSpec sizes{
        "--sizes", "HOW",
        "What becomes of sizes that no option gives. auto, the default: they are those of the environment, "
        "else the defaults; a default that is too small for the program grows while it runs, and the line "
        "that avoids it is printed. plan: they are those that 'weir plan' recommends for these threads "
        "or this chip, found out before the first run; if the plan cannot be exact, none is below what it is "
        "by default. fixed: "
        "as auto, but nothing grows: the run ends and says what would have been enough. grow: sizes that are "
        "set grow, too.",
        kSizes};
    sizes.choices = {to_string(SizePolicy::automatic), "plan", to_string(SizePolicy::fixed),
                     to_string(SizePolicy::growing)};
    return sizes;
}

/// What of a platform decides the sizes that a program needs on it.
std::vector<OptionSpec> planned_platform_options() {
    OptionSpec platform = platform_option();
    platform.help = fmt::format("The platform to plan for; there is: {}. Default: {}.",
                                joined(platform.choices), platform.choices.front());
    std::vector<OptionSpec> options = {platform};
    for (const OptionSpec& option : chip_options())
        if (option.name == "--chip" || option.name == "--chip-set" || option.name == "--early-dispatch")
            options.push_back(option);
    for (OptionSpec& option : options) option.group = kPlatform;
    return options;
}

CommandSpec plan_command_spec() {
    CommandSpec plan{
        "plan", "Find out which sizes a program needs, without running a task",
        "Calls the program, but none of its kernels, and prints for each ring the smallest sizes with which "
        "it runs to its end, whatever the threads and their speed, and sizes that never hold it back; with "
        "the scope that decides each. If the program reads data that a task would have written, it is ended "
        "there, and that line is named. With --simulate, or what says something of it, a schedule is "
        "simulated, too: sizes with which nothing is held back in it, and the smallest ones with which it is "
        "at most 2 % slower, which are recommended."};
    plan.positional = program_word();
    plan.options = program_options();
    plan.options.push_back(
        {"--deadline", "TIME", "End a program that submits for longer, such as 30s, 500ms or 2min."});
    plan.options.push_back(with_data_option("Options"));
    plan.options.push_back({"--env", "", "Print lines to paste into a shell instead of a table."});
    plan.options.push_back(json_option());
    plan.options.push_back(simulate_option());
    plan.options.push_back({"--threads", "N",
                            "Simulate a run on N threads of cpu, the program's own included. Default: all "
                            "cores this process may use.",
                            kSchedule});
    plan.options.push_back(kernel_times_option(kSchedule));
    plan.options.push_back(kernel_times_from_option(kSchedule));
    plan.options.push_back({"--submit-ns", "N",
                            "What a submit costs the program on cpu, in nanoseconds. Default: 300.",
                            kSchedule});
    const std::vector<OptionSpec> platform = planned_platform_options();
    plan.options.insert(plan.options.end(), platform.begin(), platform.end());
    plan.examples = {
        {"weir plan cholesky --set n=8192", "the sizes that a larger matrix needs"},
        {"weir plan cholesky --threads 8 --kernel-times times.json",
         "the sizes that eight threads need for kernels of known times"},
        {"weir plan cholesky --platform a2a3sim --simulate", "the sizes for that chip, and for its schedule"},
        {"eval \"$(weir plan vector --env)\"", "the smallest sizes for every run from this shell"},
    };
    return plan;
}

CommandSpec run_command_spec() {
    CommandSpec run{"run", "Run a program and print time, rates and peaks",
                    "Loads a program, runs it, and prints how long it took, how many tasks it submitted, how "
                    "full the rings became at most, and what held it back. With --check the results are "
                    "compared with the program's own reference."};
    run.positional = program_word();
    run.options = program_options();
    run.options.insert(
        run.options.end(),
        {{"--check", "", "Compare the results of every run with the program's own reference."},
         {"--repeat", "N", "Run N times; the run of median time is reported."},
         {"--deadline", "TIME", "End a run that takes longer, such as 30s, 500ms or 2min."},
         {"--record", "DIR",
          "Where recordings go; made when it is missing. Each run replaces those of the run before. With "
          "none "
          "of the options below, what --enable-swimlane says is recorded. DIR/run.json has the run as a "
          "whole."},
         {"--record-level", "N",
          "How much is recorded while the run goes on: 0 nothing, 1 scopes, 2 tasks, 3 and the phases of "
          "scheduling and of submits, 4 and parking and the rings after each task. Default: 2."},
         {"--enable-swimlane", "",
          "Record when every task was submitted, ran and was released, in DIR/swimlane.json."},
         {"--enable-dep-gen", "",
          "Record what every task accessed, and which tasks it waited for, in DIR/deps.json."},
         {"--enable-scope-stats", "",
          "Record what the rings held when each scope opened and closed, and at most in between, in "
          "DIR/scope_stats/scope_stats.jsonl; 'weir scopes DIR' shows it."},
         json_option()});
    run.options = with_runtime_options(run.options);
    run.options.push_back(sizes_option());
    run.options.push_back(
        {"--memory-limit", "N",
         "Bytes of memory that the rings may come to. The program is planned first; if no sizes fit, it is "
         "not run, and the scopes to split are named.",
         kSizes});
    run.options.push_back(kernel_times_option(kSizes));
    run.options.push_back(kernel_times_from_option(kSizes));
    run.options.push_back(with_data_option(kSizes));
    const std::vector<OptionSpec> chip = chip_options();
    run.options.insert(run.options.end(), chip.begin(), chip.end());
    run.examples = {
        {"weir run cholesky --check", "run a shipped program and compare its result"},
        {"weir run cholesky --set n=2048 --set tile=128 --threads 2",
         "with other parameters, on two threads"},
        {"weir run ./libmine.so --json --repeat 5", "five runs of a program of your own, for a script"},
        {"weir run cholesky --ring-heap 67108864,0,0,1073741824",
         "64 MiB of heap for ring 0, 1 GiB for ring 3, the others as they are"},
        {"weir run cholesky --sizes plan", "with rings as small as they can be without slowing it down"},
        {"weir run paged_attention --memory-limit 67108864", "with rings of at most 64 MiB, or not at all"},
        {"weir run paged_attention --platform a2a3sim --check",
         "on a simulated chip: its schedule, and results compared"},
        {"weir run cholesky --record rec", "when every task ran, and on which thread, in rec/swimlane.json"},
        {"weir run paged_attention --record rec --enable-scope-stats && weir scopes rec",
         "which scopes take how much of the rings"},
    };
    return run;
}

/// Options of a run on a chip that every run of a sweep has, in place of what a sweep cannot share.
std::vector<OptionSpec> shared_run_options() {
    std::vector<OptionSpec> options;
    std::vector<OptionSpec> all = runtime_options();
    for (const OptionSpec& option : chip_options()) all.push_back(option);
    for (const OptionSpec& option : all) {
        const bool of_one_run = option.name == "--threads" || option.name == "--pin" ||
                                option.name == "--verbose" || option.name == "--schedule" ||
                                option.name == "--host-time-factor" || option.name == "--clock";
        if (!of_one_run) options.push_back(option);
    }
    OptionSpec& platform = options.front();
    platform.choices.erase(platform.choices.begin());  // cpu
    platform.help = fmt::format("The chip; there is: {}. Default: {}.", joined(platform.choices),
                                platform.choices.front());
    return options;
}

CommandSpec sweep_command_spec() {
    CommandSpec sweep{
        "sweep", "Run a program on a chip with many settings, and compare",
        "Runs the program on a simulated chip once for every combination of the values that --vary gives, "
        "several at a time, and prints for each its makespan, the difference to the first one, and where "
        "the time went; then which change gains most. A run that fails is shown as such, and the exit status "
        "is "
        "1."};
    sweep.positional = program_word();
    sweep.options = {
        {"--vary", "KEY=V,V,...",
         fmt::format(
             "Values to run with. KEY is a field of the chip, as in a chip file; a size, such as "
             "ring_task_window, or with one for each ring ring_task_windows=A:B:C:D; or set.NAME for a "
             "parameter of the program. May be repeated; the last one changes fastest. At most {} "
             "combinations.",
             kMostPoints),
         "Options", Completion::nothing, true},
        {"--jobs", "N",
         "Runs at a time. Default: as many as this process may use cores. Results are the same."},
    };
    const std::vector<OptionSpec> program = program_options();
    sweep.options.insert(sweep.options.end(), program.begin(), program.end());
    sweep.options.push_back(
        {"--deadline", "TIME", "End a run that takes longer, such as 30s, 500ms or 2min."});
    sweep.options.push_back(json_option());
    sweep.options.push_back({"--csv", "", "Print a table of comma-separated values instead of text."});
    const std::vector<OptionSpec> shared = shared_run_options();
    sweep.options.insert(sweep.options.end(), shared.begin(), shared.end());
    sweep.options.push_back(kernel_times_option(kChip));
    sweep.options.push_back(kernel_times_from_option(kChip));
    sweep.examples = {
        {"weir sweep paged_attention --vary control_threads=2,3,4,5", "what another scheduler thread gains"},
        {"weir sweep cholesky --vary ring_heap=1048576,4194304 --vary clusters=12,24",
         "four runs: a larger heap against more cores"},
    };
    return sweep;
}

CommandSpec info_command_spec() {
    CommandSpec info{"info", "Show the machine, platforms, sizes in force and the memory they take",
                     "Prints what a run with these options would have: cores and memory of the machine, and "
                     "the size of every ring with the source that it comes from."};
    info.options = with_runtime_options({json_option()});
    info.examples = {
        {"weir info", "the defaults, and what the environment makes of them"},
        {"weir info --ring-task-window 1024 --json", "what a run with that option would have"},
    };
    return info;
}

CommandSpec top_command_spec() {
    CommandSpec top{
        "top", "Show what a run that goes on is doing",
        "Attaches to a process of this user: a 'weir run', or a program that has called Runtime::watch. "
        "Prints "
        "once a second how many tasks were submitted and completed, are ready and running, what the program "
        "waits for, how full each ring is, and what each thread does, until the process ends. A signal, "
        "'kill -USR1 PID', makes 'weir run' itself write more to its standard error: the oldest unfinished "
        "tasks of each ring, and what they wait for."};
    top.positional = {"PID",
                      "Number of the process; PID.2 for its second runtime that is watched, and so on."};
    top.options = {{"--once", "", "Print once and stop."},
                   {"--interval", "MS", "Milliseconds between two looks. Default: 1000."},
                   {"--json", "", "Print a JSON object, one a line, instead of text."}};
    top.examples = {{"weir top $(pgrep -n weir)", "of the run that was started last"}};
    return top;
}

std::vector<CommandSpec> make_commands() {
    CommandSpec list{
        "list", "List the shipped programs, their parameters, and the platforms",
        "Prints the name of every program beside this command, what it does, and its parameters "
        "with their defaults; then every platform, with the cores and control threads of those that "
        "simulate a chip."};
    list.options = {json_option(), {"--names", "", "Print the names alone, one a line."}};
    CommandSpec demo{"demo", "Run and check paged_attention and cholesky at their defaults",
                     "Runs the two larger shipped programs, compares their results with references, and "
                     "relates their speed to that of a plain matrix product on this machine."};
    demo.options = runtime_options();
    CommandSpec completion{"completion", "Print the completion of this command for bash",
                           "Prints a script that makes bash complete commands, options, programs and their "
                           "parameters."};
    completion.examples = {{"source <(weir completion)", "completion in this shell"}};
    CommandSpec manual{"manual", "Print the manual page of this command",
                       "Prints the manual page in the form that man reads."};
    manual.examples = {{"weir manual | man -l -", "read it"}};
    std::vector<CommandSpec> all = {run_command_spec(), plan_command_spec(), sweep_command_spec(), list,
                                    info_command_spec()};
    const std::vector<CommandSpec> of_recordings = record_command_specs();
    all.insert(all.end(), of_recordings.begin(), of_recordings.end());
    all.insert(all.end(), {top_command_spec(), demo, completion, manual});
    return all;
}

}  // namespace

OptionSpec json_option() { return {"--json", "", "Print one JSON object instead of text."}; }

const std::vector<CommandSpec>& commands() {
    static const std::vector<CommandSpec> all = make_commands();
    return all;
}

const CommandSpec* find_command(std::string_view name) {
    const auto found = std::find_if(commands().begin(), commands().end(),
                                    [&](const CommandSpec& command) { return command.name == name; });
    return found != commands().end() ? &*found : nullptr;
}

std::string joined(const std::vector<std::string>& words, const char* between) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
    return text;
}

const std::vector<Note>& exit_statuses() {
    static const std::vector<Note> all = {
        {"0", "done"},
        {"1", "the run failed, or its results differ from the reference"},
        {"2", "usage or configuration: nothing was run"},
    };
    return all;
}

const std::vector<Note>& environment_variables() {
    static const std::vector<Note> all = [] {
        std::vector<Note> notes;
        for (const Resource resource : all_resources())
            notes.push_back(
                {variable_of(resource), fmt::format("as {}, which comes first", option_of(resource))});
        return notes;
    }();
    return all;
}

}  // namespace weir::cli
