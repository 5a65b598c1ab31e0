// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// Programs with the smallest sizes that a plan finds for them: in every interleaving that is explored they
// run to their end, with the result of running the tasks one after the other; with one step less they end in
// the capacity verdict, whatever the interleaving.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/resource_table.hpp"
#include "explored.hpp"
#include "explored_check.hpp"
#include "explored_runtime.hpp"
#include "plan/planner.hpp"

namespace weir {
namespace {

using explored::ExploredRuntime;
using explored::Schedule;
using testing::ElementsAre;
using testing::Gt;
using testing::Pair;
using Value = std::int64_t;

/// One call of a program; tensors are numbered as they are made, 0 is external.
struct Step {
    enum class Kind { open, close, make, add, gather } kind;  ///< gather: the first kGathered that were made
    std::size_t from = 0;
    std::size_t to = 0;
    std::int64_t elements = 0;
};
using Steps = std::vector<Step>;

/// Owners enough for one task to fill the smallest dependency pool and, with three axes each, the TensorMap.
constexpr std::size_t kGathered = 23;
template <std::size_t>
using Gathered = In<Value>;

template <std::size_t... I>
auto gather_kernel(ExploredRuntime& runtime, std::index_sequence<I...>) {
    return runtime.kernel(
        "gather", [](Gathered<I>... in, InOut<Value> sum) { ((sum[0] = sum[0] * 3 + in.data()[0]), ...); });
}

/// The kernels of one runtime, and a program for them.
class Tasks {
public:
    explicit Tasks(ExploredRuntime& runtime)
        : make_(runtime.kernel("make", [](Out<Value> out, Value value) { out.data()[0] = value; })),
          add_(runtime.kernel(
              "add",
              [](In<Value> in, InOut<Value> sum) { sum.data()[0] = sum.data()[0] * 3 + in.data()[0]; })),
          gather_(gather_kernel(runtime, kInputs)) {}

    void submit(Orchestrator& o, const Steps& steps, Value& result) const {
        std::vector<Tensor<Value>> tensors = {o.external(&result, shape(1))};
        auto next = steps.begin();
        block(o, next, steps.end(), tensors);
    }

private:
    /// Steps up to the end of the scope that `next` is in.
    void block(Orchestrator& o, Steps::const_iterator& next, Steps::const_iterator end,
               std::vector<Tensor<Value>>& tensors) const {
        while (next != end) {
            const Step& step = *next++;
            if (step.kind == Step::Kind::close) return;
            if (step.kind == Step::Kind::open) {
                const Scope scope{o};
                block(o, next, end, tensors);
            } else if (step.kind == Step::Kind::make) {
                const auto value = static_cast<Value>(tensors.size());
                tensors.push_back(o.submit(make_, shape(1, 1, step.elements), value).output());
            } else if (step.kind == Step::Kind::add) {
                o.submit(add_, tensors[step.from], tensors[step.to]);
            } else {
                gather(o, tensors, kInputs);
            }
        }
    }
    template <std::size_t... I>
    void gather(Orchestrator& o, const std::vector<Tensor<Value>>& tensors, std::index_sequence<I...>) const {
        o.submit(gather_, tensors[1 + I]..., tensors[0]);
    }

    static constexpr std::make_index_sequence<kGathered> kInputs{};

    Kernel<Out<Value>, Value> make_;
    Kernel<In<Value>, InOut<Value>> add_;
    decltype(gather_kernel(std::declval<ExploredRuntime&>(), kInputs)) gather_;
};

Value expected(const Steps& steps) {
    std::vector<Value> values = {0};
    for (const Step& step : steps) {
        if (step.kind == Step::Kind::make) values.push_back(static_cast<Value>(values.size()));
        if (step.kind == Step::Kind::add) values[step.to] = values[step.to] * 3 + values[step.from];
        if (step.kind == Step::Kind::gather)
            for (std::size_t i = 1; i <= kGathered; ++i) values[0] = values[0] * 3 + values[i];
    }
    return values[0];
}

Plan plan_of(Schedule& schedule, const Steps& steps) {
    ExploredRuntime runtime(schedule, 1);
    const Tasks tasks(runtime);
    Planner planner({});
    Value unused = 0;
    runtime.control().watch();
    runtime.core().plan_into(&planner);
    runtime.run([&](Orchestrator& o) { tasks.submit(o, steps, unused); });
    runtime.core().plan_into(nullptr);
    return planner.take();
}

/// Runs the program with sizes that `choose` makes of its plan; `check` looks at what the program threw.
class Planned {
public:
    using Choose = std::function<void(Plan::Table&)>;

    Planned(Steps steps, int threads, Choose choose = {})
        : steps_(std::move(steps)), threads_(threads), choose_(std::move(choose)) {}

