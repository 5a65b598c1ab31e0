// SPDX-License-Identifier: Apache-2.0
/// A program loaded, set up on a runtime, and run: what `weir run` and `weir demo` have in common.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <weir/runtime.hpp>

#include "analysis/live_run.hpp"
#include "arguments.hpp"
#include "program_library.hpp"

namespace weir::cli {

/// How long kernels may go on after a run's deadline before the command ends without them.
inline constexpr std::chrono::seconds kGracePeriod{2};

/// One run, and the comparison of its results when that was asked for.
struct Measurement {
    RunResult result;
    std::optional<CheckResult> check;
};

/// A run that did not end within the grace period after its deadline. Its kernels still work on the program's
/// data, so nothing can be taken down: whoever catches this reports and leaves the process by leave_at_once.
class RunStuck : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class Session {
public:
    /// Everything that happens before the first run. Errors are the user's: they end with kNotStarted.
    explicit Session(const RunArguments& arguments);

    /// From here on `weir top` shows this process, SIGUSR1 makes it tell what it does, and a terminal on
    /// stderr shows how far a run is. Where the system refuses the means of it, runs go on without.
    void watch();

    /// Prepares the data, runs with the session's sizes, and compares if `check`. Time is measured for the
    /// run alone.
    Measurement run(CallConfig call, bool check);

    /// Arguments of a session that plans for runs with these: those of a wall clock on the virtual one.
    static RunArguments for_plan(const RunArguments& arguments);

    /// Prepares the data, before each call of the program that may find other data, and finds out which sizes
    /// a run needs.
    Plan plan(const std::optional<std::chrono::nanoseconds>& deadline, const PlanOptions& options);

    /// Runs from here on have the sizes of this table where no option gave one; or, if they are but lower
    /// bounds, those that are in force without it where these are larger. Not if the rings come to more than
    /// `limit` bytes with them, unless that is 0. Returns what they come to.
    std::uint64_t use(const Plan::Table& sizes, bool lower_bounds, std::uint64_t limit);

    /// What the run that failed told; nothing but zeros when it did not begin, or none failed.
    [[nodiscard]] const RunResult& failed_run() const noexcept { return failed_run_; }

    [[nodiscard]] const ProgramLibrary& library() const noexcept { return library_; }
    [[nodiscard]] const ParameterValues& values() const noexcept { return values_; }
    [[nodiscard]] const Runtime& runtime() const noexcept { return runtime_; }
    /// What the runtime was made from.
    [[nodiscard]] const RuntimeConfig& config() const noexcept { return config_; }
    [[nodiscard]] ProgramFigures figures() const { return instance_->figures(); }

private:
    /// Waits, telling a terminal on stderr from time to time that the run goes on; false: still running at
    /// `limit`.
    bool wait(RunHandle& handle, const std::optional<std::chrono::nanoseconds>& limit) const;

    ProgramLibrary library_;
    ParameterValues values_;
    RuntimeEnv sizes_;
    KernelMedians medians_;  ///< of --kernel-times-from
    RuntimeConfig config_;
    Runtime runtime_;
    std::unique_ptr<ProgramInstance> instance_;
    RunResult failed_run_;
    std::optional<analysis::LivePageReader> page_;  ///< of this process
};

/// Flushes output and ends the process without running destructors.
[[noreturn]] void leave_at_once(ExitStatus status);

}  // namespace weir::cli
