// SPDX-License-Identifier: Apache-2.0
/// Early dispatch: a task whose producers all run is staged on a core before it is ready, behind a *gate*
/// that opens when the last of them has completed. The task then starts without being taken and dispatched.
///
///                    +-- waits: a producer does not run yet --+
///     wired -------->|                                        |
///                    +-- the last of these runs --> listed ---+--> ready, in the ready queues
///                                                     | take         ^
///                                                     v              | calls that no core has
///                             on a core, gated --> the last producer completes --> the gate opens
///
/// A task *runs* when it is ready and every call of it has been dispatched. So a producer with blocks that
/// have no core yet does not run, and nothing that waits for it is on a core: no gated call holds a place
/// that the producer needs. More generally an order on a core waits only for orders that were dispatched
/// before it: those in front of it on its core, and, if it is gated, every call of its producers. Hence no
/// circle, and each gate opens. (Calls of a task with sync_start wait for later ones too; while such a task
/// has calls without a core, nothing is staged.)
///
/// On real threads "before" is the order in which the lock below was held for `dispatched`. A control thread
/// that has left it sends its order without waiting for anything, and it alone sends orders to its cores; so
/// of two orders on one core, and of the calls of a producer and a gated call of its consumer, the one that
/// is waited for came first there.
///
/// Listed are tasks whose calls each take one core and may start on their own, and mixed tasks, of which a
/// block takes idle cores of one cluster, all at once, behind the one gate of the task: its subtasks wait for
/// each other only when they are all on cores with nothing in front. Tasks with sync_start and more than one
/// block, and tasks with a predicate, wait until they are ready.
///
/// | what                     | by whom                                    | what happens                 |
/// | wired                    | the orchestrator, before it publishes      | producers are counted        |
/// | take                     | a control thread with a place on a core,   | claims a call, or a block, of |
/// |                          | or with the cores of a block               | a listed one                 |
/// | dispatched               | the control thread, before the order goes  | perhaps the task runs: its   |
/// |                          |                                            | consumers wait for one less  |
/// | ready                    | who completes the last producer; the       | leaves the list, opens the   |
/// |                          | orchestrator, for one that waits for none  | gate, tells the GateKeeper of |
/// |                          |                                            | cores there; other calls:    |
/// |                          |                                            | `push`                       |
/// | complete                 | who finishes the last call                 | consumers that it did not    |
/// |                          |                                            | count for yet; Lifecycle     |
///
/// One lock is held in each of these, and guards every early record but `open`, the lists, and who may claim
/// calls of a task that is not ready. A task is completed and released under it, so whoever finds a producer
/// under the lock that has not completed may look at its slot and payload. The ready queues' locks are taken
/// inside it, never the other way round.
///
/// A consumer is wired before it is counted; in between, a producer that begins to run passes it over
/// (EarlyRecord::wired), and the count then finds that producer running. So it is counted once.
///
/// What a core at a gate does, and what orders it with who opens the gate, says model/gate.hpp (chip-3,
/// chip-4).
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <mutex>
#include <span>

#include <weir/options.hpp>

#include "memory/task_entry.hpp"
#include "model/chip.hpp"
#include "model/sync.hpp"
#include "platform/chip/handshake.hpp"
#include "platform/chip/ready_queues.hpp"
#include "scheduler/dispatcher.hpp"
#include "scheduler/lifecycle.hpp"

namespace weir::chip {

/// Lets the cores go on that wait at a gate.
class GateKeeper {
public:
    GateKeeper() = default;
    GateKeeper(const GateKeeper&) = delete;
    GateKeeper& operator=(const GateKeeper&) = delete;
    /// `last`: the core that came last, whose link names the one before (Gate::wait). Under the lock of early
    /// dispatch, by whatever thread opens the gate.
    virtual void gate_opened(int last) noexcept = 0;

protected:
    ~GateKeeper() = default;
};

class EarlyDispatch {
public:
    /// `keeper` outlives it; null: tasks are not dispatched early.
    explicit EarlyDispatch(GateKeeper* keeper) noexcept : keeper_(keeper) {}

