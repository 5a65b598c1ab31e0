// SPDX-License-Identifier: Apache-2.0
/// Sizes of a run as they stand in run.json and in the first line of a recording.
#pragma once

#include <string>

#include <weir/config.hpp>

namespace weir {

/// A JSON object: by resource a value for each ring, or one.
std::string sizes_text(const SizesInForce& sizes);

}  // namespace weir
