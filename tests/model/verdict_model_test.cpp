// SPDX-License-Identifier: Apache-2.0
// The capacity verdict against a simulation that really reclaims all that can ever be reclaimed and then
// tries.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <vector>

#include "memory/byte_ring.hpp"
#include "orchestrator/verdict.hpp"

namespace weir {
namespace {

struct ModelTask {
    std::uint64_t number;
    std::uint64_t heap_begin;
    std::uint64_t heap_bytes;
    bool held;  ///< owns memory, and its scope is open
};

/// A ring whose tasks finish at once: only what open scopes hold stays. Tasks are submitted in scopes that
/// close in nesting order, so what is held is always the oldest.
struct Simulation {
    RingSizes sizes;
    std::uint64_t next_number = (std::uint64_t{1} << 32U) - 50;
    std::uint64_t heap_head = 0;
    std::deque<ModelTask> tasks;

    void reclaim() {
        while (!tasks.empty() && !tasks.front().held) tasks.pop_front();
    }
    /// Whether a request fits now that everything else is gone.
    [[nodiscard]] bool fits(const Request& request) const {
        const std::uint64_t entries = tasks.empty() ? 0 : next_number - tasks.front().number;
        const std::uint64_t heap = tasks.empty() ? 0 : heap_head - tasks.front().heap_begin;
        return entries + 1 <= sizes.consumed_window &&
               (request.heap_bytes == 0 || heap + request.heap_bytes <= sizes.heap);
    }
    void submit(const Request& request) {
        tasks.push_back({next_number++, heap_head, request.heap_bytes, request.heap_bytes != 0});
        heap_head += request.heap_bytes;
    }
    [[nodiscard]] RingPosition position() const {
        RingPosition position{next_number, heap_head, false, 0, 0};
        for (const ModelTask& task : tasks) {
            if (!task.held) continue;
            position.held = true;
            position.held_number = task.number;
            position.held_heap_begin = task.heap_begin;
            break;
        }
        return position;
    }
};

TEST(VerdictModel,
     a_request_is_refused_exactly_when_it_does_not_fit_with_everything_reclaimed_that_ever_can_be) {
    std::uint64_t refused = 0;
    std::uint64_t taken = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        std::mt19937_64 generator(seed);
        Simulation ring;
        ring.sizes = {4, std::uint64_t{4} << generator() % 3, 4096, 1024 + 64 * (generator() % 32), 4};
        std::vector<std::size_t> scopes;  // tasks of the ring at the time when each was opened
        for (int i = 0; i < 300; ++i) {
            if (generator() % 8 == 0) scopes.push_back(ring.tasks.size());
            if (generator() % 8 == 0 && !scopes.empty()) {
                for (std::size_t k = scopes.back(); k < ring.tasks.size(); ++k) ring.tasks[k].held = false;
                scopes.pop_back();
                if (scopes.empty())
                    for (ModelTask& task : ring.tasks) task.held = false;
            }
            const std::size_t before = ring.tasks.size();
            ring.reclaim();
            for (std::size_t& scope : scopes) scope -= std::min(scope, before - ring.tasks.size());
            Request request;
            if (generator() % 2 == 0) request.heap_bytes = HeapRing::round_up(1 + generator() % 600);
            const std::optional<Shortage> shortage = find_shortage(ring.sizes, 64, ring.position(), request);
            ASSERT_EQ(shortage.has_value(), !ring.fits(request));
            if (!shortage) {
                ++taken;
                ring.submit(request);
                continue;
            }
            ++refused;
            // The value that it names is enough for this request, and the next smaller valid one is not.
            Simulation larger = ring;
            std::uint64_t& size =
                shortage->resource == Resource::heap ? larger.sizes.heap : larger.sizes.consumed_window;
            size = shortage->sufficient;
            const auto again = find_shortage(larger.sizes, 64, larger.position(), request);
            ASSERT_TRUE(!again || again->resource != shortage->resource);
            size = shortage->resource == Resource::heap ? size - 1 : size / 2;
            ASSERT_FALSE(larger.fits(request));
        }
    }
    EXPECT_GT(refused, 100U);
    EXPECT_GT(taken, 1000U);
}

TEST(VerdictModel,
     payload_dependencies_and_tensormap_are_refused_exactly_when_they_exceed_the_empty_resource) {
    const RingSizes sizes{4, 4, 4096, 1024, 4};
    for (std::uint64_t more = 0; more <= 1; ++more) {
        const auto expect = [&](const Request& request, Resource resource, std::uint64_t capacity) {
            const auto shortage = find_shortage(sizes, 64, RingPosition{7, 0, false, 0, 0}, request);
            ASSERT_EQ(shortage.has_value(), more == 1);
            if (!shortage) return;
            EXPECT_EQ(shortage->resource, resource);
            EXPECT_EQ(shortage->capacity, capacity);
            EXPECT_EQ(shortage->requested, capacity + 1);
            EXPECT_EQ(shortage->sufficient, capacity + 1);
        };
        expect({0, 4096 + more, 0, 0}, Resource::payload, 4096);
        expect({0, 0, 4 + more, 0}, Resource::dep_pool, 4);
        expect({0, 0, 0, 64 + more}, Resource::tensormap, 64);
    }
}

}  // namespace
}  // namespace weir
