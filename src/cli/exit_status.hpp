// SPDX-License-Identifier: Apache-2.0
/// What the command's exit status says, and the exception for what a user typed wrongly.
#pragma once

#include <stdexcept>

namespace weir::cli {

enum ExitStatus : int {
    kDone = 0,
    kRunFailed =
        1,  ///< the run failed, its results differ from the reference, or output could not be written
    kNotStarted = 2,  ///< usage or configuration: no run was started
};

/// A command line that cannot be used; ends with kNotStarted.
class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace weir::cli
