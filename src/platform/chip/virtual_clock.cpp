// SPDX-License-Identifier: Apache-2.0
#include "platform/chip/virtual_clock.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

#include "platform/chip/clusters.hpp"

namespace weir::chip {

VirtualClock::VirtualClock(Chip chip, const ChipOptions& options)
    : chip_(std::move(chip)),
      board_(chip_),
      durations_(chip_, options),
      schedule_(chip_, options.schedule_file),
      compute_(options.compute),
      skip_(options.skip_idle_polling),
      cores_(static_cast<std::size_t>(chip_.core_count())),
      events_(cores_.size() + chip_.control_threads) {
    for (std::size_t core = 0; core < cores_.size(); ++core)
        cores_[core].side.attach(board_.handshake(static_cast<int>(core)));
    for (int index = 0; index < chip_.threads(); ++index) loops_.emplace_back(board_, index);
    threads_.resize(chip_.control_threads);
}

LaunchLimits VirtualClock::limits() const noexcept {
    const auto clusters = static_cast<std::uint32_t>(chip_.clusters);
    return {chip_.name.c_str(), {clusters, 2 * clusters, clusters}, kClusterCores * clusters};
}

void VirtualClock::attach(Scheduler& scheduler) {
    scheduler_ = &scheduler;
    board_.attach(scheduler.lifecycle());
}

void VirtualClock::begin_run(const std::array<std::uint64_t, kRings>& first_numbers) {
    now_ = program_ended_ = last_task_ = submitting_ = waiting_ = 0;
    schedule_.begin_run(first_numbers);
    board_.begin_run();
    for (Core& core : cores_) core.busy = 0;
    for (std::size_t index = 0; index < threads_.size(); ++index) {
        threads_[index] = {};
        const ClusterRange own = clusters_of(chip_, static_cast<int>(index));
        loops_[index].begin_run(own.first, own.count);
        events_.set(actor_of(index), kNever);
        if (index != orchestrator()) start_thread(index, 0);
    }
}

void VirtualClock::start_thread(std::size_t index, Time time) noexcept {
    Thread& thread = threads_[index];
    thread.active = true;
    thread.begun = thread.idle_since = time;
    schedule(index, time, false);
}

void VirtualClock::end_run(ChipFigures& figures) {
    using std::chrono::nanoseconds;
    const auto add = [](nanoseconds& sum, Time time) { sum += nanoseconds(time); };
    const Time makespan = std::max(program_ended_, last_task_);
    figures.chip = chip_.name;
    figures.clock = ChipClock::virtual_time;
    figures.aic_cores = chip_.cluster_count();
    figures.aiv_cores = chip_.core_count() - chip_.cluster_count();
    figures.control_threads = chip_.threads();
    add(figures.makespan, makespan);
    for (std::size_t core = 0; core < cores_.size(); ++core)
        add(chip_.type_of(static_cast<int>(core)) == CoreKind::aic ? figures.aic_busy : figures.aiv_busy,
            cores_[core].busy);
    for (Thread& thread : threads_) {
        const Time total = makespan - thread.begun;
        if (thread.idle_since != kNever) thread.idle += makespan - std::min(makespan, thread.idle_since);
        add(figures.scheduler_time, total);
        add(figures.completing, thread.completing);
        add(figures.dispatching, thread.dispatching);
        add(figures.idle, thread.idle);
        add(figures.polling, total - thread.completing - thread.dispatching - thread.idle);
    }
    add(figures.orchestrator_time, program_ended_);
    add(figures.submitting, submitting_);
    add(figures.waiting, waiting_);
    schedule_.finish(program_ended_, last_task_);
}

void VirtualClock::before_submit(const detail::SubmitRequest& request) {
    durations_.check(request);
    const Time cost = chip_.submit_ns + chip_.submit_tensor_ns * request.argument_count;
    now_ += cost;
    submitting_ += cost;
    run_until(now_);
}

void VirtualClock::hand_over(TaskSlot& task) noexcept {
    board_.push(task);
    wake_all(now_, actor_of(orchestrator()));
}

void VirtualClock::wait(const TaskEntry& entry, TaskState wanted) noexcept {
    // Relaxed: one thread does everything.
    while (!reached(entry.state.load(std::memory_order_relaxed), wanted)) {
        const Time time = events_.next_time();
        assert(time != kNever);  // whatever has been submitted can finish without the program
        happen();
        if (time <= now_) continue;
        if (!threads_[orchestrator()].active) waiting_ += time - now_;
        now_ = time;
    }
    run_until(now_);  // what the program does next comes behind all that happens at the same time
}

void VirtualClock::program_ended() noexcept {
    run_until(now_);
    program_ended_ = now_;
    board_.share_clusters();
    start_thread(orchestrator(), now_);
    wake_all(now_, actor_of(orchestrator()));
}

std::chrono::nanoseconds VirtualClock::now() const noexcept { return std::chrono::nanoseconds(now_); }

void VirtualClock::run_until(Time limit) noexcept {
    while (events_.next_time() <= limit) happen();
}

/// The next event.
void VirtualClock::happen() noexcept {
    const std::size_t actor = events_.first();
    const Time time = events_.next_time();
    if (actor < cores_.size())
        core_event(actor, time);
    else
        thread_event(actor - cores_.size(), time);
}

void VirtualClock::core_event(std::size_t index, Time time) noexcept {
    Core& core = cores_[index];
    if (core.state == Core::State::starting) {
        TaskSlot& task = *core.side.next()->task;
        core.side.acknowledge();
        core.state = Core::State::running;
        const Time duration = run_kernel(index, task);
        ScheduledTask& scheduled = core.tasks[core.started++ % kOrdersUnderWay];
        scheduled.started = time;
        scheduled.ended = time + duration;
        core.busy += duration;
        events_.set(index, time + duration);
        return;
    }
    core.side.finish();
    const bool staged = core.side.next() != nullptr;
    core.state = staged ? Core::State::starting : Core::State::idle;
    events_.set(index, staged ? time + chip_.next_ns : kNever);
}

Time VirtualClock::run_kernel(std::size_t core, TaskSlot& task) noexcept {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point start = durations_.measured() ? Clock::now() : Clock::time_point();
    if (compute_ && !scheduler_->control().stopped()) scheduler_->run_all_calls(scheduler_->thread(0), task);
    Time host = 0;
    if (durations_.measured())
        host = static_cast<Time>(std::chrono::nanoseconds(Clock::now() - start).count());
    return durations_.of(task, chip_.type_of(static_cast<int>(core)), host);
}

void VirtualClock::thread_event(std::size_t index, Time time) noexcept {
    threads_[index].sleeps = false;
    const ControlThread::Step step = loops_[index].step();
    note(index, step, time);
    schedule(index, time, step.pass_begins);
    if (step.action != ControlThread::Action::read) wake_all(time, actor_of(index));
}

/// What a step means for cores, times and the schedule.
void VirtualClock::note(std::size_t index, const ControlThread::Step& step, Time time) noexcept {
    using Action = ControlThread::Action;
    Thread& thread = threads_[index];
    if (step.action == Action::look && step.did) {
        if (const TaskSlot* const task = loops_[index].task(); task != nullptr)
            thread.scheduled = {detail::TaskRef(task->ring, task->entry->number),
                                task->kernel,
                                static_cast<int>(index),
                                -1,
                                time,
                                time,
                                time,
                                0};
    }
    if (step.action == Action::dispatch) {
        thread.dispatching += chip_.dispatch_ns;
        Core& core = cores_[static_cast<std::size_t>(step.core)];
        thread.scheduled.core = step.core;
        thread.scheduled.dispatched = time;
        core.tasks[core.dispatched++ % kOrdersUnderWay] = thread.scheduled;
        if (core.state == Core::State::idle) {
            core.state = Core::State::starting;
            events_.set(static_cast<std::size_t>(step.core), time + chip_.start_ns);
        }
    }
    if (step.action == Action::complete) {
        thread.completing += chip_.complete_ns;
        last_task_ = std::max(last_task_, time);
        if (step.core >= 0) {
            Core& core = cores_[static_cast<std::size_t>(step.core)];
            thread.scheduled = core.tasks[core.completed++ % kOrdersUnderWay];
            thread.scheduled.thread = static_cast<int>(index);
        }
        thread.scheduled.completed = time;
        schedule_.add(thread.scheduled);
    }
    const bool works =
        loops_[index].action() == Action::complete || loops_[index].action() == Action::dispatch;
    const bool idle = !works && !loops_[index].anything_under_way();
    if (idle && thread.idle_since == kNever) thread.idle_since = time;
    if (!idle && thread.idle_since != kNever) {
        thread.idle += time - thread.idle_since;
        thread.idle_since = kNever;
    }
}

/// The thread's action under way began at `time`: when is it to step again?
void VirtualClock::schedule(std::size_t index, Time time, bool pass_begins) noexcept {
    if (!skip_)
        events_.set(actor_of(index), time + loops_[index].cost());
    else if (pass_begins)
        sleep(index, time);
    else
        read_ahead(index, time);
}

/// The earliest time at which the status of a core may become another one than its owner has seen.
Time VirtualClock::next_change(int core) const noexcept {
    return board_.owner(core).finished() != 0 ? 0 : events_.time_of(static_cast<std::size_t>(core));
}

/// Goes over reads that see nothing, up to the first that may see something or to the next look.
void VirtualClock::read_ahead(std::size_t index, Time time) noexcept {
    ControlThread& loop = loops_[index];
    while (loop.action() == ControlThread::Action::read &&
           next_change(loop.read_core()) > time + loop.cost()) {
        time += loop.cost();
        loop.skip_read();
    }
    events_.set(actor_of(index), time + loop.cost());
}

/// A pass begins at `time`: goes over passes in which no core's status changes.
void VirtualClock::sleep(std::size_t index, Time time) noexcept {
    Thread& thread = threads_[index];
    Time change = kNever;
    loops_[index].each_busy([&](int core) { change = std::min(change, next_change(core)); });
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
    // In the pass that it slept up to, it goes on as it would have: a core may have finished behind a read of
    // that pass. In an earlier one nothing has changed yet.
    if (passes >= thread.passes) return;
    loops_[index].restart_pass();
    read_ahead(index, thread.slept + passes * thread.pass);
}

void VirtualClock::wake_all(Time time, std::size_t by) noexcept {
    for (std::size_t index = 0; index < threads_.size(); ++index)
        if (threads_[index].sleeps && actor_of(index) != by && loops_[index].would_act())
            wake(index, time, by);
}

}  // namespace weir::chip
