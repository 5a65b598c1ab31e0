// SPDX-License-Identifier: Apache-2.0
/// The host threads of a chip on the wall clock: its control threads and its cores, in turn. There are as
/// many as cores that the process may use, or as was asked for, whatever the chip has; the program's thread
/// is the first of them while it waits, and runs the program else. So no more threads of a run are busy than
/// that; who records or watches it adds a thread that looks now and then.
///
///     a round (host_loop.hpp)   each control thread of which nobody has the turn: its loop (ControlLoops)
///                               each core that has something to do: one call, or up to where that waits
///                               (Cores); after some microseconds of that the round begins anew
///
/// The others begin and end a run at a gate (RunGate), outside of which they touch nothing.
#pragma once

#include <vector>

#include "model/sync.hpp"
#include "platform/chip/control_loops.hpp"
#include "platform/chip/cores.hpp"
#include "platform/chip/run_gate.hpp"
#include "scheduler/idle_threads.hpp"
#include "scheduler/scheduler.hpp"

namespace weir::chip {

class HostThreads {
public:
    /// Starts threads 1 .. threads - 1 of the scheduler; thread 0 is the program's. `compute`: kernels are
    /// called. `pin`: each of them is bound to a core of its own. Throws system when the operating system
    /// refuses one, after ending those already started.
    HostThreads(ControlLoops& loops, Cores& cores, Scheduler& scheduler, bool compute, bool pin);
    HostThreads(const HostThreads&) = delete;
    HostThreads& operator=(const HostThreads&) = delete;
    /// No run is under way.
    ~HostThreads();

    /// Program's thread: a run begins with what `set_up()` does.
    template <class SetUp>
    void begin_run(const SetUp& set_up) {
        gate_.open(
            static_cast<int>(threads_.size()), [this] { wake_all(); }, set_up);
    }
    /// Program's thread: everything is CONSUMED. Nobody touches anything of the run behind it.
    void end_run() noexcept {
        gate_.close([this] { wake_all(); });
    }

    /// Program's thread: is the first host thread until `entry` has reached the state, or the run is to be
    /// told of.
    void wait(const TaskEntry& entry, TaskState wanted) noexcept;

private:
    class Host;

    void serve(int host) noexcept;
    void stop() noexcept;
    void wake_all() noexcept { scheduler_.idle().wake_all(); }

    ControlLoops& loops_;
    Cores& cores_;
    Scheduler& scheduler_;
    bool compute_, pin_;
    RunGate gate_;
    std::vector<sync::Thread> threads_;
};

}  // namespace weir::chip
