// SPDX-License-Identifier: Apache-2.0
/// A chip on the wall clock: the same control loop as on the virtual one, on real threads. For sanitizers and
/// races: what a schedule looks like depends on the machine, and every step takes as long as it takes.
///
///     what                          is done by
///     the program                   the program's thread
///     control threads 0 .. N-2      host threads, in turn (ControlLoops), until the run has ended
///     control thread N-1            the same, when the program has ended
///     cores                         host threads, in turn (Cores)
///
/// Host threads (HostThreads) are the program's, while it waits, and others: together as many as cores that
/// the process may use, or as was asked for.
///
/// *Early dispatch.* A core whose order has a shut gate waits there, as nobody's (Cores). Who opens the gate
/// lets it go on and wakes a host thread for it, before it lets go of the lock of early dispatch. When tasks
/// may be staged because a task was wired or dispatched, a host thread is woken as for a ready one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "platform/chip/board.hpp"
#include "platform/chip/control_loops.hpp"
#include "platform/chip/cores.hpp"
#include "platform/chip/host_threads.hpp"
#include "platform/chip/platform.hpp"

namespace weir::chip {

class WallClock final : public Platform, private GateKeeper {
public:
    /// `pin`: host threads but the program's are bound to a core each.
    WallClock(Chip chip, bool compute, bool early_dispatch, bool pin);
    WallClock(const WallClock&) = delete;
    WallClock& operator=(const WallClock&) = delete;
    /// Detached.
    ~WallClock() override = default;

    [[nodiscard]] LaunchLimits limits() const noexcept override { return board_.limits(); }
    void attach(Scheduler& scheduler) override;
    void detach() noexcept override;
    void begin_run(const std::array<std::uint64_t, kRings>& first_numbers) override;
    [[nodiscard]] std::unique_ptr<RunRecorder> make_recorder() override;
    void record(RunRecorder* recorder) noexcept override;
    [[nodiscard]] RecordedMachine recorded_machine() const override { return machine_of(chip_); }
    void end_run(ChipFigures& figures) override;

    void check(const detail::KernelRecord&, const detail::SubmitRequest&) override {}
    void before_submit(const detail::SubmitRequest&) override {}
    [[nodiscard]] bool dispatches_early() const noexcept override { return board_.early().on(); }
    void wired(TaskSlot& task, UnfinishedProducers& producers) noexcept override;
    /// The scheduler wakes a host thread for it.
    void hand_over(TaskSlot& task) noexcept override { board_.push(task); }
    void wait(const TaskEntry& entry, TaskState wanted) noexcept override;
    void program_ended() noexcept override;
    [[nodiscard]] std::uint64_t ready_tasks(std::uint64_t most) noexcept override {
        return board_.ready_tasks(most);
    }
    [[nodiscard]] std::chrono::nanoseconds now() const noexcept override;

private:
    void gate_opened(int last) noexcept override;
    void set_up_run();

    Chip chip_;
    Board board_;
    Cores cores_;
    ControlLoops loops_;
    bool compute_, pin_;
    Scheduler* scheduler_ = nullptr;
    std::optional<HostThreads> hosts_;

    /// The program's thread alone; times in ticks.
    bool program_has_ended_ = false;
    std::uint64_t begun_ = 0, program_ended_ = 0, waiting_ = 0;
};

}  // namespace weir::chip
