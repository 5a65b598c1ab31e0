// SPDX-License-Identifier: Apache-2.0
// weir-test: optimized
//
// TensorMap against a plain list of accesses with one bit per element: random views of overlapping external
// buffers and of memory that tasks own, tasks that do not wait, completions in any legal order, memory that
// is used again, and the smallest valid pool, so that it is swept all the time. Running numbers start just
// below 2^32.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "deps/tensormap.hpp"
#include "scheduler/lifecycle.hpp"

namespace weir {
namespace {

using detail::TaskRef;
using Bits = std::bitset<512>;

constexpr std::uint64_t kWindow = 64;
constexpr std::uint64_t kPool = 64;
constexpr std::uint64_t kFirstNumber = (std::uint64_t{1} << 32U) - 20;
constexpr std::uintptr_t kExternal = 0x10000000;
constexpr std::uintptr_t kOwned = 0x20000000;
constexpr std::int64_t kRows = 24;
constexpr std::int64_t kColumns = 16;
constexpr std::size_t kBlocks = 8;

AnyTensor tensor_at(std::uintptr_t address, std::int64_t rows, std::int64_t columns, std::uint64_t owner) {
    const detail::TensorRecord record =
        detail::row_major_record(reinterpret_cast<std::byte*>(address), DType::i32, Shape{rows, columns}, {});
    return {record, {detail::geometry_key(record), 1, owner, {}}};
}

/// One bit for each element of `tensor`, counted from `base`.
Bits bits_of(const AnyTensor& tensor, std::uintptr_t base) {
    Bits bits;
    const detail::TensorRecord& record = tensor.record();
    const auto first = (reinterpret_cast<std::uintptr_t>(record.data) - base) / 4;
    std::vector<std::uint64_t> places{first};
    for (std::size_t axis = 0; axis < record.ndim; ++axis) {
        const std::size_t count = places.size();
        for (std::int64_t i = 1; i < record.axes[axis].extent; ++i)
            for (std::size_t k = 0; k < count; ++k)
                places.push_back(places[k] + static_cast<std::uint64_t>(i * record.axes[axis].stride));
    }
    for (const std::uint64_t place : places) bits.set(place);
    return bits;
}

struct Access {
    std::uint64_t task;   ///< TaskRef word
    std::uint64_t owner;  ///< of the memory; 0: external
    bool writes;
    bool replaced;  ///< by a write that has waited for it and covers it
    Bits bits;
};

struct ModelTask {
    bool owner = false;
    bool scope_open = false;
    bool completed = false;
    std::size_t block = 0;  ///< of its memory
    std::set<std::uint64_t> waits;
};

struct Argument {
    AnyTensor tensor;
    bool writes;
    bool waits;
    std::uintptr_t base;
};

class TensorMapModel : public testing::Test {
protected:
    /// `boxes`: only row-major boxes of whole matrices, which are decided exactly.
    void start(std::uint64_t seed, bool boxes) {
        generator_.seed(seed);
        boxes_ = boxes;
        map_ = TensorMap();
        std::fill(buckets_.begin(), buckets_.end(), 0);
        for (int r = 0; r < kRings; ++r) {
            const auto index = static_cast<std::size_t>(r);
            entries_[index] = std::vector<TaskEntry>(kWindow);
            slots_[index] = std::vector<TaskSlot>(kWindow);
            rings_[index] = TaskRing();
            rings_[index].attach(r, entries_[index].data(), kWindow, slots_[index].data(), kWindow,
                                 kFirstNumber);
        }
        std::fill(pool_.begin(), pool_.end(), 0);
        map_.attach(reinterpret_cast<TensorMapEntry*>(pool_.data()), kPool, buckets_.data(), buckets_.size(),
                    rings_);
        tasks_.clear();
        accesses_.clear();
        free_blocks_.clear();
        for (std::size_t i = 0; i < kBlocks; ++i) free_blocks_.push_back(i);
    }
    std::int64_t below(std::int64_t bound) {
        return static_cast<std::int64_t>(generator_() % static_cast<std::uint64_t>(bound));
    }
    bool one_in(std::int64_t n) { return below(n) == 0; }
    TaskRing& ring(TaskRef ref) { return rings_[static_cast<std::size_t>(ref.ring())]; }
    TaskEntry& entry(TaskRef ref) { return ring(ref).entry(ref.number()); }

