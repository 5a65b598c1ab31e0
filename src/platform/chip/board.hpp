// SPDX-License-Identifier: Apache-2.0
/// What the control threads and cores of a chip share: the handshakes, the ready queues, and who owns which
/// cluster.
///
/// | data                      | written by                          | read by                              |
/// | handshake                 | the two sides of the protocol       | the two sides                        |
/// | owner's side of a core    | the control thread that owns it     | the same                             |
/// | ready queues              | every control thread, orchestrator  | every control thread                 |
/// | early dispatch            | the same, under its lock            | the same                             |
/// | idle cores, by kind       | the owner of each core              | every control thread, as a hint      |
/// | clusters that are handed  | who gives them, under the lock      | the orchestrator's control thread,   |
/// | on                        |                                     | under the lock                       |
///
/// A cluster that is handed on is idle, so nothing of it is under way; the lock orders what its old owner did
/// before what the new one does.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "model/chip.hpp"
#include "model/kernel_ids.hpp"
#include "model/launch_limits.hpp"
#include "model/sync.hpp"
#include "platform/chip/early_dispatch.hpp"
#include "platform/chip/handshake.hpp"
#include "platform/chip/ready_queues.hpp"
#include "scheduler/lifecycle.hpp"

namespace weir::chip {

class Board {
public:
    /// `keeper`: of cores that wait at gates, with early dispatch; outlives it. Null: without.
    explicit Board(const Chip& chip, GateKeeper* keeper = nullptr)
        : chip_(chip),
          early_(keeper),
          handshakes_(std::make_unique<Handshake[]>(static_cast<std::size_t>(chip.core_count()))),
          owners_(static_cast<std::size_t>(chip.core_count())) {
        for (std::size_t core = 0; core < owners_.size(); ++core) owners_[core].attach(handshakes_[core]);
        given_.reserve(static_cast<std::size_t>(chip.cluster_count()));
        count_idle(CoreKind::aic, chip.cluster_count());
        count_idle(CoreKind::aiv, chip.core_count() - chip.cluster_count());
    }
    /// Once, before the first run.
    void attach(Lifecycle& lifecycle) noexcept { lifecycle_ = &lifecycle; }

    [[nodiscard]] const Chip& chip() const noexcept { return chip_; }
    /// What can start together.
    [[nodiscard]] LaunchLimits limits() const noexcept {
        const auto clusters = static_cast<std::uint32_t>(chip_.clusters);
        return {chip_.name.c_str(), {clusters, 2 * clusters, clusters}, kClusterCores * clusters};
    }
    [[nodiscard]] Handshake& handshake(int core) noexcept {
        return handshakes_[static_cast<std::size_t>(core)];
    }
    [[nodiscard]] OwnerSide& owner(int core) noexcept { return owners_[static_cast<std::size_t>(core)]; }
    [[nodiscard]] const OwnerSide& owner(int core) const noexcept {
        return owners_[static_cast<std::size_t>(core)];
    }
    [[nodiscard]] ReadyQueues& ready() noexcept { return ready_; }
    [[nodiscard]] const ReadyQueues& ready() const noexcept { return ready_; }

    /// Tasks that may be staged before they are ready.
    [[nodiscard]] EarlyDispatch& early() noexcept { return early_; }
    [[nodiscard]] const EarlyDispatch& early() const noexcept { return early_; }

    /// Mixed tasks, and those with sync_start.
    [[nodiscard]] BlockQueue& mixed() noexcept { return mixed_; }
    [[nodiscard]] BlockQueue& together() noexcept { return together_; }

    /// A READY task.
    void push(TaskSlot& task) noexcept {
        if (early_.on())
            early_.ready(task, [this](TaskSlot& ready) { queue(ready); });
        else
            queue(task);
    }
    /// A task of single cores that has calls left to be claimed.
    void put_back(TaskSlot& task) noexcept { ready_.push(single(launch_of(task)->shape), task); }
    /// All its work is done: tells the consumers, and drops the task.
    void complete(TaskSlot& task) noexcept {
        tell_consumers(
            task, [](TaskSlot&) {}, [&](std::uint64_t) { lifecycle_->release(task); });
    }
    /// The same, and tells the recording of the work that was the last of it.
    void complete(TaskSlot& task, ThreadRecorder& to, const ThreadRecorder::CoreWork& work) noexcept {
        // Read first: once it is released its records may be used for another task.
        const bool owner = task.entry->is_owner != 0;
        const std::uint64_t edges = task.dep_count;
        tell_consumers(
            task,
            [&](TaskSlot& ready) { to.made_ready(detail::TaskRef(ready.ring, ready.entry->number).word()); },
            [&](std::uint64_t consumers) {
                to.told_consumers(consumers);
                lifecycle_->release(task, TaskRecording(to));
                to.released(work, owner, edges);
            });
    }

