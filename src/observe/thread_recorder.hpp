// SPDX-License-Identifier: Apache-2.0
/// What one thread records of the tasks that it runs and of the time in between. Only that thread calls it;
/// the sums may be read by others.
///
/// Stamps are shared: a task taken from a queue has one at which it is dispatched and starts, one when its
/// kernel ends, one when its consumers have been told, one when it is released; the last is the first of the
/// task that the thread goes on with.
///
///     ... look | kernel              | tell consumers | release | kernel ...
///              ^ dispatched, start   ^ end            ^ observed ^ released = start of the next
///
/// A thread's share of the calls of a task is the same with calls for the kernel, of which each starts where
/// the one before has ended; who makes the last one completes the task, the others go on without.
///
///     ... look | claim | call | call | call |
///              ^ hit   ^ start^ end = start of the next, from where on the thread does something else
///
/// A thread that runs tasks is `busy` from before its first task is released until after its last event. The
/// orchestrator, which has seen all tasks released (release-1, release-2), thus sees the thread as busy, or
/// sees rec-3, and with it all of its events:
/// rec-3 release/acquire on busy: events of a chain of tasks are pushed when the thread is not busy any more.
#pragma once

#include <cstdint>

#include <weir/task.hpp>

#include "model/recording_clock.hpp"
#include "observe/event_buffer.hpp"

namespace weir {

/// From this level on a recording has what the name says.
inline constexpr int kScopesLevel = 1;
inline constexpr int kTasksLevel = 2;
inline constexpr int kPhasesLevel = 3;
inline constexpr int kQueuesLevel = 4;
inline constexpr int kMostRecordLevel = 4;

class alignas(64) ThreadRecorder {
public:
    /// Before any other call. The clock outlives the recorder.
    void attach(int index, const RecordingClock& clock) noexcept {
        index_ = static_cast<std::uint32_t>(index);
        clock_ = &clock;
    }
    /// Between runs: what the next one records.
    void begin_run(int level, std::uint64_t start) noexcept {
        // Relaxed: a thread that is late records for the level before, with times that readers pass over.
        level_.store(level, std::memory_order_relaxed);
        start_.store(start, std::memory_order_relaxed);                   // as above
        end_of_run_.store(~std::uint64_t{0}, std::memory_order_relaxed);  // as above
    }
    /// The run has ended: a thread that was woken for it, and gets a core only later, was idle up to here.
    void end_run(std::uint64_t end) noexcept {
        end_of_run_.store(end, std::memory_order_relaxed);  // relaxed: see begin_run
    }

    [[nodiscard]] EventBuffer& buffer() noexcept { return buffer_; }
    [[nodiscard]] const EventBuffer& buffer() const noexcept { return buffer_; }
    [[nodiscard]] std::uint64_t now() const noexcept { return clock_->now(); }
    [[nodiscard]] int level() const noexcept {
        return level_.load(std::memory_order_relaxed);  // relaxed: see begin_run
    }

    /// The thread begins to look for a task, after something else than tasks.
    void look() noexcept { mark_ = now(); }
    /// A look has found nothing, or some looks have.
    void missed(std::uint64_t looks) noexcept {
        passed(recording::Phase::poll, now());
        add(Sum::loops, looks);
        add(Sum::missed, looks);
    }
    /// The thread has slept since `begin`.
    void slept(std::uint64_t begin) noexcept {
        passed(recording::Phase::poll, begin);
        passed(recording::Phase::idle, now());
        if (level() >= kQueuesLevel)
            buffer_.push<3>({recording::head_of(recording::Kind::instant, 0,
                                                static_cast<std::uint32_t>(recording::What::park),
                                                recording::kUnknownSite),
                             begin, mark_ - begin});
    }
    /// A look has found a task.
    void hit() noexcept {
        busy_.store(1, std::memory_order_relaxed);  // relaxed: ordered by the release of the task, see above
        passed(recording::Phase::dispatch, now());
        add(Sum::loops, 1);
        add(Sum::hit, 1);
    }
    /// The thread goes on with a task that it has not looked for.
    void take_up() noexcept {
        busy_.store(1, std::memory_order_relaxed);  // relaxed: as in hit
        mark_ = now();
    }
    /// The thread does not go on with the chain of tasks that `hit` or `take_up` began.
    void done() noexcept {
        run_flags_ = 0;
        busy_.store(0, std::memory_order_release);  // rec-3
    }
    /// Orchestrator: whether events of tasks that it has seen released may still be missing.
    [[nodiscard]] bool busy() const noexcept {
        return busy_.load(std::memory_order_acquire) != 0;  // rec-3
    }

    /// The thread has claimed calls of a task, and begins the first of them.
    void calls_begin() noexcept {
        run_flags_ = recording::kOfCalls;
        passed(recording::Phase::dispatch, now());
    }
    /// A call has returned, or waits for others; the thread begins the next one. Before the call is finished,
    /// so that the event is there when the task completes (launch-1).
    void call_ended(std::uint64_t task, std::uint32_t block, std::uint32_t slot) noexcept {
        const std::uint64_t end = now();
        buffer_.push<6>(
            {recording::head_of(recording::Kind::call, 0, index_, block | slot << recording::kSlotShift),
             task, mark_, mark_, end, 0});
        mark_ = end;
    }
    /// No call of the task is made.
    void skipped() noexcept { run_flags_ = recording::kOfCalls | recording::kSkipped; }