    AnyTensor random_box(const AnyTensor& from) {
        const std::int64_t row = below(from.extent(0));
        const std::int64_t column = one_in(2) ? 0 : below(from.extent(1));
        const std::int64_t rows = 1 + below(std::min<std::int64_t>(from.extent(0) - row, 8));
        const std::int64_t columns = one_in(3) ? from.extent(1) - column : 1 + below(from.extent(1) - column);
        return from.view(Shape{row, column}, Shape{rows, columns});
    }
    AnyTensor random_view(const AnyTensor& from) {
        if (boxes_) {
            // A regular tiling, so that regions are named again, and boxes across its tiles.
            if (one_in(2)) return random_box(from);
            return from.view(Shape{4 * below(from.extent(0) / 4), 4 * below(from.extent(1) / 4)},
                             Shape{4, 4});
        }
        AnyTensor view = from;
        if (one_in(3)) view = view.reshape(Shape{view.extent(0) / 4, 4, 2, view.extent(1) / 2});
        const std::int64_t steps = below(3);
        for (std::int64_t i = 0; i < steps; ++i) {
            const int axis = static_cast<int>(below(view.ndim()));
            const std::int64_t begin = below(view.extent(axis));
            const std::int64_t end = begin + 1 + below(view.extent(axis) - begin);
            view = view.slice(axis, begin, end, 1 + below(3));
            if (view.ndim() >= 2 && one_in(3)) view = view.transpose(0, view.ndim() - 1);
        }
        return view;
    }
    Argument random_argument(bool waits) {
        std::vector<std::uint64_t> owners;
        for (const auto& [word, task] : tasks_)
            if (task.owner && task.scope_open) owners.push_back(word);
        Argument argument;
        argument.writes = one_in(3);
        argument.waits = waits && !one_in(8);
        AnyTensor whole;
        if (!owners.empty() && one_in(2)) {
            const std::uint64_t word =
                owners[static_cast<std::size_t>(below(static_cast<std::int64_t>(owners.size())))];
            argument.base = kOwned + 4096 * tasks_[word].block;
            whole = tensor_at(argument.base, 8, 8, word);
        } else {
            // Two buffers that the program took for different ones share their rows 8 to 15.
            argument.base = kExternal;
            whole = one_in(2) ? tensor_at(kExternal, 16, kColumns, 0)
                              : tensor_at(kExternal + 8 * kColumns * 4, kRows - 8, kColumns, 0);
        }
        const AnyTensor view = one_in(6) ? whole : random_view(whole);
        detail::TensorIdentity identity = whole.identity();
        identity.key = detail::geometry_key(view.record());
        argument.tensor = AnyTensor(view.record(), identity);
        return argument;
    }

    /// What the reference says of one argument: whom it must wait for, and whom it may.
    void check(const Argument& argument, const std::set<std::uint64_t>& reported) {
        std::set<std::uint64_t> must;
        std::set<std::uint64_t> may;
        const Bits bits = bits_of(argument.tensor, argument.base);
        for (const Access& access : accesses_) {
            if (access.owner != argument.tensor.identity().owner || (!access.writes && !argument.writes))
                continue;
            if ((access.bits & bits).none()) continue;
            may.insert(access.task);
            if (!access.replaced) must.insert(access.task);
        }
        ASSERT_TRUE(!boxes_ || reported == must)
            << "boxes of one matrix wait for exactly those that they must";
        ASSERT_TRUE(std::includes(reported.begin(), reported.end(), must.begin(), must.end()))
            << "nobody is missed";
        ASSERT_TRUE(std::includes(may.begin(), may.end(), reported.begin(), reported.end()))
            << "nobody is waited for who shares no element";
    }
    void enter(const Argument& argument, std::uint64_t word) {
        const Bits bits = bits_of(argument.tensor, argument.base);
        const std::uint64_t owner = argument.tensor.identity().owner;
        if (argument.writes && argument.waits)
            for (Access& access : accesses_)
                if (access.owner == owner && (access.bits & ~bits).none()) access.replaced = true;
        accesses_.push_back({word, owner, argument.writes, false, bits});
    }

