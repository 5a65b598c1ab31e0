// SPDX-License-Identifier: Apache-2.0
// Mixed tasks, blocks, sync_start and predicates that cannot be; barriers that cannot work; and kernels that
// fail, or runs that end, while others wait in a barrier.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>
#include <thread>
#include <vector>

#include <weir/weir.hpp>

#include "misuse_fixture.hpp"
#include "scheduler/cohort_stacks.hpp"

namespace weir::test {
namespace {

class Launches : public Misuse {
protected:
    /// A submit of `any_` with these arguments added must be refused, and name the field.
    void expect_refused_args(ErrorCode code, const char* field,
                             const std::function<TaskArgs(Orchestrator&, TaskArgs)>& add,
                             std::source_location here = std::source_location::current()) {
        expect_refused(
            code,
            [&](Orchestrator& o) {
                const TaskArgs args = add(o, TaskArgs{}.inout(o.external(a_)));
                bad_line_ = __LINE__ + 1;
                o.submit(any_, args);
            },
            std::source_location::current());
        EXPECT_TRUE(mentions(field)) << here.line() << ": " << last_message_;
    }

    AnyKernel aic_ =
        runtime_.kernel_any("matrix", [](const TaskView&) { return 0; }, {.core_type = CoreType::aic});
    AnyKernel aiv_ =
        runtime_.kernel_any("vector", [](const TaskView&) { return 0; }, {.core_type = CoreType::aiv});
};
INSTANTIATE_TEST_SUITE_P(threads, Launches, testing::Values(1, 2));

TEST_P(Launches, a_kernel_in_a_slot_of_another_core_type) {
    expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
        const TaskArgs args = TaskArgs{}.inout(o.external(a_));
        bad_line_ = __LINE__ + 1;
        o.submit_mixed({.aic = aic_, .aiv1 = aic_}, args);
    });
    EXPECT_TRUE(mentions("aiv1: kernel \"matrix\"")) << last_message_;
    expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
        const TaskArgs args = TaskArgs{}.inout(o.external(a_));
        bad_line_ = __LINE__ + 1;
        o.submit_mixed({.aic = aiv_}, args);
    });
    EXPECT_TRUE(mentions("aic: kernel \"vector\"")) << last_message_;
}

TEST_P(Launches, a_mixed_task_without_kernels) {
    expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
        const TaskArgs args = TaskArgs{}.inout(o.external(a_));
        bad_line_ = __LINE__ + 1;
        o.submit_mixed({}, args);
    });
    EXPECT_TRUE(mentions("aic, aiv0 and aiv1")) << last_message_;
}

TEST_P(Launches, a_mixed_task_whose_arguments_one_kernel_does_not_take) {
    expect_refused(ErrorCode::type_mismatch, [&](Orchestrator& o) {
        const TaskArgs args = TaskArgs{}.input(o.external(a_)).output(o.external(b_));
        bad_line_ = __LINE__ + 1;
        o.submit_mixed({.aic = aic_, .aiv0 = add_}, args);
    });
    const auto write = runtime_.kernel("write", [](Out<float>) {});
    expect_refused(ErrorCode::type_mismatch, [&](Orchestrator& o) {
        const TaskArgs args = TaskArgs{}.input(o.external(a_));
        bad_line_ = __LINE__ + 1;
        o.submit_mixed({.aic = aic_, .aiv0 = write}, args);
    });
    Runtime other{{.threads = 1}};
    const AnyKernel foreign = other.kernel_any("foreign", [](const TaskView&) { return 0; });
    expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
        const TaskArgs args = TaskArgs{}.input(o.external(a_));
        bad_line_ = __LINE__ + 1;
        o.submit_mixed({.aic = aic_, .aiv0 = foreign}, args);
    });
}

TEST_P(Launches, a_number_of_blocks_that_no_task_can_have) {
    for (const std::int64_t blocks :
         {std::int64_t{0}, std::int64_t{-1}, kMaxBlocks + 1, std::int64_t{1} << 32})
        expect_refused_args(ErrorCode::invalid_argument, "blocks is",
                            [&](Orchestrator&, TaskArgs args) { return args.blocks(blocks); });
    const auto kernel = runtime_.kernel("typed", [](InOut<float>) {});
    expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
        const auto a = o.external(a_);
        bad_line_ = __LINE__ + 1;
        o.submit(kernel, a, blocks(0));
    });
}

