// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "failure.hpp"
#include "json/json_text.hpp"
#include "parameters.hpp"
#include "plan_report.hpp"
#include "run_report.hpp"
#include "session.hpp"
#include "units.hpp"

namespace weir::cli {
namespace {

using Json = nlohmann::ordered_json;

bool records_run(const RunArguments& arguments) {
    return arguments.swimlane || arguments.dep_gen || arguments.record_level;
}

/// Where a run's recording of its scopes is.
std::string scope_stats_file(const RunArguments& arguments) {
    return arguments.record_directory + "/scope_stats/scope_stats.jsonl";
}

struct UsedPlan {
    Plan plan;
    bool used = true;  ///< false: its sizes are above the memory limit
};

Plan make_plan(Session& session, const RunArguments& arguments) {
    if (arguments.runtime.config.chip.clock != ChipClock::wall)
        return session.plan(arguments.deadline, arguments.plan);
    const RunArguments planned = Session::for_plan(arguments);
    return Session(planned).plan(planned.deadline, planned.plan);
}

/// Plans, and has the session use what the plan recommends if that is within the memory limit.
UsedPlan plan_sizes(Session& session, const RunArguments& arguments) {
    Plan plan = make_plan(session, arguments);
    const std::uint64_t limit = arguments.memory_limit;
    const std::uint64_t bytes = session.use(plan.simulated ? plan.simulated->recommended : plan.smallest,
                                            !plan.exact || !plan.simulated, limit);
    const bool used = limit == 0 || bytes <= limit;
    if (!plan.exact)
        print_error(
            fmt::format("--sizes plan: {}; no size is below what it is without the plan. With "
                        "--with-data the plan goes on",
                        inexact_text(plan)));
    else if (!plan.simulated)
        print_error(fmt::format("--sizes plan: {}; no size is below what it is without the plan",
                                no_schedule_text()));
    if (!used)
        print_error(
            fmt::format("--sizes plan: its sizes come to {} bytes, but --memory-limit is {}, which "
                        "decides instead",
                        bytes, limit));
    return {std::move(plan), used};
}

ExitStatus run_all(Session& session, const RunArguments& arguments) {
    std::optional<UsedPlan> planned;
    if (arguments.planned_sizes) planned = plan_sizes(session, arguments);
    CallConfig call;
    call.deadline = arguments.deadline;
    call.enable_scope_stats = arguments.scope_stats;
    call.enable_swimlane = arguments.swimlane;
    call.enable_dep_gen = arguments.dep_gen;
    call.record_level = arguments.record_level;
    call.record_directory = arguments.record_directory;
    call.memory_limit = arguments.memory_limit;
    call.size_policy = arguments.size_policy;
    call.program_name = session.library().name();
    std::vector<Measurement> runs;
    for (int i = 0; i < arguments.repeats; ++i) runs.push_back(session.run(call, arguments.check));
    if (arguments.json) {
        Json json = report_json(session, arguments, runs);
        json["scope_stats"] = arguments.scope_stats ? Json(scope_stats_file(arguments)) : Json(nullptr);
        json["plan"] = planned ? plan_json(planned->plan) : Json(nullptr);
        json["recording"] = records_run(arguments) ? Json(arguments.record_directory) : Json(nullptr);
        fmt::print("{}\n", json_text(json, 2));
    } else {
        std::string text = report_text(session, runs);
        if (arguments.scope_stats) text += report_line("scope statistics", scope_stats_file(arguments));
        if (planned) {
            const Plan& plan = planned->plan;
            text += report_line(
                "sizes planned",
                fmt::format("{}{}{}", plan.simulated ? model_text(*plan.simulated) : "without a schedule",
                            plan.exact ? "" : "; not exact",
                            planned->used ? "" : "; above the memory limit"));
        }
        if (records_run(arguments)) text += report_line("recording", arguments.record_directory);
        fmt::print("{}", text);
    }
    if (all_checks_ok(runs)) return kDone;
    print_error(fmt::format("{}: the results differ from the reference", session.library().name()));
    return kRunFailed;
}

/// Reports a run that failed, with how far it came when it had begun.
void report_failed_run(const Session& session, const RunArguments& arguments, Failure failure) {
    const bool began = session.failed_run().elapsed.count() > 0;
    if (began && arguments.json) failure.run = failed_run_json(session);
    if (began && !arguments.json) fmt::print("{}", failed_run_text(session));
    report_failure(arguments, failure);
}

}  // namespace

ExitStatus run_command(const RunArguments& arguments) {
    if (arguments.help_parameters) {
        print_parameters(arguments.program);
        return kDone;
    }
    std::optional<Session> session = set_up(arguments);
    if (!session) return kNotStarted;
    session->watch();
    try {
        return run_all(*session, arguments);
    } catch (const RunStuck& error) {
        report_failure(arguments, {to_string(ErrorCode::deadline), error.what(), {}});
        leave_at_once(kRunFailed);
    } catch (const Error& error) {
        report_failed_run(*session, arguments, failure_of(error, arguments));
        return error.code() == ErrorCode::configuration ? kNotStarted : kRunFailed;
    } catch (const std::exception& error) {
        if (std::ferror(stdout) != 0) throw;  // the report could not be written; the program did not fail
        report_failed_run(
            *session, arguments,
            {"exception", fmt::format("{} failed: {}", session->library().name(), error.what()), {}});
        return kRunFailed;
    }
}

}  // namespace weir::cli
