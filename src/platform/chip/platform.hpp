// SPDX-License-Identifier: Apache-2.0
/// A chip as a platform: a dispatcher that a runtime owns, on one of two clocks.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include <weir/config.hpp>

#include "model/chip.hpp"
#include "model/launch_limits.hpp"
#include "observe/run_recording.hpp"
#include "scheduler/dispatcher.hpp"
#include "scheduler/scheduler.hpp"

namespace weir::chip {

struct KernelTimeSources {
    std::string file;  ///< empty: none
    KernelMedians medians;
};

/// A platform's way to tell what a run would take without computing anything.
class Simulating {
public:
    /// Before `begin_run`: that run calls no kernel and writes no schedule file, and every submit behind the
    /// first `most_tasks` is refused as `cancelled`.
    virtual void simulate(std::uint64_t most_tasks) noexcept = 0;
    /// Where the platform was told that kernel times come from.
    [[nodiscard]] virtual const KernelTimeSources& kernel_times() const noexcept = 0;

protected:
    ~Simulating() = default;
};

class Platform : public Dispatcher {
public:
    /// Null: how long a kernel takes is only known from running it.
    [[nodiscard]] virtual Simulating* simulating() noexcept { return nullptr; }
    /// What can start together.
    [[nodiscard]] virtual LaunchLimits limits() const noexcept = 0;
    /// Once, before the first run: who calls kernels, and what the state of tasks is moved by.
    /// Throws system when the operating system refuses a thread.
    virtual void attach(Scheduler& scheduler) = 0;
    /// The scheduler is about to go; no run is under way.
    virtual void detach() noexcept = 0;
    /// `first_numbers`: the running number that the next task of each ring gets.
    virtual void begin_run(const std::array<std::uint64_t, kRings>& first_numbers) = 0;
    /// A recorder for runs on it: thread 0 is the orchestrator's, thread i + 1 that of scheduler i.
    [[nodiscard]] virtual std::unique_ptr<RunRecorder> make_recorder() = 0;
    /// Before `begin_run`: what hears of the run's tasks; null: nothing.
    virtual void record(RunRecorder* recorder) noexcept = 0;
    /// What recordings say of its threads and cores.
    [[nodiscard]] virtual RecordedMachine recorded_machine() const = 0;
    /// Every task is CONSUMED. May throw system, for a file that cannot be written.
    virtual void end_run(ChipFigures& figures) = 0;
    virtual ~Platform() = default;
};

/// Thread of recordings that a control thread is: 0 for the orchestrator, which is the last.
inline int recorded_thread(const Chip& chip, int index) noexcept {
    return index == chip.threads() - 1 ? 0 : index + 1;
}
/// Threads and cores of a chip, each with the thread that has it when a run begins.
RecordedMachine machine_of(const Chip& chip);

/// What figures say of the chip itself.
void put_chip(const Chip& chip, ChipFigures& figures);

/// Null for "cpu". Throws configuration: an unknown platform, options that exclude each other, a file that is
/// wrong.
std::unique_ptr<Platform> make_platform(const RuntimeConfig& config);

}  // namespace weir::chip
