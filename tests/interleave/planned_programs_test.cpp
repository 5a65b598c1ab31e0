// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// The shipped programs with the smallest sizes that a plan finds for them. In each random interleaving they
// run to their end, nothing of the rings is used by two at once, and the program's own check finds its result
// right; with one step less of any size that they decide they end in the capacity verdict. The programs are
// the objects that are shipped, kernels included, on the explored runtime.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <dlfcn.h>
#include <weir/program.hpp>

#include "caught_error.hpp"
#include "config/resource_table.hpp"
#include "explored.hpp"
#include "explored_check.hpp"
#include "explored_runtime.hpp"
#include "open_runtime.hpp"

namespace weir {
namespace {

using explored::Schedule;
using test::Caught;
using test::caught;

/// A program with parameters that leave some of each of its tasks.
struct Shipped {
    const char* name;
    const char* program;
    std::map<std::string, std::string> settings;
    std::vector<std::string> decides;  ///< sizes that are not the smallest valid ones, with their rings
};

const std::vector<Shipped>& shipped() {
    static const std::map<std::string, std::string> attention = {
        {"batch", "2"},    {"heads", "8"},  {"kv_heads", "2"}, {"head_dim", "32"},
        {"context", "48"}, {"block", "16"}, {"splits", "2"}};
    static const std::map<std::string, std::string> mixed = {
        {"preset", "small"}, {"batch", "3"}, {"context", "24"},     {"hidden", "128"}, {"heads", "4"},
        {"kv_heads", "2"},   {"ffn", "192"}, {"ffn_columns", "96"}, {"depth", "128"},  {"columns", "64"}};
    static std::map<std::string, std::string> separate = mixed;
    separate["epilogues"] = "separate";
    separate["columns"] = "128";
    static const std::vector<Shipped> list = {
        {"vector", "vector", {{"length", "500"}, {"tile", "100"}}, {"ring_consumed_window 1", "ring_heap 1"}},
        {"cholesky", "cholesky", {{"n", "40"}, {"tile", "8"}}, {}},
        {"paged_attention", "paged_attention", attention, {"ring_consumed_window 1", "ring_heap 1"}},
        {"task_bench", "task_bench", {{"width", "6"}, {"steps", "6"}}, {}},
        {"task_bench_in_scopes",
         "task_bench",
         {{"pattern", "all_to_all"}, {"width", "4"}, {"steps", "6"}, {"scope_rows", "2"}},
         {}},
        {"qwen3_decode",
         "qwen3_decode",
         mixed,
         {"ring_consumed_window 2", "ring_heap 1", "ring_heap 2", "ring_heap 3"}},
        {"qwen3_decode_separate",
         "qwen3_decode",
         separate,
         {"ring_consumed_window 2", "ring_consumed_window 3", "ring_heap 1", "ring_heap 2", "ring_heap 3"}}};
    return list;
}

/// The entry of a program that takes the runtime from this executable. It stays loaded.
const ProgramEntry& entry_of(const std::string& program) {
    const std::string path = std::string(WEIR_EXPLORED_PROGRAMS) + "/" + program + ".so";
    void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw std::runtime_error(dlerror());
    return *static_cast<const ProgramEntry*>(dlsym(library, "weir_program_entry"));
}

/// What a run ended with.
struct Ended {
    Caught error;
    RunResult result;
    std::unique_ptr<ProgramInstance> program;  ///< with its data
};

class PlannedPrograms : public testing::TestWithParam<std::size_t> {
protected:
    void SetUp() override {
        const auto coverage = explored::explore_randomly(1, [&](Schedule& schedule) {
            schedule.thread("main", [&] {
                Runtime runtime({.threads = 1, .runtime_env = explored::ExploredRuntime::tiny()});
                const auto program = make(runtime);
                plan_ = runtime.plan([&](Orchestrator& o) { program->run(o); });
            });
            schedule.run();
        });
        ASSERT_EQ(coverage.failure, "");
        ASSERT_TRUE(plan_.exact);
        // The more tasks, the fewer schedules, which take about as long together.
        schedules_ = std::max<std::uint64_t>(1'500 / plan_.tasks, 10);
    }

    [[nodiscard]] Ended run(Schedule& schedule, int threads, const RuntimeEnv& sizes) const {
        Ended ended;
        schedule.thread("main", [&] {
            Runtime runtime({.threads = threads,
                             .runtime_env = sizes,
                             .first_task_number = (std::uint64_t{1} << 32U) - 2});
            const RingMemory& memory = open_runtime::memory_of(runtime);
            schedule.watch("core", &open_runtime::core_of(runtime));
            explored::watch_rings(schedule, resolve_sizes(sizes), memory.layout(), memory.arena(), kRings);
            ended.program = make(runtime);
            ended.program->prepare();
            ended.error = caught([&] {
                runtime.run([&](Orchestrator& o) { ended.program->run(o); }, {.runtime_env = sizes},
                            ended.result);
            });
        });
        schedule.run();
        return ended;
    }

    Plan plan_;
    std::uint64_t schedules_ = 0;

private:
    [[nodiscard]] std::unique_ptr<ProgramInstance> make(Runtime& runtime) const {
        const ParameterValues values({entry_.parameters, entry_.parameter_count},
                                     shipped()[GetParam()].settings);
        return std::unique_ptr<ProgramInstance>(entry_.create(runtime, values));
    }

    const ProgramEntry& entry_ = entry_of(shipped()[GetParam()].program);
};

TEST_P(PlannedPrograms, run_to_their_end_with_the_smallest_sizes) {
    const RuntimeEnv sizes = Plan::env(plan_.smallest);
    std::uint64_t held_back = 0;
    const auto run_on = [&](int threads) {
        return [&, threads](Schedule& schedule) {
            const Ended ended = run(schedule, threads, sizes);
            schedule.require(ended.error.code == ErrorCode::ok, "the smallest sizes are enough");
            schedule.require(ended.result.tasks == plan_.tasks, "every task of the plan is submitted");
            schedule.require(ended.program->check().ok, "the program's check finds nothing wrong");
            schedule.require(threads == 1 || ended.result.tasks_in_place < plan_.tasks,
                             "tasks are handed over");
            held_back += ended.result.times_held_back;
        };
    };
    explored::expect_these_hold(2, run_on(1));  // alone it has nobody to be interleaved with
    explored::expect_random_hold(schedules_, run_on(2));
    explored::expect_random_hold(schedules_, run_on(3));
    EXPECT_GT(held_back, 0U) << "in some interleavings nothing finishes while the program submits";
}

TEST_P(PlannedPrograms, end_in_the_verdict_with_one_step_less) {
    std::vector<std::string> decided;
    for (const ResourceRow& row : kResourceRows) {
        for (std::size_t ring = 0; ring < row.rings(); ++ring) {
            Plan::Table less = plan_.smallest;
            PlannedSize& size = less[static_cast<std::size_t>(row.resource)][ring];
            if (!size.decided) continue;
            decided.push_back(row.field + (" " + std::to_string(ring)));
            size.value = row.rule == SizeRule::any ? size.value - 1 : size.value / 2;
            explored::expect_these_hold(std::max<std::uint64_t>(schedules_ / 6, 4), [&](Schedule& schedule) {
                const Ended ended = run(schedule, 2, Plan::env(less));
                schedule.require(ended.error.code == ErrorCode::capacity &&
                                     ended.error.message.find(row.field) != std::string::npos,
                                 "one step less ends in the verdict, which names the size");
            });
        }
    }
    EXPECT_EQ(decided, shipped()[GetParam()].decides);
}

INSTANTIATE_TEST_SUITE_P(Shipped, PlannedPrograms, testing::Range<std::size_t>(0, shipped().size()),
                         [](const auto& named) { return std::string(shipped()[named.param].name); });

TEST(PlannedProgramsList, has_every_program_that_is_shipped) {
    std::istringstream names(WEIR_EXPLORED_PROGRAM_NAMES);
    for (std::string name; names >> name;)
        EXPECT_TRUE(std::any_of(shipped().begin(), shipped().end(),
                                [&](const Shipped& one) { return one.program == name; }))
            << name << " is shipped, and not run here";
}

}  // namespace
}  // namespace weir
