// SPDX-License-Identifier: Apache-2.0
// weir-test: optimized
//
// PlanMap against the TensorMap of a run with the same tasks, in which tasks complete at random and some run
// in place: what the run waits for the plan names too, and the run's pool, once swept, never holds more.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "deps/tensormap.hpp"
#include "plan/plan_map.hpp"

namespace weir {
namespace {

using detail::TaskRef;

constexpr std::uint64_t kWindow = 2048;  ///< more than tasks
constexpr std::uint64_t kPool = 1 << 16U;
constexpr std::uintptr_t kExternal = 0x10000000;
constexpr std::uintptr_t kOwned = 0x20000000;
constexpr std::int64_t kSide = 16;

struct Argument {
    detail::TensorRecord record;
    std::uint64_t owner;
    bool writes;
    bool waits;
};

/// The same tasks in a run and in a plan.
class Both {
public:
    Both() : pool_(kPool * sizeof(TensorMapEntry)), buckets_(kPool), entries_(kWindow) {
        for (int r = 0; r < kRings; ++r)
            rings_[static_cast<std::size_t>(r)].attach(r, entries_.data(), kWindow, nullptr, kWindow, 1);
        run_.attach(reinterpret_cast<TensorMapEntry*>(pool_.data()), kPool, buckets_.data(), kPool, rings_);
    }

    /// The next task; `in_place`: it runs at once if it need not wait, and is entered nowhere.
    TaskRef submit(const std::vector<Argument>& arguments, bool in_place, bool owns = false) {
        const TaskRef task(0, next_++);
        std::set<std::uint64_t> waits;
        std::set<std::uint64_t> planned;
        std::vector<EntryIndex> in_run;
        std::vector<EntryIndex> in_plan;
        if (owns) plan_.add_owner(task);
        for (const Argument& argument : arguments) {
            in_run.push_back(
                run_.locate(argument.record, detail::geometry_key(argument.record), argument.owner));
            in_plan.push_back(plan_.locate(argument.record, argument.owner));
            if (!argument.waits) continue;
            run_.conflicts(in_run.back(), argument.writes,
                           [&](TaskRef earlier) { waits.insert(earlier.word()); });
            plan_.conflicts(in_plan.back(), argument.writes,
                            [&](TaskRef earlier) { planned.insert(earlier.word()); });
        }
        for (const std::uint64_t earlier : waits)
            EXPECT_TRUE(planned.contains(earlier)) << "task " << task.number() << " waits in the run alone";
        const bool entered = !waits.empty() || !in_place;
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            if (entered) run_.record(in_run[i], task, arguments[i].writes, arguments[i].waits);
            plan_.record(in_plan[i], task, arguments[i].writes, arguments[i].waits);
        }
        if (entered)
            in_flight_[task.word()] = waits;
        else
            entries_[task.number()].fanout.store(kFanoutClosed);
        return task;
    }
    void complete(TaskRef task) {
        entries_[task.number()].fanout.store(kFanoutClosed);
        in_flight_.erase(task.word());
        for (auto& [other, waits] : in_flight_) waits.erase(task.word());
    }
    /// Each task that waits for nobody completes with this chance in percent.
    void complete_some(std::mt19937_64& generator, std::uint64_t percent) {
        std::vector<TaskRef> ready;
        for (const auto& [task, waits] : in_flight_)
            if (waits.empty() && generator() % 100 < percent) ready.emplace_back(task);
        for (const TaskRef task : ready) complete(task);
    }
    /// The scope of an owner closes; in the run its memory is free at once.
    void forget(TaskRef owner) {
        plan_.forget_owner(owner);
        run_.forget_owner(entries_[owner.number()]);
    }
    /// Entries that the run cannot do without.
    std::uint64_t swept() {
        static_cast<void>(run_.reserve(kPool + 1));
        return run_.used();
    }
    [[nodiscard]] std::uint64_t planned() const { return plan_.entries(); }

private:
    std::vector<std::byte> pool_;
    std::vector<EntryIndex> buckets_;
    std::vector<TaskEntry> entries_;
    std::array<TaskRing, kRings> rings_;
    TensorMap run_;
    PlanMap plan_;
    std::uint64_t next_ = 1;
    std::map<std::uint64_t, std::set<std::uint64_t>> in_flight_;  ///< and whom they still wait for
};

AnyTensor whole(std::uintptr_t address, std::uint64_t owner) {
    const detail::TensorRecord record =
        detail::row_major_record(reinterpret_cast<std::byte*>(address), DType::i32, Shape{kSide, kSide}, {});
    return {record, {detail::geometry_key(record), 1, owner, {}}};
}

/// Tiles of 4 x 4, boxes across them, and every second column: few of each, so that they are named again.
Argument random_argument(std::mt19937_64& generator, const std::vector<TaskRef>& owners) {
    const auto below = [&](std::uint64_t bound) { return static_cast<std::int64_t>(generator() % bound); };
    const TaskRef owner = owners.empty() || below(2) == 0 ? TaskRef() : owners[generator() % owners.size()];
    AnyTensor tensor = whole(owner.valid() ? kOwned : kExternal, owner.word());
    const std::int64_t kind = below(10);
    if (kind == 0)
        tensor = tensor.slice(1, below(2), kSide, 2);
    else if (kind < 3)
        tensor = tensor.view(Shape{2 * below(4), 0}, Shape{6, kSide});
    else if (kind < 9)
        tensor = tensor.view(Shape{4 * below(2), 4 * below(2)}, Shape{4, 4});
    const bool manual = below(12) == 0;
    return {tensor.record(), owner.word(), below(kind == 9 ? 30 : 8) == 0, !manual};
}

TEST(PlanMapModel, holds_what_a_run_holds_in_which_tasks_complete) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        std::mt19937_64 generator(seed);
        Both both;
        std::vector<TaskRef> owners;
        for (std::uint64_t i = 1; i < kWindow; ++i) {
            std::vector<Argument> arguments;
            for (std::uint64_t k = 1 + generator() % 3; k > 0; --k)
                arguments.push_back(random_argument(generator, owners));
            const bool owns = generator() % 40 == 0;
            const TaskRef task = both.submit(arguments, generator() % 2 == 0, owns);
            if (owns) owners.push_back(task);
            if (generator() % 8 == 0) both.complete_some(generator, generator() % 100);
            if (generator() % 100 == 0) both.complete_some(generator, 100);
            if (!owners.empty() && generator() % 60 == 0) {
                both.forget(owners.back());
                owners.pop_back();
            }
            if (generator() % 16 == 0) {
                ASSERT_LE(both.swept(), both.planned()) << "seed " << seed;
            }
        }
        if (HasFailure()) FAIL() << "seed " << seed;
    }
}

/// Accesses that have completed share a block with some that have not, so the run has one block more than
/// the plan: that is why the plan counts each region once more.
TEST(PlanMapModel, counts_a_block_more_for_each_region) {
    Both both;
    const Argument read{whole(kExternal, 0).record(), 0, false, true};
    Argument write = read;
    write.writes = true;
    std::vector<TaskRef> readers;
    for (int i = 0; i < 35; ++i) readers.push_back(both.submit({read}, false));
    for (const TaskRef reader : readers) both.complete(reader);
    both.submit({write}, true);  // in place
    for (int i = 0; i < 16; ++i) both.submit({read}, false);
    EXPECT_EQ(both.swept(), 1U + 3U) << "the region, and blocks with 5, 10 and 1 readers";
    EXPECT_EQ(both.planned(), 1U + 2U + 1U) << "the region, blocks with 10 and 6 readers, and one more";
}

}  // namespace
}  // namespace weir
