// SPDX-License-Identifier: Apache-2.0
// What a plan says of random programs on chips is so, with early dispatch and without, mixed and SPMD tasks
// in the mix: they run with the smallest sizes on both clocks, and one step less of any size ends in the
// capacity verdict. With the sizes that are never held back in its schedule a run on the virtual clock
// without kernels is not held back and takes as long as without bounds; with the recommended ones it takes at
// most 2 % longer. WEIR_SEED repeats a run, WEIR_PROGRAMS sets its length.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fuzz_host.hpp"
#include "fuzz_plans.hpp"
#include "fuzz_seed.hpp"
#include "fuzz_watchdog.hpp"

namespace weir::fuzz {
namespace {

inline constexpr std::uint64_t kProgramsPerRun = 120;

/// One chip, one way to dispatch.
struct ChipHosts {
    ChipHosts(const std::string& platform, bool early) {
        const auto host = [&](ChipClock clock, bool compute) {
            RuntimeConfig config{.platform = platform};
            config.chip.clock = clock;
            config.chip.compute = compute;
            config.chip.early_dispatch = early;
            if (clock == ChipClock::wall) config.threads = 2;
            return std::make_unique<FuzzHost>(config);
        };
        computes = host(ChipClock::virtual_time, true);
        schedules = host(ChipClock::virtual_time, false);
        wall = host(ChipClock::wall, true);
    }
    std::unique_ptr<FuzzHost> computes, schedules, wall;
};

class PlansOfChips : public testing::Test {
protected:
    PlansOfChips() {
        for (const ChipPlatform& chip : chip_platforms())
            for (const bool early : {false, true}) chips_.emplace_back(chip.platform, early);
    }

    /// What is wrong with a run that is to end with this code.
    std::optional<std::string> run(FuzzHost& host, const FuzzProgram& program, const Plan::Table& sizes,
                                   ErrorCode expected) {
        try {
            const Observed found =
                host.run(program, {}, {.sizes = Plan::env(sizes), .size_policy = SizePolicy::fixed});
            return expected == ErrorCode::ok ? difference(interpret(program), found) : "it ran to its end";
        } catch (const Error& error) {
            if (error.code() != expected) return error.what();
        }
        return std::nullopt;
    }

    /// A run that calls no kernel: how long it took.
    static std::chrono::nanoseconds makespan(FuzzHost& host, const FuzzProgram& program,
                                             const Plan::Table& sizes) {
        static_cast<void>(
            host.run(program, {}, {.sizes = Plan::env(sizes), .size_policy = SizePolicy::fixed}));
        return host.last_result().chip.makespan;
    }

    static std::optional<std::string> wrong_in(FuzzHost& host, const FuzzProgram& program, const Plan& plan) {
        const SimulatedSchedule& found = *plan.simulated;
        if (found.tasks != plan.tasks) return "not all tasks were simulated";
        for (const Plan::Table* const sizes : {&plan.unhindered, &found.unhindered}) {
            if (makespan(host, program, *sizes) != found.makespan_unhindered)
                return "sizes that are never short make another schedule";
            if (host.last_result().times_held_back != 0) return "sizes that are never short held it back";
        }
        if (makespan(host, program, found.recommended) != found.makespan_recommended)
            return "the recommended sizes make another schedule than was said";
        if (found.makespan_recommended > found.makespan_unhindered * 102 / 100)
            return "the recommended sizes take more than 2 % longer";
        for (std::size_t resource = 0; resource < kResources; ++resource)
            for (std::size_t ring = 0; ring < kRings; ++ring) {
                const auto value = [&](const Plan::Table& table) { return table[resource][ring].value; };
                if (value(plan.smallest) > value(found.recommended) ||
                    value(found.recommended) > value(found.unhindered) ||
                    value(found.unhindered) > value(plan.unhindered))
                    return "sizes are out of order";
            }
        return std::nullopt;
    }

    bool holds(ChipHosts& chip, const FuzzProgram& program, Word seed) {
        watchdog_.begin(program, chip.schedules->description());
        std::optional<std::string> wrong;
        const auto find = [&](const char* what, std::optional<std::string> found) {
            if (!wrong && found) wrong = std::string(what) + ": " + *found;
        };
        std::optional<Plan> plan;
        try {
            plan = chip.schedules->plan(program, {}, {.simulate = ScheduleModel{}});
        } catch (const Error& error) {
            // A cohort that the chip can never start together.
            if (error.code() != ErrorCode::invalid_argument) wrong = error.what();
        }
        if (plan) {
            ++planned_;
            const Word turn = seed / chips_.size() % 4;  // of the wall clock, whose threads cost more
            find("schedule", wrong_in(*chip.schedules, program, *plan));
            find("smallest sizes", run(*chip.computes, program, plan->smallest, ErrorCode::ok));
            if (turn == 0)
                find("smallest sizes, wall clock", run(*chip.wall, program, plan->smallest, ErrorCode::ok));
            for_each_decided(plan->smallest, [&](const ResourceRow& row, std::size_t ring) {
                ++decided_;
                FuzzHost& host = turn == 1 ? *chip.wall : *chip.computes;
                find(row.field,
                     run(host, program, with_less(plan->smallest, row, ring), ErrorCode::capacity));
            });
        }
        watchdog_.end();
        if (wrong)
            ADD_FAILURE() << "seed " << seed << " on " << chip.schedules->description() << ": " << *wrong
                          << "\n"
                          << to_text(program) << how_to_repeat(seed);
        return !wrong;
    }

    Watchdog watchdog_{60};
    std::vector<ChipHosts> chips_;
    std::uint64_t planned_ = 0;
    std::uint64_t decided_ = 0;
};

TEST_F(PlansOfChips, are_enough_and_one_step_less_is_not_and_schedules_are_as_said) {
    const Seeds seeds = seeds_of_run(kProgramsPerRun, 6);
    for (const Word seed : seeds) {
        const FuzzProgram program = generate(seed, {.element_access = false, .consumed_window = 32});
        // One chip each, one way to dispatch.
        if (!holds(chips_[(seed - seeds.first) % chips_.size()], program, seed)) return;
    }
    if (!seeds.many()) return;
    EXPECT_GT(planned_, seeds.count / 2);
    EXPECT_GT(decided_, 0U) << "no program decided a size";
}

}  // namespace
}  // namespace weir::fuzz
