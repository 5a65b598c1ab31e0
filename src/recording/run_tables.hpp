// SPDX-License-Identifier: Apache-2.0
/// A recording put in order: one row for each task, in the order of submits, with what all threads said of
/// it; scopes, names. 104 bytes a task and 4 for finding it, 40 more for one that makes calls and 104 for
/// each call behind its first. What the JSON files take is written row by row, so a recording of a million
/// tasks is made into files with some 110 MB. Phases, occupancy, accesses and edges are not kept: who wants
/// them walks the file again.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "recording/recording_file.hpp"

namespace weir::recording {

inline constexpr std::uint32_t kNone = 0xffffffffU;
/// No run takes longer: a hundred years.
inline constexpr double kMostNs = 3.2e18;

inline constexpr std::uint8_t kNoSlot = 0xffU;
inline constexpr std::string_view kCpu = "cpu";  ///< type of a core that is a thread

/// Times are ticks; 0: not known.
struct TaskRow {
    std::uint64_t task = 0;  ///< TaskRef::word
    std::uint64_t submitted = 0;
    std::uint64_t ready = 0;
    std::uint64_t dispatched = 0;
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::uint64_t observed = 0;
    std::uint64_t released = 0;
    std::uint64_t consumed = 0;
    std::uint32_t kernel = kNone;  ///< index of RunTables::kernels
    std::uint32_t site = kNone;    ///< index of RunTables::sites
    std::uint32_t scope = kNone;   ///< index of RunTables::scopes
    std::uint32_t thread = kNone;
    std::uint32_t core = kNone;
    std::uint32_t block = 0;
    std::uint32_t completed = kNone;  ///< row at whose submit it was known to have completed
    std::uint8_t flags = 0;           ///< kManual, kInPlace, kOwner
    std::uint8_t slot = kNoSlot;      ///< of a call

    [[nodiscard]] detail::TaskRef ref() const noexcept { return detail::TaskRef(task); }
};

static_assert(sizeof(TaskRow) == 104, "docs/formats.md says what a task takes");

/// A task that makes calls: the kernels of its slots, and how it completed.
struct LaunchRow {
    std::uint64_t task = 0;
    std::array<std::uint32_t, kSlots> kernels = {kNone, kNone, kNone};
    std::uint32_t thread = kNone;
    std::uint64_t end = 0;
    std::uint64_t observed = 0;
};

/// A task that became ready when one that makes calls completed.
struct ReadyByCalls {
    std::uint32_t row = kNone;
    std::uint64_t producer = 0;  ///< TaskRef::word
};

struct ScopeRow {
    std::uint32_t depth = 0;
    std::uint32_t site = kNone;
    std::uint32_t parent = kNone;  ///< row
    bool manual = false;
    std::uint64_t begin = 0;  ///< 0: its opening was dropped
    std::uint64_t end = 0;    ///< 0: never closed
};

class RunTables {
public:
    /// Throws as RecordingFile does.
    explicit RunTables(const RecordingFile& file);

    [[nodiscard]] const RunHead& head() const noexcept { return file_.head(); }
    [[nodiscard]] const RecordingFile& file() const noexcept { return file_; }
    /// In the order of submits.
    [[nodiscard]] const std::vector<TaskRow>& tasks() const noexcept { return tasks_; }
    /// Further executions of tasks in `tasks`: calls behind the first, and their stretches between barriers;
    /// by task, block, slot and start.
    [[nodiscard]] const std::vector<TaskRow>& calls() const noexcept { return calls_; }
    /// Of one of these, or of a task: what ran.
    [[nodiscard]] std::uint32_t kernel_of(const TaskRow& row) const noexcept;
    [[nodiscard]] const std::vector<ScopeRow>& scopes() const noexcept { return scopes_; }
    [[nodiscard]] const std::vector<std::string>& kernels() const noexcept { return kernels_.texts; }
    /// "AIC" or "AIV", what a kernel needs; on the cpu platform "cpu".
    [[nodiscard]] const char* core_type_of(std::size_t kernel) const noexcept;
    /// Whether kernels run on the threads themselves, not on the cores of a chip.
    [[nodiscard]] bool threads_are_cores() const noexcept {
        return head().cores.empty() || head().cores[0].type == kCpu;
    }
    [[nodiscard]] const std::vector<std::string>& sites() const noexcept { return sites_.texts; }
    /// Of what a recorder numbered so; kNone for what it did not name.
    [[nodiscard]] std::uint32_t site_of(std::uint32_t number) const noexcept {
        return sites_.index_of(number);
    }
    /// Row of a task; kNone: it has none.
    [[nodiscard]] std::uint32_t row_of(std::uint64_t task) const noexcept;

