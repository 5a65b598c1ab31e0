// SPDX-License-Identifier: Apache-2.0
// A limit of memory: a run gets sizes that fit into it, or is refused before it starts; where no plan can say
// that, the limit holds while it runs.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <weir/weir.hpp>

#include "misuse_fixture.hpp"
#include "shipped.hpp"

namespace weir::test {
namespace {

inline constexpr std::int64_t kWordsHeld = 1000;

class MemoryLimit : public testing::TestWithParam<int> {
protected:
    static RuntimeConfig config(std::vector<std::string>& notes) {
        RuntimeConfig config{.threads = GetParam()};
        config.log = [&notes](LogLevel, const std::string& text) { notes.push_back(text); };
        return config;
    }
    static CallConfig limited(std::uint64_t bytes) {
        CallConfig call;
        call.memory_limit = bytes;
        return call;
    }
    /// `held` blocks of 8,000 bytes in one scope, again and again.
    Program held_blocks(int rounds, int held) {
        return [this, rounds, held](Orchestrator& o) {
            ++calls_;
            const auto sums = o.external(sums_);
            for (int round = 0; round < rounds; ++round) {
                scope_line_ = __LINE__ + 1;
                const Scope scope{o};
                std::vector<Tensor<std::int64_t>> blocks;
                for (int i = 0; i < held; ++i) {
                    submit_line_ = __LINE__ + 1;
                    blocks.push_back(o.submit(fill_, shape(kWordsHeld), std::int64_t{i}).output());
                }
                for (int i = 0; i < held; ++i)
                    o.submit(add_, blocks[static_cast<std::size_t>(i)], sums.view({i}, {1}));
            }
        };
    }
    void expect_sums(int rounds, int held) {
        for (int i = 0; i < held; ++i) ASSERT_EQ(sums_[static_cast<std::size_t>(i)], rounds * i) << i;
        sums_.assign(sums_.size(), 0);
    }
    /// What the rings come to at the smallest sizes.
    std::uint64_t least_bytes(const Program& program) {
        CallConfig call;
        call.runtime_env = Plan::env(runtime_.plan(program).smallest);
        call.size_policy = SizePolicy::fixed;
        const std::uint64_t bytes = runtime_.run(program, call).memory_bytes;
        sums_.assign(sums_.size(), 0);
        return bytes;
    }

