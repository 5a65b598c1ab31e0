// SPDX-License-Identifier: Apache-2.0
/// A user's own chip, as a JSON object whose keys are the fields of the chip table:
///
///     {"name": "wide", "like": "a2a3", "clusters": 48, "control_threads": 7}
///
/// `like` names a built-in chip, whose numbers are used where the file has none; without it every field is
/// required. `name` is required. Numbers are whole.
#pragma once

#include <string>

#include "model/chip.hpp"

namespace weir {

/// Throws configuration naming the file, the field, what is wrong and what would be right. `file` is for the
/// message alone.
Chip parse_chip(const std::string& text, const std::string& file);

/// As above, and when the file cannot be read.
Chip read_chip_file(const std::string& file);

}  // namespace weir
