// SPDX-License-Identifier: Apache-2.0
/// The control loops of a chip on the wall clock, stepped by whichever host thread has the turn of a control
/// thread (ControlTurn). What belongs to a loop, its figures and its recorder among it, is that thread's.
///
/// The orchestrator's control thread is the program's thread while that runs the program: nobody steps its
/// loop, and its recorder hears of submits. When the program has ended, the turn is anybody's while the
/// program's thread waits (`lend`), and else its own, since that recorder hears of reclaimed tasks then.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <weir/chip.hpp>

#include "observe/run_recording.hpp"
#include "platform/chip/board.hpp"
#include "platform/chip/control_thread.hpp"
#include "platform/chip/control_turn.hpp"
#include "scheduler/idle_threads.hpp"

namespace weir::chip {

class ControlLoops {
public:
    explicit ControlLoops(Board& board);

    [[nodiscard]] int count() const noexcept { return static_cast<int>(loops_.size()); }
    /// Once, before the first run: who is woken when there is something to do.
    void attach(IdleThreads& hosts) noexcept { hosts_ = &hosts; }

    /// Before a run, `now` in ticks.
    void begin_run(std::uint64_t now);
    /// Between runs: who hears of it; null: nobody.
    void record(RunRecorder* recorder) noexcept;
    /// After a run: adds its times; returns when the last task was completed, in ticks, 0: none was.
    [[nodiscard]] std::uint64_t end_run(ChipFigures& figures) noexcept;

    /// Any host thread: is that control thread until a pass found nothing, or for some steps, if no other one
    /// is. Whether it has done anything but look.
    [[nodiscard]] bool serve(int thread) noexcept;
    /// A host thread that is about to park: whether `serve` would. False, too, if another one has the turn,
    /// who then looks.
    [[nodiscard]] bool something_to_do(int thread) noexcept;

    /// Program's thread: the program has ended.
    void program_ended(std::uint64_t now) noexcept;
    /// Program's thread, when the program has ended: anybody may be its control thread, up to `take_back`.
    void lend() noexcept;
    /// Yields until a turn is over, in which no kernel runs.
    void take_back() noexcept;

private:
    /// In ticks; of the thread that has the turn.
    struct alignas(64) Loop {
        explicit Loop(Board& board, int index) : control(board, index) {}

        ControlThread control;
        std::uint64_t mark = 0;  ///< up to here it is told what it did
        std::uint64_t polling = 0, completing = 0, dispatching = 0, idle = 0;
        std::uint64_t last_task = 0;  ///< when it completed one
    };

    [[nodiscard]] bool steps(Loop& loop) noexcept;
    ControlThread::Step step(Loop& loop) noexcept;
    static void note(Loop& loop, ControlThread::Action action) noexcept;
    /// Whether control threads step it now.
    [[nodiscard]] bool schedules(int thread) const noexcept {
        return thread != orchestrator() || board_.sharing();
    }
    [[nodiscard]] int orchestrator() const noexcept { return count() - 1; }
    [[nodiscard]] Loop& loop(int thread) noexcept { return loops_[static_cast<std::size_t>(thread)]; }
    [[nodiscard]] ControlTurn& turn(int thread) noexcept { return turns_[static_cast<std::size_t>(thread)]; }

    Board& board_;
    std::vector<Loop> loops_;
    std::unique_ptr<ControlTurn[]> turns_;
    IdleThreads* hosts_ = nullptr;
};

}  // namespace weir::chip