    int calls_ = 0;
    std::uint_least32_t scope_line_ = 0, submit_line_ = 0;
    std::vector<std::int64_t> sums_ = std::vector<std::int64_t>(64);
    std::vector<std::string> notes_;
    Runtime runtime_{config(notes_)};
    Kernel<Out<std::int64_t>, std::int64_t> fill_ = runtime_.kernel(
        "fill", [](Out<std::int64_t> x, std::int64_t value) { x[0] = value; }, kShipped);
    Kernel<In<std::int64_t>, InOut<std::int64_t>> add_ = runtime_.kernel(
        "add", [](In<std::int64_t> x, InOut<std::int64_t> sum) { sum[0] += x[0]; }, kShipped);
};
INSTANTIATE_TEST_SUITE_P(threads, MemoryLimit, testing::Values(1, 2, 4));

TEST_P(MemoryLimit, every_limit_from_the_smallest_on_is_kept_and_a_byte_less_is_refused) {
    const Program program = held_blocks(20, 10);
    const std::uint64_t least = least_bytes(program);
    for (const std::uint64_t limit : {least, least + 5000, 2 * least, 8 * least, std::uint64_t{1} << 26U}) {
        const RunResult result = runtime_.run(program, limited(limit));
        EXPECT_LE(result.memory_bytes, limit);
        EXPECT_TRUE(result.grown.empty()) << "the plan said that it fits";
        expect_sums(20, 10);
    }
    const std::uint64_t reserved = runtime_.reserved_bytes();
    calls_ = 0;
    const Caught refused = caught([&] { runtime_.run(program, limited(least - 1)); });
    EXPECT_EQ(refused.code, ErrorCode::configuration);
    EXPECT_EQ(calls_, 1) << "planned, and not run";
    for (const std::string& text :
         {"memory_limit is " + std::to_string(least - 1), std::to_string(least) + " bytes",
          "heap of ring 1 takes 80000 bytes, for the scope opened at " + at_line(scope_line_),
          "the submit at " + at_line(submit_line_), std::string("split these scopes")})
        EXPECT_NE(refused.message.find(text), std::string::npos)
            << "no '" << text << "': " << refused.message;
    EXPECT_EQ(refused.line, submit_line_);
    EXPECT_EQ(runtime_.reserved_bytes(), reserved);
    EXPECT_TRUE(good_program_works(runtime_));
}

TEST_P(MemoryLimit, sizes_that_fit_stay_and_the_next_run_has_its_own) {
    const Program program = held_blocks(2, 3);
    const SizesInForce asked = runtime_.sizes_in_force();
    const RunResult roomy = runtime_.run(program, limited(std::uint64_t{1} << 40U));
    EXPECT_EQ(roomy.sizes.values, asked.values);
    const RunResult narrow = runtime_.run(program, limited(std::uint64_t{4} << 20U));
    EXPECT_LT(narrow.sizes.value(Resource::heap, 1), asked.value(Resource::heap, 1));
    EXPECT_EQ(narrow.sizes.source(Resource::heap, 1), SizeSource::memory_limit);
    EXPECT_EQ(runtime_.run(program).sizes.values, asked.values);
}

TEST_P(MemoryLimit, a_size_that_was_set_is_not_changed_and_refused_when_it_is_too_small) {
    const Program program = held_blocks(2, 10);
    CallConfig call = limited(std::uint64_t{4} << 20U);
    call.runtime_env.ring_heap = {0, 123'456, 0, 0};
    EXPECT_EQ(runtime_.run(program, call).sizes.value(Resource::heap, 1), 123'456U);
    call.runtime_env.ring_heap = {0, 79'999, 0, 0};
    const Caught refused = caught([&] { runtime_.run(program, call); });
    EXPECT_EQ(refused.code, ErrorCode::configuration);
    EXPECT_NE(refused.message.find("ring_heap of ring 1 is 79999, but the program needs 80000"),
              std::string::npos)
        << refused.message;
    call.runtime_env.ring_heap = {0, std::int64_t{1} << 30, 0, 0};
    const Caught large = caught([&] { runtime_.run(program, call); });
    EXPECT_EQ(large.code, ErrorCode::configuration);
    EXPECT_NE(large.message.find("ring_heap of ring 1 is 1073741824, and 80000 would do"), std::string::npos)
        << large.message;
    EXPECT_EQ(large.message.find("split"), std::string::npos) << "no scope is at fault";
    call = limited(std::uint64_t{4} << 20U);
    call.size_policy = SizePolicy::fixed;
    EXPECT_EQ(caught([&] { runtime_.run(program, call); }).code, ErrorCode::configuration)
        << "no size may change, and the defaults do not fit";
}

TEST_P(MemoryLimit, without_an_exact_plan_it_holds_while_the_program_runs_and_the_message_says_so) {
    int held = 0;
    const Program program = [&](Orchestrator& o) {
        const Scope scope{o};
        const auto first = o.submit(fill_, shape(kWordsHeld), std::int64_t{1}).output();
        if (o.get(first, {0}) != 1) return;  // no plan goes on behind this
        std::vector<Tensor<std::int64_t>> blocks;
        for (int i = 0; i < held; ++i)
            blocks.push_back(o.submit(fill_, shape(kWordsHeld), std::int64_t{i}).output());
        for (int i = 0; i < held; ++i)
            o.submit(add_, blocks[static_cast<std::size_t>(i)], o.external(sums_).view({i % 64}, {1}));
    };
    constexpr std::uint64_t kLimit = std::uint64_t{4} << 20U;
    held = 64;
    EXPECT_LE(runtime_.run(program, limited(kLimit)).memory_bytes, kLimit);
    const auto noted = std::find_if(notes_.begin(), notes_.end(), [](const std::string& text) {
        return text.find("is enforced while it runs") != std::string::npos;
    });
    EXPECT_NE(noted, notes_.end());
    held = 2000;  // 16 MB
    const Caught refused = caught([&] { runtime_.run(program, limited(kLimit)); });
    EXPECT_EQ(refused.code, ErrorCode::capacity);
    for (const std::string& text :
         {"memory_limit is " + std::to_string(kLimit), std::string("the limit was enforced while it ran")})
        EXPECT_NE(refused.message.find(text), std::string::npos) << refused.message;
    EXPECT_TRUE(good_program_works(runtime_));
    const RunResult grown = runtime_.run(program, limited(8 * kLimit));
    EXPECT_LE(grown.memory_bytes, 8 * kLimit);
    EXPECT_FALSE(grown.grown.empty()) << "half of the limit had been left for this";
}

TEST_P(MemoryLimit, holds_for_a_queued_run_whose_refusal_its_waiter_gets) {
    const Program program = held_blocks(4, 10);
    RunHandle refused = runtime_.submit(program, limited(100'000));
    RunHandle good = runtime_.submit(program, limited(std::uint64_t{4} << 20U));
    EXPECT_EQ(caught([&] { refused.wait(); }).code, ErrorCode::configuration);
    EXPECT_LE(good.wait().memory_bytes, std::uint64_t{4} << 20U);
    expect_sums(4, 10);
    CallConfig late = limited(std::uint64_t{4} << 20U);
    late.deadline = std::chrono::nanoseconds(0);
    EXPECT_EQ(caught([&] { runtime_.submit(program, late).wait(); }).code, ErrorCode::deadline);
}

}  // namespace
}  // namespace weir::test
