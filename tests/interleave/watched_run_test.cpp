// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// A watched run whose program sleeps: asked to tell of its run at any moment of its wait, it does, once. A
// kernel ends only when the run has been told of, so a thread that is asked and sleeps on stops the whole
// execution, which the explorer reports.
#include <gtest/gtest.h>

#include <cstdint>

#include "explored.hpp"
#include "explored_check.hpp"
#include "explored_runtime.hpp"
#include "observe/run_account.hpp"

namespace weir {
namespace {

using detail::RunControl;
using explored::ExploredRuntime;
using explored::Schedule;

constexpr int kRounds = 40;

enum class Waits : std::uint8_t { for_data, at_the_end };

void asked_while_the_program_waits(Schedule& schedule, Waits waits, int asked) {
    ExploredRuntime runtime(schedule, 2);
    RunAccountBook book;
    runtime.core().tell_in(&book);
    std::int64_t value = 0;
    sync::Parker started;
    sync::Parker begins;
    sync::Parker told;
    const auto kernel = runtime.kernel("hangs", [&](InOut<std::int64_t> x) {
        started.unpark();
        told.park();
        x[0] = 7;
    });
    runtime.add_program([&](Orchestrator& o) {
        const auto x = o.external(&value, shape(1));
        o.submit(kernel, x);
        started.park();  // by the other thread; this one cannot tell while it is in a kernel
        begins.unpark();
        if (waits == Waits::for_data) schedule.require(o.get(x, {0}) == 7, "the data is there");
    });
    schedule.thread("watch", [&] {
        begins.park();
        for (int i = 0; i < asked; ++i) {
            runtime.scheduler().ask_to_tell();
            // Relaxed: what was told is read from the book.
            while ((runtime.control().attention.load(std::memory_order_relaxed) & RunControl::kAsked) != 0)
                sync::yield();
        }
        told.unpark();
    });
    schedule.run();
    schedule.require(runtime.failure().empty(), "the program ends without an error");
    RunAccount account;
    schedule.require(book.read(account), "the account is whole");
    schedule.require(account.tasks == 1 && account.told_ns != 0, "the run was told of");
}

// Each account is some 200 words that are written one by one, so all schedules would be too many. Most of the
// time in which a request could be lost is that of writing them.
TEST(WatchedRunInterleaved, a_program_that_waits_for_its_tasks_tells_whenever_it_is_asked) {
    explored::expect_random_hold(kRounds,
                                 [](Schedule& s) { asked_while_the_program_waits(s, Waits::at_the_end, 2); });
}

TEST(WatchedRunInterleaved, a_program_that_waits_for_data_tells_whenever_it_is_asked) {
    explored::expect_random_hold(kRounds,
                                 [](Schedule& s) { asked_while_the_program_waits(s, Waits::for_data, 2); });
}

}  // namespace
}  // namespace weir
