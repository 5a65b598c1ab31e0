// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "commands.hpp"
#include "parameters.hpp"
#include "run_report.hpp"
#include "session.hpp"
#include "units.hpp"

namespace weir::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Failure {
    std::string code;
    std::string message;
    std::string site;  ///< "file.cpp:77" in the program; empty when the error belongs to no place there
};

/// An error that a run ended with, and the place in the program that it belongs to.
Failure failure_of(const Error& error, const RunArguments& arguments) {
    Failure failure{to_string(error.code()), error.what(), format_site(error.site())};
    if (error.code() == ErrorCode::deadline && arguments.deadline)
        failure.message += fmt::format(" (--deadline was {})", duration_text(*arguments.deadline));
    return failure;
}

/// Reports on stderr, and as JSON on stdout when that was asked for.
void report_failure(const RunArguments& arguments, const Failure& failure) {
    const bool named = failure.site.empty() || failure.message.find(failure.site) != std::string::npos;
    print_error(named ? failure.message : fmt::format("{}, at {}", failure.message, failure.site));
    if (!arguments.json) return;
    Json json;
    json["weir"] = WEIR_VERSION_STRING;
    json["status"] = "failed";
    json["error"] = {{"code", failure.code}, {"message", failure.message}, {"site", nullptr}};
    if (!failure.site.empty()) json["error"]["site"] = failure.site;
    fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

/// Sets up, turning what goes wrong into kNotStarted. Such errors are the command line's, not those of a
/// line.
std::optional<Session> set_up(const RunArguments& arguments) {
    try {
        return std::optional<Session>(std::in_place, arguments);
    } catch (const Error& error) {
        report_failure(arguments, {to_string(error.code()), error.what(), {}});
    } catch (const std::bad_alloc&) {
        report_failure(arguments,
                       {to_string(ErrorCode::out_of_memory),
                        fmt::format("'{}' asks for more memory than the system gives; choose smaller "
                                    "parameters with --set, see --help-parameters",
                                    arguments.program),
                        {}});
    } catch (const std::exception& error) {
        report_failure(arguments, {to_string(ErrorCode::configuration),
                                   fmt::format("setting up '{}' failed: {}", arguments.program, error.what()),
                                   {}});
    }
    return std::nullopt;
}

ExitStatus run_all(Session& session, const RunArguments& arguments) {
    std::vector<Measurement> runs;
    for (int i = 0; i < arguments.repeats; ++i)
        runs.push_back(session.run(arguments.deadline, arguments.check));
    if (arguments.json) {
        fmt::print("{}\n",
                   report_json(session, arguments, runs).dump(2, ' ', false, Json::error_handler_t::replace));
    } else {
        fmt::print("{}", report_text(session, runs));
    }
    if (all_checks_ok(runs)) return kDone;
    print_error(fmt::format("{}: the results differ from the reference", session.library().name()));
    return kRunFailed;
}

}  // namespace

ExitStatus run_command(const RunArguments& arguments) {
    if (arguments.help_parameters) {
        const ProgramLibrary library(find_program(arguments.program));
        fmt::print("{}: {}\n{}", library.name(), library.summary(), parameters_text(library.parameters()));
        return kDone;
    }
    std::optional<Session> session = set_up(arguments);
    if (!session) return kNotStarted;
    try {
        return run_all(*session, arguments);
    } catch (const RunStuck& error) {
        report_failure(arguments, {to_string(ErrorCode::deadline), error.what(), {}});
        leave_at_once(kRunFailed);
    } catch (const Error& error) {
        report_failure(arguments, failure_of(error, arguments));
        return error.code() == ErrorCode::configuration ? kNotStarted : kRunFailed;
    } catch (const std::exception& error) {
        if (std::ferror(stdout) != 0) throw;  // the report could not be written; the program did not fail
        report_failure(
            arguments,
            {"exception", fmt::format("{} failed: {}", session->library().name(), error.what()), {}});
        return kRunFailed;
    }
}

}  // namespace weir::cli