    void operator()(Schedule& schedule) {
        if (!sizes_) {
            Plan::Table sizes = plan_of(schedule, steps_).smallest;
            if (choose_) choose_(sizes);
            sizes_ = Plan::env(sizes);
        }
        Value result = 0;
        schedule.watch("result", &result);
        ExploredRuntime runtime(schedule, threads_, *sizes_);
        const Tasks tasks(runtime);
        runtime.add_program([&](Orchestrator& o) { tasks.submit(o, steps_, result); });
        schedule.run();
        if (choose_) {
            schedule.require(runtime.failure().find("too small") != std::string::npos,
                             "one step less ends in the capacity verdict");
        } else {
            schedule.require(runtime.failure().empty(), "the smallest sizes are enough");
            schedule.require(result == expected(steps_), "the result is that of serial execution");
        }
    }

private:
    Steps steps_;
    int threads_;
    Choose choose_;
    std::optional<RuntimeEnv> sizes_;
};

constexpr auto kOpen = Step::Kind::open;
constexpr auto kClose = Step::Kind::close;
constexpr auto kMake = Step::Kind::make;
constexpr auto kAdd = Step::Kind::add;
constexpr auto kGather = Step::Kind::gather;

/// An owner that is kept while five more tasks of its ring pass, in one ring; and memory for two pieces.
const Steps kKept = {{kOpen},      {kMake, 0, 0, 64}, {kMake, 0, 0, 80}, {kAdd, 1, 2}, {kAdd, 2, 0},
                     {kAdd, 1, 0}, {kAdd, 2, 1},      {kAdd, 1, 0},      {kClose}};
/// Scopes one after the other inside one that holds memory: each ring goes round.
const Steps kRounds = {
    {kOpen}, {kMake, 0, 0, 128}, {kOpen},      {kMake, 0, 0, 128}, {kAdd, 1, 2}, {kAdd, 2, 0}, {kClose},
    {kOpen}, {kMake, 0, 0, 128}, {kAdd, 1, 3}, {kAdd, 3, 0},       {kClose},     {kAdd, 1, 0}, {kClose}};
/// One task that keeps many owners.
const Steps kWide = [] {
    Steps steps(1 + kGathered, {kMake, 0, 0, 1});
    steps.front() = {kOpen};
    steps.push_back({kGather});
    steps.push_back({kClose});
    return steps;
}();

/// A program of some ten tasks whose scopes hold memory in three rings.
Steps random_steps(std::uint64_t seed) {
    std::uint64_t state = seed * 0x9e3779b97f4a7c15U + 1;
    const auto below = [&](std::size_t bound) {
        state ^= state << 13U;
        state ^= state >> 7U;
        state ^= state << 17U;
        return static_cast<std::size_t>((state >> 11U) % bound);
    };
    Steps steps;
    std::vector<std::size_t> live = {0};
    std::vector<std::size_t> marks;
    std::size_t made = 0;
    for (std::size_t tasks = 0; tasks < 11;) {
        const std::size_t choice = below(10);
        if (choice == 0 && marks.size() < 3) {
            steps.push_back({kOpen});
            marks.push_back(live.size());
        } else if (choice == 1 && !marks.empty()) {
            steps.push_back({kClose});
            live.resize(marks.back());
            marks.pop_back();
        } else if (choice < 6) {
            steps.push_back({kMake, 0, 0, static_cast<std::int64_t>(40 + 8 * below(8))});
            live.push_back(++made);
            ++tasks;
        } else if (live.size() > 1) {
            const std::size_t from = 1 + below(live.size() - 1);
            std::size_t to = below(live.size());
            if (to == from) to = 0;
            steps.push_back({kAdd, live[from], live[to]});
            ++tasks;
        }
    }
    for (; !marks.empty(); marks.pop_back()) steps.push_back({kClose});
    return steps;
}

TEST(PlannedSizesInterleaved, are_enough) {
    for (const Steps& steps : {kKept, kRounds}) {
        explored::expect_all_hold({.preemptions = 1, .stale_loads = 0}, Planned(steps, 2));
        explored::expect_random_hold(500, Planned(steps, 2));
        explored::expect_random_hold(500, Planned(steps, 3));
    }
    explored::expect_random_hold(100, Planned(kWide, 2));
}

TEST(PlannedSizesInterleaved, of_random_programs_are_enough) {
    for (std::uint64_t seed = 1; seed <= 24; ++seed)
        explored::expect_random_hold(60, Planned(random_steps(seed), seed % 2 == 0 ? 2 : 3));
}

TEST(PlannedSizesInterleaved, less_one_step_end_in_the_verdict) {
    std::map<std::string, int> decided;
    for (std::uint64_t seed = 1; seed <= 24; ++seed) {
        const Steps steps = seed == 1 ? kKept : seed == 2 ? kRounds : seed == 3 ? kWide : random_steps(seed);
        std::optional<Plan> plan;
        explored::explore_randomly(1, [&](Schedule& schedule) { plan = plan_of(schedule, steps); });
        ASSERT_TRUE(plan.has_value());
        for (const ResourceRow& row : kResourceRows) {
            for (std::size_t ring = 0; ring < row.rings(); ++ring) {
                const auto index = static_cast<std::size_t>(row.resource);
                if (!plan->smallest[index][ring].decided) continue;
                ++decided[row.field];
                const auto less = [&](Plan::Table& sizes) {
                    std::uint64_t& value = sizes[index][ring].value;
                    value = row.rule == SizeRule::any ? value - 1 : value / 2;
                };
                explored::expect_random_hold(6, Planned(steps, 2, less));
            }
        }
    }
    // The smallest valid task window and payload are enough for every program.
    EXPECT_THAT(decided, ElementsAre(Pair("ring_consumed_window", Gt(8)), Pair("ring_dep_pool", 1),
                                     Pair("ring_heap", Gt(8)), Pair("tensormap_pool", 1)));
}

}  // namespace
}  // namespace weir