TEST_P(Launches, a_sync_start_that_can_never_fit) {
    expect_refused_args(ErrorCode::invalid_argument, "sync_start", [&](Orchestrator&, TaskArgs args) {
        return args.blocks(kCohortStacks + 1).sync_start();
    });
    EXPECT_TRUE(mentions("\"cpu\"")) << last_message_;
    expect_refused(ErrorCode::invalid_argument, [&](Orchestrator& o) {
        const TaskArgs args = TaskArgs{}.inout(o.external(a_)).blocks(kCohortStacks / 2 + 1).sync_start();
        bad_line_ = __LINE__ + 1;
        o.submit_mixed({.aic = aic_, .aiv0 = aiv_}, args);
    });
    EXPECT_TRUE(mentions("MIX")) << last_message_;
}

/// The same mistakes on a chip, each with the field and the line of its submit.
class ChipLaunches : public Misuse {
protected:
    ChipLaunches() : Misuse({.platform = "tinysim"}) {}
    AnyKernel aic_ =
        runtime_.kernel_any("matrix", [](const TaskView&) { return 0; }, {.core_type = CoreType::aic});
};
INSTANTIATE_TEST_SUITE_P(one_thread, ChipLaunches, testing::Values(1));

TEST_P(ChipLaunches, that_cannot_be) {
    const auto refused = [&](const char* field, const std::function<void(Orchestrator&, TaskArgs)>& submit) {
        expect_refused(ErrorCode::invalid_argument,
                       [&](Orchestrator& o) { submit(o, TaskArgs{}.inout(o.external(a_))); });
        EXPECT_TRUE(mentions(field)) << last_message_;
    };
    refused("aiv0: kernel \"matrix\"", [&](Orchestrator& o, const TaskArgs& args) {
        bad_line_ = __LINE__ + 1;
        o.submit_mixed({.aiv0 = aic_}, args);
    });
    refused("aic, aiv0 and aiv1 are all empty", [&](Orchestrator& o, const TaskArgs& args) {
        bad_line_ = __LINE__ + 1;
        o.submit_mixed({}, args);
    });
    refused("blocks is 0", [&](Orchestrator& o, TaskArgs args) {
        args.blocks(0);
        bad_line_ = __LINE__ + 1;
        o.submit(any_, args);
    });
    refused("sync_start with blocks 2, but platform \"tiny\" starts at most 1 blocks of shape AIC",
            [&](Orchestrator& o, TaskArgs args) {
                args.blocks(2).sync_start();
                bad_line_ = __LINE__ + 1;
                o.submit(aic_, args);
            });
}

TEST_P(Launches, a_predicate_on_an_element_that_does_not_exist) {
    const auto with = [&](const Shape& index) {
        return [&, index](Orchestrator& o, TaskArgs args) {
            return args.predicate(o.external(b_.data(), shape(8, 8)), index, Comparison::equal, 0);
        };
    };
    expect_refused_args(ErrorCode::out_of_bounds, "predicate: index 8 of axis 1", with({0, 8}));
    expect_refused_args(ErrorCode::out_of_bounds, "predicate: index -1 of axis 0", with({-1, 0}));
    expect_refused_args(ErrorCode::out_of_bounds, "predicate: 1 indices", with({0}));
    expect_refused_args(ErrorCode::out_of_bounds, "predicate: 0 indices", with({}));
    expect_refused_args(
        ErrorCode::invalid_argument, "predicate: there is no tensor",
        [&](Orchestrator&, TaskArgs args) { return args.predicate(AnyTensor(), {0}, Comparison::equal, 0); });
    expect_refused_args(ErrorCode::invalid_argument, "predicate: comparison 6",
                        [&](Orchestrator& o, TaskArgs args) {
                            return args.predicate(o.external(b_), {0}, static_cast<Comparison>(6), 0);
                        });
}

TEST_P(Launches, a_predicate_with_a_constant_that_the_element_cannot_be) {
    std::vector<std::uint8_t> bytes(4);
    std::vector<std::int64_t> longs(4);
    std::vector<std::uint64_t> unsigned_longs(4);
    bool flag = false;
    const auto check = [&](auto tensor_of, auto constant) {
        expect_refused_args(ErrorCode::type_mismatch, "predicate: the constant",
                            [&](Orchestrator& o, TaskArgs args) {
                                return args.predicate(tensor_of(o), {0}, Comparison::less, constant);
                            });
    };
    const auto u8 = [&](Orchestrator& o) -> AnyTensor { return o.external(bytes); };
    const auto i64 = [&](Orchestrator& o) -> AnyTensor { return o.external(longs); };
    const auto u64 = [&](Orchestrator& o) -> AnyTensor { return o.external(unsigned_longs); };
    const auto boolean = [&](Orchestrator& o) -> AnyTensor { return o.external(&flag, shape(1)); };
    check(u8, 256);
    check(u8, -1);
    check(u8, 1.5);
    check(u8, std::numeric_limits<double>::quiet_NaN());
    check(i64, std::uint64_t{1} << 63U);
    check(i64, 9223372036854775808.0);
    check(i64, HUGE_VAL);
    check(u64, -1);
    check(u64, 18446744073709551616.0);
    check(boolean, 2);
    EXPECT_TRUE(mentions("bool")) << last_message_;
}

