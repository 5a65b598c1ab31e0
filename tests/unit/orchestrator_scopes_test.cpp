// SPDX-License-Identifier: Apache-2.0
// Scopes: how long memory lives, which ring a task goes to, and what MANUAL changes.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include <weir/weir.hpp>

#include "caught_error.hpp"
#include "shipped.hpp"

namespace weir {
namespace {

void spin_us(int time) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(time);
    while (std::chrono::steady_clock::now() < until) {
    }
}

class Scopes : public testing::TestWithParam<int> {
protected:
    static RuntimeConfig config(int threads) {
        RuntimeConfig config{.threads = threads};
        config.runtime_env.ring_heap = 4096;
        return config;
    }

    std::vector<std::int64_t> data_ = std::vector<std::int64_t>(256);
    Runtime runtime_{config(GetParam())};
    Kernel<Out<std::int64_t>, std::int64_t> fill_ = runtime_.kernel(
        "fill",
        [](Out<std::int64_t> x, std::int64_t value) {
            for (auto& element : x) element = value;
        },
        kShipped);
    Kernel<In<std::int64_t>, Out<std::int64_t>> slow_copy_ = runtime_.kernel(
        "slow_copy",
        [](In<std::int64_t> from, Out<std::int64_t> to) {
            spin_us(50);
            std::copy(from.begin(), from.end(), to.begin());
        },
        kShipped);
};
INSTANTIATE_TEST_SUITE_P(threads, Scopes, testing::Values(1, 2, 4));

TEST_P(Scopes, depths_0_1_and_2_have_a_ring_each_and_deeper_ones_share_the_fourth) {
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_);
        std::vector<std::unique_ptr<Scope>> open;
        for (int depth = 0; depth < 10; ++depth) {
            EXPECT_EQ(o.submit(fill_, x, 1).ring(), std::min(depth, 3));
            open.push_back(std::make_unique<Scope>(o));
        }
        while (!open.empty()) open.pop_back();
        EXPECT_EQ(o.submit(fill_, x, 2).ring(), 0);
    });
}

TEST_P(Scopes, sixty_four_depths_are_allowed) {
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_);
        std::vector<std::unique_ptr<Scope>> open;
        for (int depth = 1; depth < 64; ++depth) open.push_back(std::make_unique<Scope>(o));
        o.submit(fill_, x, 64);
        while (!open.empty()) open.pop_back();
    });
    EXPECT_EQ(data_[0], 64);
}

TEST_P(Scopes, memory_is_kept_while_the_scope_is_open) {
    runtime_.run([&](Orchestrator& o) {
        const Scope scope{o};
        std::vector<Tensor<std::int64_t>> made;
        for (std::int64_t i = 0; i < 16; ++i) made.push_back(o.submit(fill_, shape(32), i).output());
        std::set<const void*> places;
        for (std::size_t i = 0; i < made.size(); ++i) {
            EXPECT_EQ(o.get(made[i], {31}), static_cast<std::int64_t>(i));
            places.insert(made[i].record().data);
        }
        EXPECT_EQ(places.size(), 16U);
    });
}

TEST_P(Scopes, memory_of_a_closed_scope_is_kept_until_its_last_reader_has_finished) {
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_.data(), {32, 8});
        for (std::int64_t i = 0; i < 32; ++i) {
            const Scope scope{o};
            const auto made = o.submit(fill_, shape(8, 32), i).output();  // half of the heap
            o.submit(slow_copy_, made.view({2, 0}, {1, 8}).reshape({8}), x.view({i, 0}, {1, 8}).reshape({8}));
        }
    });
    for (std::size_t i = 0; i < data_.size(); ++i) EXPECT_EQ(data_[i], static_cast<std::int64_t>(i / 8)) << i;
}

TEST_P(Scopes, a_reader_that_does_not_wait_keeps_the_memory_all_the_same) {
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_.data(), {32, 8});
        for (std::int64_t i = 0; i < 32; ++i) {
            const Scope scope{o};
            const auto made = o.submit(fill_, shape(8, 32), i);
            o.submit(slow_copy_, no_dep(made.output().view({2, 0}, {1, 8}).reshape({8})),
                     x.view({i, 0}, {1, 8}).reshape({8}), after(made));
        }
    });
    for (std::size_t i = 0; i < data_.size(); ++i) EXPECT_EQ(data_[i], static_cast<std::int64_t>(i / 8)) << i;
}

