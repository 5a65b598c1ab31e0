// SPDX-License-Identifier: Apache-2.0
// What a plan says of random programs is so: they run with the smallest sizes on any number of threads, one
// step less of any size ends in the capacity verdict, and with the unhindered sizes nothing holds them back.
// Where a program reads what tasks have written the plan runs these, and they read what they read in a run.
// The sizes that a simulated schedule recommends are within its bounds, and enough for a run.
// WEIR_SEED repeats a run, WEIR_PROGRAMS sets its length.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "fuzz_host.hpp"
#include "fuzz_plans.hpp"
#include "fuzz_seed.hpp"
#include "fuzz_watchdog.hpp"

namespace weir::fuzz {
namespace {

inline constexpr std::uint64_t kProgramsPerRun = 400;

class PlannedSizes : public testing::Test {
protected:
    PlannedSizes() {
        for (const int threads : {1, 2, 4})
            hosts_.push_back(std::make_unique<FuzzHost>(threads, RuntimeEnv{}));
    }

    /// The code that a run with these sizes ends with, and what was wrong with its result.
    std::optional<std::string> run(FuzzHost& host, const FuzzProgram& program, const Plan::Table& sizes,
                                   ErrorCode expected) {
        watchdog_.begin(program, host.description());
        std::optional<std::string> wrong;
        try {
            const Observed found = host.run(program, {}, {.sizes = Plan::env(sizes)});
            wrong = expected == ErrorCode::ok ? difference(interpret(program), found) : "it ran to its end";
        } catch (const Error& error) {
            if (error.code() != expected) wrong = error.what();
        }
        watchdog_.end();
        return wrong;
    }

    /// What does not hold of a plan made with data and a schedule, beside what a run must show.
    static std::optional<std::string> wrong_in(const Plan& plan, const Plan& without_data,
                                               std::uint64_t submit_ns, bool single_calls) {
        if (!plan.exact) return "a plan with data should be exact";
        if (without_data.exact && without_data.tasks != plan.tasks) return "data changes what is submitted";
        const SimulatedSchedule& found = *plan.simulated;
        if (found.tasks != plan.tasks) return "not all tasks were simulated";
        const auto makespan = static_cast<std::uint64_t>(found.makespan_unhindered.count());
        if (makespan < plan.tasks * submit_ns) return "the schedule is shorter than its submits";
        // Asserted where every task is one call, as the simulation sees it.
        if (single_calls &&
            static_cast<std::uint64_t>(found.makespan_recommended.count()) > makespan + makespan / 50)
            return "the recommended sizes take " + std::to_string(found.makespan_recommended.count()) +
                   " ns instead of " + std::to_string(makespan) + ", more than 2 % longer";
        for (const ResourceRow& row : kResourceRows) {
            for (std::size_t ring = 0; ring < row.rings(); ++ring) {
                const auto value = [&](const Plan::Table& table) {
                    return table[static_cast<std::size_t>(row.resource)][ring].value;
                };
                const std::string which = std::string(row.field) + " of ring " + std::to_string(ring);
                if (value(without_data.smallest) > value(plan.smallest))
                    return which + " is larger where the plan ends earlier";
                if (value(plan.smallest) > value(found.recommended) ||
                    value(found.recommended) > value(found.unhindered) ||
                    value(found.unhindered) > value(plan.unhindered))
                    return which + " is out of order";
            }
        }
        return std::nullopt;
    }

    /// Whether everything that the plan says is so.
    bool holds(const FuzzProgram& program, Word seed) {
        const std::uint64_t submit_ns = 100 + seed % 5'000;
        FuzzHost& planner = *hosts_[seed % hosts_.size()];
        const Plan without_data = planner.plan(program);
        const ScheduleModel model{.threads = static_cast<int>(1 + seed % 5),
                                  .submit = std::chrono::nanoseconds(submit_ns)};
        const Plan plan = planner.plan(program, {}, {.simulate = model, .with_data = true});
        tasks_run_ += plan.tasks_run;
        const auto report = [&](const FuzzHost& host, const std::string& what, const std::string& wrong) {
            ADD_FAILURE() << "seed " << seed << ", " << what << ", on " << host.runtime().threads()
                          << " threads: " << wrong << "\n"
                          << to_text(program) << how_to_repeat(seed);
            return false;
        };
        const bool single_calls = std::all_of(
            program.statements.begin(), program.statements.end(),
            [](const Statement& statement) { return statement.calls() == 1 && !statement.predicate; });
        if (const auto wrong = wrong_in(plan, without_data, submit_ns, single_calls))
            return report(planner, "plan", *wrong);
        const std::vector<Word> read = interpret(program).reads;
        for (std::size_t slot = 0; slot < read.size(); ++slot)
            if (planner.planned_reads()[slot] != 0 && planner.planned_reads()[slot] != read[slot])
                return report(planner, "plan", "statement " + std::to_string(slot) + " reads something else");
        for (auto& host : hosts_) {
            if (const auto wrong = run(*host, program, plan.smallest, ErrorCode::ok))
                return report(*host, "smallest sizes", *wrong);
            if (const auto wrong = run(*host, program, plan.simulated->recommended, ErrorCode::ok))
                return report(*host, "recommended sizes", *wrong);
            if (const auto wrong = run(*host, program, plan.unhindered, ErrorCode::ok))
                return report(*host, "unhindered sizes", *wrong);
            if (host->last_result().times_held_back != 0)
                return report(*host, "unhindered sizes", "the program was held back");
        }
        bool all = true;
        for_each_decided(plan.smallest, [&](const ResourceRow& row, std::size_t ring) {
            ++decided_[static_cast<std::size_t>(row.resource)][ring];
            FuzzHost& host = *hosts_[(seed + ring) % hosts_.size()];
            if (const auto wrong =
                    run(host, program, with_less(plan.smallest, row, ring), ErrorCode::capacity))
                all = report(host, std::string("less ") + row.field, *wrong);
        });
        return all;
    }

