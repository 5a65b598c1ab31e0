// SPDX-License-Identifier: Apache-2.0
#include "plan/recommend.hpp"

#include <algorithm>
#include <bit>
#include <iterator>

namespace weir {

namespace {

/// Largest resources first; what is left is one pool of small entries.
constexpr Resource kOrder[] = {Resource::heap,        Resource::payload,
                               Resource::task_window, Resource::consumed_window,
                               Resource::dep_pool,    Resource::tensormap};
static_assert(std::size(kOrder) == kResources);

class Search {
public:
    Search(Simulator& simulator, const Sizes& smallest) : simulator_(simulator), smallest_(smallest) {}

    SimulatedSchedule take() {
        SimulatedSchedule found;
        const Sizes boundless = simulator_.boundless();
        accept(boundless, simulator_.run(boundless));
        const Sizes unhindered = sizes_;
        found.unhindered = table(unhindered);
        found.makespan_unhindered = std::chrono::nanoseconds(outcome_.makespan_ns);
        // Rounded down: it must be within the limit, not near it.
        limit_ns_ = outcome_.makespan_ns + outcome_.makespan_ns / 100 * kMostSlowerPercent;
        for (const Resource resource : kOrder)
            for (std::size_t ring = 0; ring < row_of(resource).rings(); ++ring)
                shrink(row_of(resource), ring);
        const SimulatedOutcome last = simulator_.run(sizes_);
        found.recommended = table(sizes_);
        found.makespan_recommended = std::chrono::nanoseconds(last.makespan_ns);
        found.makespan_smallest = std::chrono::nanoseconds(simulator_.run(smallest_).makespan_ns);
        return found;
    }

private:
    /// Takes sizes over, and brings each that held nobody back down to what was in use at most.
    void accept(const Sizes& sizes, const SimulatedOutcome& outcome) {
        outcome_ = outcome;
        sizes_ = sizes;
        for_each_size([&](const ResourceRow& row, std::size_t ring) {
            const SimulatedUse::Place& use = outcome.use.of(row.resource, static_cast<int>(ring));
            std::uint64_t& size = size_in(sizes_, row, ring);
            const std::uint64_t low = size_in(smallest_, row, ring);
            if (use.held_back == 0) size = std::min(size, needed(row, use));
            size = std::max(size, low);
        });
        for (RingSizes& ring : sizes_.ring)
            ring.consumed_window = std::max(ring.consumed_window, ring.task_window);
    }

    [[nodiscard]] static std::uint64_t needed(const ResourceRow& row, const SimulatedUse::Place& use) {
        const std::uint64_t needed = use.peak == 0 ? 0 : use.peak + use.spare;
        return row.rule != SizeRule::any ? std::bit_ceil(needed) : needed;
    }

    void shrink(const ResourceRow& row, std::size_t ring) {
        std::uint64_t low = size_in(smallest_, row, ring);
        if (row.rule == SizeRule::window_at_least) low = std::max(low, sizes_.ring[ring].task_window);
        const std::vector<std::uint64_t> values = candidates(row, low, size_in(sizes_, row, ring));
        // What is at `good` is within the limit; all that is before `bad` has been found not to be, or is
        // expected not to be.
        std::size_t bad = 0;
        std::size_t good = values.size() - 1;
        const auto try_value = [&](std::size_t index) {
            Sizes sizes = sizes_;
            size_in(sizes, row, ring) = values[index];
            const SimulatedOutcome outcome = simulator_.run(sizes, limit_ns_);
            if (!outcome.ended) return false;
            best_ = {sizes, outcome};
            return true;
        };
        best_ = {sizes_, outcome_};
        if (good == 0) return;
        if (try_value(0)) {
            good = 0;
        } else {
            while (good - bad > 1) {
                const std::size_t middle = bad + (good - bad) / 2;
                (try_value(middle) ? good : bad) = middle;
            }
        }
        accept(best_.sizes, best_.outcome);
    }

    [[nodiscard]] PlannedSizes table(const Sizes& sizes) const {
        PlannedSizes all;
        for_each_size([&](const ResourceRow& row, std::size_t ring) {
            PlannedSize& size = all[static_cast<std::size_t>(row.resource)][ring];
            size.value = size_in(sizes, row, ring);
            size.possible = size.value <= row.high;
            size.decided = size.value > row.low;
            if (!size.decided) return;
            const SimulatedUse::Place& use = outcome_.use.of(row.resource, static_cast<int>(ring));
            if (use.peak == 0) return;
            size.scope = use.scope;
            size.submit = use.submit;
        });
        return all;
    }

    struct Tried {
        Sizes sizes{};
        SimulatedOutcome outcome;
    };

    Simulator& simulator_;
    Sizes smallest_;
    std::uint64_t limit_ns_ = 0;
    Sizes sizes_{};             ///< accepted
    SimulatedOutcome outcome_;  ///< of a run with these
    Tried best_;
};

}  // namespace

std::vector<std::uint64_t> candidates(const ResourceRow& row, std::uint64_t low, std::uint64_t high) {
    std::vector<std::uint64_t> values = {low};
    if (row.rule != SizeRule::any) {
        for (std::uint64_t value = low * 2; value <= high; value *= 2) values.push_back(value);
        return values;
    }
    constexpr std::uint64_t kValuesOfFiveBits = 32;  // of a value with five significant bits
    constexpr std::uint64_t kLeast = 8;
    for (std::uint64_t value = low + 1; value < high; ++value) {
        const std::uint64_t step = std::max(kLeast, 2 * std::bit_floor(value) / kValuesOfFiveBits);
        value = (value + step - 1) / step * step;
        if (value < high) values.push_back(value);
    }
    if (high > low) values.push_back(high);
    return values;
}

SimulatedSchedule recommend(Simulator& simulator, const Sizes& smallest) {
    return Search(simulator, smallest).take();
}

}  // namespace weir
