// SPDX-License-Identifier: Apache-2.0
#include "platform/chip/virtual_clock.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

#include <weir/error.hpp>

#include "platform/chip/clusters.hpp"

namespace weir::chip {

VirtualClock::VirtualClock(Chip chip, const ChipOptions& options)
    : chip_(std::move(chip)),
      board_(chip_, options.early_dispatch ? this : nullptr),
      durations_(chip_, options),
      schedule_(chip_, options.schedule_file),
      kernel_times_{options.kernel_times_file, options.kernel_medians},
      compute_(options.compute),
      skip_(options.skip_idle_polling),
      cores_(static_cast<std::size_t>(chip_.core_count())),
      events_(cores_.size() + chip_.control_threads, chip_.control_threads),
      changes_(cores_.size(), kNever) {
    for (std::size_t core = 0; core < cores_.size(); ++core)
        cores_[core].side.attach(board_.handshake(static_cast<int>(core)));
    for (int index = 0; index < chip_.threads(); ++index) loops_.emplace_back(board_, index);
    threads_.resize(chip_.control_threads);
    gathering_.reserve(cores_.size());
    opened_.reserve(cores_.size());
}

LaunchLimits VirtualClock::limits() const noexcept { return board_.limits(); }

void VirtualClock::attach(Scheduler& scheduler) {
    scheduler_ = &scheduler;
    board_.attach(scheduler.lifecycle());
}

void VirtualClock::begin_run(const std::array<std::uint64_t, kRings>& first_numbers) {
    epoch_ += std::max(now_, last_task_) + 1;
    told_ = 0;
    now_ = program_ended_ = last_task_ = submitting_ = waiting_ = 0;
    if (!simulated_) schedule_.begin_run(first_numbers);
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
    put_chip(chip_, figures);
    figures.host_time_factor = durations_.host_time_factor();
    add(figures.makespan, makespan);
    end_recording(makespan);
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
    simulated_ = false;
    submits_left_ = kUnlimited;
    schedule_.finish(program_ended_, last_task_);
}

void VirtualClock::simulate(std::uint64_t most_tasks) noexcept {
    simulated_ = true;
    submits_left_ = most_tasks;
}

void VirtualClock::check(const detail::KernelRecord& kernel, const detail::SubmitRequest& request) {
    durations_.check(kernel, request);
}

void VirtualClock::before_submit(const detail::SubmitRequest& request) {
    if (submits_left_ == 0)
        throw Error(ErrorCode::cancelled, "the simulated run ends here: it has as many tasks as it may have");
    --submits_left_;
    check(*request.kernel, request);
    const Time cost = chip_.submit_ns + chip_.submit_tensor_ns * request.argument_count;
    now_ += cost;
    submitting_ += cost;
    run_until(now_);
}

bool VirtualClock::dispatches_early() const noexcept { return board_.early().on(); }

void VirtualClock::wired(TaskSlot& task, UnfinishedProducers& producers) noexcept {
    if (board_.early().wired(task, producers)) wake_all(now_, actor_of(orchestrator()));
}

void VirtualClock::hand_over(TaskSlot& task) noexcept {
    board_.push(task);
    assert(opened_.empty());  // nothing has happened since it was wired, so it is on no core
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
    if (ThreadRecorder* const recorder = loops_[orchestrator()].recorder(); recorder != nullptr)
        recorder->look();
    board_.share_clusters();
    start_thread(orchestrator(), now_);
    wake_all(now_, actor_of(orchestrator()));
}

std::chrono::nanoseconds VirtualClock::now() const noexcept { return std::chrono::nanoseconds(now_); }

void VirtualClock::run_until(Time limit) noexcept {
    while (events_.next_time() <= limit) happen();
    told_ = now_;
}

/// The next event.
void VirtualClock::happen() noexcept {
    const std::size_t actor = events_.first();
    const Time time = events_.next_time();
    told_ = time;
    if (actor < cores_.size())
        core_event(actor, time);
    else
        thread_event(actor - cores_.size(), time);
}

void VirtualClock::core_event(std::size_t index, Time time) noexcept {
    Core& core = cores_[index];
    if (core.state == Core::State::starting) {
        const Order order = *core.side.next();
        if (recorded_) core.side.starts(told());
        core.side.acknowledge();
        core.state = Core::State::running;
        const Time duration = run_call(index, order);
        ScheduledTask& scheduled = core.tasks[core.started++ % kOrdersUnderWay];
        scheduled.started = time;
        scheduled.ended = time + duration;
        core.busy += duration;
        events_.set(index, time + duration);
        note_change(index, time);
        return;
    }
    if (recorded_) core.side.ends(told());
    core.side.finish();
    const bool staged = core.side.next() != nullptr;
    const bool gated = staged && waits_at_gate(index);
    core.state = gated ? Core::State::gated : staged ? Core::State::starting : Core::State::idle;
    events_.set(index, staged && !gated ? time + chip_.next_ns : kNever);
    note_change(index, time);
}

/// Whether the order that comes next on the core has a gate that is shut: then it waits there.
bool VirtualClock::waits_at_gate(std::size_t core) noexcept {
    Gate* const gate = cores_[core].side.next()->gate;
    return gate != nullptr && gate->wait(static_cast<int>(core), cores_[core].next_at_gate);
}

/// Within a step, of which `note` hears.
void VirtualClock::gate_opened(int last) noexcept {
    for (int core = last; core != Gate::kNobody; core = cores_[opened_.back()].next_at_gate)
        opened_.push_back(static_cast<std::size_t>(core));
}

/// Cores whose gates have just been opened, by a step of a control thread.
void VirtualClock::start_opened(Time time, std::size_t by) noexcept {
    for (const std::size_t core : opened_) start_waiting(core, time, by);
    opened_.clear();
}

/// Starts a core that waits for others or at a gate. Its owner, if it is not the one whose step starts it,
/// may have gone over reads that see the end now.
void VirtualClock::start_waiting(std::size_t core, Time time, std::size_t by) noexcept {
    const std::size_t owner = cores_[core].owner;
    cores_[core].state = Core::State::starting;
    events_.set(core, time + chip_.start_ns);
    note_change(core, time);
    if (owner == by) return;
    // A read that ends now, of a thread with a lower number, has been made before.
    if (owner < by && changes_[core] == time) ++changes_[core];
    go_over_again(owner);
}

/// Makes all calls of a task that starts together.
void VirtualClock::run_cohort(TaskSlot& task, LaunchRecord& launch) noexcept {
    // What the control threads have claimed and finished of the task stays theirs.
    const std::uint32_t unclaimed = launch.unclaimed;
    const std::uint32_t unfinished = launch.unfinished.load(std::memory_order_relaxed);  // one thread
    launch.again();
    scheduler_->run_all_calls(scheduler_->thread(0), task);
    launch.unclaimed = unclaimed;
    launch.unfinished.store(unfinished, std::memory_order_relaxed);  // one thread
    launch.called = true;
}

/// Computes, and tells how long the call takes.
Time VirtualClock::run_call(std::size_t core, const Order& order) noexcept {
    using Clock = std::chrono::steady_clock;
    TaskSlot& task = *order.task;
    LaunchRecord* const launch = launch_of(task);
    const Clock::time_point start = durations_.measured() ? Clock::now() : Clock::time_point();
    if (compute_ && !simulated_ && !scheduler_->control().stopped()) {
        if (launch == nullptr || !launch->starts_together())
            scheduler_->run_dispatched(scheduler_->thread(0), task, order.call);
        else if (!launch->called)
            run_cohort(task, *launch);
    }
    Time host = 0;
    if (durations_.measured())
        host = static_cast<Time>(std::chrono::nanoseconds(Clock::now() - start).count());
    const detail::KernelRecord& kernel = launch != nullptr ? launch->kernel_of(order.call) : *task.kernel;
    return durations_.of(task, kernel, chip_.type_of(static_cast<int>(core)), host);
}

void VirtualClock::thread_event(std::size_t index, Time time) noexcept {
    if (threads_[index].sleeps) note_passes(index, threads_[index].passes);
    threads_[index].sleeps = false;
    const ControlThread::Step step = loops_[index].step();
    note(index, step, time);
    const bool read = step.action == ControlThread::Action::read;
    if (read && step.did) note_change(static_cast<std::size_t>(loops_[index].orders().front().core), time);
    schedule(index, time, step.pass_begins);
    // A read, and a look that finds nothing, leave nothing for others to find.
    if (!read && step.did) wake_all(time, actor_of(index));
}

/// What a step means for cores, times and the schedule.
void VirtualClock::note(std::size_t index, const ControlThread::Step& step, Time time) noexcept {
    using Action = ControlThread::Action;
    Thread& thread = threads_[index];
    if (step.action == Action::look && step.did && loops_[index].action() == Action::complete) {
        const TaskSlot& task = *loops_[index].orders().front().order.task;
        thread.scheduled = {detail::TaskRef(task.ring, task.entry->number),
                            task.kernel,
                            -1,
                            static_cast<int>(index),
                            -1,
                            time,
                            time,
                            time,
                            0};
    }
    if (step.action == Action::dispatch) {
        thread.dispatching += chip_.dispatch_ns * step.orders.size();
        for (const Assigned& assigned : step.orders) note_dispatch(index, assigned, time);
    }
    if (step.action == Action::complete) {
        note_completion(index, step.orders.front(), time);
        start_opened(time, index);
    }
    note_idle(index, time);
}

void VirtualClock::note_dispatch(std::size_t index, const Assigned& assigned, Time time) noexcept {
    const auto place = static_cast<std::size_t>(assigned.core);
    const TaskSlot& task = *assigned.order.task;
    const LaunchRecord* const launch = launch_of(task);
    const bool several = launch != nullptr && launch->calls() > 1;
    Core& core = cores_[place];
    core.owner = index;
    core.tasks[core.dispatched++ % kOrdersUnderWay] = {
        detail::TaskRef(task.ring, task.entry->number),
        launch != nullptr ? &launch->kernel_of(assigned.order.call) : task.kernel,
        several ? launch->block_of(assigned.order.call) : -1,
        static_cast<int>(index),
        assigned.core,
        time,
        time,
        time,
        0};
    const bool together = several && launch->sync_start;
    // A core whose end was not yet seen takes the order that is staged on it by itself.
    if (core.state != Core::State::idle) return;
    if (waits_at_gate(place)) {
        core.state = Core::State::gated;
        note_change(place, time);
        return;
    }
    if (together && waits_for_others(assigned.order)) {
        core.state = Core::State::waiting;
        note_change(place, time);
        return;
    }
    core.state = Core::State::starting;
    events_.set(place, time + chip_.start_ns);
    note_change(place, time);
    if (!together) return;
    // The last call of the task: the others start with it.
    for (std::size_t i = 0; i < cores_.size(); ++i) {
        if (cores_[i].state == Core::State::waiting && cores_[i].side.next()->task == &task)
            start_waiting(i, time, index);
    }
}

/// Whether calls of the task are still to be dispatched behind this one.
bool VirtualClock::waits_for_others(const Order& order) noexcept {
    auto found = std::find_if(gathering_.begin(), gathering_.end(),
                              [&](const auto& entry) { return entry.first == order.task; });
    if (found == gathering_.end()) found = gathering_.insert(gathering_.end(), {order.task, 0});
    if (++found->second != launch_of(*order.task)->calls()) return true;
    gathering_.erase(found);
    return false;
}

void VirtualClock::note_completion(std::size_t index, const Assigned& assigned, Time time) noexcept {
    Thread& thread = threads_[index];
    thread.completing += chip_.complete_ns;
    last_task_ = std::max(last_task_, time);
    if (assigned.core >= 0) {
        Core& core = cores_[static_cast<std::size_t>(assigned.core)];
        thread.scheduled = core.tasks[core.completed++ % kOrdersUnderWay];
        thread.scheduled.thread = static_cast<int>(index);
    }
    thread.scheduled.completed = time;
    schedule_.add(thread.scheduled);
}

void VirtualClock::note_idle(std::size_t index, Time time) noexcept {
    using Action = ControlThread::Action;
    Thread& thread = threads_[index];
    const ControlThread& loop = loops_[index];
    const bool works = loop.action() == Action::complete || loop.action() == Action::dispatch;
    const bool idle = !works && !loop.anything_under_way();
    if (idle && thread.idle_since == kNever) thread.idle_since = time;
    if (idle || thread.idle_since == kNever) return;
    thread.idle += time - thread.idle_since;
    thread.idle_since = kNever;
}

}  // namespace weir::chip
