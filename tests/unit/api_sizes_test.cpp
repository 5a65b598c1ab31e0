// SPDX-License-Identifier: Apache-2.0
// Runs of one runtime with sizes of their own: what is in force, what is logged, when memory grows.
#include <gtest/gtest.h>

#include <cstdlib>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include <weir/weir.hpp>

namespace weir {
namespace {

using Log = std::vector<std::pair<LogLevel, std::string>>;

LogFunction into(Log& log) {
    return [&log](LogLevel level, const std::string& text) { log.emplace_back(level, text); };
}

RuntimeEnv smallest() {
    RuntimeEnv env;
    env.ring_task_window = 4;
    env.ring_consumed_window = 4;
    env.ring_payload = 3280;
    env.ring_heap = 1024;
    env.ring_dep_pool = 4;
    env.tensormap_pool = 64;
    return env;
}

/// A chain with allocated outputs in nested scopes, so that every resource of several rings is used.
class PerRunSizes : public testing::TestWithParam<int> {
protected:
    void run(const CallConfig& config = {}) {
        int start = 1;
        std::vector<int> sum(1, 0);
        result_ = runtime_.run(
            [&](Orchestrator& o) {
                auto S = o.external(sum);
                auto I = o.external(&start, shape(1));
                for (int i = 0; i < 50; ++i) {
                    Scope outer{o};
                    auto A = o.submit(add_one_, I, shape(1)).output();
                    for (int j = 0; j < 5; ++j) {
                        Scope inner{o};
                        auto B = o.submit(add_one_, A, shape(1)).output();
                        o.submit(accumulate_, B, S);
                    }
                }
            },
            config);
        EXPECT_EQ(sum[0], 50 * 5 * 3);
    }

