// SPDX-License-Identifier: Apache-2.0
#include "platform/chip/wall_clock.hpp"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

#include <weir/error.hpp>

#include "model/clock.hpp"
#include "platform/chip/clusters.hpp"
#include "platform/thread_role.hpp"
#include "scheduler/placement.hpp"

namespace weir::chip {

namespace {

std::chrono::nanoseconds time_of(std::uint64_t ticks) noexcept {
    return std::chrono::nanoseconds(ticks * 1000 / ticks_per_us());
}

}  // namespace

WallClock::WallClock(Chip chip, bool compute, bool early_dispatch, int core_threads)
    : chip_(std::move(chip)),
      board_(chip_, early_dispatch ? this : nullptr),
      cores_(board_),
      compute_(compute),
      core_thread_count_(core_threads),
      times_(chip_.control_threads) {
    for (int thread = 0; thread < chip_.threads(); ++thread) loops_.emplace_back(board_, thread);
}

void WallClock::attach(Scheduler& scheduler) {
    scheduler_ = &scheduler;
    board_.attach(scheduler.lifecycle());
    idle_.emplace(chip_.threads(), scheduler.idle());
    core_threads_.emplace(cores_, scheduler, *idle_, core_thread_count_, compute_);
    control_threads_.reserve(loops_.size());
    try {
        for (int thread = 0; thread < orchestrator(); ++thread)
            control_threads_.emplace_back([this, thread] { control(thread); });
    } catch (const std::system_error& error) {
        detach();
        throw Error(ErrorCode::system, std::string("starting a control thread of a chip failed: ") +
                                           error.what() + "; raise the process's limits of threads");
    }
}

void WallClock::detach() noexcept {
    gate_.close(waker());
    gate_.stop();
    for (sync::Thread& thread : control_threads_) thread.join();
    control_threads_.clear();
    core_threads_.reset();
}

void WallClock::begin_run(const std::array<std::uint64_t, kRings>&) {
    gate_.open(orchestrator(), waker(), [this] { set_up_run(); });
}

void WallClock::set_up_run() {
    board_.begin_run();
    for (int core = 0; core < cores_.count(); ++core) cores_.core(core).busy_ticks = 0;
    begun_ = now_ticks();
    waiting_ = program_ended_ = 0;
    program_has_ended_ = false;
    idle_->set_joined(false);
    for (int thread = 0; thread < chip_.threads(); ++thread) {
        const ClusterRange own = clusters_of(chip_, thread);
        loop(thread).begin_run(own.first, own.count);
        times(thread) = {};
        times(thread).mark = begun_;
    }
}

void WallClock::control(int thread) noexcept {
    sync::name_this_thread("weir-control");
    ThreadRole::enter_worker();
    std::uint64_t seen = 0;
    while (gate_.enter(seen)) {
        schedule(thread, [this] { return gate_.over(); });
        gate_.leave();
    }
}

template <class Done>
void WallClock::schedule(int thread, const Done& done) noexcept {
    IdleThreads& idle = idle_->of(thread);
    const int place = idle_->place(thread);
    bool did = true;
    std::uint64_t last = 0;  // when a pass found something
    while (!done()) {
        const ControlThread::Step step = this->step(thread);
        did |= step.did;
        if (!step.pass_begins) continue;
        // A pass has ended.
        const std::uint64_t now = now_ticks();
        if (std::exchange(did, false)) last = now;
        if (now - last < ticks_of_ns(kSpinNs)) {
            sync::yield();
            continue;
        }
        idle.enter(place);
        if (done() || finds_something(thread))
            idle.leave(place);
        else
            idle.park(place);
        last = now_ticks();
    }
}

/// Whether a pass would: in a look, or by reading the status of a core.
bool WallClock::finds_something(int thread) noexcept {
    if (loop(thread).would_act()) return true;
    bool finished = false;
    loop(thread).each_busy([&](int core) { finished |= board_.owner(core).finished() != 0; });
    return finished;
}

ControlThread::Step WallClock::step(int thread) noexcept {
    using Action = ControlThread::Action;
    ControlThread& loop = this->loop(thread);
    if (loop.action() == Action::dispatch)
        for (const Assigned& assigned : loop.orders()) cores_.dispatches(assigned.core, thread);
    const ControlThread::Step step = loop.step();
    note(thread, step);
    if (step.action == Action::dispatch)
        for (std::size_t i = 0; i < step.orders.size(); ++i) core_threads_->wake_one();
    // Tasks may have become ready, or may be staged, or a cluster was given: a look that did something, but
    // has taken no task.
    const bool shared = step.action == Action::look && step.did && loop.action() == Action::look;
    if (step.action == Action::complete || step.listed || shared) idle_->wake_others(thread);
    return step;
}

void WallClock::note(int thread, const ControlThread::Step& step) noexcept {
    using Action = ControlThread::Action;
    Times& times = this->times(thread);
    const std::uint64_t now = now_ticks();
    const std::uint64_t took = now - std::exchange(times.mark, now);
    if (step.action == Action::complete) {
        times.completing += took;
        times.last_task = now;
    } else if (step.action == Action::dispatch) {
        times.dispatching += took;
    } else if (loop(thread).anything_under_way()) {
        times.polling += took;
    } else {
        times.idle += took;
    }
}

/// By whatever thread opens the gate.
void WallClock::gate_opened(int last) noexcept {
    for (int cores = cores_.gate_opened(last); cores > 0; --cores) core_threads_->wake_one();
}

void WallClock::wired(TaskSlot& task, UnfinishedProducers& producers) noexcept {
    if (board_.early().wired(task, producers)) idle_->wake_others(orchestrator());
}

void WallClock::hand_over(TaskSlot& task) noexcept {
    board_.push(task);
    idle_->wake_others(orchestrator());
}

void WallClock::wait(const TaskEntry& entry, TaskState wanted) noexcept {
    if (!program_has_ended_) return wait_held_back(entry, wanted);
    // What wakes the orchestrator's control thread when its last task is done.
    scheduler_->idle().await(&entry);
    schedule(orchestrator(), [&] {
        // release-1, release-2: the state that the waterline will read.
        return reached(entry.state.load(std::memory_order_acquire), wanted) || scheduler_->control().asked();
    });
    scheduler_->idle().await(nullptr);
}

/// The schedulers do all that is to be done.
void WallClock::wait_held_back(const TaskEntry& entry, TaskState wanted) noexcept {
    const std::uint64_t start = now_ticks();
    const auto done = [&] {
        // release-1, release-2: as above.
        return reached(entry.state.load(std::memory_order_acquire), wanted) || scheduler_->control().asked();
    };
    while (!done() && now_ticks() - start < ticks_of_ns(kSpinNs)) sync::yield();
    IdleThreads& idle = scheduler_->idle();
    idle.await(&entry);
    while (!done()) {
        idle.enter(0);
        // The second look, behind the heavy fence in enter (idle-2).
        if (done())
            idle.leave(0);
        else
            idle.park(0);
    }
    idle.await(nullptr);
    waiting_ += now_ticks() - start;
}

void WallClock::program_ended() noexcept {
    program_ended_ = now_ticks();
    program_has_ended_ = true;
    times(orchestrator()).mark = program_ended_;
    if (ThreadRecorder* const recorder = loop(orchestrator()).recorder(); recorder != nullptr)
        recorder->look();
    board_.share_clusters();
    idle_->set_joined(true);
    idle_->wake_others(orchestrator());
}

std::chrono::nanoseconds WallClock::now() const noexcept {
    return std::chrono::steady_clock::now().time_since_epoch();
}

std::unique_ptr<RunRecorder> WallClock::make_recorder() {
    return std::make_unique<RunRecorder>(chip_.threads());
}

/// No control thread is behind the gate, and no core has an order.
void WallClock::record(RunRecorder* recorder) noexcept {
    cores_.record(recorder != nullptr ? &recorder->clock() : nullptr);
    for (int thread = 0; thread < chip_.threads(); ++thread)
        loop(thread).record(recorder != nullptr ? &recorder->thread(recorded_thread(chip_, thread))
                                                : nullptr);
}

void WallClock::end_run(ChipFigures& figures) {
    gate_.close(waker());
    for (ControlThread& loop : loops_)
        if (ThreadRecorder* const recorder = loop.recorder(); recorder != nullptr)
            recorder->idle_until(false, recorder->now());
    put_chip(chip_, figures);
    figures.clock = ChipClock::wall;
    std::uint64_t last = program_ended_;
    for (const Times& thread : times_) {
        last = std::max(last, thread.last_task);
        figures.polling += time_of(thread.polling);
        figures.completing += time_of(thread.completing);
        figures.dispatching += time_of(thread.dispatching);
        figures.idle += time_of(thread.idle);
    }
    figures.scheduler_time = figures.polling + figures.completing + figures.dispatching + figures.idle;
    for (int core = 0; core < cores_.count(); ++core)
        (chip_.type_of(core) == CoreKind::aic ? figures.aic_busy : figures.aiv_busy) +=
            time_of(cores_.core(core).busy_ticks);
    figures.makespan = time_of(last - begun_);
    figures.orchestrator_time = time_of(program_ended_ - begun_);
    figures.waiting = time_of(waiting_);
    figures.submitting = figures.orchestrator_time - figures.waiting;
}

}  // namespace weir::chip