    void submit() {
        const bool automatic = !one_in(6);
        std::vector<Argument> arguments;
        for (std::int64_t i = 1 + below(4); i > 0; --i) arguments.push_back(random_argument(automatic));
        const bool owner = !free_blocks_.empty() && one_in(4);
        std::uint64_t entries = owner ? 2 : 0;
        for (const Argument& argument : arguments)
            entries += TensorMap::entries_needed(argument.tensor.record());
        const int ring_index = static_cast<int>(below(kRings));
        TaskRing& target = rings_[static_cast<std::size_t>(ring_index)];
        while (!target.slot_free() || !target.entry_free() || !map_.reserve(entries)) {
            ++times_short_;
            if (!complete_one()) close_scopes();
            advance();
        }
        // Waiting may have closed the scopes of some arguments: the program would have been stopped at its
        // submit.
        for (const Argument& argument : arguments)
            if (argument.tensor.identity().owner != 0 && !tasks_[argument.tensor.identity().owner].scope_open)
                return;
        const TaskRef ref(ring_index, target.next_number);
        std::vector<EntryIndex> regions;
        ModelTask task;
        for (const Argument& argument : arguments) {
            const detail::TensorIdentity& identity = argument.tensor.identity();
            regions.push_back(map_.locate(argument.tensor.record(), identity.key, identity.owner));
            if (!argument.waits) continue;
            std::set<std::uint64_t> reported;
            map_.conflicts(regions.back(), argument.writes,
                           [&](TaskRef found) { reported.insert(found.word()); });
            check(argument, reported);
            task.waits.insert(reported.begin(), reported.end());
        }
        TaskEntry& own = target.entry(ref.number());
        own.regions = 0;
        own.number = ref.number();
        own.kernel_id = static_cast<std::uint32_t>(ring_index);
        Lifecycle::submit(own, target.slot(ref.number()), owner);
        ++target.next_number;
        if (owner) {
            task.owner = task.scope_open = true;
            task.block = free_blocks_.back();
            free_blocks_.pop_back();
            const std::uintptr_t base = kOwned + 4096 * task.block;
            arguments.push_back({tensor_at(base, 8, 8, ref.word()), true, automatic, base});
            const AnyTensor& output = arguments.back().tensor;
            regions.push_back(map_.locate(output.record(), output.identity().key, ref.word()));
        }
        tasks_[ref.word()] = task;
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            map_.record(regions[i], ref, arguments[i].writes, arguments[i].waits);
            enter(arguments[i], ref.word());
        }
    }

