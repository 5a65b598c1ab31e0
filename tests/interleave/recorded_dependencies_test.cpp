// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// Recorded dependencies against workers that complete tasks at any moment of a submit: each producer is
// recorded as waited for, or as completed before the submit, whenever it completes.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include <weir/weir.hpp>

#include "explored.hpp"
#include "explored_check.hpp"
#include "explored_runtime.hpp"
#include "model/clock.hpp"
#include "recorded_run.hpp"

namespace weir {
namespace {

using explored::Schedule;
using test::Json;

/// What each task must come behind, by row of the record.
using Producers = std::vector<std::vector<std::uint32_t>>;

void require_recorded(Schedule& schedule, const Json& deps, const Producers& producers) {
    const std::vector<Json> tasks = test::rows_of(deps, "task_columns", "tasks");
    schedule.require(tasks.size() == producers.size(), "every task is recorded");
    const std::vector<Json> edges = test::rows_of(deps, "edge_columns", "edges");
    for (std::uint32_t task = 0; task < producers.size(); ++task)
        for (const std::uint32_t producer : producers[task]) {
            bool known = tasks[producer].at("completed").is_number() &&
                         tasks[producer].at("completed").get<std::uint32_t>() <= task;
            for (const Json& edge : edges)
                known |= edge.at("consumer") == task && edge.at("producer") == producer;
            schedule.require(known, "a producer is recorded as waited for or as completed");
        }
}

/// Writers and readers of tiles and of the whole. The first `tiles` submits fill the map, so that later ones
/// make room.
void writers_and_readers(Schedule& schedule, std::uint32_t tiles) {
    static const test::RecordedRun recorded;
    static_cast<void>(ticks_per_us());  // measured here: inside an execution the counter jumps
    std::vector<std::int64_t> data(2 + tiles);
    Producers producers(tiles);
    schedule.thread("main", [&] {
        Runtime runtime({.threads = 2, .runtime_env = explored::ExploredRuntime::tiny()});
        const auto write = runtime.kernel(
            "write", [](InOut<std::int64_t> x) { ++x[0]; }, KernelOptions{.cost_ns = 1'000'000});
        const auto read = runtime.kernel(
            "read", [](In<std::int64_t>) {}, KernelOptions{.cost_ns = 1'000'000});
        runtime.run(
            [&](Orchestrator& o) {
                const auto all = o.external(data.data(), shape(data.size()));
                for (std::uint32_t i = 0; i < tiles; ++i) o.submit(read, all.view({2 + i}, {1}));
                const auto both = all.view({0}, {2});
                const auto first = both.view({0}, {1});
                o.submit(write, first);
                o.submit(read, first);
                o.submit(read, both);
                o.submit(write, both);
            },
            recorded.config({}, false, true));
    });
    schedule.run();
    for (const std::vector<std::uint32_t>& each : Producers{{}, {0}, {0}, {0, 1, 2}}) {
        producers.push_back(each);
        for (std::uint32_t& producer : producers.back()) producer += tiles;
    }
    require_recorded(schedule, recorded.deps(), producers);
}

TEST(RecordedDependenciesInterleaved, name_each_producer_whenever_it_completes) {
    explored::expect_random_hold(400, [](Schedule& s) { writers_and_readers(s, 0); });
}

TEST(RecordedDependenciesInterleaved, name_each_producer_while_the_map_makes_room) {
    explored::expect_random_hold(150, [](Schedule& s) { writers_and_readers(s, 30); });
}

}  // namespace
}  // namespace weir
