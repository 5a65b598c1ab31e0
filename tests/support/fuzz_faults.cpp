// SPDX-License-Identifier: Apache-2.0
#include "fuzz_faults.hpp"

#include <algorithm>
#include <vector>

namespace weir::fuzz {

namespace {

using std::chrono::nanoseconds;

/// A run of a fuzz program takes some ten to some hundred microseconds; moments are drawn from that.
inline constexpr std::int64_t kLongestMomentNs = 300'000;
inline constexpr std::uint64_t kGranularity = 128;

std::vector<std::size_t> slots_of_tasks(const FuzzProgram& program) {
    std::vector<std::size_t> slots;
    for (std::size_t i = 0; i < program.statements.size(); ++i)
        if (program.statements[i].kind == Statement::Kind::task) slots.push_back(i);
    return slots;
}

/// Those that certainly call their kernel.
std::vector<std::size_t> slots_of_certain_tasks(const FuzzProgram& program) {
    std::vector<std::size_t> slots = slots_of_tasks(program);
    std::erase_if(slots, [&](std::size_t slot) { return program.statements[slot].predicate.has_value(); });
    return slots;
}

std::size_t pick(Random& random, std::size_t count) {
    return static_cast<std::size_t>(random.below(static_cast<std::int64_t>(count)));
}

/// Most moments are early ones.
nanoseconds moment(Random& random) {
    return nanoseconds(1 + random.below(1 + random.below(kLongestMomentNs)));
}

bool is_typed(const Statement& statement) { return statement.signature >= 0; }

/// Whether a run with these faults cannot end without an error.
bool must_fail(const Faults& faults) {
    return faults.program_throws_at ||
           std::any_of(faults.kernels.begin(), faults.kernels.end(),
                       [](const KernelFault& fault) { return fault.moment != KernelFault::Moment::none; });
}

/// What is wrong with an error of a run with these faults.
std::optional<std::string> unexplained(const Error& error, const Faults& faults) {
    const std::string what = error.what();
    const std::string shown = std::string(to_string(error.code())) + ": " + what;
    const auto mentions = [&](const char* text) { return what.find(text) != std::string::npos; };
    switch (error.code()) {
        case ErrorCode::kernel_failed:
            if (faults.kernels.empty()) return "no kernel was to fail, but the run ended with " + shown;
            if (!mentions("kernel \"") || !mentions("fuzz_host.cpp:") || error.site().line() == 0)
                return "the error names no kernel or no line: " + shown;
            if (!mentions("gives up") && !mentions("no std::exception") && !mentions("status 7"))
                return "the error does not say what the kernel did: " + shown;
            return std::nullopt;
        case ErrorCode::deadline:
            if (!faults.deadline) return "the run had no deadline, but ended with " + shown;
            return std::nullopt;
        case ErrorCode::cancelled:
            if (!faults.cancels()) return "nobody cancelled the run, but it ended with " + shown;
            return std::nullopt;
        default:
            return "the run ended with " + shown;
    }
}

/// Every task that ran has read what serial execution gives it to read.
std::optional<std::string> wrong_read(const FuzzProgram& program, const Observed& expected,
                                      const std::vector<Word>& reads) {
    for (const std::size_t slot : slots_of_tasks(program))
        if (reads[slot] != 0 && reads[slot] != expected.reads[slot])
            return "statement at line " + std::to_string(slot) +
                   " ran, but saw other data than in serial order";
    return std::nullopt;
}

bool fits(const FuzzProgram& program, const RuntimeEnv& sizes) {
    const Needs needs = needs_of(program, kGranularity);
    for (std::size_t ring = 0; ring < kRings; ++ring)
        if (needs.consumed_window > sizes.ring_consumed_window.per_ring[ring] ||
            needs.heap_bytes > sizes.ring_heap.per_ring[ring])
            return false;
    return true;
}

}  // namespace

Faults random_faults(Random& random, const FuzzProgram& program) {
    Faults faults;
    const std::vector<std::size_t> tasks = slots_of_certain_tasks(program);
    const std::int64_t first = random.below(5);  // this kind for certain, each other one seldom
    const auto chosen = [&](std::int64_t kind) { return kind == first || random.chance(15); };
    if (chosen(0) && !tasks.empty()) {
        faults.kernels.resize(program.statements.size());
        for (std::int64_t count = 1 + random.below(3); count > 0; --count) {
            const std::size_t slot = tasks[pick(random, tasks.size())];
            KernelFault& fault = faults.kernels[slot];
            fault.moment = static_cast<KernelFault::Moment>(1 + random.below(3));
            fault.kind = static_cast<KernelFault::Kind>(random.below(3));
            const bool at_end = fault.moment == KernelFault::Moment::at_end;
            if (fault.kind == KernelFault::Kind::status && (!at_end || is_typed(program.statements[slot])))
                fault.kind = KernelFault::Kind::exception;
        }
    }
    if (chosen(1)) faults.program_throws_at = pick(random, program.statements.size());
    if (chosen(2)) faults.deadline = moment(random);
    if (chosen(3)) faults.cancel_after = moment(random);
    if (chosen(4) && !tasks.empty()) faults.cancel_in_kernel = tasks[pick(random, tasks.size())];
    return faults;
}

std::string to_text(const Faults& faults) {
    static constexpr const char* kMoments[] = {"", "at its start", "after reading", "at its end"};
    static constexpr const char* kKinds[] = {"an exception", "a number thrown", "a status"};
    std::string text;
    for (std::size_t i = 0; i < faults.kernels.size(); ++i) {
        const auto moment_index = static_cast<std::size_t>(faults.kernels[i].moment);
        if (moment_index != 0)
            text += "the task of line " + std::to_string(i) + " fails " + kMoments[moment_index] + " by " +
                    kKinds[static_cast<std::size_t>(faults.kernels[i].kind)] + "\n";
    }
    if (faults.program_throws_at)
        text += "the program throws before line " + std::to_string(*faults.program_throws_at) + "\n";
    if (faults.deadline) text += "deadline " + std::to_string(faults.deadline->count()) + " ns\n";
    if (faults.cancel_after)
        text += "cancelled after " + std::to_string(faults.cancel_after->count()) + " ns\n";
    if (faults.cancel_in_kernel)
        text += "cancelled by the task of line " + std::to_string(*faults.cancel_in_kernel) + "\n";
    return text;
}

std::optional<std::string> FaultCampaign::run_with(FuzzHost& host, const FuzzProgram& program,
                                                   const Faults& faults, const Observed& expected) {
    ++totals_.runs;
    ++totals_.faults_armed;
    try {
        const Observed found = host.run(program, faults);
        ++totals_.unharmed;
        totals_.tasks += host.last_result().tasks;
        if (must_fail(faults)) return "the run ended without an error, as if nothing had gone wrong";
        return difference(expected, found);
    } catch (const ProgramFault&) {
        ++totals_.program_throws;
        if (!faults.program_throws_at) return "the run ended with what the program did not throw";
    } catch (const Error& error) {
        totals_.kernel_failures += error.code() == ErrorCode::kernel_failed ? 1U : 0U;
        totals_.deadlines += error.code() == ErrorCode::deadline ? 1U : 0U;
        totals_.cancels += error.code() == ErrorCode::cancelled ? 1U : 0U;
        if (auto wrong = unexplained(error, faults)) return wrong;
    } catch (const std::exception& error) {
        return std::string("the run ended with an exception of nobody: ") + error.what();
    }
    return wrong_read(program, expected, host.log().reads);
}

std::optional<std::string> FaultCampaign::run_without(FuzzHost& host, const FuzzProgram& program,
                                                      const Observed& expected) {
    ++totals_.runs;
    try {
        const auto wrong = difference(expected, host.run(program));
        totals_.tasks += host.last_result().tasks;
        totals_.times_held_back += host.last_result().times_held_back;
        return wrong ? "the next run: " + *wrong : wrong;
    } catch (const std::exception& error) {
        return std::string("the next run, without faults, ended with ") + error.what();
    }
}

std::optional<std::string> FaultCampaign::check(FuzzHost& host, Word seed) {
    const RuntimeEnv& sizes = host.runtime().sizes();
    const bool smallest = sizes.ring_consumed_window.per_ring[0] < 16;
    const FuzzProgram program = generate(seed, {.consumed_window = smallest ? 4U : 16U});
    if (program.statements.empty() || !fits(program, sizes)) return std::nullopt;
    Random random(mix(seed, 1));
    const Faults faults = random_faults(random, program);
    const Observed expected = interpret(program);
    ++totals_.programs;
    watchdog_.begin(program,
                    "seed " + std::to_string(seed) + ", " + host.description() + "\n" + to_text(faults));
    std::optional<std::string> wrong = run_with(host, program, faults, expected);
    if (!wrong) wrong = run_without(host, program, expected);
    watchdog_.end();
    if (!wrong) return std::nullopt;
    return "seed " + std::to_string(seed) + " on " + host.description() + ": " + *wrong + "\n" +
           to_text(program) + to_text(faults);
}

}  // namespace weir::fuzz
