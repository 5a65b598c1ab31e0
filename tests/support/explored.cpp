// SPDX-License-Identifier: Apache-2.0
#include "explored.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "explored_choices.hpp"
#include "explored_execution.hpp"

namespace weir::explored {

namespace {

/// Kept from one execution to the next.
Memory& memory() {
    static Memory memory;
    return memory;
}

std::string repetition_of(const Execution& execution) {
    return "repeat it alone with WEIR_EXPLORE_CHOICES=" + execution.choices_text() + "\n";
}

/// An assertion of the code under test has failed: says in which interleaving.
void on_abort(int) {
    const Execution* execution = Execution::current();
    if (execution == nullptr) return;
    std::fprintf(stderr, "the code under test ended the process. %s%s\n", execution->report().c_str(),
                 repetition_of(*execution).c_str());
}

/// Says how many executions there were when the process ends.
struct Count {
    std::uint64_t schedules = 0;
    Count() = default;
    Count(const Count&) = delete;
    Count& operator=(const Count&) = delete;
    ~Count() {
        std::printf("%llu schedules in all\n", static_cast<unsigned long long>(schedules));
        std::fflush(stdout);
    }
} count;

/// Carries out one execution and adds it to what is covered; false when it failed.
bool carry_out(Choices& choices, std::size_t most_operations, const Body& body, Coverage& coverage) {
    Execution execution(choices, memory(), most_operations);
    Schedule schedule(execution);
    try {
        body(schedule);
    } catch (const ExecutionFailed&) {
        coverage.failure = execution.report() + repetition_of(execution);
    }
    ++coverage.schedules;
    ++count.schedules;
    coverage.most_operations = std::max(coverage.most_operations, execution.steps());
    return coverage.failure.empty();
}

/// WEIR_EXPLORE_CHOICES: that one execution in place of all.
std::optional<Coverage> replay(std::size_t most_operations, const Body& body) {
    const char* text = std::getenv("WEIR_EXPLORE_CHOICES");
    if (text == nullptr) return std::nullopt;
    Coverage coverage;
    ReplayedChoices choices(text);
    carry_out(choices, most_operations, body, coverage);
    coverage.how = "the one that WEIR_EXPLORE_CHOICES names";
    return coverage;
}

}  // namespace

void Schedule::thread(std::string name, std::function<void()> body) {
    execution_.add(std::move(name), std::move(body));
}
void Schedule::watch_bytes(const char* name, const void* begin, std::size_t bytes) {
    execution_.watch(name, begin, bytes);
}
void Schedule::watch_claimed_bytes(const void* begin, std::size_t bytes) {
    execution_.watch_claimed(begin, bytes);
}
void Schedule::run() { execution_.run(); }

void Schedule::require(bool holds, const char* sentence, std::source_location site) {
    if (!holds)
        execution_.fail(std::string("violated: ") + sentence + " (" + site.file_name() + ":" +
                        std::to_string(site.line()) + ")");
}

Coverage explore_all(const Bounds& bounds, const Body& body) {
    std::signal(SIGABRT, &on_abort);
    if (auto replayed = replay(bounds.most_operations, body)) return *replayed;
    Coverage coverage;
    ExhaustiveChoices choices(bounds.preemptions, bounds.stale_loads);
    bool more = true;
    while (more && coverage.schedules < bounds.most_schedules &&
           std::chrono::steady_clock::now() < bounds.until) {
        if (!carry_out(choices, bounds.most_operations, body, coverage)) break;
        more = choices.advance();
    }
    coverage.complete = !more;
    coverage.how = "all with at most " + std::to_string(bounds.preemptions) + " preemptions and " +
                   std::to_string(bounds.stale_loads) + " loads of an older value";
    return coverage;
}

Coverage explore_randomly(std::uint64_t schedules, const Body& body, std::uint64_t seed) {
    constexpr std::size_t kMostOperations = 20'000;
    std::signal(SIGABRT, &on_abort);
    if (auto replayed = replay(kMostOperations, body)) return *replayed;
    if (const char* text = std::getenv("WEIR_EXPLORE_SEED")) seed = std::strtoull(text, nullptr, 10);
    Coverage coverage;
    std::size_t expected_operations = 0;
    for (std::uint64_t i = 0; i < schedules; ++i) {
        RandomChoices choices(seed * 1'000'000'007U + i, expected_operations);
        if (!carry_out(choices, kMostOperations, body, coverage)) {
            coverage.failure += "found by seed " + std::to_string(seed) + ", schedule " + std::to_string(i) +
                                "; WEIR_EXPLORE_SEED sets the seed\n";
            break;
        }
        expected_operations = coverage.most_operations;
    }
    coverage.complete = false;
    coverage.how = "at random from seed " + std::to_string(seed);
    return coverage;
}

void forget(const void* place) noexcept {
    memory().forget(place);
    if (Execution* execution = Execution::current()) execution->forget_gate(place);
}

}  // namespace weir::explored
