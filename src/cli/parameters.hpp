// SPDX-License-Identifier: Apache-2.0
/// A program's parameters as a table for people and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include <weir/program.hpp>

namespace weir::cli {

/// A line for each: "  name=default   help".
std::string parameters_text(std::span<const ProgramParameter> parameters);
/// Name and summary of a program, and that table, on stdout.
void print_parameters(const std::string& program);
nlohmann::ordered_json parameters_json(std::span<const ProgramParameter> parameters);

}  // namespace weir::cli
