// SPDX-License-Identifier: Apache-2.0
/// When control threads of the virtual clock step next: reads and passes that see nothing are skipped.
#include <algorithm>

#include "platform/chip/virtual_clock.hpp"

namespace weir::chip {

/// The thread's action under way began at `time`: when is it to step again?
void VirtualClock::schedule(std::size_t index, Time time, bool pass_begins) noexcept {
    if (!skip_)
        events_.set(actor_of(index), time + loops_[index].cost());
    else if (pass_begins)
        sleep(index, time);
    else
        read_ahead(index, time);
}

/// After all that happens to a core, and when its owner has seen some of it.
void VirtualClock::note_change(std::size_t index, Time time) noexcept {
    // A core that waits for others, or at a gate, has no event: it changes when `start_waiting` says so.
    const bool unseen = board_.owner(static_cast<int>(index)).finished() != 0;
    // Of what was not yet seen the moment stays known, for who goes over reads again.
    changes_[index] = unseen ? std::min(changes_[index], time) : events_.time_of(index);
}

/// Goes over reads that see nothing, up to the first that may see something or to the next look.
void VirtualClock::read_ahead(std::size_t index, Time time) noexcept {
    ControlThread& loop = loops_[index];
    Thread& thread = threads_[index];
    thread.ahead = loop.action() == ControlThread::Action::read;
    thread.ahead_from = time;
    thread.ahead_place = loop.place();
    time = loop.skip_reads(time, changes_);
    events_.set(actor_of(index), time + loop.cost());
}

/// A pass begins at `time`: goes over passes in which no core's status changes.
void VirtualClock::sleep(std::size_t index, Time time) noexcept {
    Thread& thread = threads_[index];
    Time change = kNever;
    loops_[index].each_busy(
        [&](int core) { change = std::min(change, changes_[static_cast<std::size_t>(core)]); });
    thread.sleeps = true;
    thread.slept = time;
    thread.pass = loops_[index].idle_pass_cost();
    if (change == kNever) {
        thread.passes = kNever;
        events_.set(actor_of(index), kNever);
        return;
    }
    thread.passes = change > time ? (change - time - 1) / thread.pass : 0;
    read_ahead(index, time + thread.passes * thread.pass);
}

/// `by` has done something at `time` that the look of a sleeping thread would find.
void VirtualClock::wake(std::size_t index, Time time, std::size_t by) noexcept {
    Thread& thread = threads_[index];
    thread.sleeps = false;
    Time passes = (time - thread.slept) / thread.pass;  // whole ones up to then
    const bool look_is_now = passes != 0 && passes * thread.pass == time - thread.slept;
    if (look_is_now && actor_of(index) > by) --passes;
    note_passes(index, std::min(passes, thread.passes));
    // In the pass that it slept up to, it goes on as it would have: a core may have finished behind a read of
    // that pass. In an earlier one nothing has changed yet.
    if (passes >= thread.passes) return;
    loops_[index].restart_pass();
    read_ahead(index, thread.slept + passes * thread.pass);
}

void VirtualClock::wake_all(Time time, std::size_t by) noexcept {
    if (!board_.anything_waits()) return;
    for (std::size_t index = 0; index < threads_.size(); ++index)
        if (threads_[index].sleeps && actor_of(index) != by && loops_[index].would_act())
            wake(index, time, by);
}

/// From where it went over reads, since a core's status changes earlier than was known.
void VirtualClock::go_over_again(std::size_t index) noexcept {
    Thread& thread = threads_[index];
    if (thread.sleeps) {
        loops_[index].restart_pass();
        sleep(index, thread.slept);
    } else if (thread.ahead) {
        loops_[index].go_back(thread.ahead_place);
        read_ahead(index, thread.ahead_from);
    }
}

}  // namespace weir::chip
