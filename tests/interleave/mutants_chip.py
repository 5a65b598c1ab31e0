# SPDX-License-Identifier: Apache-2.0
"""Mutants of the chips' control threads and cores, in the form of mutants_list.py."""

HANDSHAKE = "platform/chip/handshake.hpp"
CORE_TURN = "platform/chip/core_turn.hpp"
CORES = "platform/chip/cores.hpp"
MEETINGS = "platform/chip/cohort_meetings.hpp"
IDLE = "scheduler/idle_threads.hpp"
WALL_CLOCK = "platform/chip/wall_clock.cpp"
CONTROL_TURN = "platform/chip/control_turn.hpp"
CONTROL_LOOPS = "platform/chip/control_loops.cpp"
HOST_LOOP = "platform/chip/host_loop.hpp"
HOST_THREADS = "platform/chip/host_threads.cpp"
RUN_GATE = "platform/chip/run_gate.hpp"
GATE = "model/gate.hpp"
EARLY = "platform/chip/early_dispatch.cpp"
EARLY_HPP = "platform/chip/early_dispatch.hpp"

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
        (CORES, "turn(index).leave_waiting(); calls.may_go_on(meetings_.arrive(meeting, index, [&] { return "
                "calls.cancelled(); }));",
         "calls.may_go_on(meetings_.arrive(meeting, index, [&] { return calls.cancelled(); })); "
         "turn(index).leave_waiting();"),
    ]),
    ("a cohort goes on before all its calls have come", [
        (MEETINGS, "return ++meeting.arrived == meeting.calls ? go_on(meeting, cancelled) : 0;",
         "return ++meeting.arrived != 0 ? go_on(meeting, cancelled) : 0;"),
    ]),
    ("a call that returns does not let the others of its cohort go on", [
        (MEETINGS, "} return meeting.arrived == meeting.calls ? go_on(meeting, cancelled) : 0;", "} return 0;"),
    ]),
    ("a thread that is about to park misses what was published for it", [
        (IDLE, "sync::light_fence(); // idle-1, for one thread", ""),
    ]),
    ("a core that has finished an order wakes nobody", [
        (CORES, "turn(index).leave(); calls.finished();", "turn(index).leave(); static_cast<void>(calls);"),
    ]),
    ("a dispatched order wakes no host thread", [
        (CONTROL_LOOPS, "for (std::size_t i = 0; i < step.orders.size(); ++i) hosts_->wake_one();", "{}"),
    ]),
    ("a host thread parks without a second look", [
        (HOST_LOOP, "if (done() || work.something_to_do()) {", "if (done()) {"),
    ]),
    ("a host thread parks although it is done", [
        (HOST_LOOP, "if (done() || work.something_to_do()) {", "if (work.something_to_do()) {"),
    ]),
    ("a thread that goes back to its program hands on nothing", [
        (HOST_LOOP, "if (owes_a_look) idle.wake_one();", "static_cast<void>(owes_a_look);"),
    ]),
    ("a thread that goes back to its program hands on only what it was woken for", [
        (HOST_LOOP, "owes_a_look = true; last = now_ticks(); continue;", "last = now_ticks(); continue;"),
    ]),
    ("a turn of a core that found no order is none", [
        (CORES, "finish(core, index, calls); return true; } turn(index).leave(); return true;",
         "finish(core, index, calls); return true; } turn(index).leave(); return false;"),
    ]),
    ("two host threads are one control thread", [
        (CONTROL_TURN, "turn_.compare_exchange_strong(seen, State::taken, std::memory_order_acquire, // control-1 "
                       "std::memory_order_relaxed);",
         "(turn_.exchange(State::taken, std::memory_order_acquire), true);"),
    ]),
    ("a thread that parks asks nobody to look", [
        (CONTROL_TURN, "seen == State::free ? State::taken : State::asked,",
         "seen == State::free ? State::taken : seen,"),
    ]),
    ("who was asked to look leaves", [
        (CONTROL_TURN, "sync::light_fence(); // idle-1 return false;",
         "turn_.store(State::free, std::memory_order_release); return true;"),
    ]),
    ("who was asked looks in front of what the other would have seen", [
        (CONTROL_TURN, "sync::light_fence(); // idle-1 return false;", "return false;"),
    ]),
    ("a cohort that goes on wakes no host thread", [
        (HOST_THREADS, "for (int i = 0; i < cores; ++i) scheduler_.idle().wake_one();", "static_cast<void>(cores);"),
    ]),
    ("a cohort that goes on wakes one host thread for all its calls", [
        (HOST_THREADS, "for (int i = 0; i < cores; ++i) scheduler_.idle().wake_one();",
         "if (cores > 0) scheduler_.idle().wake_one();"),
    ]),
    ("a run begins before the host threads of the last one have left", [
        (RUN_GATE, "close(wake); set_up();", "static_cast<void>(wake); set_up();"),
    ]),
    ("a run is closed before its host threads have left", [
        (RUN_GATE, "changed_.wait(lock, [this] { return in_run_ == 0; });", ""),
    ]),
    ("a core passes a gate that is shut", [
        (CORES, "if (next->gate != nullptr && waits_at(*next->gate, core, index)) return true;", ""),
    ]),
    ("a core is entered at its gate before it has left its host thread", [
        (CORES, "turn(index).leave_waiting(); if (gate.wait(index, core.next_at_gate)) return true; turn(index).stay(); "
                "return false;",
         "if (!gate.wait(index, core.next_at_gate)) return false; turn(index).leave_waiting(); return true;"),
    ]),
    ("a core that finds its gate open after all waits there", [
        (CORES, "if (gate.wait(index, core.next_at_gate)) return true; turn(index).stay(); return false;",
         "static_cast<void>(gate.wait(index, core.next_at_gate)); return true;"),
    ]),
    ("a core goes on before it was seen who waits at its gate beside it", [
        (CORES, "index = core(index).next_at_gate; // before it goes on, and perhaps waits at another gate "
                "turn(waiting).may_go_on();",
         "turn(waiting).may_go_on(); index = core(waiting).next_at_gate;"),
    ]),
    ("a core that waits has news", [
        (CORES, "if (state != CoreTurn::State::free) return false;",
         "if (state == CoreTurn::State::taken) return false;"),
    ]),
    ("a core at a gate forgets who waited there before it", [
        (GATE, "link = static_cast<int>(seen) - 1;", "link = kNobody;"),
    ]),
    ("who opens a gate leaves those who wait there", [
        (EARLY_HPP, "if (const int last = record->gate.open(); last != Gate::kNobody) keeper_->gate_opened(last);",
         "static_cast<void>(record->gate.open());"),
    ]),
    ("a producer with blocks to place counts as running", [
        (EARLY, "return --record->until_running == 0 && tell_consumers(task);",
         "return --record->until_running == launch_of(task)->calls() - 1 && tell_consumers(task);"),
    ]),
    ("a ready task stays among those that may be staged", [
        (EARLY_HPP, "if (record->listed) unlist(task);", ""),
    ]),
    ("a mixed task is staged by halves", [
        (EARLY, "claim(list, task, launch_of(task)->subtasks);", "claim(list, task, 1);"),
    ]),
    ("tasks are taken to be staged without the lock", [
        (EARLY, "const std::lock_guard lock(mutex_); List& list = lists_[static_cast<std::size_t>(kind)];",
         "List& list = lists_[static_cast<std::size_t>(kind)];"),
    ]),
    ("the opening of a gate wakes no host thread", [
        (WALL_CLOCK, "for (int cores = cores_.gate_opened(last); cores > 0; --cores) scheduler_->idle().wake_one();",
         "static_cast<void>(cores_.gate_opened(last));"),
    ]),
    ("the opening of a gate wakes one host thread for all its cores", [
        (WALL_CLOCK, "for (int cores = cores_.gate_opened(last); cores > 0; --cores) scheduler_->idle().wake_one();",
         "if (cores_.gate_opened(last) > 0) scheduler_->idle().wake_one();"),
    ]),
]

ORDERS = [HANDSHAKE, CORE_TURN, CONTROL_TURN, GATE]
