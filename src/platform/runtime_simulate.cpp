// SPDX-License-Identifier: Apache-2.0
/// Schedules of a plan. On cpu they come from what the planner wrote down; on a chip each simulated run is a
/// run of the program on the chip's virtual clock, like any other but for its kernels, which are not called.
#include <algorithm>
#include <exception>

#include <fmt/format.h>

#include "config/resource_table.hpp"
#include "plan/planner.hpp"
#include "plan/recommend.hpp"
#include "plan/simulated_run.hpp"
#include "platform/runtime_core.hpp"

namespace weir::detail {

/// Each run takes its turn among the runs of the runtime.
class RuntimeCore::ProgramRuns final : public Simulator {
public:
    ProgramRuns(RuntimeCore& core, const Program& program, const CallConfig& config,
                const PlanOptions& options, const Planner& planner, std::uint64_t planned)
        : core_(core),
          program_(program),
          config_(config),
          submits_(planner.submits()),
          smallest_(planner.smallest()),
          planned_(planned) {
        if (planner.writes_external()) restore_ = options.restore;
    }
    ~ProgramRuns() override;

    /// The TensorMap's pool is found by trying, since what is in it is dropped only when it is short.
    [[nodiscard]] Sizes boundless() override;
    SimulatedOutcome run(const Sizes& sizes, std::uint64_t limit_ns) override;

    /// Of the first run, which was not held back.
    [[nodiscard]] const ChipFigures& chip() const noexcept { return chip_; }

private:
    /// Entries that a `get` or `set` needs while it looks for whom to wait.
    static constexpr std::uint64_t kEntriesOfElement = 2;

    /// Whether the program has more tasks than are simulated, and is ended behind them.
    [[nodiscard]] bool cut() const noexcept { return planned_ > submits_.tasks().size(); }
    void check(const RunResult& result, const std::exception_ptr& thrown) const;
    [[nodiscard]] SimulatedUse use_of(const RunResult& result, const PeakPlaces& places) const;

