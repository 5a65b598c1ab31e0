// SPDX-License-Identifier: Apache-2.0
// weir-test: optimized
//
// Scope statistics of runs: what is recorded of which scope, and when the file appears.
#include <gtest/gtest.h>

#include <sstream>
#include <stdexcept>
#include <vector>

#include <nlohmann/json.hpp>
#include <weir/weir.hpp>

#include "caught_error.hpp"
#include "json/json_text.hpp"
#include "open_scopes.hpp"
#include "recorded_scopes.hpp"
#include "shipped.hpp"

namespace weir {
namespace {

using namespace scope_recording;
using test::at_line;
using test::caught;
using test::read_scopes;
using test::read_text;
using test::RecordedScopes;
using test::TemporaryDirectory;

inline constexpr std::uint64_t kBlock = 64;  ///< bytes that a block of 8 numbers takes in a heap

class ScopeStatsOfRuns : public testing::TestWithParam<int> {
protected:
    /// Runs a program and reads what it has left.
    RecordedScopes recorded(const Program& program) {
        runtime_.run(program, directory_.recording());
        EXPECT_FALSE(std::filesystem::exists(directory_.partial()));
        return read_scopes(directory_.scope_stats());
    }
    /// A task that owns a block of the innermost scope's heap, and has completed on return.
    void make_block(Orchestrator& o) {
        const auto block = o.submit(fill_, shape(8), 1).output();
        EXPECT_EQ(o.get(block, {7}), 1);
    }