    /// Fixed; when false nothing else is called.
    [[nodiscard]] bool on() const noexcept { return keeper_ != nullptr; }
    /// How many calls of this kind may be staged, those of mixed tasks not among them; out of date when other
    /// threads go on.
    [[nodiscard]] std::uint64_t count(CoreKind kind) const noexcept {
        // Relaxed: a hint; `take` decides under the lock.
        return lists_[static_cast<std::size_t>(kind)].calls.load(std::memory_order_relaxed);
    }
    /// What a block takes of the mixed task that is to be staged next; none: there is none. Out of date when
    /// other threads go on.
    [[nodiscard]] Needs needs() const noexcept {
        return Needs::of_word(needs_.load(std::memory_order_relaxed));  // relaxed: as above
    }
    [[nodiscard]] bool anything_listed() const noexcept {
        return count(CoreKind::aic) + count(CoreKind::aiv) != 0 || needs().any();
    }

    /// True when the task is listed.
    bool wired(TaskSlot& task, UnfinishedProducers& producers) noexcept;
    /// A call of a listed task, the highest priority first, then the one that has been listed longest.
    [[nodiscard]] bool take(CoreKind kind, Order& order) noexcept;
    /// The same of mixed tasks: an order for each subtask of the next block, if that takes just these cores.
    /// Returns how many; 0: none.
    [[nodiscard]] std::uint32_t take_block(Needs needs, std::span<Order, kClusterCores> orders) noexcept;
    /// A call of the task is about to be sent to a core. True when tasks were listed because of that.
    bool dispatched(TaskSlot& task) noexcept;
    /// A READY task: `push(TaskSlot&)` if calls are left for the ready queues.
    template <class Push>
    void ready(TaskSlot& task, const Push& push) noexcept {
        const std::lock_guard lock(mutex_);
        make_ready(task, push);
    }
    /// All work of the task is done: `on_ready(TaskSlot&)` for each consumer that becomes ready, `push` as in
    /// `ready`, and `release(consumers told)`, which drops the task.
    template <class OnReady, class Push, class Release>
    void complete(TaskSlot& task, const OnReady& on_ready, const Push& push,
                  const Release& release) noexcept {
        const std::lock_guard lock(mutex_);
        if (!runs(task)) tell_consumers(task);
        release(Lifecycle::complete(task, [&](TaskSlot& consumer) {
            on_ready(consumer);
            make_ready(consumer, push);
        }));
    }

private:
    static constexpr std::size_t kLevels = static_cast<std::size_t>(kMaxPriority - kMinPriority + 1);
    struct Line {
        TaskSlot* first = nullptr;
        TaskSlot* last = nullptr;
    };
    struct List {
        std::array<Line, kLevels> lines{};  ///< by priority
        std::uint32_t levels = 0;           ///< bit of each line that has a task
        sync::Atomic<std::uint64_t> calls{0};
    };

    template <class Push>
    void make_ready(TaskSlot& task, const Push& push) noexcept {
        EarlyRecord* const record = early_of(task);
        if (record == nullptr) return push(task);
        if (record->listed) unlist(task);
        const LaunchRecord& launch = *launch_of(task);
        const bool all_claimed = launch.unclaimed == 0;
        if (launch.unclaimed != launch.calls()) {
            Lifecycle::start(task);
            if (const int last = record->gate.open(); last != Gate::kNobody) keeper_->gate_opened(last);
        }
        if (!all_claimed) push(task);
        if (--record->until_running == 0) tell_consumers(task);
    }
    /// Of a task that has not completed.
    [[nodiscard]] static bool runs(const TaskSlot& task) noexcept {
        const EarlyRecord* const record = early_of(task);
        return record != nullptr && record->until_running == 0;
    }
    bool tell_consumers(TaskSlot& task) noexcept;
    bool list(TaskSlot& task) noexcept;
    void unlist(TaskSlot& task) noexcept;
    [[nodiscard]] List& list_of(const TaskSlot& task) noexcept;
    [[nodiscard]] List& list_of(ResourceShape shape) noexcept {
        return lists_[static_cast<std::size_t>(shape)];
    }
    [[nodiscard]] static TaskSlot& first_of(const List& list) noexcept;
    ClaimedCalls claim(List& list, TaskSlot& task, std::uint32_t calls) noexcept;
    void publish_needs() noexcept;

    GateKeeper* const keeper_;
    sync::Mutex mutex_;
    /// By shape, of which the first two are the kinds of cores; under the lock, but for `calls`.
    std::array<List, kResourceShapes> lists_;
    sync::Atomic<std::uint32_t> needs_{0};  ///< of the first mixed task
};

}  // namespace weir::chip