TEST_P(Launches, a_predicate_on_a_tensor_whose_scope_has_closed) {
    expect_refused(ErrorCode::scope_closed, [&](Orchestrator& o) {
        AnyTensor gone;
        {
            const Scope scope{o};
            gone = o.allocate<float>(shape(4));
        }
        const TaskArgs args = TaskArgs{}.inout(o.external(a_)).predicate(gone, {0}, Comparison::equal, 0);
        bad_line_ = __LINE__ + 1;
        o.submit(any_, args);
    });
    EXPECT_TRUE(mentions("predicate")) << last_message_;
}

/// Kernels that can be told what to do wrong.
class Meetings : public Misuse {
protected:
    Caught failed(const Program& program, const CallConfig& config = {}) {
        Caught result = caught([&] { runtime_.run(program, config); });
        EXPECT_TRUE(good_program_works(runtime_)) << "after: " << result.message;
        return result;
    }
};
INSTANTIATE_TEST_SUITE_P(threads, Meetings, testing::Values(1, 2, 4));

TEST_P(Meetings, of_blocks_that_need_not_run_together_are_an_error_of_the_kernel) {
    const auto meet = runtime_.kernel("meet", [](InOut<float>, const TaskInfo& task) { task.barrier(); });
    std::uint_least32_t line = 0;
    const Caught blocks_failed = failed([&](Orchestrator& o) {
        line = __LINE__ + 1;
        o.submit(meet, o.external(a_), blocks(4));
    });
    EXPECT_EQ(blocks_failed.code, ErrorCode::kernel_failed);
    EXPECT_EQ(blocks_failed.line, line);
    EXPECT_NE(blocks_failed.message.find("sync_start"), std::string::npos) << blocks_failed.message;
    const Caught mixed_failed = failed([&](Orchestrator& o) {
        o.submit_mixed({.aic = meet, .aiv0 = meet}, TaskArgs{}.inout(o.external(a_)).blocks(2));
    });
    EXPECT_EQ(mixed_failed.code, ErrorCode::kernel_failed);
    EXPECT_NE(mixed_failed.message.find("sync_start"), std::string::npos) << mixed_failed.message;
}

TEST_P(Meetings, are_over_when_one_of_the_calls_fails) {
    enum class How { throws, status, cancelled_by_itself };
    for (const How how : {How::throws, How::status, How::cancelled_by_itself}) {
        for (const int failing : {0, 7, 47}) {
            std::atomic<int> waited{0}, passed{0};
            const auto kernel = runtime_.kernel("meet", [&](InOut<float>, const TaskInfo& task) -> int {
                struct Waited {
                    std::atomic<int>& count;
                    ~Waited() { ++count; }  // also when the barrier throws
                };
                task.barrier();
                if (task.block_index() == failing) {
                    if (how == How::throws) throw std::runtime_error("boiled over");
                    if (how == How::status) return 17;
                    throw Error(ErrorCode::cancelled, "mine");
                }
                const Waited one{waited};
                task.barrier();
                ++passed;
                return 0;
            });
            std::uint_least32_t line = 0;
            const Caught result = failed([&](Orchestrator& o) {
                line = __LINE__ + 1;
                o.submit(kernel, o.external(a_), blocks(48).sync_start().name("cohort"));
            });
            EXPECT_EQ(result.code, ErrorCode::kernel_failed);
            EXPECT_EQ(result.line, line);
            EXPECT_NE(result.message.find(how == How::throws   ? "boiled over"
                                          : how == How::status ? "17"
                                                               : "mine"),
                      std::string::npos)
                << result.message;
            EXPECT_EQ(waited, 47) << "destructors ran in every call that was released";
            EXPECT_EQ(passed, 0) << "nobody passed a barrier that one did not reach";
        }
    }
}