    TemporaryDirectory directory_;
    std::vector<std::int64_t> data_ = std::vector<std::int64_t>(8);
    Runtime runtime_{{.threads = GetParam()}};
    Kernel<Out<std::int64_t>, std::int64_t> fill_ = runtime_.kernel(
        "fill",
        [](Out<std::int64_t> x, std::int64_t value) {
            for (auto& element : x) element = value;
        },
        kShipped);
    Kernel<InOut<std::int64_t>> add_ = runtime_.kernel("add", [](InOut<std::int64_t> x) { ++x[0]; });
    Kernel<InOut<std::int64_t>> fail_ = runtime_.kernel(
        "fail", [](InOut<std::int64_t>) { throw std::runtime_error("as asked"); }, kShipped);
};
INSTANTIATE_TEST_SUITE_P(threads, ScopeStatsOfRuns, testing::Values(1, 2, 4));

TEST_P(ScopeStatsOfRuns, name_line_depth_and_ring_of_each_scope_in_the_order_of_events) {
    std::uint_least32_t first = 0;
    std::uint_least32_t second = 0;
    const RecordedScopes scopes = recorded([&](Orchestrator& o) {
        {
            test::OpenScopes open;
            first = std::source_location::current().line() + 1;
            for (int depth = 1; depth < 6; ++depth) open.open(o);
        }
        second = std::source_location::current().line() + 1;
        const Scope last{o, Manual};
    });
    ASSERT_EQ(scopes.boundaries.size(), 14U);
    EXPECT_EQ(scopes.head.total, 14U);
    EXPECT_EQ(scopes.head.dropped, 0U);
    EXPECT_FALSE(scopes.head.fatal);
    EXPECT_EQ(scopes.boundaries.front().site, "root:0");
    EXPECT_EQ(scopes.boundaries.back().site, "root:0");
    for (int depth = 1; depth < 6; ++depth) {
        for (const bool begin : {true, false}) {
            const Boundary& scope = scopes.scope(static_cast<std::size_t>(depth), begin);
            EXPECT_EQ(scope.site, at_line(first));
            EXPECT_EQ(scope.depth, depth);
            EXPECT_EQ(scope.ring(), std::min(depth, kRings - 1));
        }
    }
    EXPECT_EQ(scopes.scope(6, true).site, at_line(second));
    EXPECT_EQ(scopes.scope(6, true).depth, 1);
}

TEST_P(ScopeStatsOfRuns, lines_have_the_fields_of_version_6_and_the_additions) {
    recorded([](Orchestrator& o) { const Scope scope{o}; });
    std::istringstream lines(read_text(directory_.scope_stats()));
    std::string line;
    std::getline(lines, line);
    const auto head = parse_json(line);
    const auto names = [](const nlohmann::ordered_json& object) {
        std::string text;
        for (const auto& [name, value] : object.items()) text += name + " ";
        return text;
    };
    EXPECT_EQ(names(head),
              "version fatal dropped total task_window_max heap_max dep_pool_max tensormap_max "
              "consumed_window_max payload_max ");
    EXPECT_EQ(head["version"], 6);
    const std::string common =
        "site phase depth ring task_window_start task_window_end heap_start heap_end dep_pool_start "
        "dep_pool_end tensormap consumed_start consumed_end payload_start payload_end tensormap_start "
        "tensormap_end ";
    for (const char* phase : {"begin", "begin", "end", "end"}) {
        ASSERT_TRUE(std::getline(lines, line));
        const auto object = parse_json(line);
        EXPECT_EQ(object["phase"], phase);
        EXPECT_EQ(names(object), phase == std::string("begin")
                                     ? common
                                     : common +
                                           "task_window_peak heap_peak dep_pool_peak tensormap_peak "
                                           "consumed_peak payload_peak ");
    }
    EXPECT_FALSE(std::getline(lines, line));
}

TEST_P(ScopeStatsOfRuns, count_what_a_scope_allocates_the_same_on_any_number_of_threads) {
    const RecordedScopes scopes = recorded([&](Orchestrator& o) {
        const auto x = o.external(data_);
        for (int i = 0; i < 20; ++i) {
            const Scope outer{o};
            for (int task = 0; task < i; ++task) o.submit(add_, x);
            const Scope inner{o};
            for (int task = 0; task < 3; ++task) o.submit(fill_, shape(8 * i + 8), 7);
        }
    });
    for (std::size_t i = 0; i < 20; ++i) {
        const auto grown = [&](std::size_t scope, Counter counter) {
            return scopes.scope(scope, false).counters[counter] - scopes.scope(scope, true).counters[counter];
        };
        EXPECT_EQ(grown(2 * i + 1, kTasksEnd), i);
        EXPECT_EQ(grown(2 * i + 1, kHeapEnd), 0U);
        EXPECT_EQ(grown(2 * i + 2, kTasksEnd), 3U);
        EXPECT_EQ(grown(2 * i + 2, kHeapEnd), 3 * kBlock * (i + 1));
        // An owner is not CONSUMED, nor its memory free, before its scope has closed.
        const Boundary& end = scopes.scope(2 * i + 2, false);
        EXPECT_GE(end.counters[kConsumedUsed], 3U);
        EXPECT_GE(end.counters[kHeapUsed], 3 * kBlock * (i + 1));
        EXPECT_GE(end.peaks[kHeapPeak], end.counters[kHeapUsed]);
    }
}

TEST_P(ScopeStatsOfRuns, have_the_peak_of_each_scope_with_the_scopes_inside_that_share_its_ring) {
    const RecordedScopes scopes = recorded([&](Orchestrator& o) {
        const Scope first{o};
        const Scope second{o};
        {
            const Scope outer{o};  // scope 3, of depth 3
            {
                const Scope inner{o};  // scope 4
                for (int i = 0; i < 5; ++i) make_block(o);
            }
            {
                const Scope inner{o};  // scope 5
                make_block(o);
            }
            make_block(o);
            make_block(o);
            const Scope inner{o};  // scope 6: memory of the scope around it is in front of its own
            make_block(o);
        }
        const Scope last{o};  // scope 7
    });
    const auto peak = [&](std::size_t scope, Peak which) { return scopes.scope(scope, false).peaks[which]; };
    // Another thread may still be about to give back what a scope before has left.
    const auto expect_blocks = [&](std::uint64_t bytes, std::uint64_t least, std::uint64_t left_behind) {
        EXPECT_GE(bytes, least * kBlock);
        EXPECT_LE(bytes, (least + (GetParam() == 1 ? 0 : left_behind)) * kBlock);
    };
    expect_blocks(peak(4, kHeapPeak), 5, 0);
    EXPECT_EQ(peak(4, kConsumedPeak), 5U);
    expect_blocks(peak(5, kHeapPeak), 1, 5);
    EXPECT_GE(peak(5, kConsumedPeak), 1U);
    expect_blocks(scopes.scope(6, true).counters[kHeapUsed], 2, 6);
    expect_blocks(peak(6, kHeapPeak), 3, 6);
    expect_blocks(peak(3, kHeapPeak), 5, 4);  // at least that of scope 4, which uses the same ring
    expect_blocks(scopes.scope(3, false).counters[kHeapUsed], 3, 6);
    expect_blocks(peak(7, kHeapPeak), 0, 9);
    EXPECT_EQ(peak(2, kHeapPeak), 0U) << "ring 2 was not used";
    EXPECT_EQ(peak(0, kConsumedPeak), 0U) << "ring 0 was not used";
}

TEST_P(ScopeStatsOfRuns, that_fail_have_all_their_scopes_and_say_so) {
    const auto fatal = [&](const Program& program) {
        auto result = caught([&] { runtime_.run(program, directory_.recording()); });
        const RecordedScopes scopes = read_scopes(directory_.scope_stats());
        EXPECT_TRUE(scopes.head.fatal) << result.message;
        EXPECT_EQ(scopes.boundaries.size(), 6U);
        return result;
    };
    const auto in_scopes = [](const Program& program) -> Program {
        return [&program](Orchestrator& o) {
            const Scope outer{o};
            const Scope inner{o};
            program(o);
        };
    };
    const auto kernel = fatal(in_scopes([&](Orchestrator& o) {
        const auto x = o.external(data_);
        o.submit(fail_, x);
        static_cast<void>(o.get(x, {0}));
    }));
    EXPECT_EQ(kernel.code, ErrorCode::kernel_failed);
    EXPECT_EQ(kernel.message.find("scope statistics"), std::string::npos);
    const auto capacity =
        fatal(in_scopes([&](Orchestrator& o) { o.submit(fill_, shape(std::int64_t{1} << 40), 1); }));
    EXPECT_EQ(capacity.code, ErrorCode::capacity);
    EXPECT_THROW(fatal(in_scopes([](Orchestrator&) { throw std::logic_error("foreign"); })),
                 std::logic_error);
    EXPECT_TRUE(read_scopes(directory_.scope_stats()).head.fatal);

    const RecordedScopes after = recorded([](Orchestrator&) {});
    EXPECT_FALSE(after.head.fatal);
    EXPECT_EQ(after.boundaries.size(), 2U);
}

TEST_P(ScopeStatsOfRuns, lie_in_a_partial_file_while_the_run_goes_on) {
    recorded([](Orchestrator&) {});
    recorded([&](Orchestrator& o) {
        const auto x = o.external(data_);
        for (std::uint64_t count = 0; count < 5'000; ++count) {
            if (count % 1'000 == 999) {
                const RecordedScopes partial = read_scopes(directory_.partial());
                EXPECT_TRUE(partial.head.partial);
                // Half of the bytes so far, or all but those of the buffer; a boundary takes 8 to 144.
                EXPECT_GE(partial.boundaries.size(), count / 32);
                EXPECT_EQ(read_scopes(directory_.scope_stats()).boundaries.size(), 2U)
                    << "the file of the run before stays until this run has ended";
            }
            const Scope scope{o};
            o.submit(add_, x);
        }
    });
    EXPECT_EQ(read_scopes(directory_.scope_stats()).head.total, 10'002U);
}

TEST_P(ScopeStatsOfRuns, that_are_queued_are_recorded_too) {
    TemporaryDirectory second;
    auto one = runtime_.submit([](Orchestrator& o) { const Scope scope{o}; }, directory_.recording());
    auto none = runtime_.submit([](Orchestrator& o) { const Scope scope{o}; });
    auto two = runtime_.submit([](Orchestrator&) {}, second.recording());
    one.wait();
    none.wait();
    two.wait();
    EXPECT_EQ(read_scopes(directory_.scope_stats()).boundaries.size(), 4U);
    EXPECT_EQ(read_scopes(second.scope_stats()).boundaries.size(), 2U);
}

TEST_P(ScopeStatsOfRuns, need_a_directory_that_can_be_used) {
    bool ran = false;
    const auto refused = [&](const std::string& directory) {
        CallConfig config;
        config.enable_scope_stats = true;
        config.record_directory = directory;
        const auto result = caught([&] { runtime_.run([&](Orchestrator&) { ran = true; }, config); });
        EXPECT_EQ(result.code, ErrorCode::configuration) << result.message;
        EXPECT_FALSE(ran) << "the program must not start";
        return result.message;
    };
    EXPECT_NE(refused("").find("record_directory is empty"), std::string::npos);
    const std::string file = (directory_.path() / "file").string();
    std::ofstream(file) << "x";
    EXPECT_NE(refused(file).find("'" + file), std::string::npos);
    std::filesystem::create_directories(directory_.partial());
    EXPECT_NE(refused(directory_.path().string()).find("scope_stats.partial"), std::string::npos);
    std::filesystem::remove(directory_.partial());
    recorded([](Orchestrator&) {});
}

TEST_P(ScopeStatsOfRuns, of_two_runtimes_do_not_mix) {
    Runtime other{{.threads = 1}};
    recorded([&](Orchestrator& o) {
        const Scope scope{o};
        const auto result = caught([&] { other.run([](Orchestrator&) {}, directory_.recording()); });
        EXPECT_EQ(result.code, ErrorCode::configuration);
        EXPECT_NE(result.message.find("another run is recording"), std::string::npos) << result.message;
    });
    EXPECT_EQ(read_scopes(directory_.scope_stats()).boundaries.size(), 4U);
}

TEST(ScopeStats, begin_with_the_capacities_in_force) {
    const TemporaryDirectory directory;
    RuntimeConfig config{.threads = 1};
    config.runtime_env.ring_task_window = {8192, 16384, 131072, 524288};
    config.runtime_env.ring_heap = {134217728, 268435456, 402653184, 536870912};
    config.runtime_env.ring_dep_pool = {4096, 8192, 16384, 32768};
    Runtime runtime{config};
    runtime.run([](Orchestrator&) {}, directory.recording());
    const std::string text = read_text(directory.scope_stats());
    EXPECT_EQ(text.substr(0, text.find('\n')),
              R"({"version":6,"fatal":false,"dropped":0,"total":2,)"
              R"("task_window_max":[8192,16384,131072,524288],)"
              R"("heap_max":[134217728,268435456,402653184,536870912],)"
              R"("dep_pool_max":[4096,8192,16384,32768],"tensormap_max":65536,)"
              R"("consumed_window_max":[32768,65536,524288,2097152],)"
              R"("payload_max":[4194304,8388608,67108864,268435456]})");
}

TEST(ScopeStats, count_on_without_wrapping_while_tiny_rings_wrap) {
    for (const int threads : {1, 2, 4}) {
        const TemporaryDirectory directory;
        RuntimeConfig config{.threads = threads, .first_task_number = (std::uint64_t{1} << 32U) - 1'000};
        config.runtime_env.ring_task_window = 4;
        config.runtime_env.ring_consumed_window = 8;
        config.runtime_env.ring_payload = 4096;
        config.runtime_env.ring_heap = 1024;
        config.runtime_env.ring_dep_pool = 4;
        config.runtime_env.tensormap_pool = 64;
        Runtime runtime{config};
        const auto copy = runtime.kernel(
            "copy", [](In<std::int64_t> x, Out<std::int64_t> y) { y[0] = x[0]; }, kShipped);
        std::vector<std::int64_t> data(8);
        runtime.run(
            [&](Orchestrator& o) {
                const auto x = o.external(data);
                for (int i = 0; i < 600; ++i) {
                    const Scope scope{o};
                    for (int task = 0; task < 6; ++task) o.submit(copy, x, shape(8));
                }
            },
            directory.recording());
        const RecordedScopes scopes = read_scopes(directory.scope_stats());  // checks that nothing falls
        ASSERT_EQ(scopes.boundaries.size(), 1'202U);
        std::uint64_t largest = 0;
        for (const Boundary& each : scopes.boundaries) {
            if (each.depth != 1) continue;
            const Counters& now = each.counters;
            EXPECT_LE(now[kTaskWindowUsed], 4U);
            EXPECT_LE(now[kConsumedUsed], 8U);
            EXPECT_LE(now[kHeapUsed], 1024U);
            EXPECT_LE(now[kDepPoolUsed], 4U);
            EXPECT_LE(now[kPayloadUsed], 4096U);
            EXPECT_LE(now[kTensormapUsed], 64U);
            EXPECT_LE(each.peaks[kConsumedPeak], 8U);
            largest = now[kTasksEnd];
        }
        EXPECT_EQ(largest, config.first_task_number + 3'600) << "past 2^32";
        EXPECT_EQ(scopes.boundaries.back().depth, 0);
        const Counters& last = scopes.boundaries[scopes.boundaries.size() - 2].counters;
        EXPECT_EQ(last[kHeapEnd], 3'600 * kBlock) << "the heap of 1,024 bytes was filled 225 times";
    }
}

}  // namespace
}  // namespace weir