    Log log_;
    Runtime runtime_{{.threads = GetParam(), .log = into(log_)}};
    Kernel<In<int>, Out<int>> add_one_ =
        runtime_.kernel("add_one", [](In<int> from, Out<int> to) { to[0] = from[0] + 1; });
    Kernel<In<int>, InOut<int>> accumulate_ =
        runtime_.kernel("accumulate", [](In<int> from, InOut<int> to) { to[0] += from[0]; });
    RunResult result_;
};

TEST_P(PerRunSizes, go_up_and_down_from_run_to_run) {
    const std::uint64_t at_start = runtime_.reserved_bytes();
    run();
    EXPECT_EQ(result_.sizes.value(Resource::task_window, 0), 16384U);
    EXPECT_EQ(result_.sizes.source(Resource::task_window, 0), SizeSource::built_in);
    CallConfig small;
    small.runtime_env = smallest();
    for (int i = 0; i < 3; ++i) {
        run(small);
        EXPECT_EQ(result_.sizes.value(Resource::task_window, 1), 4U);
        EXPECT_EQ(result_.sizes.value(Resource::tensormap), 64U);
        EXPECT_EQ(result_.sizes.source(Resource::heap, 3), SizeSource::call);
        EXPECT_LE(result_.peaks.task_window[1], 4U);
        EXPECT_LE(result_.peaks.heap_bytes[2], 1024U);
        EXPECT_EQ(runtime_.reserved_bytes(), at_start) << "smaller sizes need no other memory";
    }
    CallConfig large;
    large.runtime_env.ring_task_windows = {0, 0, 32768, 0};
    large.runtime_env.ring_heap = RingValues(0, std::uint64_t{300} << 20U, 0, 0);
    run(large);
    EXPECT_EQ(result_.sizes.value(Resource::task_window, 2), 32768U);
    EXPECT_EQ(result_.sizes.value(Resource::consumed_window, 2), 4U * 32768U);
    const std::uint64_t grown = runtime_.reserved_bytes();
    EXPECT_GT(grown, at_start + 2 * (std::uint64_t{40} << 20U));
    EXPECT_EQ(grown, result_.sizes.reserved_bytes);
    run();
    EXPECT_EQ(result_.sizes.value(Resource::task_window, 2), 16384U);
    run(large);
    EXPECT_EQ(runtime_.reserved_bytes(), grown) << "what has grown once is large enough";
}

TEST_P(PerRunSizes, of_queued_runs_are_each_its_own) {
    std::vector<RunHandle> handles;
    std::vector<int> data(1, 0);
    int one = 1;
    for (int i = 0; i < 12; ++i) {
        CallConfig config;
        config.runtime_env.ring_task_window = std::uint64_t{4} << static_cast<unsigned>(i % 4);
        if (i % 3 == 0)
            config.runtime_env.ring_heap = (std::uint64_t{256} << 20U) + 4096U * static_cast<unsigned>(i);
        handles.push_back(runtime_.submit(
            [&](Orchestrator& o) {
                auto D = o.external(data);
                auto I = o.external(&one, shape(1));
                for (int j = 0; j < 40; ++j) {
                    Scope scope{o};
                    auto A = o.submit(add_one_, I, shape(1)).output();
                    o.submit(accumulate_, A, D);
                }
                o.set(D, {0}, 7);
            },
            config));
    }
    for (std::size_t i = 0; i < handles.size(); ++i)
        EXPECT_EQ(handles[i].wait().sizes.value(Resource::task_window), std::uint64_t{4} << (i % 4));
    EXPECT_EQ(data[0], 7);
}

TEST_P(PerRunSizes, that_cannot_be_are_refused_at_submit_and_change_nothing) {
    const std::uint64_t before = runtime_.reserved_bytes();
    CallConfig bad;
    bad.runtime_env.ring_task_window = 12;
    bool ran = false;
    const auto program = [&](Orchestrator&) { ran = true; };
    EXPECT_THROW(static_cast<void>(runtime_.run(program, bad)), Error);
    EXPECT_THROW(static_cast<void>(runtime_.submit(program, bad)), Error);
    EXPECT_THROW(static_cast<void>(runtime_.sizes_in_force(bad)), Error);
    bad.runtime_env = {};
    bad.runtime_env.ring_heap = std::uint64_t{1} << 46U;  // valid one by one; the sum is not
    try {
        static_cast<void>(runtime_.submit(program, bad));
        ADD_FAILURE() << "not refused";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::configuration) << error.what();
    }
    EXPECT_FALSE(ran);
    EXPECT_EQ(runtime_.reserved_bytes(), before);
    run();
}

TEST_P(PerRunSizes, keep_running_numbers_and_handles_of_earlier_runs) {
    Task first;
    int value = 0;
    const auto program = [&](Orchestrator& o) {
        auto V = o.external(&value, shape(1));
        first = o.submit(accumulate_, V, V);
    };
    runtime_.run(program);
    const std::uint64_t number = first.number();
    CallConfig small;
    small.runtime_env = smallest();
    const Task earlier = first;
    runtime_.run(
        [&](Orchestrator& o) {
            auto V = o.external(&value, shape(1));
            first = o.submit(accumulate_, V, V, after(earlier));
        },
        small);
    EXPECT_GT(first.number(), number);
}

TEST_P(PerRunSizes, are_logged_once_for_each_change) {
    const auto notes = [&] {
        std::size_t count = 0;
        for (const auto& [level, text] : log_) count += level == LogLevel::note ? 1U : 0U;
        return count;
    };
    EXPECT_EQ(notes(), 0U) << "nothing is in force before the first run";
    run();
    ASSERT_EQ(notes(), 1U);
    EXPECT_NE(log_[0].second.find("ring_consumed_window 65536 (default)"), std::string::npos)
        << log_[0].second;
    EXPECT_NE(log_[0].second.find(std::to_string(runtime_.reserved_bytes()) + " bytes"), std::string::npos);
    run();
    EXPECT_EQ(notes(), 1U);
    CallConfig small;
    small.runtime_env = smallest();
    run(small);
    run(small);
    EXPECT_EQ(notes(), 2U);
    EXPECT_NE(log_.back().second.find("ring_task_window 4 (call)"), std::string::npos) << log_.back().second;
    run();
    EXPECT_EQ(notes(), 3U);
}

TEST_P(PerRunSizes, end_a_run_that_does_not_fit_and_not_the_next) {
    CallConfig small;
    small.runtime_env.ring_heap = 1024;
    const auto too_much = [&](Orchestrator& o) {
        Scope scope{o};
        static_cast<void>(o.allocate(Shape{4096}, DType::u8));
    };
    try {
        runtime_.run(too_much, small);
        ADD_FAILURE() << "4096 bytes do not fit into 1024";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::capacity) << error.what();
    }
    EXPECT_NO_THROW(runtime_.run(too_much));
}

