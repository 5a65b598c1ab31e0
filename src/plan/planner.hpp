// SPDX-License-Identifier: Apache-2.0
/// From a program's submits to the sizes that it needs.
///
/// *Smallest.* Each resource starts at its smallest valid value. For each submit the planner asks the verdict
/// of a run, find_shortage, and while it names a shortage takes over what it says would have been enough. So
/// the result is what the verdict lets pass, and one step less is what it does not.
///
/// *Unhindered.* Nothing is given back before the end: sums over all tasks, and for the TensorMap's pool and
/// the edges between tasks a TensorMap in which nothing completes (PlanMap).
///
/// *Simulated.* The submits are written down (SubmitTrace), and when the program has ended a Simulator of the
/// platform finds sizes for a schedule (recommend.hpp).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <source_location>
#include <string>
#include <unordered_map>
#include <vector>

#include <weir/plan.hpp>

#include "config/kernel_times.hpp"
#include "model/sizes.hpp"
#include "orchestrator/plan_sink.hpp"
#include "plan/plan_map.hpp"
#include "plan/recorded_tasks.hpp"
#include "plan/simulator.hpp"
#include "plan/submit_trace.hpp"

namespace weir {

class Planner final : public detail::PlanSink {
public:
    /// What is found out besides the sizes that follow from the submits alone.
    struct Setup {
        std::optional<ScheduleModel> simulate;  ///< a schedule is asked for; `most_tasks` is set
        RecordedTasks::Call call;               ///< empty: no task is run
    };

    /// Throws configuration when the model's kernel times cannot be read.
    explicit Planner(Setup setup);

    void submitted(const detail::PlannedTask& task) override;
    void* accessed(const detail::PlannedAccess& access) override;

    /// Whether the program was ended, because it asked for data of a task.
    [[nodiscard]] bool ended() const noexcept { return !plan_.exact; }
    /// Whether the program has written memory of its own by `set`.
    [[nodiscard]] bool writes_external() const noexcept { return writes_external_; }
    /// Without a schedule.
    [[nodiscard]] Plan take();

    // Once the plan has been taken, when a schedule was asked for.
    [[nodiscard]] const ScheduleModel& model() const noexcept { return *model_; }
    [[nodiscard]] const SubmitTrace& submits() const noexcept { return *trace_; }
    [[nodiscard]] const Sizes& smallest() const noexcept { return smallest_; }
    [[nodiscard]] SimulatedSchedule schedule(Simulator& simulator) const;

private:
    /// A line that opens scopes.
    struct Place {
        const char* file;
        std::uint_least32_t line;
        std::uint_least32_t column;
        auto operator<=>(const Place&) const = default;
    };
    /// What tasks take if nothing is given back: by resource and ring.
    using Sums = std::array<std::array<std::uint64_t, kRings>, kResources>;
    struct Contribution {
        std::source_location site;
        Sums sums{};
    };
    /// An element that the program has set: the set waited for all earlier tasks that use it.
    struct Cell {
        alignas(16) std::array<std::byte, 16> value{};  ///< of memory that nobody has: of owners
        std::array<std::uint64_t, kRings> before{};     ///< tasks from these numbers on were submitted later
    };
    struct FollowedScope {
        std::uint64_t tag;
        Contribution* contribution;
        std::vector<detail::TaskRef> owners;
    };
    /// An earlier task that the one being submitted waits for, or whose memory it keeps.
    struct Producer {
        detail::TaskRef task;
        bool waits;
        bool keeps;
    };

    void follow(const ScopeStack& scopes);
    void close_last();
    void raise_smallest(const detail::PlannedTask& task);
    void add_up(const detail::PlannedTask& task);
    /// Enters its accesses; finds the tasks that it waits for or keeps if none has completed, each once.
    void enter(const detail::PlannedTask& task);
    void add_producer(detail::TaskRef task, bool waits, bool keeps);
    void add(Resource resource, int ring, std::uint64_t amount);
    void note_entries(std::uint64_t needed);
    [[nodiscard]] PlannedSize unhindered(Resource resource, int ring) const;

    // planner_trace.cpp
    void trace(const detail::PlannedTask& task);
    void trace_wait();
    void record(const detail::PlannedTask& task);
    [[nodiscard]] std::uint32_t trace_index(detail::TaskRef task) const noexcept;
    [[nodiscard]] std::uint64_t duration_of(const detail::PlannedTask& task);
    [[nodiscard]] std::uint64_t duration_of(const detail::PlannedTask& task,
                                            const detail::KernelRecord& kernel);

    Plan plan_;
    Sizes smallest_{};
    bool writes_external_ = false;
    PlanMap map_;
    Sums sums_{};
    std::map<Place, Contribution> contributions_;
    std::vector<FollowedScope> scopes_;
    std::array<std::uint64_t, kRings> next_{};  ///< running number behind the last task; 0: none yet
    std::array<std::uint64_t, kRings> first_{};
    std::unordered_map<std::uint64_t, std::map<const std::byte*, Cell>> cells_;  ///< by owner word
    std::vector<Producer> producers_;         ///< of the submit that is looked at
    std::vector<detail::TaskRef> accessors_;  ///< whom the access that is looked at waits for
    std::vector<EntryIndex> regions_;

    std::optional<ScheduleModel> model_;
    std::optional<KernelTimes> times_;
    std::set<std::string, std::less<>> assumed_;             ///< kernels without a time
    std::unique_ptr<SubmitTrace> trace_;                     ///< null: nothing is simulated
    std::array<std::vector<std::uint32_t>, kRings> traced_;  ///< number in the trace, by running number
    std::unique_ptr<RecordedTasks> tasks_;                   ///< null: no task is run
};

}  // namespace weir
