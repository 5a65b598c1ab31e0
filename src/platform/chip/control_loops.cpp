// SPDX-License-Identifier: Apache-2.0
#include "platform/chip/control_loops.hpp"

#include <algorithm>
#include <utility>

#include "model/clock.hpp"
#include "platform/chip/clusters.hpp"
#include "platform/chip/platform.hpp"

namespace weir::chip {

namespace {

/// That do something, of one turn: then the host thread looks whether it is still wanted here.
constexpr int kStepsOfATurn = 64;

/// Whether it has something in hand, which others wait for.
bool holds_something(const ControlThread& control) noexcept {
    return control.action() == ControlThread::Action::complete ||
           control.action() == ControlThread::Action::dispatch;
}

}  // namespace

ControlLoops::ControlLoops(Board& board)
    : board_(board),
      turns_(std::make_unique<ControlTurn[]>(static_cast<std::size_t>(board.chip().threads()))) {
    loops_.reserve(static_cast<std::size_t>(board.chip().threads()));
    for (int thread = 0; thread < board.chip().threads(); ++thread) loops_.emplace_back(board, thread);
    static_cast<void>(turn(orchestrator()).take());
}

void ControlLoops::begin_run(std::uint64_t now) {
    for (int thread = 0; thread < count(); ++thread) {
        const ClusterRange own = clusters_of(board_.chip(), thread);
        Loop& loop = this->loop(thread);
        loop.control.begin_run(own.first, own.count);
        loop.mark = now;
        loop.polling = loop.completing = loop.dispatching = loop.idle = loop.last_task = 0;
    }
}

void ControlLoops::record(RunRecorder* recorder) noexcept {
    for (int thread = 0; thread < count(); ++thread)
        loop(thread).control.record(
            recorder != nullptr ? &recorder->thread(recorded_thread(board_.chip(), thread)) : nullptr);
}

std::uint64_t ControlLoops::end_run(ChipFigures& figures) noexcept {
    std::uint64_t last = 0;
    for (Loop& loop : loops_) {
        note(loop, ControlThread::Action::look);  // up to now nobody was it
        if (ThreadRecorder* const recorder = loop.control.recorder(); recorder != nullptr)
            recorder->idle_until(false, recorder->now());
        last = std::max(last, loop.last_task);
        figures.polling += time_of_ticks(loop.polling);
        figures.completing += time_of_ticks(loop.completing);
        figures.dispatching += time_of_ticks(loop.dispatching);
        figures.idle += time_of_ticks(loop.idle);
    }
    return last;
}

bool ControlLoops::serve(int thread) noexcept {
    if (!schedules(thread) || !turn(thread).take()) return false;
    Loop& loop = this->loop(thread);
    note(loop, ControlThread::Action::look);  // up to now nobody was it
    bool did = false;
    do did |= steps(loop);
    while (!turn(thread).leave());
    return did;
}

bool ControlLoops::something_to_do(int thread) noexcept {
    if (!schedules(thread) || !turn(thread).take_or_ask()) return false;
    const ControlThread& control = loop(thread).control;
    bool finds = false;
    do {
        finds = control.would_act();
        control.each_busy([&](int core) { finds |= board_.owner(core).finished() != 0; });
    } while (!turn(thread).leave());
    return finds;
}

void ControlLoops::program_ended(std::uint64_t now) noexcept {
    Loop& loop = this->loop(orchestrator());
    loop.mark = now;
    if (ThreadRecorder* const recorder = loop.control.recorder(); recorder != nullptr) recorder->look();
    board_.share_clusters();
    hosts_->wake_one();
}

void ControlLoops::lend() noexcept {
    // Whoever has asked parked for the program's thread to look. It does so next, or, if what it waits for
    // has come, when it waits again: until everything is CONSUMED.
    while (!turn(orchestrator()).leave()) {
    }
}

void ControlLoops::take_back() noexcept {
    while (!turn(orchestrator()).take()) sync::yield();
}

/// Up to the end of a pass; a whole one when the turn before came as far. So a turn that has done nothing has
/// seen everything.
bool ControlLoops::steps(Loop& loop) noexcept {
    int left = kStepsOfATurn;
    for (bool first = true; left > 0 || holds_something(loop.control); first = false) {
        const ControlThread::Step step = this->step(loop);
        if (step.did) --left;
        if (step.pass_begins && !first) break;
    }
    return left != kStepsOfATurn;
}

ControlThread::Step ControlLoops::step(Loop& loop) noexcept {
    const ControlThread::Step step = loop.control.step();
    note(loop, step.action);
    // What else it has done, such as to make tasks ready, is for control threads, at which this host thread
    // looks next.
    if (step.action == ControlThread::Action::dispatch)
        for (std::size_t i = 0; i < step.orders.size(); ++i) hosts_->wake_one();
    return step;
}

void ControlLoops::note(Loop& loop, ControlThread::Action action) noexcept {
    const std::uint64_t now = now_ticks();
    const std::uint64_t took = now - std::exchange(loop.mark, now);
    if (action == ControlThread::Action::complete) {
        loop.completing += took;
        loop.last_task = now;
    } else if (action == ControlThread::Action::dispatch) {
        loop.dispatching += took;
    } else if (loop.control.anything_under_way()) {
        loop.polling += took;
    } else {
        loop.idle += took;
    }
}

}  // namespace weir::chip
