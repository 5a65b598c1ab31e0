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
/// whole chip, so it does not wait behind one core while another has nothing to do.
///
/// It owns no thread and knows no clock: `step` ends the action under way and begins the next one, `cost`
/// tells what the action under way takes. A virtual clock calls `step` when that time has passed, host
/// threads call it at once. Everything but `step` of the same thread may go on beside it.
///
/// When the program has ended the orchestrator's control thread joins in, without clusters at first. Each of
/// the others gives it the idle clusters that it has above its share (Board::kept_clusters).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "platform/chip/board.hpp"

namespace weir::chip {

class ControlThread {
public:
    enum class Action : std::uint8_t { look, read, complete, dispatch };
    /// What a step has done.
    struct Step {
        Action action = Action::look;
        bool did = false;          ///< something but looking
        bool pass_begins = false;  ///< it was a look at the end of a pass, and found nothing
        int core = -1;             ///< that was dispatched to, or whose task was completed
    };

    ControlThread(Board& board, int index);

    /// Before a run: owns these clusters.
    void begin_run(int first_cluster, int clusters);

    [[nodiscard]] Action action() const noexcept { return action_; }
    /// That is being dispatched or completed; null: nothing is.
    [[nodiscard]] const TaskSlot* task() const noexcept {
        return action_ == Action::dispatch || action_ == Action::complete ? order_.task : nullptr;
    }
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
    /// What a pass takes in which nothing happens.
    [[nodiscard]] std::uint64_t idle_pass_cost() const noexcept;
    /// Calls `visit(core)` for every core that has something to do.
    template <class Visit>
    void each_busy(Visit&& visit) const {
        for (const int core : cores_)
            if (board_.owner(core).under_way() != 0) visit(core);
    }
    /// Whether a look would find something to do now.
    [[nodiscard]] bool would_act() const noexcept;
    /// Whether anything that it has dispatched is not yet completed.
    [[nodiscard]] bool anything_under_way() const noexcept { return under_way_ != 0; }
    [[nodiscard]] std::size_t clusters() const noexcept { return clusters_.size(); }

private:
    struct Place {
        Shape shape = Shape::none;
        int core = -1;
    };
    [[nodiscard]] bool find(Place& place) const noexcept;
    [[nodiscard]] int first_core(CoreKind kind, std::uint32_t under_way) const noexcept;
    [[nodiscard]] bool is_idle(int cluster) const noexcept;
    [[nodiscard]] bool can_give() const noexcept;
    bool share() noexcept;
    void list_cores() noexcept;
    [[nodiscard]] bool look() noexcept;
    void dispatch() noexcept;
    void complete() noexcept;
    void go_on() noexcept;
    void count(int core, std::uint32_t before, std::uint32_t after) noexcept;
    [[nodiscard]] bool is_orchestrator() const noexcept;

    Board& board_;
    int index_;
    std::vector<int> clusters_;
    std::vector<int> cores_;  ///< of the clusters, in the order in which they are read
    std::size_t cursor_ = 0;  ///< in cores_; 0 while looking: a pass has ended
    Action action_ = Action::look;
    Order order_;
    int core_ = -1;  ///< of the completion or dispatch under way; -1: a task without a core
    std::uint32_t under_way_ = 0;
    /// Cores by kind and by the orders that they have: none, one.
    std::array<std::array<std::uint32_t, kOrdersUnderWay>, 2> with_orders_{};
};

}  // namespace weir::chip
