// SPDX-License-Identifier: Apache-2.0
// PlanOptions::simulate: where the times of a schedule come from, what is left out, and what is refused.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <weir/weir.hpp>

#include "caught_error.hpp"

namespace weir::test {
namespace {

using std::chrono::nanoseconds;
using Value = std::int64_t;

void increment(InOut<Value> x) { ++x[0]; }

class PlannedSchedule : public testing::Test {
protected:
    ~PlannedSchedule() override { std::filesystem::remove(file_); }

    /// The file with these times.
    const std::string& times(const std::string& text) {
        std::ofstream(file_) << text;
        return file_;
    }
    Plan plan(const Program& program, const ScheduleModel& model) {
        return runtime_.plan(program, {}, {.simulate = model});
    }
    /// How long one thread takes.
    std::int64_t makespan(const Program& program, ScheduleModel model = {}) {
        model.threads = 1;
        return plan(program, model).simulated.value().makespan_unhindered.count();
    }
    ErrorCode code_of(const ScheduleModel& model) {
        return caught([&] { static_cast<void>(plan([](Orchestrator&) {}, model)); }).code;
    }

    std::string file_ = (std::filesystem::temp_directory_path() /
                         ("weir-plan-schedule-" + std::to_string(getpid()) + ".json"))
                            .string();
    Runtime runtime_{{.threads = 3}};
    std::vector<Value> data_ = std::vector<Value>(4);
    Kernel<InOut<Value>> known_ = runtime_.kernel("known", increment, KernelOptions{.cost_ns = 5'000});
    Kernel<InOut<Value>> unknown_ = runtime_.kernel("unknown", increment);
    Kernel<InOut<Value>, std::int32_t> scaled_ =
        runtime_.kernel("scaled", [](InOut<Value> x, std::int32_t) { ++x[0]; });
    Program program_ = [this](Orchestrator& o) {
        const auto x = o.external(data_);
        o.submit(known_, x);
        o.submit(unknown_, x);
        o.submit(scaled_, x, 7);
        static_cast<void>(o.allocate<Value>(shape(4)));
        o.barrier_task(TaskArgs{}.inout(x));
    };
};

TEST_F(PlannedSchedule, takes_times_from_registration_or_the_model) {
    EXPECT_EQ(makespan(program_), 5 * 300 + 5'000 + 2 * 10'000) << "allocate and barrier_task take none";
    const ScheduleModel model{.threads = 1, .submit = nanoseconds(1'000), .kernel = nanoseconds(20'000)};
    EXPECT_EQ(makespan(program_, model), 5 * 1'000 + 5'000 + 2 * 20'000);
    EXPECT_EQ(plan(program_, model).simulated->assumed, (std::vector<std::string>{"scaled", "unknown"}));
    EXPECT_EQ(data_[0], 0) << "no kernel was called";
}

TEST_F(PlannedSchedule, takes_times_from_a_file_for_every_kernel) {
    ScheduleModel model{.submit = nanoseconds(0)};
    model.kernel_times = times(
        R"({"known": 1, "unknown": {"tensor0.bytes": 10}, "scaled": {"scalar0.i32": 100}, "other": 5})");
    EXPECT_EQ(makespan(program_, model), 1 + 320 + 700);
    EXPECT_TRUE(plan(program_, model).simulated->assumed.empty());
}

TEST_F(PlannedSchedule, takes_recorded_medians_for_what_the_file_does_not_name) {
    ScheduleModel model{.submit = nanoseconds(0)};
    model.kernel_times = times(R"({"unknown": {"tensor0.bytes": 10}})");
    model.kernel_medians = {{"unknown", nanoseconds(9)}, {"scaled", nanoseconds(40)}};
    const std::int64_t both = makespan(program_, model);
    model.kernel_medians["scaled"] = nanoseconds(41);
    EXPECT_EQ(makespan(program_, model), both + 1);
    model.kernel_medians["unknown"] = nanoseconds(1000);
    EXPECT_EQ(makespan(program_, model), both + 1) << "the file has it";
}

TEST_F(PlannedSchedule, ends_with_an_error_for_a_kernel_that_the_file_lacks_even_if_the_program_goes_on) {
    ScheduleModel model;
    model.kernel_times = times(R"({"known": 1})");
    std::uint_least32_t line = 0;
    const Program goes_on = [&](Orchestrator& o) {
        const auto x = o.external(data_);
        try {
            line = __LINE__ + 1;
            o.submit(unknown_, x);
        } catch (const Error&) {
        }
    };
    const Caught error = caught([&] { static_cast<void>(plan(goes_on, model)); });
    EXPECT_EQ(error.code, ErrorCode::configuration);
    EXPECT_EQ(error.line, line);
    EXPECT_NE(error.message.find("no entry for kernel \"unknown\""), std::string::npos) << error.message;
    EXPECT_NE(error.message.find(at_line(line)), std::string::npos) << error.message;
    EXPECT_EQ(runtime_.plan(program_).tasks, 5U) << "the runtime goes on";
}

TEST_F(PlannedSchedule, is_of_the_runtimes_threads_and_the_first_tasks) {
    const Plan all = plan(program_, {});
    EXPECT_EQ(all.simulated->model.threads, 3);
    EXPECT_EQ(all.simulated->tasks, 5U);
    ScheduleModel model;
    model.most_tasks = 2;
    const Plan some = plan(program_, model);
    EXPECT_EQ(some.simulated->tasks, 2U);
    EXPECT_EQ(some.tasks, 5U);
    model.threads = 1;
    EXPECT_EQ(makespan(program_, model), 2 * 300 + 15'000);
    EXPECT_FALSE(runtime_.plan(program_).simulated);
    EXPECT_EQ(plan([](Orchestrator&) {}, {}).simulated->makespan_recommended.count(), 0);
}

TEST_F(PlannedSchedule, has_sizes_that_are_not_below_those_of_the_whole_program) {
    const Program grows = [this](Orchestrator& o) {
        const auto x = o.external(data_);
        for (int i = 0; i < 10; ++i) o.submit(known_, x);
        const Scope scope{o};
        for (int i = 0; i < 20; ++i) static_cast<void>(o.allocate<Value>(shape(64)));
    };
    ScheduleModel model;
    model.most_tasks = 10;
    const Plan found = plan(grows, model);
    for (const Resource resource : {Resource::consumed_window, Resource::heap}) {
        const auto index = static_cast<std::size_t>(resource);
        EXPECT_GT(found.smallest_of(resource, 1).value, Value{16});
        EXPECT_EQ(found.simulated->recommended[index][1].value, found.smallest_of(resource, 1).value);
    }
    EXPECT_NO_THROW(runtime_.run(grows, {.runtime_env = Plan::env(found.simulated->recommended)}));
}

TEST_F(PlannedSchedule, refuses_models_that_cannot_be) {
    EXPECT_EQ(code_of({.threads = 0}), ErrorCode::configuration);
    EXPECT_EQ(code_of({.threads = 5'000}), ErrorCode::configuration);
    EXPECT_EQ(code_of({.submit = nanoseconds(-1)}), ErrorCode::configuration);
    EXPECT_EQ(code_of({.kernel = std::chrono::hours(1)}), ErrorCode::configuration);
    EXPECT_EQ(code_of({.most_tasks = 0}), ErrorCode::configuration);
    EXPECT_EQ(code_of({.kernel_times = file_ + ".missing"}), ErrorCode::configuration);
    EXPECT_EQ(code_of({.kernel_times = times("{")}), ErrorCode::configuration);
    EXPECT_EQ(code_of({}), ErrorCode::ok);
}

}  // namespace
}  // namespace weir::test