TEST_P(Scopes, readers_in_manual_scopes_keep_the_memory_too) {
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_.data(), {32, 8});
        for (std::int64_t i = 0; i < 32; ++i) {
            const Scope scope{o, Manual};
            const auto made = o.submit(fill_, shape(8, 32), i);
            o.submit(slow_copy_, made.output().view({2, 0}, {1, 8}).reshape({8}),
                     x.view({i, 0}, {1, 8}).reshape({8}), after(made));
        }
    });
    for (std::size_t i = 0; i < data_.size(); ++i) EXPECT_EQ(data_[i], static_cast<std::int64_t>(i / 8)) << i;
}

TEST_P(Scopes, tensors_of_an_outer_scope_are_used_in_inner_ones) {
    runtime_.run([&](Orchestrator& o) {
        const Scope outer{o};
        const auto made = o.submit(fill_, shape(8), 3).output();
        for (int i = 0; i < 40; ++i) {
            const Scope inner{o};
            const auto copy = o.submit(slow_copy_, made, like(made)).output();
            o.submit(slow_copy_, copy, made);
        }
        EXPECT_EQ(o.get(made, {7}), 3);
    });
}

TEST_P(Scopes, automatic_tasks_wait_for_those_of_a_manual_scope) {
    for (std::int64_t round = 1; round < 30; ++round) {
        runtime_.run([&](Orchestrator& o) {
            const auto x = o.external(data_.data(), {8});
            const auto y = o.external(data_.data() + 8, {8});
            {
                Scope scope = o.scope(Manual);
                const auto first = o.submit(fill_, x, round);
                o.submit(slow_copy_, x, y, after(first));
                scope.close();
            }
            o.submit(fill_, x, -1);
            o.submit(slow_copy_, y, x);
        });
        EXPECT_EQ(data_[0], round);
        EXPECT_EQ(data_[8], round);
    }
}

TEST_P(Scopes, manual_may_be_nested_in_manual_and_in_automatic) {
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_);
        const Scope automatic{o};
        const Scope manual{o, Manual};
        const Scope again{o, Manual};
        o.submit(fill_, x, 5);
    });
    EXPECT_EQ(data_[255], 5);
}

TEST_P(Scopes, a_scope_closed_by_hand_is_not_closed_again_by_its_destructor) {
    runtime_.run([&](Orchestrator& o) {
        const auto x = o.external(data_);
        Scope outer = o.scope();
        {
            Scope inner = o.scope();
            inner.close();
            EXPECT_EQ(o.submit(fill_, x, 1).ring(), 1);
        }
        EXPECT_EQ(o.submit(fill_, x, 1).ring(), 1);
        outer.close();
        EXPECT_EQ(o.submit(fill_, x, 1).ring(), 0);
    });
}

TEST_P(Scopes, external_tensors_made_in_a_scope_are_valid_until_the_run_ends) {
    runtime_.run([&](Orchestrator& o) {
        Tensor<std::int64_t> x;
        {
            const Scope scope{o};
            x = o.external(data_);
        }
        o.submit(fill_, x, 9);
    });
    EXPECT_EQ(data_[0], 9);
}

/// One output and one reader of it, submitted at the very moment at which the writer completes.
TEST_P(Scopes, a_consumer_wired_while_its_producer_completes_runs_once) {
    std::atomic<int> runs{0};
    const auto write = runtime_.kernel(
        "write",
        [](Out<std::int64_t> x, int time) {
            spin_us(time);
            x[0] = time;
        },
        kShipped);
    const auto read = runtime_.kernel(
        "read", [&](In<std::int64_t> x, int time) { runs += x[0] == time ? 1 : 1000; }, kShipped);
    for (int i = 0; i < 300; ++i) {
        runtime_.run([&](Orchestrator& o) {
            const Scope scope{o};
            const auto made = o.submit(write, shape(1), i % 7).output();
            spin_us(i % 11);
            o.submit(read, made, i % 7);
        });
    }
    EXPECT_EQ(runs, 300);
}

}  // namespace
}  // namespace weir
