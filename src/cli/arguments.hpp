// SPDX-License-Identifier: Apache-2.0
/// The command line: which command, and its options as checked values.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <weir/config.hpp>
#include <weir/plan.hpp>

#include "analysis/dependency_graph.hpp"
#include "exit_status.hpp"
#include "sweep_grid.hpp"

namespace weir::cli {

/// What every command that makes a runtime can be told. Sizes of options are those of its runs. The runtime
/// has them as its own too, so that it reserves no more memory than they ask for.
struct RuntimeArguments {
    RuntimeConfig config;
    RuntimeEnv sizes;
};

struct RunArguments {
    std::string program;
    RuntimeArguments runtime;
    std::map<std::string, std::string> settings;
    int repeats = 1;
    std::optional<std::chrono::nanoseconds> deadline;
    bool check = false;
    bool json = false;
    bool help_parameters = false;
    std::string record_directory;  ///< empty: nothing is recorded
    bool scope_stats = false;
    bool swimlane = false;
    bool dep_gen = false;
    std::optional<int> record_level;
    std::string kernel_times_from;   ///< directory of a recording; empty: none
    PlanOptions plan;                ///< of a command that plans
    bool planned_sizes = false;      ///< a plan decides the sizes that no option gives
    std::uint64_t memory_limit = 0;  ///< bytes; 0: none
    SizePolicy size_policy = SizePolicy::automatic;
};

/// `program` says what to load, what to plan, and how to report failures; no sizes matter to a plan.
struct PlanArguments {
    RunArguments program;
    bool env = false;
};

/// `run` is what every run has in common; `words` make it a command line that ends before the grid's options.
struct SweepArguments {
    RunArguments run;
    SweepGrid grid;
    std::vector<std::string> words;
    std::size_t jobs = 0;  ///< at a time; 0: as many as this process may use cores
    bool csv = false;
};

struct InfoArguments {
    RuntimeArguments runtime;
    bool json = false;
};

struct ListArguments {
    bool json = false;
    bool names = false;
};

struct ScopesArguments {
    std::string recording;
    bool json = false;
};

struct TraceArguments {
    std::string directory;
    std::string output;  ///< empty: in the directory
    bool chrome = false;
};

struct AnalyzeArguments {
    std::string directory;
    std::string against;  ///< empty: nothing is compared
    bool json = false;
};

struct DepsArguments {
    std::string directory;
    analysis::GraphFilter filter;
    bool mermaid = false;
};

struct CheckDepsArguments {
    std::string directory;
    bool json = false;
};

struct ReportArguments {
    std::string directory;
    std::string output;  ///< empty: in the directory
};

struct TopArguments {
    int pid = 0;
    int runtime = 1;  ///< which of the process, counted from 1
    std::chrono::milliseconds interval{1000};
    bool once = false;
    bool json = false;
};

struct DemoArguments {
    RuntimeArguments runtime;
};

/// To print a text that is made from the table of commands, and nothing else.
struct PrintArguments {
    std::string text;
};

/// A command to carry out.
using Arguments =
    std::variant<RunArguments, PlanArguments, SweepArguments, InfoArguments, ListArguments, ScopesArguments,
                 TraceArguments, AnalyzeArguments, DepsArguments, CheckDepsArguments, ReportArguments,
                 TopArguments, DemoArguments, PrintArguments>;

/// Throws UsageError.
Arguments parse_arguments(int count, const char* const* words);

}  // namespace weir::cli
