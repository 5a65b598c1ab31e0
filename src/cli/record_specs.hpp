// SPDX-License-Identifier: Apache-2.0
/// The part of the table of commands that is about recordings.
#pragma once

#include <vector>

#include "command_table.hpp"

namespace weir::cli {

/// scopes, trace, analyze, deps, check-deps, report.
std::vector<CommandSpec> record_command_specs();

}  // namespace weir::cli