    [[nodiscard]] const std::vector<ThreadSums>& sums() const noexcept { return sums_; }
    [[nodiscard]] std::uint64_t submits() const noexcept { return submits_; }
    [[nodiscard]] const std::array<std::uint64_t, kSteps>& steps() const noexcept { return steps_; }
    [[nodiscard]] std::uint64_t recorded() const noexcept { return recorded_; }
    /// Events that gaps in the file stand for.
    [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }
    /// Whether events of the orchestrator are missing, who alone tells of dependencies.
    [[nodiscard]] bool orchestrator_complete() const noexcept { return orchestrator_complete_; }

    /// Nanoseconds since the run began; what lies before it is 0.
    [[nodiscard]] std::int64_t ns_of(std::uint64_t ticks) const noexcept {
        if (ticks <= origin_) return 0;
        return std::llround(ns_of_duration(ticks - origin_));
    }
    /// At most kMostNs, which is what a time that is damaged becomes.
    [[nodiscard]] double ns_of_duration(std::uint64_t ticks) const noexcept {
        return std::min(static_cast<double>(ticks) * ns_per_tick_, kMostNs);
    }
    [[nodiscard]] double clock_hz() const noexcept { return 1e9 / ns_per_tick_; }
    /// When the program began. Events from before belong to an earlier run.
    [[nodiscard]] std::uint64_t origin() const noexcept { return origin_; }
    /// The latest moment of any event.
    [[nodiscard]] std::uint64_t last_tick() const noexcept { return last_tick_; }

private:
    /// Numbers of the recorder, and each text once.
    struct Names {
        std::vector<std::uint32_t> by_number;
        std::vector<std::string> texts;
        std::vector<std::uint8_t> flags;  ///< of each text
        std::unordered_map<std::string, std::uint32_t> known;

        void add(std::uint32_t number, std::string text, std::uint8_t flags_of_text);
        [[nodiscard]] std::uint32_t index_of(std::uint32_t number) const noexcept {
            return number < by_number.size() ? by_number[number] : kNone;
        }
    };
    struct RingIndex {
        std::uint64_t first = 0;
        std::vector<std::uint32_t> rows;
    };
    using Words = std::span<const std::uint64_t>;

    void take_names(Head head, Words words);
    void take_orchestrator(Head head, Words words);
    void take_scope(Head head, Words words);
    void add_task(Head head, std::uint64_t task, std::uint64_t submitted);
    void take_sums(Head head, Words words);
    void take_execution(std::uint32_t thread, Head head, Words words);
    void take_run(std::uint32_t thread, Head head, Words words);
    void take_call(std::uint32_t thread, Head head, Words words);
    void take_subtask(Head head, Words words);
    [[nodiscard]] const LaunchRow* launch_of(std::uint64_t task) const noexcept;
    [[nodiscard]] LaunchRow* launch_of(std::uint64_t task) noexcept {
        return const_cast<LaunchRow*>(std::as_const(*this).launch_of(task));
    }
    /// The completion of a task that makes calls.
    void take_last_call(std::uint32_t thread, Head head, Words words);
    void take_ready_by_calls(std::uint32_t thread, Head head, Words words);
    void finish_ready();
    /// A thread that takes a task has its stamp behind that of who made it ready.
    void order_stamps(TaskRow& row) const noexcept;
    void finish_calls();
    void take_completion(std::uint32_t thread, Head head, Words words);
    void completed(std::uint64_t task);
    void note(std::uint64_t ticks) noexcept { last_tick_ = std::max(last_tick_, ticks); }
    void calibrate() noexcept;
    void finish_rows();

    const RecordingFile& file_;
    Names kernels_;
    Names sites_;
    std::vector<TaskRow> tasks_;
    std::vector<TaskRow> calls_;
    std::vector<LaunchRow> launches_;  ///< by row of the task
    /// By thread: rows of what the task has made ready that the thread is about to tell the end of.
    std::vector<std::vector<std::uint32_t>> made_ready_;
    std::vector<ReadyByCalls> ready_by_calls_;
    std::array<RingIndex, kRings> rings_;
    std::array<std::uint64_t, kRings> released_{};
    std::vector<ScopeRow> scopes_;
    std::uint32_t scope_ = kNone;  ///< innermost open one
    std::vector<ThreadSums> sums_;
    std::uint64_t submits_ = 0;
    std::array<std::uint64_t, kSteps> steps_{};
    std::uint64_t recorded_ = 0;
    std::uint64_t dropped_ = 0;
    bool orchestrator_complete_ = true;
    std::uint64_t sync_ticks_ = 0;
    std::uint64_t sync_ns_ = 0;
    std::uint64_t last_tick_ = 0;
    std::uint64_t origin_ = 0;  ///< when the program began
    double ns_per_tick_ = 1;
};

}  // namespace weir::recording
