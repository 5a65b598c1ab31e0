// SPDX-License-Identifier: Apache-2.0
/// This command as processes of its own, several at a time.
#pragma once

#include <string>
#include <vector>

namespace weir::cli {

struct ChildRun {
    std::string out;       ///< standard output
    std::string messages;  ///< standard error
    int exit_status = -1;  ///< -1: it was not started, or a signal ended it
    /// Why it did not end by itself: "killed by signal 9 (Killed)". Empty: it did.
    std::string failure;
};

/// Runs this command once with each list of words, at most `jobs` at a time, with nothing to read. Results in
/// the order of the lists, however they ended. Tells a terminal on stderr how many are done.
std::vector<ChildRun> run_children(const std::vector<std::vector<std::string>>& commands, std::size_t jobs);

}  // namespace weir::cli