    Watchdog watchdog_{60};
    std::vector<std::unique_ptr<FuzzHost>> hosts_;
    std::array<std::array<std::uint64_t, kRings>, kResources> decided_{};
    std::uint64_t tasks_run_ = 0;  ///< by plans, for their data
};

TEST_F(PlannedSizes, are_enough_and_one_step_less_is_not) {
    const Seeds seeds = seeds_of_run(kProgramsPerRun, 4);
    for (const Word seed : seeds) {
        const bool with_access = seed % 4 == 0;
        const FuzzProgram program =
            generate(seed, {.element_access = with_access, .launches = seed % 3 != 0, .consumed_window = 32});
        if (!holds(program, seed)) return;
    }
    if (!seeds.many()) return;
    EXPECT_GT(tasks_run_, 0U) << "no program read what a task had written";
    for (const Resource resource : {Resource::consumed_window, Resource::heap})
        for (std::size_t ring = 1; ring < kRings; ++ring)
            EXPECT_GT(decided_[static_cast<std::size_t>(resource)][ring], 0U)
                << "no program decided " << field_of(resource) << " of ring " << ring;
}

/// Two threads, of which one is in a kernel that returns when the program has submitted everything, and the
/// other submits: all kernels count as long, so it starts none unless it is held back.
TEST(UnhinderedSizes, are_what_a_run_holds_in_which_nothing_finishes_before_its_end) {
    const Seeds seeds = seeds_of_run(60, 3);
    FuzzHost host(2, {});
    std::atomic<bool> entered = false;
    std::atomic<bool> open = false;
    std::vector<std::int64_t> place(1);
    const auto gate = host.runtime().kernel(
        "gate",
        [&](InOut<std::int64_t>, const TaskInfo& task) {
            entered = true;
            while (!open && !task.stop_requested()) std::this_thread::yield();
        },
        KernelOptions{.cost_ns = 1'000'000});
    bool running = false;
    Setting setting;
    setting.before = [&](Orchestrator& o) {
        o.submit(gate, o.external(place));
        while (running && !entered) std::this_thread::yield();
    };
    setting.after = [&](Orchestrator&) { open = true; };
    for (const Word seed : seeds) {
        FuzzProgram program = generate(seed, {.element_access = false, .consumed_window = 32});
        // These two have no kernel, and are done where they are submitted.
        std::erase_if(program.statements, [](const Statement& statement) {
            return statement.kind == Statement::Kind::barrier || statement.kind == Statement::Kind::allocate;
        });
        for (Statement& statement : program.statements) statement.pace = Pace::declared_long;
        normalise(program);
        running = entered = open = false;
        const Plan plan = host.plan(program, setting);
        running = true;
        open = false;
        setting.sizes = Plan::env(plan.unhindered);
        const Observed found = host.run(program, {}, setting);
        EXPECT_EQ(difference(interpret(program), found), std::nullopt);
        const RunResult& result = host.last_result();
        EXPECT_EQ(result.times_held_back, 0U);
        for_each_decided(plan.unhindered, [&](const ResourceRow& row, std::size_t ring) {
            const std::uint64_t peak = result.peaks.peak(row.resource, static_cast<int>(ring));
            const std::uint64_t planned = plan.unhindered_of(row.resource, static_cast<int>(ring)).value;
            if (row.resource == Resource::tensormap)
                EXPECT_LE(peak, planned);
            else if (row.rule == SizeRule::any)
                EXPECT_EQ(peak, planned) << row.field << " of ring " << ring;
            else
                EXPECT_GT(peak, planned / 2) << row.field << " of ring " << ring;
        });
        if (HasFailure()) {
            std::cerr << to_text(program) << how_to_repeat(seed) << "\n";
            return;
        }
    }
}

}  // namespace
}  // namespace weir::fuzz
