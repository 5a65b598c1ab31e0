// SPDX-License-Identifier: Apache-2.0
/// Where the calls of a cohort (LaunchRecord::starts_together) meet on the wall clock: before they start, and
/// in each barrier. A call that has come is no thread's until all have come; then every core of the cohort is
/// resumable.
///
///     join (on taking the order)      arrive (in a barrier)        leave (the call has returned)
///              |                               |                                 |
///              +---------> all that are in the cohort have come? <---------------+
///                             | yes
///                             v
///                     every core that waits may go on; when the run has ended early their barriers throw
///
/// A cohort has a meeting from its first call's `join` to its last call's `leave`, which comes before the
/// last order of the task is finished; so a slot that is used again is never taken for the task before. Each
/// call of a cohort has a core to itself, so there are no more meetings at once than cores.
///
/// | field                  | written by | | meetings               | under the lock | |
/// CohortMeeting::cancelled | under the lock; read by who is a core of the cohort and goes on (core-1)     |
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "model/sync.hpp"
#include "platform/chip/core_turn.hpp"

namespace weir {
struct TaskSlot;
}

namespace weir::chip {

struct CohortMeeting {
    const TaskSlot* task = nullptr;  ///< null: nobody meets here
    std::uint32_t calls = 0;         ///< that have not returned
    std::uint32_t arrived = 0;
    int first = -1;          ///< of the cores that have come, linked
    bool cancelled = false;  ///< the run ends: barriers throw from here on
};

class CohortMeetings {
public:
    /// For so many cores, with their turns.
    explicit CohortMeetings(std::vector<CoreTurn>& turns)
        : turns_(turns), meetings_(turns.size()), next_(turns.size(), -1) {}

    /// The meeting of a call that a core has taken; the core's thread leaves it waiting and then arrives.
    [[nodiscard]] CohortMeeting& join(const TaskSlot& task, std::uint32_t calls) noexcept {
        const std::lock_guard lock(mutex_);
        CohortMeeting* unused = nullptr;
        for (CohortMeeting& meeting : meetings_) {
            if (meeting.task == &task) return meeting;
            if (meeting.task == nullptr && unused == nullptr) unused = &meeting;
        }
        assert(unused != nullptr);
        *unused = {&task, calls, 0, -1, false};
        return *unused;
    }
    /// The call on `core`, which waits, has come. Returns how many may go on: all, when it was the last, else
    /// none. `cancelled()` tells whether the run has ended early.
    template <class Cancelled>
    [[nodiscard]] int arrive(CohortMeeting& meeting, int core, const Cancelled& cancelled) noexcept {
        const std::lock_guard lock(mutex_);
        next_[static_cast<std::size_t>(core)] = meeting.first;
        meeting.first = core;
        return ++meeting.arrived == meeting.calls ? go_on(meeting, cancelled) : 0;
    }
    /// A call has returned. As `arrive`, for the others.
    template <class Cancelled>
    [[nodiscard]] int leave(CohortMeeting& meeting, const Cancelled& cancelled) noexcept {
        const std::lock_guard lock(mutex_);
        if (--meeting.calls == 0) {
            meeting.task = nullptr;
            return 0;
        }
        return meeting.arrived == meeting.calls ? go_on(meeting, cancelled) : 0;
    }

private:
    template <class Cancelled>
    int go_on(CohortMeeting& meeting, const Cancelled& cancelled) noexcept {
        meeting.cancelled = cancelled();
        const auto arrived = static_cast<int>(std::exchange(meeting.arrived, 0));
        for (int core = meeting.first; core >= 0;) {
            const auto index = static_cast<std::size_t>(core);
            core = next_[index];
            turns_[index].may_go_on();
        }
        meeting.first = -1;
        return arrived;
    }

    std::vector<CoreTurn>& turns_;
    sync::Mutex mutex_;
    std::vector<CohortMeeting> meetings_;
    std::vector<int> next_;  ///< by core: another one that has come to the same meeting
};

}  // namespace weir::chip
