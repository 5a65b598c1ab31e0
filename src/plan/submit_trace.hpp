// SPDX-License-Identifier: Apache-2.0
/// What a program does, as far as a simulated schedule must know it: its submits with what each takes and
/// whom it may wait for, its scopes, and where it waits for data. One call of the program is written down
/// once and simulated many times.
///
/// Edges come from a TensorMap in which nothing ever completes (PlanMap), so they are those of any run and
/// some more, whose producer has completed there when the task is submitted; a simulation leaves these out
/// when it comes to them, as a run does.
///
/// Takes 53 bytes a task and 4 an edge; when `most_tasks` have been written down, the rest is left out.
#pragma once

#include <array>
#include <cstdint>
#include <source_location>
#include <span>
#include <vector>

#include <weir/task.hpp>

#include "orchestrator/verdict.hpp"

namespace weir {

/// A submit. Tasks count from 0 in program order, and from 1 in each ring.
struct TraceTask {
    std::uint64_t duration_ns = 0;
    std::uint64_t heap_bytes = 0;
    std::source_location site;   ///< of the submit
    std::source_location scope;  ///< of the line that opened its scope
    std::uint32_t number = 0;    ///< in its ring
    std::uint32_t payload_bytes = 0;
    std::uint32_t first_edge = 0;  ///< those up to the first one of the next task are its own
    std::uint16_t tensormap_entries = 0;
    std::uint8_t ring = 0;
    std::int8_t priority = 0;
};
static_assert(sizeof(TraceTask) == 48, "a trace is as large as its tasks are many");

/// A task that another one, or the program, waits for or keeps.
class TraceEdge {
public:
    TraceEdge(std::uint32_t task, bool waits, bool keeps) noexcept
        : word_(task << 2U | (keeps ? 2U : 0U) | (waits ? 1U : 0U)) {}
    [[nodiscard]] std::uint32_t task() const noexcept { return word_ >> 2U; }
    [[nodiscard]] bool waits() const noexcept { return (word_ & 1U) != 0; }
    [[nodiscard]] bool keeps() const noexcept { return (word_ & 2U) != 0; }

private:
    std::uint32_t word_;
};

/// Largest number of tasks that a trace can be told to hold.
inline constexpr std::uint64_t kMostTraceTasks = (std::uint64_t{1} << 30U) - 1;

class SubmitTrace {
public:
    enum class Step : std::uint8_t { submit, open_scope, close_scope, wait };

    explicit SubmitTrace(std::uint64_t most_tasks);

    /// Whether nothing more is written down.
    [[nodiscard]] bool full() const noexcept { return tasks_.size() == most_tasks_; }

    // In program order. Each does nothing once the trace is full.
    void open_scope() { add(Step::open_scope); }
    void close_scope() { add(Step::close_scope); }
    /// Edges of the next task or wait.
    void add_edge(std::uint32_t task, bool waits, bool keeps);
    /// `number` and `first_edge` are filled in.
    void submit(TraceTask task);
    /// The program waits for the tasks of the edges that were added.
    void wait();

    [[nodiscard]] std::span<const Step> steps() const noexcept { return steps_; }
    [[nodiscard]] std::span<const TraceTask> tasks() const noexcept { return tasks_; }
    [[nodiscard]] std::span<const TraceEdge> edges_of_task(std::size_t task) const noexcept;
    /// Of the wait with this number, from 0.
    [[nodiscard]] std::span<const TraceEdge> edges_of_wait(std::size_t wait) const noexcept;

    /// What all its tasks take of a ring together, `tensormap_entries` over all rings; and the payload of the
    /// largest task.
    struct Sums {
        std::uint64_t tasks = 0;
        std::uint64_t edges = 0;
        std::uint64_t heap_bytes = 0;
        std::uint64_t payload_bytes = 0;
        std::uint64_t largest_payload = 0;
    };
    [[nodiscard]] const Sums& sums(std::size_t ring) const noexcept { return sums_[ring]; }
    [[nodiscard]] std::uint64_t tensormap_entries() const noexcept { return tensormap_entries_; }
    /// Of the task that needs most.
    [[nodiscard]] std::uint64_t most_tensormap_entries() const noexcept { return most_tensormap_entries_; }

private:
    void add(Step step) {
        if (!full()) steps_.push_back(step);
    }

    std::uint64_t most_tasks_;
    std::vector<Step> steps_;
    std::vector<TraceTask> tasks_;
    std::vector<TraceEdge> edges_;
    std::vector<TraceEdge> wait_edges_;
    std::vector<std::uint32_t> wait_ends_;
    std::vector<TraceEdge> pending_;
    std::array<Sums, kRings> sums_{};
    std::uint64_t tensormap_entries_ = 0;
    std::uint64_t most_tensormap_entries_ = 0;
};

}  // namespace weir
