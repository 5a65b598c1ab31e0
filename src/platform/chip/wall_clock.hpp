// SPDX-License-Identifier: Apache-2.0
/// A chip on the wall clock: the same control loop as on the virtual one, on real threads. For sanitizers and
/// races: what a schedule looks like depends on the machine, and every step takes as long as it takes.
///
///     thread                        does
///     control threads 0 .. N-2      ControlThread::step, until the run has ended
///     the program's                 the program; held back, it waits; when the program has ended, it is
///                                   control thread N-1 and steps until everything is CONSUMED
///     core threads (CoreThreads)    the cores, in turn
///
/// A control thread whose pass found nothing yields, and parks after some microseconds of nothing
/// (ControlIdle). So the threads that are busy are those that have something to do. A run begins and ends at
/// a gate (RunGate), outside of which control threads touch nothing.
///
/// *Early dispatch.* A core whose order has a shut gate waits there, as nobody's (Cores). Who opens the gate
/// lets it go on and wakes a core thread for it, before it lets go of the lock of early dispatch. Tasks that
/// may be staged because a task was wired or dispatched wake control threads as ready ones do.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "platform/chip/board.hpp"
#include "platform/chip/control_idle.hpp"
#include "platform/chip/control_thread.hpp"
#include "platform/chip/core_threads.hpp"
#include "platform/chip/cores.hpp"
#include "platform/chip/platform.hpp"
#include "platform/chip/run_gate.hpp"

namespace weir::chip {

class WallClock final : public Platform, private GateKeeper {
public:
    /// `core_threads`: host threads that are the cores.
    WallClock(Chip chip, bool compute, bool early_dispatch, int core_threads);
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
    void hand_over(TaskSlot& task) noexcept override;
    void wait(const TaskEntry& entry, TaskState wanted) noexcept override;
    void program_ended() noexcept override;
    [[nodiscard]] std::uint64_t ready_tasks(std::uint64_t most) noexcept override {
        return board_.ready_tasks(most);
    }
    [[nodiscard]] std::chrono::nanoseconds now() const noexcept override;

private:
    /// Of a control thread, in ticks; its own until the run has ended.
    struct alignas(64) Times {
        std::uint64_t mark = 0;  ///< up to here it is told what it did
        std::uint64_t polling = 0, completing = 0, dispatching = 0, idle = 0;
        std::uint64_t last_task = 0;  ///< when it completed one
    };

    void gate_opened(int last) noexcept override;
    void control(int thread) noexcept;
    ControlThread::Step step(int thread) noexcept;
    void note(int thread, const ControlThread::Step& step) noexcept;
    /// Steps until `done()`; yields and parks when there is nothing to do.
    template <class Done>
    void schedule(int thread, const Done& done) noexcept;
    [[nodiscard]] bool finds_something(int thread) noexcept;
    void wait_held_back(const TaskEntry& entry, TaskState wanted) noexcept;
    void set_up_run();
    [[nodiscard]] int orchestrator() const noexcept { return chip_.threads() - 1; }
    [[nodiscard]] ControlThread& loop(int thread) noexcept {
        return loops_[static_cast<std::size_t>(thread)];
    }
    /// Wakes control threads that are parked, but for the orchestrator's.
    [[nodiscard]] auto waker() noexcept {
        return [this] { idle_->wake_others(orchestrator()); };
    }
    [[nodiscard]] Times& times(int thread) noexcept { return times_[static_cast<std::size_t>(thread)]; }

    Chip chip_;
    Board board_;
    Cores cores_;
    bool compute_;
    int core_thread_count_;
    std::vector<ControlThread> loops_;  ///< by control thread
    std::vector<Times> times_;          ///< likewise
    Scheduler* scheduler_ = nullptr;
    std::optional<ControlIdle> idle_;
    std::optional<CoreThreads> core_threads_;
    std::vector<sync::Thread> control_threads_;

    /// The program's thread alone.
    bool program_has_ended_ = false;
    std::uint64_t begun_ = 0, program_ended_ = 0, waiting_ = 0;

    RunGate gate_;
};

}  // namespace weir::chip
