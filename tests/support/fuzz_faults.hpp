// SPDX-License-Identifier: Apache-2.0
/// Random programs with random faults on a host, and what must hold whatever happens to them: a run ends as
/// one of its faults explains, a task that ran has read what serial execution gives it, and the same program
/// without faults then runs right on the same runtime. Nothing that is checked depends on timing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "fuzz_host.hpp"
#include "fuzz_program.hpp"
#include "fuzz_watchdog.hpp"

namespace weir::fuzz {

/// What a number of runs amounted to.
struct FaultTotals {
    std::uint64_t programs = 0;
    std::uint64_t runs = 0;
    std::uint64_t tasks = 0;            ///< of the runs that ended without an error
    std::uint64_t times_held_back = 0;  ///< likewise
    std::uint64_t faults_armed = 0;
    // how the runs with faults ended
    std::uint64_t unharmed = 0;
    std::uint64_t kernel_failures = 0;
    std::uint64_t program_throws = 0;
    std::uint64_t cancels = 0;
    std::uint64_t deadlines = 0;

    [[nodiscard]] std::uint64_t faults_fired() const noexcept {
        return kernel_failures + program_throws + cancels + deadlines;
    }
};

/// Between one and all kinds of faults, at random places of the program.
Faults random_faults(Random& random, const FuzzProgram& program);
/// Source-like text, to be printed beside that of the program.
std::string to_text(const Faults& faults);

class FaultCampaign {
public:
    /// Generates the program of the seed and runs it on the host with faults and without. Returns what is
    /// wrong, with the program's text, or nothing. A program that the host's rings cannot hold is left out.
    std::optional<std::string> check(FuzzHost& host, Word seed);

    [[nodiscard]] const FaultTotals& totals() const noexcept { return totals_; }

private:
    std::optional<std::string> run_with(FuzzHost& host, const FuzzProgram& program, const Faults& faults,
                                        const Observed& expected);
    std::optional<std::string> run_without(FuzzHost& host, const FuzzProgram& program,
                                           const Observed& expected);

    FaultTotals totals_;
    Watchdog watchdog_{120};
};

}  // namespace weir::fuzz
