// SPDX-License-Identifier: Apache-2.0
// Random programs leave the same memory behind on every chip as a plain serial interpreter, on both clocks,
// with default rings and with tiny ones; and on the virtual clock every run of a program makes the same
// schedule. WEIR_SEED repeats a run, WEIR_PROGRAMS sets its length.
#include <gtest/gtest.h>

#include <iostream>
#include <memory>
#include <optional>
#include <vector>

#include "fuzz_host.hpp"
#include "fuzz_seed.hpp"
#include "fuzz_watchdog.hpp"

namespace weir::fuzz {
namespace {

inline constexpr std::uint64_t kSmallHeap = 16384;
inline constexpr std::uint64_t kProgramsPerRun = 800;

RuntimeEnv small() {
    RuntimeEnv env;
    env.ring_task_window = 4;
    env.ring_consumed_window = 16;
    env.ring_payload = 4096;
    env.ring_heap = kSmallHeap;
    env.ring_dep_pool = 16;
    env.tensormap_pool = 64;
    return env;
}

class ChipEquivalence : public testing::Test {
protected:
    ChipEquivalence() {
        for (const ChipPlatform& chip : chip_platforms()) {
            RuntimeConfig config{.platform = chip.platform, .first_task_number = 0xffff'ff00U};
            RuntimeConfig wall = config;
            wall.chip.clock = ChipClock::wall;
            wall.threads = 2;
            default_.push_back(std::make_unique<FuzzHost>(config));
            wall_default_.push_back(std::make_unique<FuzzHost>(wall));
            config.runtime_env = wall.runtime_env = small();
            small_.push_back(std::make_unique<FuzzHost>(config));
            wall.threads = 1;
            wall_small_.push_back(std::make_unique<FuzzHost>(wall));
        }
    }

    bool check(FuzzHost& host, const FuzzProgram& program, const Observed& expected, Word seed) {
        watchdog_.begin(program, host.description());
        std::optional<std::string> wrong;
        try {
            wrong = difference(expected, host.run(program));
            const ChipFigures first = host.last_result().chip;
            held_back_ += host.last_result().times_held_back;
            const bool again = !wrong && first.clock == ChipClock::virtual_time;
            if (again) wrong = difference(expected, host.run(program));
            const ChipFigures second = again ? host.last_result().chip : first;
            if (first.makespan != second.makespan || first.polling != second.polling ||
                first.idle != second.idle || first.waiting != second.waiting)
                wrong = "a second run made another schedule";
        } catch (const Error& error) {
            // The least chip cannot start every cohort that is generated.
            const bool too_large =
                std::string(error.what()).find("sync_start with blocks") != std::string::npos;
            if (!too_large || error.code() != ErrorCode::invalid_argument)
                wrong = "run ended with " + std::string(to_string(error.code())) + ": " + error.what();
        }
        watchdog_.end();
        if (wrong)
            ADD_FAILURE() << "seed " << seed << " on " << host.description() << ": " << *wrong << "\n"
                          << to_text(program) << "repeat with WEIR_SEED=" << seed << " WEIR_PROGRAMS=1";
        return !wrong;
    }

    bool run_program(Word seed) {
        const FuzzProgram program = generate(seed, {.consumed_window = 16U});
        const Observed expected = interpret(program);
        const bool fits = needs_of(program, 128).heap_bytes <= kSmallHeap;
        for (std::size_t i = 0; i < default_.size(); ++i) {
            if (!check(*default_[i], program, expected, seed)) return false;
            if (fits && !check(*small_[i], program, expected, seed)) return false;
        }
        // One program in four, on one of the chips: threads cost more than events.
        if (seed % 4 != 0) return true;
        const std::size_t wall = seed / 4 % wall_default_.size();
        return check(*wall_default_[wall], program, expected, seed) &&
               (!fits || check(*wall_small_[wall], program, expected, seed));
    }

    Watchdog watchdog_{60};
    std::vector<std::unique_ptr<FuzzHost>> default_, small_;
    std::vector<std::unique_ptr<FuzzHost>> wall_default_, wall_small_;
    std::uint64_t held_back_ = 0;
};

TEST_F(ChipEquivalence, random_programs_leave_what_serial_execution_leaves) {
    const Word seed = seed_of_run();
    const std::uint64_t programs =
        number_from_environment("WEIR_PROGRAMS", kProgramsPerRun / (kSlowdown > 1 ? 6 : 1));
    std::cerr << "WEIR_SEED=" << seed << " WEIR_PROGRAMS=" << programs << "\n";
    for (std::uint64_t i = 0; i < programs; ++i)
        if (!run_program(seed + i)) return;
    if (programs < 100) return;
    EXPECT_GT(held_back_, 0U) << "the tiny rings held nobody back";
}

}  // namespace
}  // namespace weir::fuzz