TEST_P(Meetings, a_barrier_after_the_end_throws_again) {
    std::atomic<int> caught_twice{0};
    const auto kernel = runtime_.kernel("stubborn", [&](InOut<float>, const TaskInfo& task) {
        if (task.block_index() == 2) throw std::runtime_error("first");
        for (int i = 0; i < 2; ++i) {
            try {
                task.barrier();
            } catch (const Error& error) {
                if (error.code() == ErrorCode::cancelled && i == 1) ++caught_twice;
            }
        }
    });
    const Caught result =
        failed([&](Orchestrator& o) { o.submit(kernel, o.external(a_), blocks(3).sync_start()); });
    EXPECT_NE(result.message.find("first"), std::string::npos) << result.message;
    // With one thread block 2 is the last to start, so both wait. With several they may not have started.
    if (GetParam() == 1) {
        EXPECT_EQ(caught_twice, 2);
    }
}

TEST_P(Meetings, are_over_when_the_run_is_cancelled_or_passes_its_deadline) {
    for (const bool cancel : {true, false}) {
        std::atomic<bool> inside{false};
        const auto kernel = runtime_.kernel("meet", [&](InOut<float>, const TaskInfo& task) {
            inside = true;
            for (;;) task.barrier();
        });
        CallConfig config;
        if (!cancel) config.deadline = std::chrono::milliseconds(5);
        RunHandle run = runtime_.submit(
            [&](Orchestrator& o) { o.submit(kernel, o.external(a_), blocks(8).sync_start()); }, config);
        if (cancel) {
            while (!inside) std::this_thread::yield();
            run.cancel();
        }
        const Caught result = caught([&] { run.wait(); });
        EXPECT_EQ(result.code, cancel ? ErrorCode::cancelled : ErrorCode::deadline) << result.message;
        EXPECT_TRUE(good_program_works(runtime_));
    }
}

TEST_P(Meetings, cohorts_that_wait_for_stacks_end_with_the_run) {
    const auto kernel = runtime_.kernel("meet",
                                        [&](InOut<float>, const TaskInfo& task) {
                                            task.barrier();
                                            if (task.block_index() == 0) throw std::runtime_error("first");
                                            task.barrier();
                                        },
                                        {.cost_ns = 1'000'000});
    const auto late = runtime_.kernel("late", [](InOut<float>) {}, {.cost_ns = 1'000'000});
    std::vector<std::vector<float>> data(9, std::vector<float>(4));
    const Caught result = failed([&](Orchestrator& o) {
        for (auto& one : data) o.submit(kernel, o.external(one), blocks(400).sync_start());
        for (auto& one : data) o.submit(late, o.external(one));
    });
    EXPECT_EQ(result.code, ErrorCode::kernel_failed);
    EXPECT_NE(result.message.find("first"), std::string::npos) << result.message;
}

TEST_P(Meetings, a_report_names_the_call_that_the_others_wait_for) {
    std::atomic<bool> inside{false}, go_on{false};
    const auto kernel = runtime_.kernel("late one", [&](InOut<float>, const TaskInfo& task) {
        if (task.block_index() == 3) {
            inside = true;
            while (!go_on) std::this_thread::yield();
        }
        task.barrier();
    });
    std::uint_least32_t line = 0;
    RunHandle run = runtime_.submit([&](Orchestrator& o) {
        line = __LINE__ + 1;
        o.submit(kernel, o.external(a_), blocks(4).sync_start());
    });
    while (!inside) std::this_thread::yield();
    const std::string report = run.report();
    go_on = true;
    run.wait();
    EXPECT_NE(report.find("late one"), std::string::npos) << report;
    EXPECT_NE(report.find(at_line(line)), std::string::npos) << report;
}

TEST_P(Meetings, no_program_is_called_from_inside_a_call_that_has_met) {
    std::atomic<int> refused_calls{0};
    runtime_.run([&](Orchestrator& o) {
        const auto a = o.external(a_);
        const auto kernel = runtime_.kernel("nested", [&](InOut<float>, const TaskInfo& task) {
            task.barrier();
            if (caught([&] { o.submit(add_, a, a, a); }).code == ErrorCode::wrong_thread) ++refused_calls;
            task.barrier();
            if (caught([&] { runtime_.run([](Orchestrator&) {}); }).code == ErrorCode::wrong_thread)
                ++refused_calls;
        });
        o.submit(kernel, a, blocks(6).sync_start());
    });
    EXPECT_EQ(refused_calls, 12);
}

}  // namespace
}  // namespace weir::test