    void kernel_ended() noexcept { end_ = now(); }
    /// A consumer became ready by the end of the kernel.
    void made_ready(std::uint64_t task) noexcept {
        buffer_.push<3>({recording::head_of(recording::Kind::ready), task, end_});
    }
    void consumed(std::uint64_t task, std::uint64_t time) noexcept {
        buffer_.push<3>({recording::head_of(recording::Kind::consumed), task, time});
    }
    void told_consumers(std::uint64_t count) noexcept {
        observed_ = now();
        add(Sum::fanout, count);
        raise(Sum::fanout_most, count);
    }
    [[nodiscard]] std::uint64_t observed() const noexcept { return observed_; }
    /// The task is released; `owner`: it owns memory, and is not consumed by that.
    void released(std::uint64_t task, bool owner, std::uint64_t edges) noexcept {
        const std::uint64_t start = mark_;
        const std::uint64_t time = now();
        mark_ = end_;
        passed(recording::Phase::complete, time);
        add(Sum::completed, 1);
        add(Sum::fanin, edges);
        raise(Sum::fanin_most, edges);
        const auto flags = static_cast<std::uint8_t>(run_flags_ | (owner ? 0 : recording::kConsumed));
        run_flags_ = 0;
        buffer_.push<7>({recording::head_of(recording::Kind::run, flags, index_), task, start, start, end_,
                         observed_, time});
    }

    // What the control loop of a chip tells (platform/chip/control_thread.hpp).
    /// It has found something to dispatch or to complete, at this look if `looked`; since the last such thing
    /// it has polled cores, or was idle because it had nothing under way.
    void found(bool polled, bool looked) noexcept {
        passed(polled ? recording::Phase::poll : recording::Phase::idle, now());
        if (!looked) return;
        add(Sum::loops, 1);
        add(Sum::hit, 1);
    }
    /// Looks that found nothing.
    void found_nothing(std::uint64_t looks) noexcept {
        add(Sum::loops, looks);
        add(Sum::missed, looks);
    }
    void dispatched() noexcept { passed(recording::Phase::dispatch, now()); }
    /// The run is over, or it joins in: the time up to `time` was spent as `found` says.
    void idle_until(bool polled, std::uint64_t time) noexcept {
        passed(polled ? recording::Phase::poll : recording::Phase::idle, time);
    }
    /// What ran on a core, and where in its task; a task without a core has run nowhere, when it was found.
    struct CoreWork {
        std::uint64_t task = 0;
        std::uint32_t core = recording::kNoCore;
        std::uint32_t block = 0;
        std::uint32_t slot = 0;
        bool of_calls = false;
        std::uint64_t dispatched = 0;
        std::uint64_t started = 0;
        std::uint64_t ended = 0;
    };
    /// It completes this, and the task with it if it was the last of its calls.
    void completing(CoreWork& work) noexcept {
        busy_.store(1, std::memory_order_relaxed);  // relaxed: ordered by the release of the task, as in hit
        if (work.core == recording::kNoCore) work.dispatched = work.started = work.ended = mark_;
        end_ = work.ended;
        observed_ = now();
        if (!work.of_calls) return;
        buffer_.push<6>({recording::head_of(recording::Kind::call, 0, work.core,
                                            work.block | work.slot << recording::kSlotShift),
                         work.task, work.dispatched, work.started, work.ended, observed_});
    }
    /// The task of this work is released.
    void released(const CoreWork& work, bool owner, std::uint64_t edges) noexcept {
        add(Sum::completed, 1);
        add(Sum::fanin, edges);
        raise(Sum::fanin_most, edges);
        const auto flags = static_cast<std::uint8_t>((work.of_calls ? recording::kOfCalls : 0) |
                                                     (owner ? 0 : recording::kConsumed));
        buffer_.push<7>({recording::head_of(recording::Kind::run, flags, work.core), work.task,
                         work.dispatched, work.started, work.ended, observed_, now()});
    }
    /// It has done with what it completed.
    void completed() noexcept {
        passed(recording::Phase::complete, now());
        done();
    }

    /// Of the current run. Any thread; each value on its own.
    [[nodiscard]] std::array<std::uint64_t, recording::kThreadSumWords> sums() const noexcept {
        std::array<std::uint64_t, recording::kThreadSumWords> values{};
        // Relaxed: counts on their own.
        if (start_.load(std::memory_order_relaxed) != run_.load(std::memory_order_relaxed)) return values;
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = sums_[i].load(std::memory_order_relaxed);  // as above
        return values;
    }

private:
    /// Words of recording::ThreadSums.
    enum class Sum : std::uint8_t {
        completed,
        loops,
        hit,
        missed,
        first_phase,
        fanout = first_phase + recording::kFirstStep,
        fanout_most,
        fanin,
        fanin_most
    };
    static_assert(static_cast<std::size_t>(Sum::fanin_most) + 1 == recording::kThreadSumWords);

