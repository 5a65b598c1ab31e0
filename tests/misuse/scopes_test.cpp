// SPDX-License-Identifier: Apache-2.0
// Scopes used wrongly: out of order, too deep, AUTO inside MANUAL, left open, and programs that throw inside
// them.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include <weir/weir.hpp>

#include "misuse_fixture.hpp"
#include "open_scopes.hpp"

namespace weir::test {
namespace {

class ScopeMisuse : public Misuse {};
INSTANTIATE_TEST_SUITE_P(threads, ScopeMisuse, testing::Values(1, 2));

TEST_P(ScopeMisuse, an_outer_scope_closed_before_an_inner_one) {
    std::uint_least32_t inner_line = 0;
    expect_refused(ErrorCode::scope_misuse, [&](Orchestrator& o) {
        Scope outer{o};
        inner_line = __LINE__ + 1;
        const Scope inner{o};
        bad_line_ = __LINE__ + 1;
        outer.close();
    });
    EXPECT_TRUE(mentions(at_line(inner_line))) << "the open scope is not named in: " << last_message_;
}

TEST_P(ScopeMisuse, scopes_destroyed_out_of_order_fail_the_run_and_throw_nothing_themselves) {
    const Caught at_end = refused([&](Orchestrator& o) {
        std::optional<Scope> outer(std::in_place, o);
        std::optional<Scope> inner(std::in_place, o);
        outer.reset();
        inner.reset();
    });
    EXPECT_EQ(at_end.code, ErrorCode::scope_misuse) << at_end.message;
    bool went_on = false;
    const Caught at_next_call = refused([&](Orchestrator& o) {
        const auto a = o.external(a_);
        auto outer = std::make_unique<Scope>(o);
        const auto inner = std::make_unique<Scope>(o);
        outer.reset();
        o.submit(add_, a, a, a);
        went_on = true;
    });
    EXPECT_EQ(at_next_call.code, ErrorCode::scope_misuse) << at_next_call.message;
    EXPECT_FALSE(went_on);
}

/// Its run has ended, so there is nothing left for it to close.
TEST_P(ScopeMisuse, a_scope_that_outlives_its_program_closes_nothing_of_a_later_one) {
    std::unique_ptr<Scope> kept;
    (void)caught([&] { runtime_.run([&](Orchestrator& o) { kept = std::make_unique<Scope>(o); }); });
    runtime_.run([&](Orchestrator& o) {
        const auto a = o.external(a_);
        const Scope scope{o};
        const auto made = o.submit(add_, a, a, like(a)).output();
        kept.reset();
        o.submit(add_, made, made, a);
        EXPECT_EQ(o.submit(add_, made, made, a).ring(), 1) << "the open scope was closed";
    });
    EXPECT_TRUE(good_program_works(runtime_));
}

TEST_P(ScopeMisuse, a_scope_closed_twice) {
    expect_refused(ErrorCode::scope_misuse, [&](Orchestrator& o) {
        Scope scope{o};
        scope.close();
        bad_line_ = __LINE__ + 1;
        scope.close();
    });
}

TEST_P(ScopeMisuse, the_sixty_fifth_depth) {
    expect_refused(ErrorCode::scope_misuse, [&](Orchestrator& o) {
        OpenScopes open(o, 63);
        bad_line_ = __LINE__ + 1;
        open.open(o);
    });
    EXPECT_TRUE(mentions("64")) << last_message_;
}

TEST_P(ScopeMisuse, automatic_inside_manual) {
    std::uint_least32_t manual_line = 0;
    expect_refused(ErrorCode::scope_misuse, [&](Orchestrator& o) {
        manual_line = __LINE__ + 1;
        const Scope manual{o, Manual};
        bad_line_ = __LINE__ + 1;
        const Scope automatic{o};
    });
    EXPECT_TRUE(mentions(at_line(manual_line))) << "the MANUAL scope is not named in: " << last_message_;
    expect_refused(ErrorCode::scope_misuse, [&](Orchestrator& o) {
        const Scope manual{o, Manual};
        const Scope nested{o, Manual};
        bad_line_ = __LINE__ + 1;
        const Scope automatic = o.scope();
    });
}

TEST_P(ScopeMisuse, a_program_that_throws_in_nested_scopes_leaves_nothing_behind) {
    for (int round = 0; round < 200; ++round) {
        EXPECT_THROW(runtime_.run([&](Orchestrator& o) {
            const auto a = o.external(a_);
            const Scope one{o};
            const auto x = o.submit(add_, a, a, like(a)).output();
            const Scope two{o, Manual};
            const auto y = o.submit(add_, x, a, like(a)).output();
            const Scope three{o, Manual};
            const Scope four{o, Manual};
            (void)o.allocate({1000}, DType::f64);
            o.submit(add_, x, y, like(a));
            throw std::domain_error("the program's own");
        }),
                     std::domain_error);
    }
    EXPECT_TRUE(good_program_works(runtime_));
}

/// With a heap for two outputs, memory that a failed run kept would make the next one fail.
TEST(ScopeMisuseSmallHeap, failed_runs_give_their_memory_back) {
    RuntimeConfig config{.threads = 2};
    config.runtime_env.ring_heap = 2048;
    config.runtime_env.ring_task_window = 4;
    config.runtime_env.ring_consumed_window = 4;
    config.runtime_env.ring_dep_pool = 4;
    Runtime runtime(config);
    const auto fill = runtime.kernel("fill", [](Out<std::int64_t> x) { x[0] = 1; }, {.cost_ns = 1'000'000});
    for (int round = 0; round < 100; ++round) {
        EXPECT_THROW(runtime.run([&](Orchestrator& o) {
            const Scope one{o};
            o.submit(fill, shape(128));
            o.submit(fill, shape(128));
            throw std::domain_error("the program's own");
        }),
                     std::domain_error);
    }
    EXPECT_TRUE(good_program_works(runtime));
}

}  // namespace
}  // namespace weir::test
