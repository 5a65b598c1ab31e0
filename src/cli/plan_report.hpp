// SPDX-License-Identifier: Apache-2.0
/// What `weir plan` prints: a table for people, JSON for programs, lines for a shell.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <weir/plan.hpp>

#include "session.hpp"

namespace weir::cli {

std::string plan_text(const Session& session, const Plan& plan);
nlohmann::ordered_json plan_json(const Session& session, const Plan& plan);
/// What `weir run --json` says of the plan that its sizes come from.
nlohmann::ordered_json plan_json(const Plan& plan);
/// What the simulated schedule counts with: "2 threads, 300 ns a submit, 10 us assumed for add, multiply", or
/// "a2a3, times in 'times.json'".
std::string model_text(const SimulatedSchedule& schedule);
/// The smallest sizes as variables to export; those that never hold back as comments.
std::string plan_env(const Session& session, const Plan& plan);

/// Why the plan is not exact, and from where on.
std::string inexact_text(const Plan& plan);
/// Why a plan for a chip has no schedule, though one was asked for.
std::string no_schedule_text();

}  // namespace weir::cli
