// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// Host threads of the wall clock that are control threads and cores in turn: nothing that was published stays
// behind when they park, ask each other, or go back to a program. A thread that sleeps for ever while
// something waits makes the whole execution stop, which the explorer reports.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <vector>

#include "explored.hpp"
#include "explored_check.hpp"
#include "plain_calls.hpp"
#include "platform/chip/board.hpp"
#include "platform/chip/control_turn.hpp"
#include "platform/chip/cores.hpp"
#include "platform/chip/host_loop.hpp"
#include "scheduler/idle_threads.hpp"

namespace weir::chip {
namespace {

using explored::Plain;
using explored::Schedule;

/// Host threads with something to serve, of which there is a first and a second one.
struct Hosts {
    Hosts(Schedule& s, int hosts, int published) : schedule(s), idle(hosts), left(published) {}

    /// By whoever has served one.
    void served(bool first) {
        if (first) first_done.store(true, std::memory_order_relaxed);  // idle-1
        idle.wake_if_parked(0);
        if (left.fetch_sub(1) == 1) all_done.unpark();
    }
    [[nodiscard]] auto until_the_first_was_served() {
        return [this] { return first_done.load(std::memory_order_relaxed); };  // relaxed: ordered by idle-1
    }
    [[nodiscard]] auto until_it_is_over() {
        return [this] { return over.load(std::memory_order_relaxed); };  // relaxed: ordered by idle-1
    }
    void wait_and_end() {
        all_done.park();
        over.store(true, std::memory_order_relaxed);  // idle-1
        idle.wake_all();
    }

    Schedule& schedule;
    IdleThreads idle;
    sync::Atomic<bool> first_done{false};
    sync::Atomic<int> left;
    sync::Atomic<bool> over{false};
    sync::Parker all_done;
};

/// Control threads that have something to do when something was put in front of them.
struct ControlThreads : Hosts {
    static constexpr std::size_t kPlaces = 2;

    struct Control {
        ControlTurn turn;
        sync::Atomic<int> published{0};
        Plain<int> served;  ///< of who has the turn
    };

    using Hosts::Hosts;

    void publish(std::size_t thread) {
        Control& control = controls[thread];
        // Relaxed: who looks for it is woken, or looks behind the fence of idle-1.
        control.published.store(control.published.load(std::memory_order_relaxed) + 1,
                                std::memory_order_relaxed);
        idle.wake_one();
    }
    [[nodiscard]] static bool waits(Control& control) {
        // Relaxed: ordered by idle-1.
        return control.published.load(std::memory_order_relaxed) != control.served.read();
    }
    [[nodiscard]] bool serve_one(Control& control) {
        if (!control.turn.take()) return false;
        bool did = false;
        do {
            if (!waits(control)) continue;
            did = true;
            control.served.write(control.served.read() + 1);
            served(&control == controls.data());
        } while (!control.turn.leave());
        return did;
    }
    template <class Done>
    [[nodiscard]] bool serve(const Done& done) {
        bool did = false;
        for (std::size_t i = 0; i < controls.size() && !done(); ++i) did |= serve_one(controls[i]);
        return did;
    }
    [[nodiscard]] bool something_to_do() {
        for (Control& control : controls) {
            if (!control.turn.take_or_ask()) continue;
            bool finds = false;
            do finds = waits(control);
            while (!control.turn.leave());
            if (finds) return true;
        }
        return false;
    }

    std::array<Control, kPlaces> controls;
};

/// The cores of a chip, each with a control thread that only dispatches.
struct ThreeCores : Hosts, PlainCalls {
    static constexpr std::size_t kPlaces = 3;

    using Hosts::Hosts;

    void publish(std::size_t core) {
        board.owner(static_cast<int>(core)).dispatch({&tasks[sent++], static_cast<std::uint32_t>(core)});
        idle.wake_one();
    }
    void run(Cores::Core& core) { served(core.order.call == 0); }
    template <class Done>
    [[nodiscard]] bool serve(const Done& done) {
        bool did = false;
        for (int core = 0; core < cores.count() && !done(); ++core) did |= cores.serve(core, *this);
        return did;
    }
    [[nodiscard]] bool something_to_do() {
        return cores.has_news(0) || cores.has_news(1) || cores.has_news(2);
    }

    Board board{*find_chip("tiny")};
    Cores cores{board};
    std::array<TaskSlot, 3> tasks{};
    std::size_t sent = 0;
};

/// A publisher, and host threads that end when they are told.
template <class What>
void publisher_and_hosts(Schedule& schedule, int hosts, const std::vector<std::size_t>& published) {
    What what(schedule, hosts, static_cast<int>(published.size()));
    schedule.thread("publisher", [&] {
        for (const std::size_t where : published) what.publish(where);
        what.wait_and_end();
    });
    for (int host = 0; host < hosts; ++host)
        schedule.thread(host == 0 ? "a host thread" : "another",
                        [&, host] { serve_until(what.idle, host, what, what.until_it_is_over()); });
    schedule.run();
}

template <class What>
void threads_that_park() {
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 1},
                              [](Schedule& s) { publisher_and_hosts<What>(s, 1, {0}); });
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 1},
                              [](Schedule& s) { publisher_and_hosts<What>(s, 2, {0}); });
    explored::expect_random_hold(10'000, [](Schedule& s) { publisher_and_hosts<What>(s, 2, {0}); });
    explored::expect_random_hold(10'000, [](Schedule& s) { publisher_and_hosts<What>(s, 2, {1, 0}); });
    explored::expect_random_hold(5'000, [](Schedule& s) { publisher_and_hosts<What>(s, 3, {1, 0, 1}); });
}

TEST(HostLoopInterleaved, nothing_is_left_behind_by_threads_that_park) {
    threads_that_park<ControlThreads>();
    threads_that_park<ThreeCores>();
}

/// The first host thread serves until the first one has done something, and goes back to its program then,
/// which waits for the rest to be done by others.
template <class What>
void program_and_hosts(Schedule& schedule, int hosts, const std::vector<std::size_t>& published) {
    What what(schedule, hosts, static_cast<int>(published.size()));
    schedule.thread("publisher", [&] {
        for (const std::size_t where : published) what.publish(where);
    });
    schedule.thread("program", [&] {
        serve_until(what.idle, 0, what, what.until_the_first_was_served());
        what.wait_and_end();
    });
    for (int host = 1; host < hosts; ++host)
        schedule.thread(host == 1 ? "a host thread" : "another",
                        [&, host] { serve_until(what.idle, host, what, what.until_it_is_over()); });
    schedule.run();
}

template <class What>
void program_that_goes_on() {
    explored::expect_all_hold({.preemptions = 1, .stale_loads = 1}, [](Schedule& s) {
        program_and_hosts<What>(s, 2, {0, 1});
    });
    explored::expect_random_hold(20'000, [](Schedule& s) { program_and_hosts<What>(s, 2, {0, 1}); });
    explored::expect_random_hold(20'000, [](Schedule& s) { program_and_hosts<What>(s, 2, {0, 0}); });
}

TEST(HostLoopInterleaved, nothing_is_left_behind_by_a_program_that_goes_on) {
    program_that_goes_on<ControlThreads>();
    program_that_goes_on<ThreeCores>();
    explored::expect_random_hold(40'000, [](Schedule& s) { program_and_hosts<ThreeCores>(s, 2, {0, 0}); });
}

}  // namespace
}  // namespace weir::chip
