// SPDX-License-Identifier: Apache-2.0
/// The manual page of this command.
#pragma once

#include <string>

namespace weir::cli {

/// weir(1) in the form that man reads.
std::string manual_page();

}  // namespace weir::cli
