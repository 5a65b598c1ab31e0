// SPDX-License-Identifier: Apache-2.0
/// A run of the cpu platform in simulated time: what would be in use, how long the program would be held
/// back, and how long all of it would take with given sizes. The same trace, sizes and model give the same
/// schedule, always.
///
/// The rings, the states and references of tasks, and the ready queues are those of the runtime itself
/// (TaskRing, Lifecycle, ReadyRing, OverflowQueue), used by one thread. What is simulated is who does what
/// when:
///
/// - Thread 0 is the program's. Each submit costs `submit_ns`, its scopes and waterlines nothing. A task that
///   is ready and short, by the bounds of scheduler/placement.hpp, runs in place; any other one is handed
///   over. Here each task is judged by its own time, in a run by its kernel's mean.
/// - While something is short, or data is waited for, thread 0 runs ready tasks, one and what it makes ready,
///   and else waits for the next task to end.
/// - Threads 1 to N-1 run ready tasks: a task's first successor at once, then of their own ready ring, then
///   of the others', the more urgent ones first. A thread without a task starts one in the moment in which
///   it becomes ready; the thread that ran out of work last is the first.
/// - Of events at the same time that of the lower thread comes first, thread 0's last.
///
/// The TensorMap's pool is counted by a bound: what the tasks in flight needed when they were submitted.
/// Whatever else is there goes when the pool is short.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <span>
#include <utility>
#include <vector>

#include "plan/simulator.hpp"
#include "scheduler/lifecycle.hpp"
#include "scheduler/overflow_queue.hpp"
#include "scheduler/ready_ring.hpp"

namespace weir {

class SimulatedRun final : public Simulator {
public:
    /// The trace must live as long. Takes memory for entries and slots of all its tasks, 128 bytes each, and
    /// for its edges, 24 bytes each.
    SimulatedRun(const SubmitTrace& trace, int threads, std::uint64_t submit_ns);
    ~SimulatedRun() override;

    [[nodiscard]] Sizes boundless() override { return sizes_of_all(trace_); }
    /// What is beyond the limit is not simulated. Sizes above `boundless()` are as good as that.
    SimulatedOutcome run(const Sizes& sizes, std::uint64_t limit_ns = kNoLimit) override;

private:
    struct Thread {
        ReadyRing ready;
        TaskSlot* running = nullptr;
    };
    struct Memory;
    using Event = std::pair<std::uint64_t, int>;  ///< time, thread

    [[nodiscard]] TaskRing& ring(std::size_t index) noexcept { return rings_[index]; }
    [[nodiscard]] const TraceTask& task_of(const TaskSlot& slot) const noexcept;
    [[nodiscard]] TaskEntry& entry_of(std::uint32_t task) noexcept;
    [[nodiscard]] bool completed(std::uint32_t task) noexcept;

    // The program's thread.
    void submit(std::uint32_t index);
    void close_scope();
    void wait_for(std::span<const TraceEdge> edges);
    void find_producers(std::uint32_t index);
    [[nodiscard]] bool runs_in_place(const TraceTask& task);
    [[nodiscard]] bool help(const TraceTask& task, int& budget);
    [[nodiscard]] std::optional<Resource> find_lack(const TraceTask& task, bool shipped);
    void run_in_place(std::uint32_t index);
    void ship(std::uint32_t index);
    /// The entry that the task gets.
    TaskEntry& enter(std::uint32_t index);
    void take_heap(std::uint32_t index);
    /// What the task's ring holds now.
    void note_use(std::uint32_t index);
    void note(Resource resource, int place, std::uint64_t used, const TraceTask& task) noexcept;
    void wait_or_help();
    /// Time passes on the program's thread, and everywhere else.
    void spend(std::uint64_t ns);
    /// Runs a task on the program's thread: the one to go on with, or null.
    [[nodiscard]] TaskSlot* run_here(TaskSlot& task);
    [[nodiscard]] bool over() const noexcept { return stuck_ || now_ > limit_ns_; }

    // What the scheduler does.
    void push(int thread, TaskSlot& task, std::uint64_t now);
    [[nodiscard]] TaskSlot* take(int thread);
    void start(int thread, TaskSlot& task, std::uint64_t now);
    /// The task has run: the one to go on with, or null.
    [[nodiscard]] TaskSlot* finish(int thread, TaskSlot& task, std::uint64_t now);
    void handle_event();
    void reclaim(TaskRing& ring) noexcept;
    void begin(const Sizes& sizes, std::uint64_t limit_ns);

    const SubmitTrace& trace_;
    int thread_count_;
    std::uint64_t submit_ns_;
    std::unique_ptr<Memory> memory_;

    Sizes sizes_{};
    std::uint64_t limit_ns_ = 0;
    bool stuck_ = false;     ///< nothing will ever end what the program waits for
    std::uint64_t now_ = 0;  ///< of the program's thread; nobody is behind it but for events yet to come
    std::array<TaskRing, kRings> rings_;
    IdleThreads idle_{1};  ///< nobody is in it
    Lifecycle lifecycle_{idle_};
    std::unique_ptr<OverflowQueue> overflow_;
    std::unique_ptr<Thread[]> threads_;
    std::vector<int> workless_;  ///< the one that ran out of work last is the last
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    std::vector<std::uint32_t> owners_;  ///< of open scopes, innermost last
    std::vector<std::size_t> scopes_;    ///< where the owners of each begin
    std::vector<TraceEdge> producers_;   ///< of the task that is being submitted
    std::uint64_t waits_ = 0;            ///< those of them that have not completed
    std::uint64_t in_flight_ = 0;
    std::uint64_t tensormap_in_flight_ = 0;
    std::uint64_t ready_ = 0;  ///< tasks in ready rings and overflow queue
    std::uint64_t in_place_left_ = 0;
    SimulatedOutcome outcome_;
};

}  // namespace weir
