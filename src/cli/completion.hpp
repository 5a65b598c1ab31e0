// SPDX-License-Identifier: Apache-2.0
/// The completion of this command for bash.
#pragma once

#include <string>

namespace weir::cli {

/// A script that bash reads: commands, options, programs and their parameters.
std::string completion_script();

}  // namespace weir::cli
