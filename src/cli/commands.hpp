// SPDX-License-Identifier: Apache-2.0
/// The commands. Each prints its result on stdout and what went wrong on stderr.
#pragma once

#include <exception>
#include <string>

#include "arguments.hpp"

namespace weir::cli {

ExitStatus run_command(const RunArguments& arguments);
ExitStatus plan_command(const PlanArguments& arguments);
ExitStatus sweep_command(const SweepArguments& arguments);
ExitStatus list_command(const ListArguments& arguments);
ExitStatus info_command(const InfoArguments& arguments);
ExitStatus scopes_command(const ScopesArguments& arguments);
ExitStatus trace_command(const TraceArguments& arguments);
ExitStatus analyze_command(const AnalyzeArguments& arguments);
ExitStatus deps_command(const DepsArguments& arguments);
ExitStatus check_deps_command(const CheckDepsArguments& arguments);
ExitStatus report_command(const ReportArguments& arguments);
ExitStatus top_command(const TopArguments& arguments);
ExitStatus demo_command(const DemoArguments& arguments);

/// Text for stderr: "weir: " and the message.
void print_error(const std::string& message);

}  // namespace weir::cli
