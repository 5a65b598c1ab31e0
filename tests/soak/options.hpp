// SPDX-License-Identifier: Apache-2.0
/// What the soak test is asked to do.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace weir::soak {

struct Options {
    std::chrono::seconds duration{60};
    /// Of the first round; the next round has the next one.
    std::uint64_t seed = 0;
    /// Ends after so many rounds, whatever the duration.
    std::optional<std::uint64_t> rounds;
    /// Instead of rounds: one flat program of so many tasks.
    std::optional<std::uint64_t> flat_tasks;
    bool handed_over = false;  ///< flat: no task runs inside its submit
    int threads = 2;           ///< flat
};

/// Throws std::runtime_error with what is wrong, or with the usage for --help.
Options parse_options(int count, const char* const* words);

/// Random rounds; returns the exit status.
int run_rounds(const Options& options);
/// One long flat program; returns the exit status.
int run_flat(const Options& options);

}  // namespace weir::soak
