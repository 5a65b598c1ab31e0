// SPDX-License-Identifier: Apache-2.0
/// What a host thread of a chip on the wall clock does: rounds through everything that could have something
/// to do, until it is told that it is done. A round that found nothing yields, and after some microseconds of
/// such rounds the thread parks (idle-1).
///
/// Whoever publishes something - a ready task, an order, a status - wakes one host thread, if any is parked;
/// a control thread only for its orders, since who steps it looks at the others next. That nothing stays
/// behind follows from these rules:
///
/// - A thread that is awake looks at everything once more before it parks, behind the fence that orders the
///   look against whoever publishes (idle-1).
/// - What it cannot look at, because another thread has the turn, that one looks at: it was asked to
///   (ControlTurn), or it does so behind its leaving anyway (CoreTurn).
/// - Only the program's thread stops while there may be something to do, to go back to its program. If it had
///   turns, or was woken, it wakes another thread, which looks.
#pragma once

#include <cstdint>

#include "model/clock.hpp"
#include "model/sync.hpp"
#include "scheduler/idle_threads.hpp"
#include "scheduler/placement.hpp"

namespace weir::chip {

/// How long a thread without work gives its core to others before it parks, as on the cpu platform.
inline constexpr std::uint64_t kSpinNs = 20'000;

/// Rounds until `done()`, by the thread that parks at place `host` of `idle`. `work` says what a round is:
///
/// | serve(done)       | a round, which may end early when done: whether it did anything, or was a core |
/// | something_to_do() | whether a round would do anything; false only by the rules above               |
template <class Work, class Done>
void serve_until(IdleThreads& idle, int host, Work& work, const Done& done) noexcept {
    bool owes_a_look = false;
    std::uint64_t last = now_ticks();  // when something was done
    while (!done()) {
        if (work.serve(done)) {
            owes_a_look = true;
            last = now_ticks();
            continue;
        }
        if (now_ticks() - last < ticks_of_ns(kSpinNs)) {
            sync::yield();
            continue;
        }
        idle.enter(host);
        if (done() || work.something_to_do()) {
            idle.leave(host);
            sync::yield();  // whoever is about to publish it may need the core
        } else {
            idle.park(host);
            owes_a_look = true;
        }
        last = now_ticks();
    }
    if (owes_a_look) idle.wake_one();
}

}  // namespace weir::chip
