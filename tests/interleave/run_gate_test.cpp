// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// The gate of the wall clock's runs: what a run is set up with is touched by no host thread of the run
// before, whether that was closed or the next one just begins.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "explored.hpp"
#include "explored_check.hpp"
#include "platform/chip/run_gate.hpp"

namespace weir::chip {
namespace {

using explored::Plain;
using explored::Schedule;

constexpr int kRuns = 3;

/// Host threads that leave as soon as they have done their part, and a program. `closes`: each run is
/// ended before the next one begins.
void runs(Schedule& schedule, std::size_t threads, bool closes) {
    RunGate gate;
    Plain<int> set_up_for;
    std::array<Plain<int>, 2> done;
    const auto nobody_parks = [] {};
    schedule.thread("program", [&] {
        const auto all_have_done = [&](int run) {
            for (std::size_t i = 0; i < threads; ++i)
                schedule.require(done[i].read() == run, "every host thread is in each run, once");
        };
        for (int run = 1; run <= kRuns; ++run) {
            gate.open(static_cast<int>(threads), nobody_parks, [&] {
                all_have_done(run - 1);
                set_up_for.write(run);
            });
            if (!closes) continue;
            gate.close(nobody_parks);
            schedule.require(gate.over(), "a run that was closed is over");
            all_have_done(run);
        }
        gate.close(nobody_parks);
        gate.stop();
        all_have_done(kRuns);
    });
    for (std::size_t i = 0; i < threads; ++i)
        schedule.thread(i == 0 ? "a host thread" : "another", [&, i] {
            std::uint64_t seen = 0;
            while (gate.enter(seen)) {
                done[i].write(done[i].read() + 1);
                schedule.require(set_up_for.read() == done[i].read(), "a run begins with what was set up");
                gate.leave();
            }
        });
    schedule.run();
}

TEST(RunGateInterleaved, a_run_begins_when_the_host_threads_of_the_last_one_have_left) {
    for (const bool closes : {false, true}) {
        explored::expect_all_hold({.preemptions = 2, .stale_loads = 1},
                                  [=](Schedule& s) { runs(s, 1, closes); });
        explored::expect_random_hold(2'000, [=](Schedule& s) { runs(s, 2, closes); });
    }
}

}  // namespace
}  // namespace weir::chip
