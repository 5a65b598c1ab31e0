// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// The gate of a task that is staged before it is ready, alone: cores that come while it is opened.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>

#include "explored.hpp"
#include "explored_check.hpp"
#include "model/gate.hpp"

namespace weir {
namespace {

using explored::Plain;
using explored::Schedule;

struct GateCase {
    static constexpr std::size_t kMostCores = 3;

    void come(std::size_t core) {
        if (!gate.is_open()) {
            waits[core].write(1);
            if (gate.wait(static_cast<int>(core), links[core])) return;
        }
        pass(core);
    }
    void open() {
        made.write(1);
        for (int core = gate.open(); core != Gate::kNobody;) {
            const auto index = static_cast<std::size_t>(core);
            schedule.require(waits[index].read() == 1,
                             "who opens the gate sees what a core did before it waited");
            core = links[index];
            pass(index);
        }
    }
    void pass(std::size_t core) {
        schedule.require(made.read() == 1, "what was made before the gate was opened is visible behind it");
        schedule.require(passed[core].read() == 0, "a core passes once");
        passed[core].write(1);
    }

    Schedule& schedule;
    Gate gate{};
    std::array<int, kMostCores> links{};
    std::array<Plain<int>, kMostCores> waits{}, passed{};
    Plain<int> made{};
};

void come_while_it_opens(Schedule& schedule, std::size_t cores) {
    GateCase c{schedule};
    schedule.watch("links", c.links.data(), c.links.size());
    schedule.thread("opens", [&] { c.open(); });
    for (std::size_t core = 0; core < cores; ++core) schedule.thread("a core", [&, core] { c.come(core); });
    schedule.run();
    schedule.require(c.gate.is_open(), "a gate that was opened stays open");
    for (std::size_t core = 0; core < cores; ++core)
        schedule.require(c.passed[core].read() == 1, "every core passes");
}

TEST(GateAlone, every_core_that_comes_while_it_opens_passes_once) {
    explored::expect_all_hold({.preemptions = 4, .stale_loads = 2},
                              [](Schedule& s) { come_while_it_opens(s, 2); });
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 1},
                              [](Schedule& s) { come_while_it_opens(s, 3); });
}

}  // namespace
}  // namespace weir
