// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <optional>

#include "commands.hpp"
#include "failure.hpp"
#include "json/json_text.hpp"
#include "parameters.hpp"
#include "plan_report.hpp"

namespace weir::cli {
namespace {

void print(const Session& session, const PlanArguments& arguments, const Plan& plan) {
    if (arguments.program.json)
        fmt::print("{}\n", json_text(plan_json(session, plan), 2));
    else
        fmt::print("{}", arguments.env ? plan_env(session, plan) : plan_text(session, plan));
    if (!plan.exact) print_error(inexact_text(plan));
    if (arguments.program.plan.simulate && !plan.simulated) print_error(no_schedule_text());
}

}  // namespace

ExitStatus plan_command(const PlanArguments& arguments) {
    const RunArguments& program = arguments.program;
    if (program.help_parameters) {
        print_parameters(program.program);
        return kDone;
    }
    std::optional<Session> session = set_up(program);
    if (!session) return kNotStarted;
    std::optional<Plan> plan;
    try {
        plan = session->plan(program.deadline, program.plan);
    } catch (const Error& error) {
        report_failure(program, failure_of(error, program));
        return error.code() == ErrorCode::configuration ? kNotStarted : kRunFailed;
    } catch (const std::exception& error) {
        report_failure(
            program,
            {"exception", fmt::format("{} failed: {}", session->library().name(), error.what()), {}});
        return kRunFailed;
    }
    print(*session, arguments, *plan);
    return kDone;
}

}  // namespace weir::cli