    sync::Atomic<std::uint64_t>& at(Sum sum) noexcept { return sums_[static_cast<std::size_t>(sum)]; }
    // Relaxed: written by this thread alone, read as counts on their own.
    void add(Sum sum, std::uint64_t value) noexcept {
        at(sum).store(at(sum).load(std::memory_order_relaxed) + value,
                      std::memory_order_relaxed);  // as above
    }
    void raise(Sum sum, std::uint64_t value) noexcept {
        if (at(sum).load(std::memory_order_relaxed) < value)  // as above
            at(sum).store(value, std::memory_order_relaxed);  // as above
    }
    /// The time since the mark belongs to a phase; what lies before the run does not.
    void passed(recording::Phase phase, std::uint64_t time) noexcept {
        const std::uint64_t run = start_.load(std::memory_order_relaxed);  // relaxed: see begin_run
        if (run_.load(std::memory_order_relaxed) != run) [[unlikely]] {    // as above
            enter_run(run);
            // Until its first task the thread slept, or looked without being listened to.
            if (phase == recording::Phase::dispatch) phase = recording::Phase::idle;
        }
        const std::uint64_t begin = mark_ < run ? run : mark_;
        mark_ = time;
        // Relaxed: see begin_run.
        if (const std::uint64_t end = end_of_run_.load(std::memory_order_relaxed); time > end) time = end;
        if (time <= begin) return;
        add(static_cast<Sum>(static_cast<std::size_t>(Sum::first_phase) + static_cast<std::size_t>(phase)),
            time - begin);
        if (level() >= kPhasesLevel)
            buffer_.push<3>({recording::head_of(recording::Kind::phase, 0, static_cast<std::uint32_t>(phase)),
                             begin, time});
    }

    void enter_run(std::uint64_t run) noexcept {
        for (auto& sum : sums_) sum.store(0, std::memory_order_relaxed);  // relaxed: counts on their own
        run_.store(run, std::memory_order_relaxed);                       // as above
    }

    EventBuffer buffer_;
    const RecordingClock* clock_ = nullptr;
    sync::Atomic<int> level_{0};
    sync::Atomic<std::uint64_t> start_{0};
    sync::Atomic<std::uint64_t> end_of_run_{~std::uint64_t{0}};
    sync::Atomic<std::uint64_t> run_{0};  ///< start of the run that the sums belong to
    sync::Atomic<std::uint32_t> busy_{0};
    std::uint32_t index_ = 0;
    std::uint8_t run_flags_ = 0;  ///< of the task whose calls the thread makes
    std::uint64_t mark_ = 0;      ///< until when the thread's time is accounted for
    std::uint64_t end_ = 0;       ///< of the kernel of the task that it completes
    std::uint64_t observed_ = 0;
    std::array<sync::Atomic<std::uint64_t>, recording::kThreadSumWords> sums_{};
};

/// What the scheduler tells while it runs tasks, as a type: this one, or NoTaskRecording, with which the
/// compiler leaves nothing of it.
class TaskRecording {
public:
    static constexpr bool kOn = true;

    explicit TaskRecording(ThreadRecorder& to) noexcept : to_(to) {}

    void begin() noexcept { to_.hit(); }
    void begin_here() noexcept { to_.take_up(); }
    void finish() noexcept { to_.done(); }
    void calls_begin() noexcept { to_.calls_begin(); }
    void call_ended(const detail::TaskRef& task, int block, SubtaskSlot slot) noexcept {
        to_.call_ended(task.word(), static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(slot));
    }
    void skipped() noexcept { to_.skipped(); }
    void kernel_ended() noexcept { to_.kernel_ended(); }
    void made_ready(const detail::TaskRef& task) noexcept { to_.made_ready(task.word()); }
    void told_consumers(std::uint64_t count) noexcept { to_.told_consumers(count); }
    void consumed(const detail::TaskRef& task) noexcept { to_.consumed(task.word(), to_.now()); }
    void released(const detail::TaskRef& task, bool owner, std::uint64_t edges) noexcept {
        to_.released(task.word(), owner, edges);
    }

private:
    ThreadRecorder& to_;
};

/// The empty twin.
class NoTaskRecording {
public:
    static constexpr bool kOn = false;

    void begin() noexcept {}
    void finish() noexcept {}
    void calls_begin() noexcept {}
    void call_ended(const detail::TaskRef& /*task*/, int /*block*/, SubtaskSlot /*slot*/) noexcept {}
    void skipped() noexcept {}
    void kernel_ended() noexcept {}
    void made_ready(const detail::TaskRef& /*task*/) noexcept {}
    void told_consumers(std::uint64_t /*count*/) noexcept {}
    void consumed(const detail::TaskRef& /*task*/) noexcept {}
    void released(const detail::TaskRef& /*task*/, bool /*owner*/, std::uint64_t /*edges*/) noexcept {}
};

}  // namespace weir
