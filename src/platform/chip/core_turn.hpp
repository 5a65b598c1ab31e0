// SPDX-License-Identifier: Apache-2.0
/// Who is a core on the wall clock. Host threads are the cores of a chip in turn: there are more cores than
/// host threads, and a call that waits for others leaves its host thread. At any time at most one thread is a
/// core; it alone touches the core's side of the handshake and what belongs to the call on it.
///
///                take                          leave_waiting
///     free --------------------> taken -------------------------> waiting
///      ^                          | ^ ^            stay              | |
///      +--------------------------+ | +------------------------------+ |
///                leave              |        take                      | may_go_on, by who lets the call's
///                                   +------------------ resumable <----+ cohort go on, or opens its gate
///
///     host thread                                     who gives it something to do
///     -----------                                     ----------------------------
///     looks at every core: resumable, or free with    an order:  OwnerSide::dispatch (chip-1)
///       an order that is not acknowledged?            a cohort, a gate:  may_go_on
///     take; the handshake from CoreSide::next on      then wakes a host thread that is parked (idle-1)
///     leave, and looks again; parks only behind a
///       look that found nothing
///
/// An order that comes between `next` and `leave` is found by the look that follows. So whoever leaves a core
/// looks once more before it parks, or wakes another thread when it stops to look (host_loop.hpp), and nobody
/// has to be woken by `leave`.
///
/// A core that waits at a gate or in a meeting has no news, whatever lies in its handshake: so no host thread
/// looks at an order or a gate that it is not the core of.
///
/// core-1 release/acquire on the turn (`leave`, `may_go_on` - `take`): what one host thread did as the core
///        is visible to the next one that is it. Before `may_go_on` comes what every member of the cohort
///        did up to the barrier, by the meeting's lock (CohortMeetings), or what the core did before it
///        waited at the gate, and what the task's producers did (chip-4, chip-3).
#pragma once

#include <cstdint>

#include "model/sync.hpp"

namespace weir::chip {

class CoreTurn {
public:
    enum class State : std::uint32_t { free, taken, waiting, resumable };

    /// Whether `take` might succeed; out of date at once.
    [[nodiscard]] State state() const noexcept {
        return turn_.load(std::memory_order_relaxed);  // relaxed: a hint; `take` decides
    }
    /// True when the calling thread is the core now.
    [[nodiscard]] bool take() noexcept {
        State seen = state();
        if (seen != State::free && seen != State::resumable) return false;
        return turn_.compare_exchange_strong(seen, State::taken, std::memory_order_acquire,  // core-1
                                             std::memory_order_relaxed);
    }
    /// By who is the core: it waits for an order.
    void leave() noexcept { turn_.store(State::free, std::memory_order_release); }  // core-1
    /// By who is the core: the call on it waits for the others of its cohort, or at its gate.
    void leave_waiting() noexcept {
        // Relaxed: nobody takes it from here, and the meeting's lock, or chip-4, puts it before `may_go_on`.
        turn_.store(State::waiting, std::memory_order_relaxed);
    }
    /// By who has left it waiting, when nobody was told and so nobody will let it go on.
    void stay() noexcept {
        turn_.store(State::taken, std::memory_order_relaxed);  // relaxed: nobody takes it from either
    }
    /// By who lets a waiting call go on, once for each time that it waits.
    void may_go_on() noexcept { turn_.store(State::resumable, std::memory_order_release); }  // core-1

private:
    sync::Atomic<State> turn_{State::free};
};

}  // namespace weir::chip
