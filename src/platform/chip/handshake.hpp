// SPDX-License-Identifier: Apache-2.0
/// How a control thread gives work to a core, and hears of its end: this header is the protocol.
///
///     control thread (owns the core)                      core
///     ------------------------------                      ----
///     orders[n % 2] = pointer, call
///     dispatch = n                       --chip-1-->      sees a number that comes next
///                                                         status = (n acknowledged, n - 1 finished)
///     sees n acknowledged                <--chip-2--        ... the kernel runs ...
///     sees n finished                    <--chip-2--      status = (n acknowledged, n finished)
///
/// The *dispatch word* is a running number of the core: it changes with every dispatch and never starts
/// again, whatever task is dispatched; task ids of different rings may agree in their lower 32 bits, running
/// numbers of one core cannot. The core counts too: a number is a new order only if it is one or two ahead of
/// the last one that it has taken. A repeated value, an old one or one from anywhere else is not.
///
/// At most two orders are under way: one runs, one is *staged* behind it, and starts without a round trip to
/// the control thread. The core takes them in the order of their numbers, so when it sees n + 1 and has not
/// yet seen n it takes n first. The place of order n is n % 2: it is written again for n + 2, which the
/// control thread dispatches only when it has seen n finished. Numbers are compared by difference, so they
/// may pass 2^32.
///
/// An order may have a *gate* (model/gate.hpp): the core takes it no earlier than the gate is open, and what
/// is behind it no earlier than it. The control thread sends nothing behind an order whose gate it has not
/// seen open. Who opens gates, and why each is opened, says platform/chip/early_dispatch.hpp.
///
/// The *status register* is one word, acknowledged << 32 | finished, so one read tells both.
///
/// chip-1 release/acquire on dispatch (`OwnerSide::dispatch` - `CoreSide::next`): the order, and the task
///        behind it, are visible to the core.
/// chip-2 release/acquire on status (`CoreSide::publish` - `OwnerSide::finished`): what the kernel wrote is
///        visible to the control thread, and the core has done with the order's place.
/// chip-3, chip-4 on the gate: see there.
///
/// Beside each order lie its times, for recordings: the owner writes when it dispatched before the dispatch
/// word, the core when it started and ended before the status that says so; the owner reads them when it
/// takes the order back. chip-1 and chip-2 order them like the order itself. Who does not record leaves them
/// alone.
///
/// Whoever is the owner or the core may change from thread to thread, if the change itself orders what both
/// did: see Board for clusters that are handed on, and CoreTurn for host threads that are a core in turn.
#pragma once

#include <array>
#include <cstdint>

#include "memory/task_entry.hpp"
#include "model/sync.hpp"

namespace weir::chip {

/// What a core is told: a pointer to what was built at submit, and which part of it is meant.
struct Order {
    TaskSlot* task = nullptr;
    std::uint32_t call = 0;  ///< of a task with several: which block and subtask
    Gate* gate = nullptr;    ///< null: it may start at once
};

/// Of an order, in ticks of a recording's clock.
struct OrderTimes {
    std::uint64_t dispatched = 0;
    std::uint64_t started = 0;
    std::uint64_t ended = 0;
};

/// Orders that a core has at most: one running, one staged.
inline constexpr std::uint32_t kOrdersUnderWay = 2;

/// The memory that both sides share.
struct alignas(64) Handshake {
    sync::Atomic<std::uint32_t> dispatch{0};  ///< written by the owner
    std::array<Order, kOrdersUnderWay> orders{};
    alignas(64) sync::Atomic<std::uint64_t> status{0};  ///< written by the core
    std::array<OrderTimes, kOrdersUnderWay> times{};
};

/// The control thread's side. Belongs to the thread that owns the core.
class OwnerSide {
public:
    /// `last`: the last dispatch word and what was finished with it; both sides start from the same.
    void attach(Handshake& handshake, std::uint32_t last = 0) noexcept {
        handshake_ = &handshake;
        sent_ = taken_back_ = last;
    }
    /// Orders that were sent and not yet taken back.
    [[nodiscard]] std::uint32_t under_way() const noexcept { return sent_ - taken_back_; }
    [[nodiscard]] bool can_dispatch() const noexcept { return under_way() < kOrdersUnderWay; }

    /// One store of a pointer, and the dispatch word. Only if `can_dispatch`.
    void dispatch(const Order& order) noexcept {
        ++sent_;
        handshake_->orders[sent_ % kOrdersUnderWay] = order;
        handshake_->dispatch.store(sent_, std::memory_order_release);  // chip-1
    }
    /// The same for an order that a recording tells of.
    void dispatch(const Order& order, std::uint64_t time) noexcept {
        handshake_->times[(sent_ + 1) % kOrdersUnderWay].dispatched = time;
        dispatch(order);
    }
    /// Of the order that was taken back last, until the next dispatch.
    [[nodiscard]] const OrderTimes& times() const noexcept {
        return handshake_->times[taken_back_ % kOrdersUnderWay];
    }
    /// Whether the last order under way waits behind its gate.
    [[nodiscard]] bool waits_at_gate() const noexcept {
        if (under_way() == 0) return false;
        const Gate* const gate = handshake_->orders[sent_ % kOrdersUnderWay].gate;
        return gate != nullptr && !gate->is_open();
    }
    /// Reads the status register: how many of the orders under way have finished.
    [[nodiscard]] std::uint32_t finished() const noexcept {
        const auto status = handshake_->status.load(std::memory_order_acquire);  // chip-2
        const std::uint32_t count = static_cast<std::uint32_t>(status) - taken_back_;
        // A core that says more than it was told is not believed.
        return count <= under_way() ? count : 0;
    }
    /// The oldest order under way, which has finished.
    Order take_back() noexcept { return handshake_->orders[++taken_back_ % kOrdersUnderWay]; }

private:
    Handshake* handshake_ = nullptr;
    std::uint32_t sent_ = 0;
    std::uint32_t taken_back_ = 0;
};

/// The core's side. Belongs to whoever is the core.
class CoreSide {
public:
    void attach(Handshake& handshake, std::uint32_t last = 0) noexcept {
        handshake_ = &handshake;
        taken_ = last;
    }
    /// The order that comes next, or null when there is none. It may have a gate.
    [[nodiscard]] const Order* next() const noexcept {
        const std::uint32_t word = handshake_->dispatch.load(std::memory_order_acquire);  // chip-1
        const std::uint32_t ahead = word - taken_;
        if (ahead == 0 || ahead > kOrdersUnderWay) return nullptr;
        const Order& order = handshake_->orders[(taken_ + 1) % kOrdersUnderWay];
        return &order;
    }
    /// Takes the order that comes next.
    void acknowledge() noexcept {
        ++taken_;
        publish(taken_ - 1);
    }
    /// Has done with the order that it took.
    void finish() noexcept { publish(taken_); }

    // For recordings. Of the order that it takes next, before `acknowledge`; and of the one that it took,
    // before `finish`.
    void starts(std::uint64_t time) noexcept {
        handshake_->times[(taken_ + 1) % kOrdersUnderWay].started = time;
    }
    void ends(std::uint64_t time) noexcept { handshake_->times[taken_ % kOrdersUnderWay].ended = time; }

private:
    void publish(std::uint32_t finished) noexcept {
        handshake_->status.store(std::uint64_t{taken_} << 32U | finished,
                                 std::memory_order_release);  // chip-2
    }

    Handshake* handshake_ = nullptr;
    std::uint32_t taken_ = 0;
};

}  // namespace weir::chip
