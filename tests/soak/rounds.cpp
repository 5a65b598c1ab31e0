// SPDX-License-Identifier: Apache-2.0
// A round makes a runtime of random threads and sizes, runs random programs with random faults on it, and
// takes it down. Round i depends on seed + i alone, so a failure repeats from its seed.
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>

#include <unistd.h>

#include "fuzz_faults.hpp"
#include "fuzz_seed.hpp"
#include "options.hpp"
#include "process_census.hpp"

namespace weir::soak {

namespace {

using Clock = std::chrono::steady_clock;
using fuzz::FuzzHost;
using fuzz::Random;
using fuzz::Word;

inline constexpr std::uint64_t kProgramsPerRound = 50;
/// Rounds until every size of rings and every part of the test has been in memory.
inline constexpr std::uint64_t kWarmUpRounds = 40;
/// Resident memory after a round may exceed the largest of the warm-up by that much.
inline constexpr std::uint64_t kGrowthBytes = std::uint64_t{8} << 20U;
inline constexpr bool kMemoryIsChecked = fuzz::kSlowdown == 1;  // sanitizers keep what was freed
inline constexpr auto kProgressEvery = std::chrono::seconds(10);

/// How to repeat the current round, for a process that ends by a signal.
std::array<char, 128> reproduction{};

void note_round(Word seed) {
    std::snprintf(reproduction.data(), reproduction.size(),
                  "repeat with: ./weir soak --seed %llu --rounds 1\n", static_cast<unsigned long long>(seed));
}

extern "C" void report_signal(int number) {
    // The process ends either way.
    static_cast<void>(!write(STDERR_FILENO, reproduction.data(), std::strlen(reproduction.data())));
    std::signal(number, SIG_DFL);
    std::raise(number);
}

RuntimeEnv random_sizes(Random& random) {
    RuntimeEnv env;
    const std::int64_t dice = random.below(4);
    if (dice == 0) return env;
    static constexpr std::array<std::uint64_t, 4> kWindows = {4, 4, 16, 64};
    const std::uint64_t window = kWindows[static_cast<std::size_t>(random.below(4))];
    env.ring_task_window = window;
    env.ring_consumed_window = window << static_cast<unsigned>(random.below(3));
    env.ring_payload = 4096U << static_cast<unsigned>(random.below(3));
    env.ring_heap = 2048U << static_cast<unsigned>(random.below(6));
    env.ring_dep_pool = 4U << static_cast<unsigned>(random.below(5));
    env.tensormap_pool = 64U << static_cast<unsigned>(random.below(4));
    return env;
}

class Soak {
public:
    explicit Soak(const Options& options) : options_(options) {}

    int run() {
        std::printf("soak: seed %llu\n", static_cast<unsigned long long>(options_.seed));
        for (const int number : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL})
            std::signal(number, report_signal);
        Clock::time_point next_progress = start_ + kProgressEvery;
        bool right = true;
        while (right && Clock::now() - start_ < options_.duration &&
               (!options_.rounds || rounds_ < *options_.rounds)) {
            right = round(options_.seed + rounds_);
            ++rounds_;
            if (Clock::now() < next_progress) continue;
            next_progress += kProgressEvery;
            print("so far");
        }
        print(right ? "done" : "failed");
        return right ? 0 : 1;
    }

private:
    static bool fail(const std::string& text) {
        std::fprintf(stderr, "soak: %s\n%s", text.c_str(), reproduction.data());
        return false;
    }

    bool round(Word seed) {
        note_round(seed);
        const faults::Census before = faults::take_census();
        Random random(seed);
        {
            const int threads = 1 + static_cast<int>(random.below(4));
            const Word first_task =
                random.chance(50) ? 1 : 0xffff'ffffU - static_cast<Word>(random.below(500));
            FuzzHost host(threads, random_sizes(random), first_task);
            for (std::uint64_t i = 0; i < kProgramsPerRound; ++i)
                if (const auto wrong = campaign_.check(host, random.next())) return fail(*wrong);
            worker_sleeps_ += faults::worker_sleeps();
        }
        const faults::Census after = faults::settled_census(before);
        if (after != before)
            return fail("a runtime left " + to_text(after) + " behind, instead of " + to_text(before));
        return memory_is_flat();
    }

    bool memory_is_flat() {
        const std::uint64_t bytes = faults::resident_bytes();
        most_bytes_ = std::max(most_bytes_, bytes);
        if (rounds_ < kWarmUpRounds) warm_bytes_ = std::max(warm_bytes_, bytes);
        if (!kMemoryIsChecked || bytes <= warm_bytes_ + kGrowthBytes) return true;
        std::fprintf(stderr,
                     "soak: %llu MiB are resident, %llu after the first %llu rounds; repeat with: "
                     "./weir soak --seed %llu --rounds %llu\n",
                     static_cast<unsigned long long>(bytes) >> 20U,
                     static_cast<unsigned long long>(warm_bytes_) >> 20U,
                     static_cast<unsigned long long>(kWarmUpRounds),
                     static_cast<unsigned long long>(options_.seed),
                     static_cast<unsigned long long>(rounds_ + 1));
        return false;
    }

    void print(const char* state) const {
        const fuzz::FaultTotals& totals = campaign_.totals();
        const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
        const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
        std::printf(
            "soak: %s after %.0f s: %llu rounds, %llu programs, %llu runs, %llu tasks checked\n"
            "      faults %llu (%llu kernels, %llu programs, %llu cancels, %llu deadlines), %llu runs "
            "ended before their fault\n"
            "      held back %llu times, workers slept %llu times, resident %.1f MiB at most, %.1f in "
            "the warm-up\n",
            state, seconds, number(rounds_), number(totals.programs), number(totals.runs),
            number(totals.tasks), number(totals.faults_fired()), number(totals.kernel_failures),
            number(totals.program_throws), number(totals.cancels), number(totals.deadlines),
            number(totals.unharmed), number(totals.times_held_back), number(worker_sleeps_),
            static_cast<double>(most_bytes_) / (1 << 20), static_cast<double>(warm_bytes_) / (1 << 20));
        std::fflush(stdout);
    }

    Options options_;
    Clock::time_point start_ = Clock::now();
    fuzz::FaultCampaign campaign_;
    std::uint64_t rounds_ = 0;
    std::uint64_t worker_sleeps_ = 0;
    std::uint64_t warm_bytes_ = 0;
    std::uint64_t most_bytes_ = 0;
};

}  // namespace

int run_rounds(const Options& options) { return Soak(options).run(); }

}  // namespace weir::soak
