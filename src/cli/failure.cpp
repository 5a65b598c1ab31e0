// SPDX-License-Identifier: Apache-2.0
#include "failure.hpp"

#include <fmt/format.h>

#include <new>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "json/json_text.hpp"
#include "units.hpp"

namespace weir::cli {

namespace {
using Json = nlohmann::ordered_json;
}  // namespace

void print_error(const std::string& message) { fmt::print(stderr, "weir: {}\n", message); }

Failure failure_of(const Error& error, const RunArguments& arguments) {
    Failure failure{to_string(error.code()), error.what(), format_site(error.site())};
    if (error.code() == ErrorCode::deadline && arguments.deadline)
        failure.message += fmt::format(" (--deadline was {})", duration_text(*arguments.deadline));
    return failure;
}

void report_failure(const RunArguments& arguments, const Failure& failure) {
    const bool named = failure.site.empty() || failure.message.find(failure.site) != std::string::npos;
    print_error(named ? failure.message : fmt::format("{}, at {}", failure.message, failure.site));
    if (!arguments.json) return;
    Json json;
    json["weir"] = WEIR_VERSION_STRING;
    json["status"] = "failed";
    json["error"] = {{"code", failure.code}, {"message", failure.message}, {"site", nullptr}};
    if (!failure.site.empty()) json["error"]["site"] = failure.site;
    if (!failure.run.is_null()) json["run"] = failure.run;
    fmt::print("{}\n", json_text(json, 2));
}

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

}  // namespace weir::cli
