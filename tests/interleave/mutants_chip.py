# SPDX-License-Identifier: Apache-2.0
"""Mutants of the chips' control threads and cores, in the form of mutants_list.py."""

HANDSHAKE = "platform/chip/handshake.hpp"
CORE_TURN = "platform/chip/core_turn.hpp"
CORES = "platform/chip/cores.hpp"
MEETINGS = "platform/chip/cohort_meetings.hpp"
IDLE = "scheduler/idle_threads.hpp"
WALL_CLOCK = "platform/chip/wall_clock.cpp"
CORE_THREADS = "platform/chip/core_threads.cpp"
RUN_GATE = "platform/chip/run_gate.hpp"

MUTANTS = [
    ("a core takes a repeated dispatch word for a new order", [
        (HANDSHAKE, "if (ahead == 0 || ahead > kOrdersUnderWay) return nullptr;",
         "if (ahead > kOrdersUnderWay) return nullptr;"),
    ]),
    ("a core takes the order of the word that it sees, and leaves out the one before", [
        (HANDSHAKE, "const Order& order = handshake_->orders[(taken_ + 1) % kOrdersUnderWay];",
         "const Order& order = handshake_->orders[word % kOrdersUnderWay];"),
    ]),
    ("a control thread writes over the place of an order that has not finished", [
        (HANDSHAKE, "return under_way() < kOrdersUnderWay;", "return under_way() <= kOrdersUnderWay;"),
    ]),
    ("a core says that it has finished what it has only taken", [
        (HANDSHAKE, "publish(taken_ - 1);", "publish(taken_);"),
    ]),
    ("the dispatch word is written before the order", [
        (HANDSHAKE, "handshake_->orders[sent_ % kOrdersUnderWay] = order;", ""),
        (HANDSHAKE, "handshake_->dispatch.store(sent_, std::memory_order_release); // chip-1",
         "handshake_->dispatch.store(sent_, std::memory_order_release); "
         "handshake_->orders[sent_ % kOrdersUnderWay] = order;"),
    ]),
    ("two host threads are one core", [
        (CORE_TURN, "return turn_.compare_exchange_strong(seen, State::taken, std::memory_order_acquire, // core-1 "
                    "std::memory_order_relaxed);",
         "turn_.exchange(State::taken, std::memory_order_acquire); return true;"),
    ]),
    ("a call that waits comes to its meeting before it has left its core", [
        (CORES, "turn(index).leave_waiting(); if (meetings_.arrive(meeting, index, [&] { return calls.cancelled(); })) "
                "calls.wake_hosts();",
         "if (meetings_.arrive(meeting, index, [&] { return calls.cancelled(); })) calls.wake_hosts(); "
         "turn(index).leave_waiting();"),
    ]),
    ("a cohort goes on before all its calls have come", [
        (MEETINGS, "return ++meeting.arrived == meeting.calls && go_on(meeting, cancelled);",
         "return ++meeting.arrived != 0 && go_on(meeting, cancelled);"),
    ]),
    ("a call that returns does not let the others of its cohort go on", [
        (MEETINGS, "} return meeting.arrived == meeting.calls && go_on(meeting, cancelled);", "} return false;"),
    ]),
    ("a control thread that is about to park misses what was published for it", [
        (IDLE, "sync::light_fence(); // idle-1, for one thread", ""),
    ]),
    ("a core that has finished an order wakes nobody", [
        (CORES, "core.side.finish(); calls.wake_owner(owner);",
         "core.side.finish(); static_cast<void>(owner), static_cast<void>(calls);"),
    ]),
    ("a ready task wakes no control thread", [
        (WALL_CLOCK, "board_.push(task); idle_->wake_others(orchestrator());", "board_.push(task);"),
    ]),
    ("a dispatched order wakes no core thread", [
        (WALL_CLOCK, "for (std::size_t i = 0; i < step.orders.size(); ++i) core_threads_->wake_one();", "{}"),
    ]),
    ("a control thread parks without a second look", [
        (WALL_CLOCK, "if (done() || finds_something(thread)) idle.leave(place); else idle.park(place);",
         "idle.park(place);"),
    ]),
    ("a core thread parks without a second look", [
        (CORE_THREADS, "if (something_to_do()) idle_.leave(host); else idle_.park(host);", "idle_.park(host);"),
    ]),
    ("a run begins before the control threads of the last one have left", [
        (RUN_GATE, "close(wake); set_up();", "static_cast<void>(wake); set_up();"),
    ]),
    ("a run is closed before its control threads have left", [
        (RUN_GATE, "changed_.wait(lock, [this] { return in_run_ == 0; });", ""),
    ]),
]

ORDERS = [HANDSHAKE, CORE_TURN]