    RuntimeCore& core_;
    const Program& program_;
    const CallConfig& config_;
    const SubmitTrace& submits_;
    Sizes smallest_;
    std::uint64_t planned_;  ///< tasks that the program submits
    std::function<void()> restore_;
    ChipFigures chip_;
};

/// Gives back what the runs had mapped.
RuntimeCore::ProgramRuns::~ProgramRuns() {
    const Turn turn(core_);
    try {
        core_.lay_out_rings(to_sizes(core_.in_force_), true);
    } catch (const std::exception&) {
        // The system refused memory for the rings' own sizes. The plan is no worse for it: the rings stay as
        // large as they are, and the next run lays them out as it needs them, or tells what was refused.
    }
}

Sizes RuntimeCore::ProgramRuns::boundless() {
    Sizes sizes = sizes_of_all(submits_);
    for (const ResourceRow& row : kResourceRows)
        for (std::size_t ring = 0; ring < row.rings(); ++ring)
            size_in(sizes, row, ring) = std::max(size_in(sizes, row, ring), size_in(smallest_, row, ring));
    for (RingSizes& ring : sizes.ring)
        ring.consumed_window = std::max(ring.consumed_window, ring.task_window);
    const SimulatedOutcome free = run(sizes, kNoLimit);
    const SimulatedUse::Place& pool = free.use.of(Resource::tensormap, 0);
    const std::uint64_t most = std::clamp(pool.peak + pool.spare, smallest_.tensormap, sizes.tensormap);
    const std::vector<std::uint64_t> values =
        candidates(row_of(Resource::tensormap), smallest_.tensormap, most);
    std::size_t low = 0;
    std::size_t good = values.size() - 1;
    while (low != good) {
        const std::size_t middle = low + (good - low) / 2;
        sizes.tensormap = values[middle];
        const SimulatedOutcome outcome = run(sizes, kNoLimit);
        if (outcome.times_held_back == 0 && outcome.makespan_ns == free.makespan_ns)
            good = middle;
        else
            low = middle + 1;
    }
    sizes.tensormap = values[good];
    return sizes;
}

SimulatedOutcome RuntimeCore::ProgramRuns::run(const Sizes& sizes, std::uint64_t limit_ns) {
    if (restore_) restore_();
    const Turn turn(core_);
    OrchestratorCore& orchestrator = core_.orchestrator_;
    chip::Platform& platform = *core_.platform_;
    core_.control_.reset(deadline_of(config_));
    core_.lay_out_rings(sizes, false);
    orchestrator.grow_by({});
    platform.record(nullptr);
    // One task more than there should be is enough to see that the program does not do what was planned.
    platform.simulating()->simulate(submits_.tasks().size() + (cut() ? 0 : 1));
    platform.begin_run(orchestrator.next_numbers());
    PeakPlaces places;
    RunResult result;
    orchestrator.note_peaks_in(&places);
    const std::exception_ptr thrown = core_.call(program_, result, nullptr, nullptr);
    orchestrator.note_peaks_in(nullptr);
    platform.end_run(result.chip);
    check(result, thrown);
    if (chip_.chip.empty()) chip_ = result.chip;
    SimulatedOutcome outcome;
    outcome.makespan_ns = static_cast<std::uint64_t>(result.chip.makespan.count());
    outcome.ended = outcome.makespan_ns <= limit_ns;
    outcome.times_held_back = result.times_held_back;
    outcome.use = use_of(result, places);
    return outcome;
}

void RuntimeCore::ProgramRuns::check(const RunResult& result, const std::exception_ptr& thrown) const {
    const std::uint64_t simulated = submits_.tasks().size();
    const bool failed = thrown != nullptr || core_.control_.stopped();
    if (result.tasks == simulated && (cut() || !failed)) return;
    if (thrown && result.tasks <= simulated) std::rethrow_exception(thrown);
    if (failed && result.tasks <= simulated) core_.control_.rethrow();
    throw Error(
        ErrorCode::invalid_argument,
        fmt::format("the program submitted {}{} tasks in a simulated run, and {} when it was planned; a "
                    "schedule is for programs that submit the same tasks each time they are called",
                    result.tasks > simulated ? "at least " : "", result.tasks, planned_));
}

SimulatedUse RuntimeCore::ProgramRuns::use_of(const RunResult& result, const PeakPlaces& places) const {
    const HeldBackLog& held_back = core_.orchestrator_.held_back();
    SimulatedUse use;
    for (const ResourceRow& row : kResourceRows)
        for (int ring = 0; ring < kRings; ++ring) {
            SimulatedUse::Place& place = use.of(row.resource, row.per_ring() ? ring : 0);
            place.held_back += held_back.times(row.resource, ring);
            if (!row.per_ring() && ring != 0) continue;
            const PeakPlace& reached = places.of(row.resource, ring);
            place.peak = result.peaks.peak(row.resource, ring);
            place.scope = reached.scope;
            place.submit = reached.submit;
        }
    for (std::size_t ring = 0; ring < kRings; ++ring)
        use.of(Resource::payload, static_cast<int>(ring)).spare = spare_payload(submits_, ring);
    use.of(Resource::tensormap, 0).spare = std::max(submits_.most_tensormap_entries(), kEntriesOfElement);
    return use;
}

void RuntimeCore::simulate(const Program& program, const CallConfig& config, const PlanOptions& options,
                           const Planner& planner, Plan& plan) {
    if (platform_ == nullptr) {
        const ScheduleModel& model = planner.model();
        SimulatedRun run(planner.submits(), *model.threads, static_cast<std::uint64_t>(model.submit.count()));
        plan.simulated = planner.schedule(run);
        return;
    }
    // Without kernels it would read what nobody has written.
    if (!plan.exact || plan.tasks_run != 0) return;
    ProgramRuns runs(*this, program, config, options, planner, plan.tasks);
    plan.simulated = planner.schedule(runs);
    plan.simulated->chip = runs.chip();
}

}  // namespace weir::detail
