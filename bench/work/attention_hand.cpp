// SPDX-License-Identifier: Apache-2.0
//
// programs/paged_attention partitioned by hand: each thread gets consecutive groups with as many tokens as
// the others, and folds their blocks in a plain loop. The threads exist before the clock starts and spin
// until it does.
#include <atomic>
#include <thread>
#include <vector>

#include "attention.hpp"
#include "run.hpp"

namespace {

using weir::work::Options;
using weir::work::Step;

/// Where the groups of each thread begin; one more place for the end of the last.
template <class T>
std::vector<std::size_t> partition(Step<T>& step, std::size_t threads) {
    const auto& table = step.problem().table;
    const std::size_t tokens = table.tokens * step.problem().sizes.kv_heads;
    std::vector<std::size_t> begins{0};
    std::size_t seen = 0;
    for (std::size_t group = 0; group < step.groups(); ++group) {
        seen += table.context_tokens[step.sequence(group)];
        while (begins.size() < threads && seen * threads >= tokens * begins.size())
            begins.push_back(group + 1);
    }
    begins.resize(threads, step.groups());
    begins.push_back(step.groups());
    return begins;
}

template <class T>
void work_off(Step<T>& step, std::size_t begin, std::size_t end) {
    float* const state = step.state(begin < end ? begin : 0);
    for (std::size_t group = begin; group < end; ++group) {
        for (std::size_t index = 0; index < step.blocks(group); ++index) step.attend(group, index, state);
        step.finish(group, state);
    }
}

/// Threads that run the same function again and again, each round started and awaited by their owner.
template <class Function>
class Team {
public:
    Team(std::size_t others, Function function) : function_(function), others_(others) {
        for (std::size_t i = 1; i <= others; ++i) threads_.emplace_back([this, i] { serve(i); });
    }
    ~Team() {
        round_.store(kEnd, std::memory_order_release);  // [1]
        for (std::thread& thread : threads_) thread.join();
    }
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;

    void run() {
        finished_.store(0, std::memory_order_relaxed);   // ordered by [1]
        round_.fetch_add(1, std::memory_order_release);  // [1]
        function_(0);
        while (finished_.load(std::memory_order_acquire) != others_) {  // [2]
        }
    }

private:
    static constexpr std::uint64_t kEnd = ~std::uint64_t{0};

    void serve(std::size_t index) {
        for (std::uint64_t seen = 0;;) {
            const std::uint64_t round = round_.load(std::memory_order_acquire);  // [1]
            if (round == kEnd) return;
            if (round == seen) continue;
            seen = round;
            function_(index);
            finished_.fetch_add(1, std::memory_order_release);  // [2]
        }
    }

    Function function_;
    std::size_t others_;
    std::atomic<std::uint64_t> round_{0};
    std::atomic<std::size_t> finished_{0};
    std::vector<std::thread> threads_;
};

template <class T>
int measure(const Options& options) {
    Step<T> step{weir::paged_attention::Sizes{}};
    const auto threads = static_cast<std::size_t>(options.threads);
    const std::vector<std::size_t> begins = partition(step, threads);
    Team team{threads - 1, [&](std::size_t index) { work_off(step, begins[index], begins[index + 1]); }};
    const auto seconds = weir::work::time_repeats(
        options.repeat, [] {}, [&] { team.run(); });
    return weir::work::report(seconds, step.right());
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    if (!weir::work::parse_options({argv, static_cast<std::size_t>(argc)}, options)) return 2;
    return options.storage == "bf16" ? measure<weir::BFloat16>(options) : measure<float>(options);
}
