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

/// A region of 2048 bytes behind one of 1024. The first block of that is free when its scope closes; tasks
/// keep its second one, and the first of the new region, each on a worker of its own until the program says
/// so. Three more blocks fit into the new region, and a fourth when the kept one there is free: not when the
/// first region has a block less, nor when it retires.
void kept_blocks(Schedule& schedule) {
    RuntimeEnv env = ExploredRuntime::tiny();
    env.ring_task_window = env.ring_consumed_window = env.ring_dep_pool = 16;
    env.ring_payload = 4 * largest_payload();
    ExploredRuntime runtime(schedule, 3, env);
    runtime.core().grow_by(all_may_grow());
    struct Keeper {
        sync::Parker runs, may_end;
        std::int64_t value = 0;
    };
    std::array<Keeper, 2> keepers;
    const auto fill =
        runtime.kernel("fill", [](Out<std::int64_t> block, std::int64_t value) { block[0] = value; });
    const auto keep =
        runtime.kernel("keep", [&](In<std::int64_t> block, Out<std::int64_t> to, std::size_t keeper) {
            keepers[keeper].runs.unpark();
            keepers[keeper].may_end.park();
            to[0] = block[0];
        });
    runtime.add_program([&](Orchestrator& o) {
        const auto block = [&](std::int64_t value) { return o.submit(fill, shape(64), value).output(); };
        {
            const Scope scope(o);
            block(1);
            const std::array<Tensor<std::int64_t>, 2> kept = {block(2), block(3)};
            for (std::size_t i = 0; i < 2; ++i)
                o.submit(keep, kept[i], o.external(&keepers[i].value, shape(1)), i);
            for (Keeper& keeper : keepers) keeper.runs.park();
        }
        const Scope scope(o);
        for (int i = 0; i < 3; ++i) block(4);
        schedule.require(keepers[0].value == 0 && keepers[1].value == 0, "three blocks fit at once");
        for (Keeper& keeper : keepers) keeper.may_end.unpark();
        block(4);
        schedule.require(keepers[1].value == 3, "the fourth had to wait for the kept block");
    });
    schedule.run();
    schedule.require(runtime.failure().empty(), "the program ends without an error");
    schedule.require(keepers[0].value == 2, "the block of the first region was kept");
    schedule.require(grew(runtime.result(), Resource::heap), "the ring grew");
}

TEST(GrowthInterleaved, a_region_that_retires_leaves_no_room_in_the_one_behind_it) {
    explored::expect_random_hold(500, kept_blocks);
}

/// Blocks of one scope: two in the first region, four in the second.
void held_blocks(Schedule& schedule) {
    ExploredRuntime runtime(schedule, 2);
    runtime.core().grow_by(all_may_grow());
    const auto fill = runtime.kernel("fill", [](Out<std::int64_t> block) { block[0] = 1; });
    runtime.add_program([&](Orchestrator& o) {
        const Scope scope(o);
        for (int i = 0; i < 6; ++i) o.submit(fill, shape(64));
    });
    schedule.run();
    schedule.require(runtime.failure().empty(), "the program ends without an error");
    for (const GrownSize& size : runtime.result().grown)
        schedule.require(size.resource != Resource::heap || size.times == 1,
                         "the second region holds 2048 bytes");
}

TEST(GrowthInterleaved, a_region_has_room_for_blocks_whatever_is_held_in_the_one_before) {
    explored::expect_random_hold(100, held_blocks);
}

/// Tasks that keep more owners than the dependency pool has entries. Of those behind them, which keep three
/// each, two fit into the larger one, and the edges of the third pass over its end if the second is in
/// flight.
void many_owners(Schedule& schedule, int threads) {
    ExploredRuntime runtime(schedule, threads);
    runtime.core().grow_by(all_may_grow());
    std::array<std::int64_t, 3> sums{};
    std::array<std::int64_t, 4> small_sums{};
    schedule.watch("sums", sums.data(), sums.size());
    schedule.watch("sums of three", small_sums.data(), small_sums.size());
    const auto fill =
        runtime.kernel("fill", [](Out<std::int64_t> block, std::int64_t value) { block[0] = value; });
    const auto add = runtime.kernel(
        "add", [](In<std::int64_t> a, In<std::int64_t> b, In<std::int64_t> c, In<std::int64_t> d,
                  In<std::int64_t> e, Out<std::int64_t> to) { to[0] = a[0] + b[0] + c[0] + d[0] + e[0]; });
    const auto add_three =
        runtime.kernel("add_three", [](In<std::int64_t> a, In<std::int64_t> b, In<std::int64_t> c,
                                       Out<std::int64_t> to) { to[0] = a[0] + b[0] + c[0]; });
    runtime.add_program([&](Orchestrator& o) {
        const Scope scope(o);
        std::vector<Tensor<std::int64_t>> held;
        for (int i = 0; i < 5; ++i) held.push_back(o.submit(fill, shape(1), std::int64_t{1} << i).output());
        for (std::int64_t& sum : sums)
            o.submit(add, held[0], held[1], held[2], held[3], held[4], o.external(&sum, shape(1)));
        for (std::int64_t& sum : small_sums)
            o.submit(add_three, held[2], held[3], held[4], o.external(&sum, shape(1)));
    });
    schedule.run();
    schedule.require(runtime.failure().empty(), "the program ends without an error");
    for (const std::int64_t sum : sums) schedule.require(sum == 31, "each task has waited for all of them");
    for (const std::int64_t sum : small_sums)
        schedule.require(sum == 28, "each task has waited for its three");
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
