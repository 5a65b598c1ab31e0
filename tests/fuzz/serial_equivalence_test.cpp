// SPDX-License-Identifier: Apache-2.0
// Random programs leave the same memory behind as a plain serial interpreter, whatever the number of threads
// and however small the rings. A failing program is shrunk and printed; WEIR_SEED repeats a run,
// WEIR_PROGRAMS sets its length.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <vector>

#include "fuzz_host.hpp"
#include "fuzz_seed.hpp"
#include "fuzz_watchdog.hpp"

namespace weir::fuzz {
namespace {

inline constexpr std::uint64_t kSmallestHeap = 2048;
inline constexpr std::uint64_t kSmallHeap = 16384;
inline constexpr std::uint64_t kTinyPayload = 4096;
inline constexpr std::uint64_t kProgramsPerRun = 6'000;
inline constexpr int kTriesToFail = 30;

RuntimeEnv tiny(std::uint64_t consumed_window, std::uint64_t heap, std::uint64_t dep_pool) {
    RuntimeEnv env;
    env.ring_task_window = 4;
    env.ring_consumed_window = consumed_window;
    env.ring_payload = kTinyPayload;
    env.ring_heap = heap;
    env.ring_dep_pool = dep_pool;
    env.tensormap_pool = 64;
    return env;
}

class SerialEquivalence : public testing::Test {
protected:
    SerialEquivalence() {
        for (const int threads : {1, 2, 4}) {
            smallest_.push_back(std::make_unique<FuzzHost>(threads, tiny(4, kSmallestHeap, 4)));
            small_.push_back(std::make_unique<FuzzHost>(threads, tiny(16, kSmallHeap, 16), 0xffff'ff00U));
            default_.push_back(std::make_unique<FuzzHost>(threads, RuntimeEnv{}));
        }
    }

    /// What is wrong with one run, or nothing.
    std::optional<std::string> try_once(FuzzHost& host, const FuzzProgram& program, const Observed& expected,
                                        SizePolicy policy) {
        Setting setting;
        setting.size_policy = policy;
        watchdog_.begin(program, host.description());
        std::optional<std::string> wrong;
        try {
            wrong = difference(expected, host.run(program, {}, setting));
        } catch (const Error& error) {
            wrong = "run ended with " + std::string(to_string(error.code())) + ": " + error.what();
        }
        watchdog_.end();
        return wrong;
    }

    void report(FuzzHost& host, const FuzzProgram& program, Word seed, const std::string& wrong,
                SizePolicy policy) {
        std::cerr << "seed " << seed << " on " << host.description() << ": " << wrong << "\nshrinking ...\n";
        std::string last = wrong;
        const FuzzProgram minimal = shrink(
            program,
            [&](const FuzzProgram& candidate) {
                const Observed expected = interpret(candidate);
                for (int i = 0; i < kTriesToFail; ++i) {
                    if (const auto found = try_once(host, candidate, expected, policy)) {
                        last = *found;
                        return true;
                    }
                }
                return false;
            },
            600);
        ADD_FAILURE() << "seed " << seed << " on " << host.description() << ": " << last << "\n"
                      << to_text(minimal) << how_to_repeat(seed);
    }

    bool check(FuzzHost& host, const FuzzProgram& program, const Observed& expected, Word seed,
               SizePolicy policy = SizePolicy::fixed) {
        const auto wrong = try_once(host, program, expected, policy);
        if (wrong) report(host, program, seed, *wrong, policy);
        grown_ += host.last_result().grown.size();
        held_back_ += host.last_result().times_held_back;
        in_place_ += host.last_result().tasks_in_place;
        shipped_ += host.last_result().tasks - host.last_result().tasks_in_place;
        return !wrong;
    }

    /// A program that needs more than the window must be refused: the verdict follows from the submissions
    /// alone.
    bool check_refused(FuzzHost& host, const FuzzProgram& program, Word seed) {
        watchdog_.begin(program, host.description());
        ErrorCode code = ErrorCode::ok;
        try {
            (void)host.run(program);
        } catch (const Error& error) {
            code = error.code();
        }
        watchdog_.end();
        EXPECT_EQ(code, ErrorCode::capacity)
            << "seed " << seed << " needs a consumed window of " << needs_of(program, 64).consumed_window
            << ", on " << host.description() << "\n"
            << to_text(program);
        return code == ErrorCode::capacity;
    }

    /// Starts with less than the program needs.
    bool check_growing(const FuzzProgram& program, const Observed& expected, Word seed) {
        return std::all_of(smallest_.begin(), smallest_.end(), [&](const auto& host) {
            return check(*host, program, expected, seed, SizePolicy::growing);
        });
    }

    bool run_program(Word seed) {
        const bool small = seed % 5 < 2;
        const FuzzProgram program = generate(seed, {.consumed_window = small ? 16U : 4U});
        const Observed expected = interpret(program);
        for (std::size_t i = 0; i < program.statements.size(); ++i) {
            const Statement& statement = program.statements[i];
            if (statement.calls() > 1) ++(statement.meets() ? met_ : shared_);
            if (statement.predicate) ++(expected.reads[i] != 0 ? worked_ : skipped_);
        }
        const Needs needs = needs_of(program, 128);
        const bool fits = needs.consumed_window <= 4 && needs.heap_bytes <= kSmallestHeap;
        if (!fits && seed % 4 != 0 && !check_growing(program, expected, seed)) return false;
        if (needs.heap_bytes > kSmallHeap) return true;
        for (std::size_t i = 0; i < default_.size(); ++i) {
            if (!check(fits ? *smallest_[i] : *small_[i], program, expected, seed)) return false;
            if (!check(*default_[i], program, expected, seed)) return false;
            if (needs.consumed_window > 4 && seed % 4 == 0 && !check_refused(*smallest_[i], program, seed))
                return false;
        }
        return true;
    }

    Watchdog watchdog_{60};
    std::vector<std::unique_ptr<FuzzHost>> smallest_, small_, default_;
    std::uint64_t held_back_ = 0, in_place_ = 0, shipped_ = 0, grown_ = 0;
    std::uint64_t shared_ = 0, met_ = 0, worked_ = 0,
                  skipped_ = 0;  ///< tasks of several calls; with predicates
};

TEST_F(SerialEquivalence, random_programs_leave_what_serial_execution_leaves) {
    const Seeds seeds = seeds_of_run(kProgramsPerRun, 6);
    for (const Word seed : seeds)
        if (!run_program(seed)) return;
    if (!seeds.many()) return;
    // How often depends on the threads' speed; that it happens at all does not.
    EXPECT_GT(held_back_, 0U) << "the tiny rings held nobody back";
    EXPECT_GT(in_place_, 0U) << "no task ran in place at submit";
    EXPECT_GT(shipped_, 0U) << "no task went through the scheduler";
    EXPECT_GT(shared_, seeds.count / 4) << "hardly any task of several calls";
    EXPECT_GT(met_, seeds.count / 4) << "hardly any call met another one";
    EXPECT_GT(worked_, seeds.count / 4) << "hardly any predicate held";
    EXPECT_GT(skipped_, seeds.count / 4) << "hardly any predicate did not hold";
    EXPECT_GT(grown_, 0U) << "no size grew";
    std::cerr << grown_ << " sizes grew; held back " << held_back_ << " times; " << in_place_
              << " tasks in place, " << shipped_ << " by the scheduler\n";
}

TEST(Interpreter, agrees_with_a_program_worked_out_by_hand) {
    FuzzProgram program;
    program.memory_words = {4};
    Statement whole;
    whole.kind = Statement::Kind::external;
    whole.id = 1;
    whole.placement = row_major({2, 2});
    whole.operand.tensor = 1;
    Statement task;
    task.id = 2;
    Argument column;
    column.tensor = 1;
    column.steps = {{.kind = ViewStep::Kind::slice, .axis = 1, .begin = 1, .end = 2}};
    Argument first_row = column;
    first_row.access = Access::out;
    first_row.steps = {{.kind = ViewStep::Kind::box, .offset = {0, 0}, .shape = {1, 2}}};
    task.arguments = {column, first_row};
    program.statements = {whole, task};
    normalise(program);

    const std::vector<Word> before = initial_memory(program, 0);
    const Word hash = mix(mix(mix(2), before[1]), before[3]);
    const Observed after = interpret(program);
    EXPECT_EQ(after.reads[1], hash);
    const std::vector<Word> expected{mix(hash, Word{1} << 32U), mix(hash, (Word{1} << 32U) + 1), before[2],
                                     before[3]};
    EXPECT_EQ(after.memories[0], expected);
    EXPECT_EQ(program.statements[1].signature, 3) << "in, out";
}

TEST(Shrinking, keeps_only_what_the_failure_needs) {
    const auto tasks_with_new_output = [](const FuzzProgram& candidate) {
        std::size_t count = 0;
        for (const Statement& statement : candidate.statements)
            for (const Argument& argument : statement.arguments) count += argument.allocates ? 1U : 0U;
        return count;
    };
    Word seed = 1;
    while (tasks_with_new_output(generate(seed, {})) < 2) ++seed;
    const FuzzProgram program = generate(seed, {});
    const FuzzProgram minimal = shrink(
        program, [&](const FuzzProgram& candidate) { return tasks_with_new_output(candidate) >= 1; }, 5000);
    EXPECT_EQ(tasks_with_new_output(minimal), 1U);
    EXPECT_LE(minimal.statements.size(), 1U) << to_text(minimal);
}

}  // namespace
}  // namespace weir::fuzz
