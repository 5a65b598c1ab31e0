// SPDX-License-Identifier: Apache-2.0
// Random programs leave the same memory behind on every chip as a plain serial interpreter, on both clocks,
// with default rings and with tiny ones, with early dispatch and without; on the virtual clock every run of a
// program makes the same schedule. A program with a cohort that a chip cannot start together
// is refused by that chip, for that reason, and by no other. WEIR_SEED repeats a run, WEIR_PROGRAMS sets its
// length.
#include <gtest/gtest.h>

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

/// What the refusal of the first cohort says that the chip cannot start together; nothing: there is none.
std::optional<std::string> refusal(const FuzzProgram& program, const ChipPlatform& chip) {
    for (const Statement& statement : program.statements) {
        if (statement.kind != Statement::Kind::task || !statement.sync_start) continue;
        // Alone, or in an AIV slot alone, a kernel takes one of two AIV; every other block takes the one AIC,
        // or both AIV.
        const bool one_aiv = statement.subtasks == 0 || statement.subtasks == 2 || statement.subtasks == 4;
        const int most = one_aiv ? 2 * chip.clusters : chip.clusters;
        if (statement.blocks <= most) continue;
        const std::string name = chip.platform.substr(0, chip.platform.size() - 3);  // without "sim"
        return "sync_start with blocks " + std::to_string(statement.blocks) + ", but platform \"" + name +
               "\" starts at most " + std::to_string(most) + " blocks";
    }
    return std::nullopt;
}

/// A chip, with the sizes and options to try.
struct ChipHosts {
    ChipPlatform chip;
    /// Without early dispatch, and with it.
    std::vector<std::unique_ptr<FuzzHost>> with_default, with_small, wall_default, wall_small;
    std::uint64_t refused = 0;
};

class ChipEquivalence : public testing::Test {
protected:
    ChipEquivalence() {
        for (const ChipPlatform& chip : chip_platforms()) {
            ChipHosts& hosts = chips_.emplace_back(ChipHosts{chip, {}, {}, {}, {}});
            for (const bool early : {false, true}) {
                RuntimeConfig wall{.platform = chip.platform, .first_task_number = 0xffff'ff00U};
                wall.chip.clock = ChipClock::wall;
                wall.chip.early_dispatch = early;
                wall.threads = 5;  // more than the machine may have cores, for races
                hosts.wall_default.push_back(std::make_unique<FuzzHost>(wall));
                wall.runtime_env = small();
                wall.threads = early ? 1 : 2;
                hosts.wall_small.push_back(std::make_unique<FuzzHost>(wall));
                RuntimeConfig config{.platform = chip.platform, .first_task_number = 0xffff'ff00U};
                config.chip.early_dispatch = early;
                hosts.with_default.push_back(std::make_unique<FuzzHost>(config));
                config.runtime_env = small();
                hosts.with_small.push_back(std::make_unique<FuzzHost>(config));
            }
        }
    }

    bool check(FuzzHost& host, const FuzzProgram& program, const Observed& expected, Word seed,
               const std::optional<std::string>& refusal) {
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
            if (refusal) wrong = "not refused, but expected: " + *refusal;
        } catch (const Error& error) {
            if (!refusal || std::string(error.what()).find(*refusal) == std::string::npos ||
                error.code() != ErrorCode::invalid_argument)
                wrong = "run ended with " + std::string(to_string(error.code())) + ": " + error.what() +
                        (refusal ? "; expected: " + *refusal : "");
        }
        watchdog_.end();
        if (wrong)
            ADD_FAILURE() << "seed " << seed << " on " << host.description() << ": " << *wrong << "\n"
                          << to_text(program) << how_to_repeat(seed);
        return !wrong;
    }

    bool run_program(Word seed) {
        const FuzzProgram program = generate(seed, {.consumed_window = 16U});
        const Observed expected = interpret(program);
        const bool fits = needs_of(program, 128).heap_bytes <= kSmallHeap;
        for (ChipHosts& hosts : chips_) {
            const std::optional<std::string> refused = refusal(program, hosts.chip);
            if (refused) ++hosts.refused;
            // One way or the other, in turn: each costs as much as the other.
            const std::size_t way = seed % hosts.with_default.size();
            if (!check(*hosts.with_default[way], program, expected, seed, refused)) return false;
            const std::size_t other = hosts.with_small.size() - 1 - way;
            if (fits && !check(*hosts.with_small[other], program, expected, seed, refused)) return false;
        }
        // One program in four, on one of the chips: threads cost more than events.
        if (seed % 4 != 0) return true;
        const ChipHosts& on_wall = chips_[seed / 4 % chips_.size()];
        const std::optional<std::string> refused = refusal(program, on_wall.chip);
        const std::size_t way = seed / 4 / chips_.size() % 2;
        return check(*on_wall.wall_default[way], program, expected, seed, refused) &&
               (!fits || check(*on_wall.wall_small[1 - way], program, expected, seed, refused));
    }

    Watchdog watchdog_{60};
    std::vector<ChipHosts> chips_;
    std::uint64_t held_back_ = 0;
};

TEST_F(ChipEquivalence, random_programs_leave_what_serial_execution_leaves) {
    const Seeds seeds = seeds_of_run(kProgramsPerRun, 6);
    for (const Word seed : seeds)
        if (!run_program(seed)) return;
    if (!seeds.many()) return;
    EXPECT_GT(held_back_, 0U) << "the tiny rings held nobody back";
    for (const ChipHosts& hosts : chips_)
        EXPECT_TRUE(hosts.refused != 0 || hosts.chip.clusters != 1) << "the least chip refused nothing";
}

}  // namespace
}  // namespace weir::fuzz
