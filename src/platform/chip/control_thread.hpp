// SPDX-License-Identifier: Apache-2.0
/// The control loop of a scheduler thread of a chip. It owns whole clusters, polls their cores, completes
/// what has finished, and gives them ready tasks.
///
///              +------------------- nothing finished: the next core, or the end of the pass ----+
///              v                                                                                |
///     look --> read the status register of a core that has something to do --> finished? -------+
///      ^ |                                                                        | yes
///      | +-- something to dispatch --> dispatch                                   v
///      +---------------------------------+                                    complete
///      +--------------------------------------------------------------------------+
///
/// A pass reads every core of its own that has something to do, one after the other; a look at the ready
/// queues comes at its end, and after each completion and dispatch. A look takes what comes first of: the
/// runtime's own tasks, which need no core; a task for an idle core; a task for a place behind a running one.
/// A task is staged there only when more tasks of its kind are ready than cores of the kind are idle on the
/// whole chip, so it does not wait behind one core while another has nothing to do. Last, if the board allows
/// it, comes a task that is not ready but whose producers all run (early_dispatch.hpp): a block of a mixed
/// one for idle cores of one cluster, then a call for an idle core, then one for a place behind a running
/// core; only while no ready task waits for cores of that kind, no mixed one and none with sync_start.
///
/// The subtasks of a block are dispatched together, to idle cores of one cluster; an AIV subtask takes either
/// of the two. While mixed tasks wait, the first cluster of the thread takes nothing else, so that it drains;
/// while a task with sync_start waits nothing is staged, and if it is a mixed one nothing else is dispatched.
/// Tasks with sync_start are dispatched one after the other, and each of them fits the chip, so the one in
/// front gets all its cores in the end, and no two wait for each other.
///
/// It owns no thread and knows no clock: `step` ends the action under way and begins the next one, `cost`
/// tells what the action under way takes. A virtual clock calls `step` when that time has passed, host
/// threads call it at once. Everything but `step` of the same thread may go on beside it.
///
/// A recording hears of every step that did something, from the thread that did it: what it dispatched, what
/// it completed, and that it polled or was idle before. What passes over reads and passes tells how many
/// looks that were.
///
/// When the program has ended the orchestrator's control thread joins in, without clusters at first. Each of
/// the others gives it the idle clusters that it has above its share (Board::kept_clusters).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "platform/chip/board.hpp"
#include "platform/chip/core_set.hpp"

namespace weir::chip {

/// An order and the core that it is for; -1: none, the task needs no core.
struct Assigned {
    Order order;
    int core = -1;
};

class ControlThread {
public:
    enum class Action : std::uint8_t { look, read, complete, dispatch };
    /// What a step has done.
    struct Step {
        Action action = Action::look;
        bool did = false;          ///< something but looking
        bool pass_begins = false;  ///< it was a look at the end of a pass, and found nothing
        bool listed = false;       ///< a dispatch, because of which tasks may be dispatched early
        /// What was dispatched, or completed.
        std::span<const Assigned> orders{};
    };

    ControlThread(Board& board, int index);

    /// Before a run: owns these clusters.
    void begin_run(int first_cluster, int clusters);

    /// Before a run: who hears of its steps; null: nobody.
    void record(ThreadRecorder* recorder) noexcept { recorder_ = recorder; }
    /// Null: nobody listens.
    [[nodiscard]] ThreadRecorder* recorder() const noexcept { return recorder_; }

    [[nodiscard]] Action action() const noexcept { return action_; }
    /// That are being dispatched or completed.
    [[nodiscard]] std::span<const Assigned> orders() const noexcept { return {orders_.data(), count_}; }
    /// What the action under way takes, nanoseconds.
    [[nodiscard]] std::uint64_t cost() const noexcept;
    Step step() noexcept;

