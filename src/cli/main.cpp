// SPDX-License-Identifier: Apache-2.0
/// The `weir` command: parses the command line, carries the command out, and turns errors into the exit
/// status.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <new>
#include <type_traits>
#include <weir/error.hpp>

#include "commands.hpp"

namespace weir::cli {

namespace {

ExitStatus carry_out(const Arguments& arguments) {
    const auto start = [](const auto& chosen) -> ExitStatus {
        using Chosen = std::decay_t<decltype(chosen)>;
        if constexpr (std::is_same_v<Chosen, RunArguments>) return run_command(chosen);
        if constexpr (std::is_same_v<Chosen, PlanArguments>) return plan_command(chosen);
        if constexpr (std::is_same_v<Chosen, SweepArguments>) return sweep_command(chosen);
        if constexpr (std::is_same_v<Chosen, InfoArguments>) return info_command(chosen);
        if constexpr (std::is_same_v<Chosen, ListArguments>) return list_command(chosen);
        if constexpr (std::is_same_v<Chosen, ScopesArguments>) return scopes_command(chosen);
        if constexpr (std::is_same_v<Chosen, TraceArguments>) return trace_command(chosen);
        if constexpr (std::is_same_v<Chosen, AnalyzeArguments>) return analyze_command(chosen);
        if constexpr (std::is_same_v<Chosen, DepsArguments>) return deps_command(chosen);
        if constexpr (std::is_same_v<Chosen, CheckDepsArguments>) return check_deps_command(chosen);
        if constexpr (std::is_same_v<Chosen, ReportArguments>) return report_command(chosen);
        if constexpr (std::is_same_v<Chosen, TopArguments>) return top_command(chosen);
        if constexpr (std::is_same_v<Chosen, DemoArguments>) return demo_command(chosen);
        if constexpr (std::is_same_v<Chosen, PrintArguments>) {
            fmt::print("{}", chosen.text);
            return kDone;
        }
    };
    return std::visit(start, arguments);
}

/// What an error that no command has handled means: those of setting up end with kNotStarted.
ExitStatus status_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::configuration:
        case ErrorCode::program_not_found:
        case ErrorCode::program_invalid:
        case ErrorCode::unsupported:
        case ErrorCode::invalid_argument:
        case ErrorCode::out_of_memory:
        case ErrorCode::system:
            return kNotStarted;
        default:
            return kRunFailed;
    }
}

ExitStatus report_lost_output() {
    print_error(
        "the result could not be written to standard output; see that it is open and that there is room "
        "where it goes");
    return kRunFailed;
}

ExitStatus run(int count, const char* const* words) {
    try {
        const ExitStatus status = carry_out(parse_arguments(count, words));
        if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
        return report_lost_output();
    } catch (const UsageError& error) {
        print_error(error.what());
        return kNotStarted;
    } catch (const Error& error) {
        print_error(error.what());
        return status_of(error.code());
    } catch (const std::bad_alloc&) {
        print_error("the system refused memory; free memory, or raise the process's limit");
        return kRunFailed;
    } catch (const std::exception& error) {
        if (std::ferror(stdout) != 0) return report_lost_output();
        print_error(error.what());
        return kRunFailed;
    }
}

}  // namespace
}  // namespace weir::cli

int main(int count, char** words) { return weir::cli::run(count, words); }
