// SPDX-License-Identifier: Apache-2.0
//
// That running short tasks in place never costs parallelism: the time of one thread and of two for
//
//   independent   independent tasks of 10 us
//   alternating   independent tasks of one kernel, every second one empty, the others of 50 us
//   first_long    a first task of 200 ms, then short ones: when the last of these is done
//
// Each repeat registers its kernel anew, so that the runtime knows nothing of it when the first task comes.
#include <atomic>
#include <numeric>

#include "patterns/kernel.hpp"
#include "promise.hpp"

namespace {

using namespace weir::promises;
using weir::Orchestrator;
using weir::Out;
using weir::Runtime;

constexpr std::size_t kData = 1024;

/// Iterations of compute_bound that take this long here: the shortest of many tries, so that other load on
/// the machine does not make tasks shorter.
std::uint64_t iterations_for(double seconds) {
    constexpr std::uint64_t kProbe = 2'000;
    double shortest = 1.0;
    for (int i = 0; i < 200; ++i)
        shortest = std::min(shortest, seconds_of([] { weir::patterns::compute_bound(kProbe); }));
    return static_cast<std::uint64_t>(static_cast<double>(kProbe) * seconds / shortest);
}

struct Data {
    std::vector<weir::patterns::Datum> data = std::vector<weir::patterns::Datum>(kData);

    std::vector<weir::Tensor<std::uint64_t>> tensors(Orchestrator& o) {
        std::vector<weir::Tensor<std::uint64_t>> all;
        for (auto& datum : data) all.push_back(o.external(&datum.value, weir::shape(1)));
        return all;
    }
};

/// Runs `tasks` tasks; task i takes `even` iterations if i is even, else `odd`.
double run(Runtime& runtime, Data& data, std::uint64_t tasks, std::uint64_t even, std::uint64_t odd) {
    const auto kernel = runtime.kernel("work", [](Out<std::uint64_t> out, std::uint64_t iterations) {
        out[0] = static_cast<std::uint64_t>(weir::patterns::compute_bound(iterations));
    });
    return seconds_of([&] {
        runtime.run([&](Orchestrator& o) {
            const auto tensors = data.tensors(o);
            for (std::uint64_t i = 0; i < tasks; ++i)
                o.submit(kernel, tensors[i % kData], i % 2 == 0 ? even : odd);
        });
    });
}

/// Seconds from the first submit until the last of the short tasks was done.
double run_first_long(Runtime& runtime, Data& data, std::uint64_t first, std::uint64_t others) {
    constexpr std::size_t kTasks = 100;
    std::atomic<std::size_t> done{0};
    Clock::time_point end;
    const auto kernel = runtime.kernel("work", [&](Out<std::uint64_t> out, std::uint64_t iterations) {
        out[0] = static_cast<std::uint64_t>(weir::patterns::compute_bound(iterations));
        // Relaxed: counts; the end of the run orders `end`.
        if (done.fetch_add(1, std::memory_order_relaxed) + 1 == kTasks) end = Clock::now();
    });
    Clock::time_point begin;
    runtime.run([&](Orchestrator& o) {
        const auto tensors = data.tensors(o);
        begin = Clock::now();
        o.submit(kernel, tensors[0], first);
        for (std::size_t i = 1; i <= kTasks; ++i) o.submit(kernel, tensors[i], others);
    });
    return std::chrono::duration<double>(end - begin).count();
}

}  // namespace

int main(int argc, char** argv) {
    constexpr std::uint64_t kIndependentTasks = 4'000;
    constexpr std::uint64_t kAlternatingTasks = 1'600;
    const std::uint64_t us10 = iterations_for(10e-6);
    Runtime one(with_threads(1));
    Runtime two(with_threads(2));
    Data data;
    std::vector<double> independent[2];
    std::vector<double> alternating[2];
    std::vector<double> first_long;
    for (int i = repeats(argc, argv, 5); i > 0; --i) {
        independent[0].push_back(run(one, data, kIndependentTasks, us10, us10));
        independent[1].push_back(run(two, data, kIndependentTasks, us10, us10));
        alternating[0].push_back(run(one, data, kAlternatingTasks, 0, 5 * us10));
        alternating[1].push_back(run(two, data, kAlternatingTasks, 0, 5 * us10));
        first_long.push_back(run_first_long(two, data, 20'000 * us10, us10));
    }
    Json json;
    json.list("independent_one", independent[0]);
    json.list("independent_two", independent[1]);
    json.list("alternating_one", alternating[0]);
    json.list("alternating_two", alternating[1]);
    json.list("first_long", first_long);
}