    // For a clock that skips reads which see nothing.
    /// The core whose register is being read. While the action is `read`.
    [[nodiscard]] int read_core() const noexcept { return cores_[cursor_]; }
    /// As `step` for a read that sees nothing.
    void skip_read() noexcept;
    /// Goes back to the beginning of the pass. When nothing was done since.
    void restart_pass() noexcept;
    /// Where it is in its pass; while the action is `read`. And back to there, when nothing was done since.
    [[nodiscard]] std::size_t place() const noexcept { return cursor_; }
    void go_back(std::size_t place) noexcept {
        cursor_ = place;
        action_ = Action::read;
    }
    /// As `skip_read` for each read from `time` on that ends before the status of its core changes; `changes`
    /// tells when, by core. Returns when the last of them ends.
    [[nodiscard]] std::uint64_t skip_reads(std::uint64_t time,
                                           std::span<const std::uint64_t> changes) noexcept {
        if (action_ != Action::read) return time;
        const bool none_left = busy_.each_from(cursor_, [&](std::size_t place) {
            const std::uint64_t end = time + read_costs_[place];
            if (changes[static_cast<std::size_t>(cores_[place])] > end) {
                time = end;
                return true;
            }
            cursor_ = place;
            return false;
        });
        if (none_left) end_pass();
        return time;
    }
    /// What a pass takes in which nothing happens.
    [[nodiscard]] std::uint64_t idle_pass_cost() const noexcept { return idle_pass_; }
    /// Calls `visit(core)` for every core that has something to do.
    template <class Visit>
    void each_busy(Visit&& visit) const {
        busy_.each_from(0, [&](std::size_t place) {
            visit(cores_[place]);
            return true;
        });
    }
    /// Whether a look would find something to do now.
    [[nodiscard]] bool would_act() const noexcept;
    /// Whether anything that it has dispatched is not yet completed.
    [[nodiscard]] bool anything_under_way() const noexcept { return under_way_ != 0; }
    [[nodiscard]] std::size_t clusters() const noexcept { return clusters_.size(); }

private:
    /// Where the next thing to do is, and the cores that it is for.
    struct Place {
        BlockQueue* blocks = nullptr;  ///< null: `shape`
        Needs needs;
        Shape shape = Shape::none;
        bool early = false;  ///< a task that is not ready: a block if it needs any, else a call
        std::array<int, kClusterCores> cores{};
        std::size_t count = 0;
    };
    [[nodiscard]] bool find(Place& place) const noexcept;
    [[nodiscard]] bool find_block(BlockQueue& blocks, Place& place) const noexcept;
    [[nodiscard]] bool find_single(Place& place) const noexcept;
    [[nodiscard]] bool find_cluster(Needs needs, Place& place) const noexcept;
    [[nodiscard]] bool find_early(Place& place) const noexcept;
    [[nodiscard]] bool find_early_block(Place& place) const noexcept;
    [[nodiscard]] bool take(const Place& place) noexcept;
    [[nodiscard]] bool take_block(const Place& place) noexcept;
    [[nodiscard]] bool take_early(const Place& place) noexcept;
    [[nodiscard]] int first_core(CoreKind kind, std::uint32_t under_way, std::size_t from) const noexcept;
    [[nodiscard]] bool is_idle(int cluster) const noexcept;
    [[nodiscard]] bool can_give() const noexcept;
    bool share() noexcept;
    void list_cores() noexcept;
    [[nodiscard]] bool look() noexcept;
    [[nodiscard]] bool dispatch() noexcept;
    void complete() noexcept;
    void complete_recorded() noexcept;
    void tell(const Step& step) noexcept;
    void go_on() noexcept;
    void end_pass() noexcept {
        cursor_ = 0;
        action_ = Action::look;
    }
    void count(int core, std::uint32_t before, std::uint32_t after) noexcept;
    [[nodiscard]] bool is_orchestrator() const noexcept;

    Board& board_;
    int index_;
    ThreadRecorder* recorder_ = nullptr;
    std::vector<int> clusters_;
    std::vector<int> cores_;  ///< of the clusters, in the order in which they are read
    std::size_t cursor_ = 0;  ///< in cores_; 0 while looking: a pass has ended
    Action action_ = Action::look;
    /// Of the completion or dispatch under way.
    std::array<Assigned, kClusterCores> orders_{};
    std::size_t count_ = 0;
    std::uint32_t under_way_ = 0;
    // Places are those in cores_.
    std::vector<std::size_t> place_of_;      ///< by core
    std::vector<std::uint64_t> read_costs_;  ///< by place
    std::uint64_t idle_pass_ = 0;            ///< a look, and a read of each busy core
    CoreSet busy_;                           ///< places of cores that have something to do
    /// Places by kind and by the orders that the core has: none, one.
    std::array<std::array<CoreSet, kOrdersUnderWay>, 2> with_orders_;
};

}  // namespace weir::chip
