// SPDX-License-Identifier: Apache-2.0
/// A chip on a virtual clock: one host thread, an event queue, and a schedule that is the same on every run.
///
/// Actors are the cores and the control threads, in this order; each has at most one event. The program's
/// thread is the orchestrator, whose time is `now_`: a submit moves it by what the submit costs, and first
/// everything happens that happens before that moment. When it is held back, waits for data or for the end,
/// events happen until what it waits for has happened, and its time is then the time of that event.
///
///     core:            idle --dispatch + start_ns--> starts: the kernel computes now, and its end is known
///                       ^                              |
///                       +--- end: status register <----+---> the staged order starts next_ns later
///     control thread:  ControlThread::step, each time that the cost of its action has passed
///
/// A core is an actor with a lower index than any control thread, and the orchestrator's is the highest, so
/// at the same time cores come first, then control threads by index, then the submit.
///
/// A call computes when it starts. Those that start together and can meet in a barrier share the host thread
/// and need each other: all compute with the first of them, which starts at the same time as the others.
/// Cores of a task with sync_start wait until the last of its calls is dispatched, and start at the same
/// time. A core whose order has a gate (early_dispatch.hpp) that is shut waits there: the completion that
/// opens it starts the core, `start_ns` later.
///
/// *Skipping.* A control thread with nothing to do would read the same registers again and again. What it can
/// see changes only at the times of its own cores' events, which are known, and when something is there to
/// look for, which others bring about. So reads that end before the core's next event are taken together, and
/// at the end of a pass that finds nothing whole passes are: the thread sleeps. Who makes something ready
/// wakes it at the place in its pass where it would have been: pass k ends at slept + k * pass, and the look
/// that sees what happened at time x by actor p is the first one behind (x, p). A core that waits for others
/// or at a gate has no event: when it is started, which another thread does, the reads that its owner went
/// over are gone over again from where it began to, with what is known now. What was before that moment comes
/// out the same, since no status changed then. The schedule is the same as without skipping, to the
/// nanosecond; a test compares both.
///
/// *Recordings* have the clock of the actor whose event it is, or of the program's thread: `told_`, in
/// nanoseconds. Each run begins later on it than the one before, so that no two have a moment in common.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "platform/chip/board.hpp"
#include "platform/chip/control_thread.hpp"
#include "platform/chip/event_queue.hpp"
#include "platform/chip/kernel_durations.hpp"
#include "platform/chip/platform.hpp"
#include "platform/chip/schedule_file.hpp"

namespace weir::chip {

class VirtualClock final : public Platform, public Simulating, private GateKeeper {
public:
    /// Throws configuration for a kernel-times file that is wrong.
    VirtualClock(Chip chip, const ChipOptions& options);
    VirtualClock(const VirtualClock&) = delete;
    VirtualClock& operator=(const VirtualClock&) = delete;
    ~VirtualClock() override = default;

    [[nodiscard]] LaunchLimits limits() const noexcept override;
    void attach(Scheduler& scheduler) override;
    void detach() noexcept override {}
    void begin_run(const std::array<std::uint64_t, kRings>& first_numbers) override;
    [[nodiscard]] std::unique_ptr<RunRecorder> make_recorder() override;
    void record(RunRecorder* recorder) noexcept override;
    [[nodiscard]] RecordedMachine recorded_machine() const override { return machine_of(chip_); }
    void end_run(ChipFigures& figures) override;

    /// Null when kernels take the host's time.
    [[nodiscard]] Simulating* simulating() noexcept override {
        return durations_.measured() ? nullptr : this;
    }
    void simulate(std::uint64_t most_tasks) noexcept override;
    [[nodiscard]] const KernelTimeSources& kernel_times() const noexcept override { return kernel_times_; }

