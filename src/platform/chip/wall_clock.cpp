// SPDX-License-Identifier: Apache-2.0
#include "platform/chip/wall_clock.hpp"

#include <algorithm>
#include <utility>

#include "model/clock.hpp"

namespace weir::chip {

WallClock::WallClock(Chip chip, bool compute, bool early_dispatch, bool pin)
    : chip_(std::move(chip)),
      board_(chip_, early_dispatch ? this : nullptr),
      cores_(board_),
      loops_(board_),
      compute_(compute),
      pin_(pin) {}

void WallClock::attach(Scheduler& scheduler) {
    scheduler_ = &scheduler;
    board_.attach(scheduler.lifecycle());
    loops_.attach(scheduler.idle());
    hosts_.emplace(loops_, cores_, scheduler, compute_, pin_);
}

void WallClock::detach() noexcept { hosts_.reset(); }

void WallClock::begin_run(const std::array<std::uint64_t, kRings>&) {
    hosts_->begin_run([this] { set_up_run(); });
}

void WallClock::set_up_run() {
    board_.begin_run();
    for (int core = 0; core < cores_.count(); ++core) cores_.core(core).busy_ticks = 0;
    begun_ = now_ticks();
    waiting_ = program_ended_ = 0;
    program_has_ended_ = false;
    loops_.begin_run(begun_);
}

/// By whatever thread opens the gate.
void WallClock::gate_opened(int last) noexcept {
    for (int cores = cores_.gate_opened(last); cores > 0; --cores) scheduler_->idle().wake_one();
}

void WallClock::wired(TaskSlot& task, UnfinishedProducers& producers) noexcept {
    if (board_.early().wired(task, producers)) scheduler_->idle().wake_one();
}

void WallClock::wait(const TaskEntry& entry, TaskState wanted) noexcept {
    if (program_has_ended_) {
        loops_.lend();
        hosts_->wait(entry, wanted);
        loops_.take_back();
        return;
    }
    const std::uint64_t start = now_ticks();
    hosts_->wait(entry, wanted);
    waiting_ += now_ticks() - start;
}

void WallClock::program_ended() noexcept {
    program_ended_ = now_ticks();
    program_has_ended_ = true;
    loops_.program_ended(program_ended_);
}

std::chrono::nanoseconds WallClock::now() const noexcept {
    return std::chrono::steady_clock::now().time_since_epoch();
}

std::unique_ptr<RunRecorder> WallClock::make_recorder() {
    return std::make_unique<RunRecorder>(chip_.threads());
}

void WallClock::record(RunRecorder* recorder) noexcept {
    hosts_->end_run();  // one that could not be ended, for an error behind its last task
    cores_.record(recorder != nullptr ? &recorder->clock() : nullptr);
    loops_.record(recorder);
}

void WallClock::end_run(ChipFigures& figures) {
    hosts_->end_run();
    put_chip(chip_, figures);
    figures.clock = ChipClock::wall;
    const std::uint64_t last = std::max(program_ended_, loops_.end_run(figures));
    figures.scheduler_time = figures.polling + figures.completing + figures.dispatching + figures.idle;
    for (int core = 0; core < cores_.count(); ++core)
        (chip_.type_of(core) == CoreKind::aic ? figures.aic_busy : figures.aiv_busy) +=
            time_of_ticks(cores_.core(core).busy_ticks);
    figures.makespan = time_of_ticks(last - begun_);
    figures.orchestrator_time = time_of_ticks(program_ended_ - begun_);
    figures.waiting = time_of_ticks(waiting_);
    figures.submitting = figures.orchestrator_time - figures.waiting;
}

}  // namespace weir::chip