    /// Whether a look of any control thread can find something: a hint, like all that is counted here.
    [[nodiscard]] bool anything_waits() const noexcept {
        return ready_.count(Shape::aic) + ready_.count(Shape::aiv) + ready_.count(Shape::none) != 0 ||
               together_.needs().any() || mixed_.needs().any() || sharing() ||
               (early_.on() && early_.anything_listed());
    }

    /// READY tasks that have calls without a core, in each queue counted up to `most`. Any thread; stale.
    [[nodiscard]] std::uint64_t ready_tasks(std::uint64_t most) noexcept {
        return ready_.tasks(most) + mixed_.tasks(most) + together_.tasks(most);
    }

    // Relaxed throughout: a hint for where a task is best placed; any answer is right.
    void count_idle(CoreKind kind, std::int64_t change) noexcept {
        idle_[static_cast<std::size_t>(kind)].fetch_add(change, std::memory_order_relaxed);  // hint
    }
    /// Cores of the kind, of any owner, that have nothing to do.
    [[nodiscard]] std::int64_t idle(CoreKind kind) const noexcept {
        return idle_[static_cast<std::size_t>(kind)].load(std::memory_order_relaxed);  // hint
    }

    /// Before a run: every cluster belongs to who begins it with it.
    void begin_run() {
        const std::lock_guard lock(given_mutex_);
        sharing_.store(false, std::memory_order_relaxed);  // relaxed: see share_clusters
        given_.clear();                                    // given at the end of a run, and not taken
        given_count_.store(0, std::memory_order_relaxed);  // relaxed: see any_given
    }
    /// From here on idle clusters go to the orchestrator's control thread, until it has its share.
    void share_clusters() noexcept {
        sharing_.store(true, std::memory_order_relaxed);  // relaxed: a hint; clusters go under the lock
    }
    [[nodiscard]] bool sharing() const noexcept {
        return sharing_.load(std::memory_order_relaxed);  // as above
    }
    /// Clusters that each control thread keeps: its share once all of them are schedulers.
    [[nodiscard]] std::size_t kept_clusters() const noexcept {
        return std::max<std::size_t>(1, chip_.clusters / chip_.control_threads);
    }
    void give(int cluster) {
        const std::lock_guard lock(given_mutex_);
        given_.push_back(cluster);
        given_count_.store(given_.size(), std::memory_order_relaxed);  // relaxed: a hint
    }
    [[nodiscard]] bool any_given() const noexcept {
        return given_count_.load(std::memory_order_relaxed) != 0;  // relaxed: a hint
    }
    /// Moves what was given behind the clusters in `own`.
    void take_given(std::vector<int>& own) {
        const std::lock_guard lock(given_mutex_);
        own.insert(own.end(), given_.begin(), given_.end());
        given_.clear();
        given_count_.store(0, std::memory_order_relaxed);  // relaxed: a hint
    }

private:
    /// `on_ready(TaskSlot&)` for each consumer that becomes ready, then `release(consumers told)`.
    template <class OnReady, class Release>
    void tell_consumers(TaskSlot& task, const OnReady& on_ready, const Release& release) noexcept {
        if (early_.on())
            return early_.complete(
                task, on_ready, [this](TaskSlot& ready) { queue(ready); }, release);
        release(Lifecycle::complete(task, [&](TaskSlot& ready) {
            on_ready(ready);
            queue(ready);
        }));
    }
    /// A READY task has calls that no core has.
    void queue(TaskSlot& task) noexcept {
        const LaunchRecord* const launch = launch_of(task);
        if (launch == nullptr)
            ready_.push(
                task.kernel->id < kFirstKernelId ? Shape::none : single(shape_of(task.kernel->core_type)),
                task);
        else if (launch->predicate.element != nullptr && !launch->predicate.holds())
            ready_.push(Shape::none, task);
        else if (launch->sync_start && launch->calls() > 1)
            together_.push(task);
        else if (launch->shape == ResourceShape::mix)
            mixed_.push(task);
        else
            ready_.push(single(launch->shape), task);
    }
    [[nodiscard]] static Shape single(ResourceShape shape) noexcept {
        return shape == ResourceShape::aic ? Shape::aic : Shape::aiv;
    }

    const Chip& chip_;
    EarlyDispatch early_;
    Lifecycle* lifecycle_ = nullptr;
    std::unique_ptr<Handshake[]> handshakes_;
    std::vector<OwnerSide> owners_;
    ReadyQueues ready_;
    BlockQueue mixed_;
    BlockQueue together_;
    std::array<sync::Atomic<std::int64_t>, 2> idle_{};
    sync::Atomic<bool> sharing_{false};
    sync::Mutex given_mutex_;
    std::vector<int> given_;  ///< under the lock; its capacity is that of all clusters
    sync::Atomic<std::size_t> given_count_{0};
};

}  // namespace weir::chip