    void check(const detail::KernelRecord& kernel, const detail::SubmitRequest& request) override;
    void before_submit(const detail::SubmitRequest& request) override;
    [[nodiscard]] bool dispatches_early() const noexcept override;
    void wired(TaskSlot& task, UnfinishedProducers& producers) noexcept override;
    void hand_over(TaskSlot& task) noexcept override;
    void wait(const TaskEntry& entry, TaskState wanted) noexcept override;
    void program_ended() noexcept override;
    [[nodiscard]] std::uint64_t ready_tasks(std::uint64_t most) noexcept override {
        return board_.ready_tasks(most);
    }
    [[nodiscard]] std::chrono::nanoseconds now() const noexcept override;

private:
    static constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};
    struct Core {
        /// waiting: for the other calls of a task that starts together. gated: for its order's gate.
        enum class State : std::uint8_t { idle, waiting, gated, starting, running };
        CoreSide side;
        State state = State::idle;
        std::size_t owner = 0;             ///< who has dispatched to it last
        int next_at_gate = Gate::kNobody;  ///< which waits at the same gate; while it is gated
        Time busy = 0;
        std::array<ScheduledTask, kOrdersUnderWay> tasks{};  ///< by dispatch, alternating
        std::uint32_t dispatched = 0, started = 0, completed = 0;
    };
    struct Thread {
        bool active = false;
        bool sleeps = false;
        Time slept = 0;   ///< since a pass began; while it sleeps
        Time pass = 0;    ///< what a pass takes; while it sleeps
        Time passes = 0;  ///< that it sleeps over unless it is woken
        /// It went over reads of a pass: from this time and place on.
        bool ahead = false;
        Time ahead_from = 0;
        std::size_t ahead_place = 0;
        Time begun = 0;
        Time idle_since = kNever;
        Time completing = 0, dispatching = 0, idle = 0;
        ScheduledTask scheduled{};  ///< without a core, that it completes
    };

    /// The moment of which recordings are told now.
    [[nodiscard]] std::uint64_t told() const noexcept { return epoch_ + told_; }
    void note_passes(std::size_t index, Time passes) noexcept;
    void end_recording(Time makespan) noexcept;
    void run_until(Time limit) noexcept;
    void happen() noexcept;
    void core_event(std::size_t core, Time time) noexcept;
    void thread_event(std::size_t index, Time time) noexcept;
    void note(std::size_t index, const ControlThread::Step& step, Time time) noexcept;
    void schedule(std::size_t index, Time time, bool pass_begins) noexcept;
    void read_ahead(std::size_t index, Time time) noexcept;
    void sleep(std::size_t index, Time time) noexcept;
    void wake(std::size_t index, Time time, std::size_t by) noexcept;
    void wake_all(Time time, std::size_t by) noexcept;
    void note_change(std::size_t core, Time time) noexcept;
    void note_dispatch(std::size_t index, const Assigned& assigned, Time time) noexcept;
    void note_completion(std::size_t index, const Assigned& assigned, Time time) noexcept;
    void note_idle(std::size_t index, Time time) noexcept;
    void gate_opened(int last) noexcept override;
    [[nodiscard]] bool waits_at_gate(std::size_t core) noexcept;
    void start_opened(Time time, std::size_t by) noexcept;
    void start_waiting(std::size_t core, Time time, std::size_t by) noexcept;
    void go_over_again(std::size_t index) noexcept;
    [[nodiscard]] bool waits_for_others(const Order& order) noexcept;
    void run_cohort(TaskSlot& task, LaunchRecord& launch) noexcept;
    [[nodiscard]] Time run_call(std::size_t core, const Order& order) noexcept;
    void start_thread(std::size_t index, Time time) noexcept;
    [[nodiscard]] std::size_t actor_of(std::size_t thread) const noexcept { return cores_.size() + thread; }
    [[nodiscard]] std::size_t orchestrator() const noexcept { return threads_.size() - 1; }

    Chip chip_;
    Board board_;
    KernelDurations durations_;
    ScheduleFile schedule_;
    KernelTimeSources kernel_times_;
    bool compute_;
    bool skip_;
    bool simulated_ = false;                   ///< this run, or the one that is about to begin
    std::uint64_t submits_left_ = kUnlimited;  ///< in it
    Scheduler* scheduler_ = nullptr;
    std::vector<Core> cores_;
    /// The tasks with sync_start that are partly dispatched, and how many calls are.
    std::vector<std::pair<const TaskSlot*, std::uint32_t>> gathering_;
    std::vector<std::size_t> opened_;   ///< cores whose gates have just been opened
    std::vector<ControlThread> loops_;  ///< by control thread
    std::vector<Thread> threads_;       ///< likewise
    EventQueue events_;
    /// By core: the earliest time at which its status may become another one than its owner has seen.
    std::vector<Time> changes_;
    Time now_ = 0;    ///< the orchestrator's
    Time told_ = 0;   ///< of recordings
    Time epoch_ = 1;  ///< of the run in them
    bool recorded_ = false;
    Time program_ended_ = 0;
    Time last_task_ = 0;  ///< when it was completed
    Time submitting_ = 0;
    Time waiting_ = 0;
};

}  // namespace weir::chip