INSTANTIATE_TEST_SUITE_P(threads, PerRunSizes, testing::Values(1, 2, 4));

/// Variables for the time of a test. No other thread reads them meanwhile.
class Variables {
public:
    Variables(std::initializer_list<std::pair<const char*, const char*>> variables) {
        for (const auto& [name, text] : variables) {
            setenv(name, text, 1);
            names_.push_back(name);
        }
    }
    Variables(const Variables&) = delete;
    Variables& operator=(const Variables&) = delete;
    ~Variables() {
        for (const char* name : names_) unsetenv(name);
    }

private:
    std::vector<const char*> names_;
};

TEST(SizesFromVariables, stand_between_the_call_and_the_runtime) {
    const Variables variables{{"PTO2_RING_HEAP", "8192"}, {"PTO2_RING_TASK_WINDOW", "0,64,0,0"}};
    Log log;
    RuntimeConfig config{.threads = 1, .log = into(log)};
    config.runtime_env.ring_heap = 4096;
    config.runtime_env.ring_task_window = 32;
    Runtime runtime(config);
    EXPECT_EQ(runtime.sizes().ring_heap, RingValues(8192));
    EXPECT_EQ(runtime.sizes().ring_task_window, RingValues(32, 64, 32, 32));
    CallConfig call;
    call.runtime_env.ring_heap = RingValues(0, 0, 0, 16384);
    const SizesInForce in_force = runtime.sizes_in_force(call);
    EXPECT_EQ(in_force.value(Resource::heap, 0), 8192U);
    EXPECT_EQ(in_force.source(Resource::heap, 0), SizeSource::environment);
    EXPECT_EQ(in_force.value(Resource::heap, 3), 16384U);
    EXPECT_EQ(in_force.source(Resource::heap, 3), SizeSource::call_per_ring);
    EXPECT_EQ(in_force.source(Resource::task_window, 1), SizeSource::environment_per_ring);
    EXPECT_EQ(in_force.source(Resource::task_window, 0), SizeSource::runtime);
}

TEST(SizesFromVariables, that_are_wrong_are_warned_of_once_and_the_runtime_works) {
    const Variables variables(
        {{"PTO2_RING_HEAP", "256M"}, {"PTO2_RING_HEEP", "4096"}, {"PTO2_RING_DEP_POOL", "3"}});
    Log log;
    Runtime runtime({.threads = 1, .log = into(log)});
    CallConfig call;
    call.runtime_env.ring_task_window = 64;
    for (int i = 0; i < 3; ++i) runtime.run([](Orchestrator&) {}, call);
    std::vector<std::string> warnings;
    for (const auto& [level, text] : log)
        if (level == LogLevel::warning) warnings.push_back(text);
    ASSERT_EQ(warnings.size(), 3U);
    const auto mentioned = [&](const std::string& text) {
        for (const std::string& warning : warnings)
            if (warning.find(text) != std::string::npos) return true;
        return false;
    };
    EXPECT_TRUE(mentioned("PTO2_RING_HEAP '256M'"));
    EXPECT_TRUE(mentioned("PTO2_RING_HEEP"));
    EXPECT_TRUE(mentioned("ring_dep_pool would be 3"));
    EXPECT_EQ(runtime.sizes().ring_dep_pool, RingValues(16384));
}

TEST(SizesFromVariables, are_read_when_the_runtime_is_made_and_not_again) {
    Runtime runtime({.threads = 1});
    const Variables variables{{"PTO2_RING_HEAP", "8192"}};
    CallConfig call;
    call.runtime_env.ring_task_window = 64;
    EXPECT_EQ(runtime.sizes_in_force(call).value(Resource::heap), std::uint64_t{256} << 20U);
}

}  // namespace
}  // namespace weir