    /// Completes a random task of those whose producers have completed; false when none is in flight.
    bool complete_one() {
        std::vector<std::uint64_t> ready;
        for (const auto& [word, task] : tasks_) {
            if (task.completed) continue;
            const auto done = [this](std::uint64_t wait) {
                return !tasks_.contains(wait) || tasks_[wait].completed;
            };
            if (std::all_of(task.waits.begin(), task.waits.end(), done)) ready.push_back(word);
        }
        if (ready.empty()) return false;
        const std::uint64_t word =
            ready[static_cast<std::size_t>(below(static_cast<std::int64_t>(ready.size())))];
        tasks_[word].completed = true;
        TaskEntry& own = entry(TaskRef(word));
        // Relaxed throughout: one thread.
        own.fanout.store(kFanoutClosed, std::memory_order_relaxed);
        const TaskState state = tasks_[word].owner ? TaskState::released : TaskState::consumed;
        own.state.store(state, std::memory_order_relaxed);
        std::erase_if(accesses_, [word](const Access& access) { return access.task == word; });
        return true;
    }
    void close_scopes() {
        for (auto& [word, task] : tasks_) task.scope_open = false;
    }
    /// Owners become CONSUMED when nothing in flight uses them; then the waterlines move.
    void advance() {
        for (auto& [word, task] : tasks_) {
            const auto uses = [owner = word](const Access& access) { return access.owner == owner; };
            if (task.owner && task.completed && !task.scope_open &&
                std::none_of(accesses_.begin(), accesses_.end(), uses))
                entry(TaskRef(word))
                    .state.store(TaskState::consumed, std::memory_order_relaxed);  // one thread
        }
        for (TaskRing& r : rings_) {
            r.advance_released(~std::uint64_t{0});
            r.advance_consumed([&](TaskEntry& owner) {
                map_.forget_owner(owner);
                const std::uint64_t word = TaskRef(static_cast<int>(owner.kernel_id), owner.number).word();
                free_blocks_.push_back(tasks_[word].block);
            });
        }
        std::erase_if(tasks_, [this](const auto& item) {
            return TaskRef(item.first).number() < ring(TaskRef(item.first)).first_unconsumed();
        });
    }

    void end_run() {
        while (complete_one()) {
        }
        close_scopes();
        advance();
        for (const TaskRing& r : rings_) ASSERT_TRUE(r.empty());
    }

    void run(std::uint64_t seed, bool boxes, int submits) {
        SCOPED_TRACE(testing::Message() << "seed " << seed << (boxes ? ", boxes" : ", any views"));
        const bool several_runs = seed % 3 == 0;
        start(seed, boxes);
        for (int i = 0; i < submits && !HasFatalFailure(); ++i) {
            submit();
            for (std::int64_t n = below(3); n > 0; --n) complete_one();
            if (one_in(10)) close_scopes();
            if (one_in(4)) advance();
            if (several_runs && one_in(100)) {
                end_run();
                map_.begin_run();
            }
        }
        end_run();
        ASSERT_TRUE(map_.reserve(kPool - 1)) << "when everything is dead, the whole pool can be had";
    }

    std::mt19937_64 generator_;
    bool boxes_ = false;
    std::array<TaskRing, kRings> rings_;
    std::array<std::vector<TaskEntry>, kRings> entries_;
    std::array<std::vector<TaskSlot>, kRings> slots_;
    std::vector<std::uint64_t> pool_ = std::vector<std::uint64_t>(kPool * sizeof(TensorMapEntry) / 8);
    std::vector<EntryIndex> buckets_ = std::vector<EntryIndex>(kPool);
    TensorMap map_;
    std::map<std::uint64_t, ModelTask> tasks_;
    std::vector<Access> accesses_;
    std::vector<std::size_t> free_blocks_;
    std::uint64_t times_short_ = 0;
};

TEST_F(TensorMapModel, boxes_of_a_matrix_wait_for_exactly_the_tasks_that_they_must_wait_for) {
    for (std::uint64_t seed = 1; seed <= 90 && !HasFatalFailure(); ++seed) run(seed, true, 600);
    EXPECT_GT(times_short_, 100U) << "the pool was never short";
}

TEST_F(TensorMapModel,
       any_views_wait_for_everybody_that_they_must_wait_for_and_for_nobody_without_a_common_element) {
    for (std::uint64_t seed = 1; seed <= 90 && !HasFatalFailure(); ++seed) run(seed, false, 600);
    EXPECT_GT(times_short_, 100U) << "the pool was never short";
}

}  // namespace
}  // namespace weir
