// SPDX-License-Identifier: Apache-2.0
/// Who is a control thread on the wall clock. Host threads are the control threads of a chip in turn, as they
/// are its cores (CoreTurn): there may be more of both than host threads. At any time at most one is a
/// control thread; it alone steps its loop, and touches what belongs to that.
///
///               take                   take_or_ask, which fails
///     free --------------> taken ------------------------------------> asked
///      ^                   |   ^                                         |
///      +------ leave ------+   +------ leave, which fails: look again ---+
///
/// A host thread that comes by in a round and finds the turn taken goes on: it comes again. One that is about
/// to park does not, so it *asks*: who has the turn then looks once more before it leaves. Thereby what the
/// one who parks was woken for is not left to somebody who has just looked, and parks too.
///
/// control-1 release/acquire on the turn (`leave` - `take`, `take_or_ask`): what one host thread did as the
///           control thread is visible to the next one that is it.
/// idle-1    Who asks stands behind its heavy fence, and would have seen whatever was published before that;
///           behind the light fence in `leave` the one that was asked sees as much.
#pragma once

#include <cstdint>

#include "model/asymmetric_fence.hpp"
#include "model/sync.hpp"

namespace weir::chip {

class ControlTurn {
public:
    /// True when the calling thread is the control thread now.
    [[nodiscard]] bool take() noexcept {
        State seen = State::free;
        return turn_.load(std::memory_order_relaxed) == seen &&  // relaxed: a hint; the exchange decides
               turn_.compare_exchange_strong(seen, State::taken, std::memory_order_acquire,  // control-1
                                             std::memory_order_relaxed);
    }
    /// The same for a thread that is about to park. False: who has the turn looks once more before it leaves.
    [[nodiscard]] bool take_or_ask() noexcept {
        State seen = turn_.load(std::memory_order_relaxed);  // relaxed: the exchange decides
        while (!turn_.compare_exchange_strong(seen, seen == State::free ? State::taken : State::asked,
                                              std::memory_order_acquire,  // control-1
                                              std::memory_order_relaxed)) {
        }
        return seen == State::free;
    }
    /// By who is the control thread. False: it still is; somebody has asked, so it must look again.
    [[nodiscard]] bool leave() noexcept {
        State seen = State::taken;
        if (turn_.compare_exchange_strong(seen, State::free, std::memory_order_release,  // control-1
                                          std::memory_order_relaxed))
            return true;
        // Relaxed: who has asked, and who asks now, is ordered by the fence.
        turn_.store(State::taken, std::memory_order_relaxed);
        sync::light_fence();  // idle-1
        return false;
    }

private:
    enum class State : std::uint32_t { free, taken, asked };
    sync::Atomic<State> turn_{State::free};
};

}  // namespace weir::chip
