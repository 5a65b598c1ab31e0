// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// Rings that grow while workers still work on what was submitted: entries are copied, heaps left and pools
// replaced only when nobody else knows them. Kernels' memory is watched, so are the first entries of each
// ring; a worker that still has an old entry is a data race, a lost wake-up, or an owner that is never
// CONSUMED.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <vector>

#include "explored.hpp"
#include "explored_check.hpp"
#include "explored_runtime.hpp"

namespace weir {
namespace {

using explored::ExploredRuntime;
using explored::Schedule;

GrowthRules all_may_grow() {
    GrowthRules rules;
    for (auto& of_resource : rules.may_grow) of_resource.fill(true);
    return rules;
}

bool grew(const RunResult& result, Resource resource, int ring = 1) {
    for (const GrownSize& size : result.grown)
        if (size.resource == resource && size.ring == ring) return true;
    return false;
}

/// Owners of an open scope, of which a heap of 1024 bytes holds two and a window of 4 entries four; each has
/// a keeper, so that a worker drops references while the ring grows.
void held_owners(Schedule& schedule, int threads, int owners, std::int64_t elements, Resource resource) {
    ExploredRuntime runtime(schedule, threads);
    runtime.core().grow_by(all_may_grow());
    std::array<std::int64_t, 8> results{};
    schedule.watch("results", results.data(), results.size());
    const auto fill =
        runtime.kernel("fill", [](Out<std::int64_t> block, std::int64_t value) { block[0] = value; });
    const auto copy =
        runtime.kernel("copy", [](In<std::int64_t> from, Out<std::int64_t> to) { to[0] = from[0]; });
    runtime.add_program([&](Orchestrator& o) {
        const Scope scope(o);
        std::vector<Tensor<std::int64_t>> held;
        for (int i = 0; i < owners; ++i) {
            held.push_back(o.submit(fill, shape(elements), i + 1).output());
            o.submit(copy, held.back(), o.external(&results[static_cast<std::size_t>(i)], shape(1)));
        }
        o.submit(copy, held.front(), o.external(&results[static_cast<std::size_t>(owners)], shape(1)));
    });
    schedule.run();
    schedule.require(runtime.failure().empty(), "the program ends without an error");
    for (int i = 0; i < owners; ++i)
        schedule.require(results[static_cast<std::size_t>(i)] == i + 1, "each block keeps its values");
    schedule.require(results[static_cast<std::size_t>(owners)] == 1, "the oldest block is still there");
    schedule.require(grew(runtime.result(), resource), "the ring grew");
}

TEST(GrowthInterleaved, entries_are_copied_when_no_worker_knows_them) {
    const auto body = [](int threads) {
        return [threads](Schedule& s) { held_owners(s, threads, 3, 8, Resource::consumed_window); };
    };
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0}, body(2));
    explored::expect_random_hold(1'500, body(2));
    explored::expect_random_hold(1'500, body(3));
}

TEST(GrowthInterleaved, a_heap_goes_on_in_a_new_region_while_blocks_of_the_old_one_are_used) {
    const auto body = [](int threads) {
        return [threads](Schedule& s) { held_owners(s, threads, 3, 64, Resource::heap); };
    };
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0}, body(2));
    explored::expect_random_hold(1'500, body(2));
    explored::expect_random_hold(1'500, body(3));
}

/// Both rings grow while tasks of the other one are in flight, which keep owners of both: the inner ring in
/// the inner scope, the outer ring behind it.
void two_rings(Schedule& schedule, int threads, std::int64_t elements, Resource resource) {
    ExploredRuntime runtime(schedule, threads);
    runtime.core().grow_by(all_may_grow());
    std::array<std::int64_t, 7> sums{};
    schedule.watch("sums", sums.data(), sums.size());
    const auto fill =
        runtime.kernel("fill", [](Out<std::int64_t> block, std::int64_t value) { block[0] = value; });
    const auto add = runtime.kernel(
        "add", [](In<std::int64_t> a, In<std::int64_t> b, Out<std::int64_t> to) { to[0] = a[0] + b[0]; });
    runtime.add_program([&](Orchestrator& o) {
        std::size_t done = 0;
        const auto outer = o.submit(fill, shape(elements), std::int64_t{100}).output();
        const auto add_to_outer = [&] {
            const auto value = static_cast<std::int64_t>(done) + 1;
            const auto block = o.submit(fill, shape(elements), value).output();
            o.submit(add, outer, block, o.external(&sums[done++], shape(1)));
        };
        add_to_outer();
        {
            const Scope scope(o);
            for (int i = 0; i < 3; ++i) add_to_outer();
        }
        for (int i = 0; i < 3; ++i) add_to_outer();
    });
    schedule.run();
    schedule.require(runtime.failure().empty(), "the program ends without an error");
    for (std::size_t i = 0; i < sums.size(); ++i)
        schedule.require(sums[i] == static_cast<std::int64_t>(i) + 101, "each block keeps its values");
    for (const int ring : {0, 1}) schedule.require(grew(runtime.result(), resource, ring), "the ring grew");
}

TEST(GrowthInterleaved, a_ring_grows_while_tasks_of_another_one_keep_its_owners) {
    for (const bool heap : {false, true}) {
        const auto body = [heap](int threads) {
            return [threads, heap](Schedule& s) {
                two_rings(s, threads, heap ? 64 : 8, heap ? Resource::heap : Resource::consumed_window);
            };
        };
        explored::expect_random_hold(500, body(2));
        explored::expect_random_hold(500, body(3));
    }
}

/// Scopes that close while their keepers run, after the heap has grown: the region before is retired.
void retired_regions(Schedule& schedule, int threads) {
    ExploredRuntime runtime(schedule, threads);
    runtime.core().grow_by(all_may_grow());
    std::array<std::int64_t, 12> results{};
    schedule.watch("results", results.data(), results.size());
    const auto fill =
        runtime.kernel("fill", [](Out<std::int64_t> block, std::int64_t value) { block[0] = value; });
    const auto copy =
        runtime.kernel("copy", [](In<std::int64_t> from, Out<std::int64_t> to) { to[0] = from[0]; });
    std::size_t done = 0;
    runtime.add_program([&](Orchestrator& o) {
        for (int round = 0; round < 3; ++round) {
            const Scope scope(o);
            for (int i = 0; i < (round == 0 ? 3 : 2); ++i, ++done) {
                const auto block = o.submit(fill, shape(64), static_cast<std::int64_t>(done) + 1).output();
                o.submit(copy, block, o.external(&results[done], shape(1)));
            }
        }
    });
    schedule.run();
    schedule.require(runtime.failure().empty(), "the program ends without an error");
    for (std::size_t i = 0; i < done; ++i)
        schedule.require(results[i] == static_cast<std::int64_t>(i) + 1, "each block keeps its values");
    schedule.require(grew(runtime.result(), Resource::heap), "the ring grew");
}

TEST(GrowthInterleaved, a_region_is_retired_after_the_last_keeper_of_its_blocks) {
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0},
                              [](Schedule& s) { retired_regions(s, 2); });
    explored::expect_random_hold(1'500, [](Schedule& s) { retired_regions(s, 2); });
    explored::expect_random_hold(1'500, [](Schedule& s) { retired_regions(s, 3); });
}

/// Tasks that keep more owners than the dependency pool has entries; the edges of the second pass over the
/// end of the larger one.
void many_owners(Schedule& schedule, int threads) {
    ExploredRuntime runtime(schedule, threads);
    runtime.core().grow_by(all_may_grow());
    std::array<std::int64_t, 3> sums{};
    schedule.watch("sums", sums.data(), sums.size());
    const auto fill =
        runtime.kernel("fill", [](Out<std::int64_t> block, std::int64_t value) { block[0] = value; });
    const auto add = runtime.kernel(
        "add", [](In<std::int64_t> a, In<std::int64_t> b, In<std::int64_t> c, In<std::int64_t> d,
                  In<std::int64_t> e, Out<std::int64_t> to) { to[0] = a[0] + b[0] + c[0] + d[0] + e[0]; });
    runtime.add_program([&](Orchestrator& o) {
        const Scope scope(o);
        std::vector<Tensor<std::int64_t>> held;
        for (int i = 0; i < 5; ++i) held.push_back(o.submit(fill, shape(1), std::int64_t{1} << i).output());
        for (std::int64_t& sum : sums)
            o.submit(add, held[0], held[1], held[2], held[3], held[4], o.external(&sum, shape(1)));
    });
    schedule.run();
    schedule.require(runtime.failure().empty(), "the program ends without an error");
    for (const std::int64_t sum : sums) schedule.require(sum == 31, "each task has waited for all of them");
    schedule.require(grew(runtime.result(), Resource::dep_pool), "the pool grew");
}

TEST(GrowthInterleaved, a_dependency_pool_is_replaced_when_no_edge_is_left) {
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0}, [](Schedule& s) { many_owners(s, 2); });
    explored::expect_random_hold(1'500, [](Schedule& s) { many_owners(s, 3); });
}

TEST(GrowthInterleaved, a_kernel_that_fails_while_a_ring_grows_ends_the_run) {
    const auto body = [](Schedule& schedule) {
        ExploredRuntime runtime(schedule, 2);
        runtime.core().grow_by(all_may_grow());
        const auto fill = runtime.kernel("fill", [](Out<std::int64_t> block) {
            block[0] = 1;
            return 3;
        });
        runtime.add_program([&](Orchestrator& o) {
            const Scope scope(o);
            for (int i = 0; i < 6; ++i) o.submit(fill, shape(64));
        });
        schedule.run();
        // The program may have submitted everything before the first kernel fails.
        schedule.require(runtime.failure().empty() || runtime.failure().find("status 3") != std::string::npos,
                         "the kernel's error is told");
    };
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 0}, body);
    explored::expect_random_hold(1'000, body);
}

}  // namespace
}  // namespace weir
