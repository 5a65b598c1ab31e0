// SPDX-License-Identifier: Apache-2.0
/// The cores of a chip on the wall clock, as the host threads see them that are the cores in turn.
///
///     serve(core):  take the turn
///                   the call on it waited, and its cohort has come: go on with it
///                   its order has a gate that is shut: leave the core waiting, wait at the gate; if that was
///                     opened meanwhile, stay and go on
///                   order of a cohort: join the meeting, leave the core waiting, arrive
///                   any other order: acknowledge, run, finish
///                   leave the core, and have somebody look who owns it
///
/// What belongs to a core is its thread's while it has the turn (core-1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/recording_clock.hpp"
#include "platform/chip/board.hpp"
#include "platform/chip/cohort_meetings.hpp"
#include "platform/chip/core_turn.hpp"
#include "platform/chip/handshake.hpp"

namespace weir {
struct CohortStack;
}

namespace weir::chip {

class Cores {
public:
    struct alignas(64) Core {
        CoreSide side;
        Order order;                       ///< taken, and not yet finished
        CohortMeeting* meeting = nullptr;  ///< of the call on it; null: it meets nobody
        CohortStack* stack = nullptr;      ///< of that call, once it has started
        int next_at_gate = Gate::kNobody;  ///< which waits at the same gate; while it waits (chip-4)
        std::uint64_t busy_ticks = 0;      ///< running kernels, in this run
    };

    explicit Cores(Board& board)
        : board_(board),
          turns_(static_cast<std::size_t>(board.chip().core_count())),
          cores_(turns_.size()),
          meetings_(turns_) {
        for (std::size_t i = 0; i < cores_.size(); ++i)
            cores_[i].side.attach(board_.handshake(static_cast<int>(i)));
    }

    /// Between runs: by which clock the times of orders are told; null: they are not. Outlives the run.
    void record(const RecordingClock* clock) noexcept { clock_ = clock; }

    [[nodiscard]] int count() const noexcept { return static_cast<int>(cores_.size()); }
    /// Between runs, or by the thread that has the core's turn.
    [[nodiscard]] Core& core(int index) noexcept { return cores_[static_cast<std::size_t>(index)]; }

    /// Whether `serve` would find something to do; out of date at once.
    [[nodiscard]] bool has_news(int core) noexcept {
        const CoreTurn::State state = turns_[static_cast<std::size_t>(core)].state();
        if (state == CoreTurn::State::resumable) return true;
        if (state != CoreTurn::State::free) return false;
        const Handshake& handshake = board_.handshake(core);
        // Relaxed: a hint; `serve` reads both in the order of the protocol. For a thread that is about to
        // park the fence of idle-1 comes before.
        return handshake.dispatch.load(std::memory_order_relaxed) !=
               handshake.status.load(std::memory_order_relaxed) >> 32U;  // as above
    }

    /// A gate was opened at which cores wait, `last` the last of them: they may go on. Returns how many.
    /// Host threads are to be woken then.
    int gate_opened(int last) noexcept {
        int opened = 0;
        for (int index = last; index != Gate::kNobody; ++opened) {
            const int waiting = index;
            index = core(index).next_at_gate;  // before it goes on, and perhaps waits at another gate
            turn(waiting).may_go_on();
        }
        return opened;
    }

    /// If the core has something to do, and nobody is it: makes one call, or goes on with one up to the point
    /// where that waits. False: the calling thread was not the core. `calls` says what that is:
    ///
    /// | run(Core&)                | makes the whole call                                                  |
    /// | cohort(Order)             | how many start together with it and can meet; 0: none                 |
    /// | go_on(Core&, cancelled)   | from its start, or its last barrier, to the next (false) or its end   |
    /// | cancelled()               | the run has ended early                                               |
    /// | finished()                | an order is finished: somebody is to look who owns the core           |
    /// | may_go_on(int)            | so many cores that waited may go on: as many threads are to be woken  |
    template <class Calls>
    bool serve(int index, Calls& calls) noexcept {
        if (!has_news(index) || !turn(index).take()) return false;
        Core& core = this->core(index);
        if (core.meeting != nullptr) {
            if (go_on(core, index, calls)) finish(core, index, calls);
            return true;
        }
        if (const Order* const next = core.side.next()) {
            if (next->gate != nullptr && waits_at(*next->gate, core, index)) return true;
            core.order = *next;
            if (clock_ != nullptr) core.side.starts(clock_->now());
            core.side.acknowledge();
            if (const std::uint32_t together = calls.cohort(core.order); together != 0) {
                core.meeting = &meetings_.join(*core.order.task, together);
                wait(core, index, calls);
                return true;
            }
            calls.run(core);
            finish(core, index, calls);
            return true;
        }
        turn(index).leave();
        return true;
    }

private:
    [[nodiscard]] CoreTurn& turn(int core) noexcept { return turns_[static_cast<std::size_t>(core)]; }

    /// True: it waits at the gate, and the calling thread is the core no more.
    [[nodiscard]] bool waits_at(Gate& gate, Core& core, int index) noexcept {
        if (gate.is_open()) return false;
        turn(index).leave_waiting();
        if (gate.wait(index, core.next_at_gate)) return true;
        turn(index).stay();
        return false;
    }
    /// The calling thread is the core no more.
    template <class Calls>
    void wait(Core& core, int index, Calls& calls) noexcept {
        CohortMeeting& meeting = *core.meeting;
        turn(index).leave_waiting();
        calls.may_go_on(meetings_.arrive(meeting, index, [&] { return calls.cancelled(); }));
    }
    /// False: the call waits again.
    template <class Calls>
    bool go_on(Core& core, int index, Calls& calls) noexcept {
        CohortMeeting& meeting = *core.meeting;
        if (!calls.go_on(core, meeting.cancelled)) {
            wait(core, index, calls);
            return false;
        }
        core.meeting = nullptr;
        calls.may_go_on(meetings_.leave(meeting, [&] { return calls.cancelled(); }));
        return true;
    }
    /// Leaves the core first: who is woken may find the next order on it.
    template <class Calls>
    void finish(Core& core, int index, Calls& calls) noexcept {
        if (clock_ != nullptr) core.side.ends(clock_->now());
        core.side.finish();
        turn(index).leave();
        calls.finished();
    }

    Board& board_;
    std::vector<CoreTurn> turns_;
    std::vector<Core> cores_;
    CohortMeetings meetings_;
    const RecordingClock* clock_ = nullptr;  ///< read behind an order (chip-1)
};

}  // namespace weir::chip
