// SPDX-License-Identifier: Apache-2.0
/// --kernel-times-from: kernel times from the recording of a run.
#pragma once

#include <string>

#include <weir/chip.hpp>

namespace weir::cli {

/// Reads the recording in `directory`, and rounds medians to whole nanoseconds. Nothing when it is empty.
/// Throws configuration, naming the directory, when there is no recording that can be read, or no execution
/// of a kernel in it.
KernelMedians read_kernel_medians(const std::string& directory);

}  // namespace weir::cli
