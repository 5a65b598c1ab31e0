// SPDX-License-Identifier: Apache-2.0
/// What --help prints.
#pragma once

#include <string>

#include "command_table.hpp"

namespace weir::cli {

/// Of the whole: the commands and how to go on.
std::string help_text();
/// Of one command.
std::string help_text(const CommandSpec& command);

/// How values of sizes are written, where a 0 leads, and what sizes do; paragraphs without line ends.
std::vector<std::string> sizes_paragraphs();

/// The options of a group, in the order of the table; and the groups.
std::vector<std::string> groups_of(const CommandSpec& command);

}  // namespace weir::cli
