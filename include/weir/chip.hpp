// SPDX-License-Identifier: Apache-2.0
/// Chip platforms: which there are, what a runtime on one can be told, and what a run on one tells.
/// docs/platforms.md explains the model.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <weir/export.hpp>

namespace weir {

/// Which time passes on a chip. Kernels compute on both.
enum class ChipClock : std::uint8_t {
    /// One host thread and an event queue, in which every step takes what the chip table says. The same
    /// program gives the same schedule on every run and machine.
    virtual_time,
    /// RuntimeConfig::threads threads are the chip's control threads and its cores in turn. Every step takes
    /// the time that it takes, and no two runs are the same: for races and sanitizers.
    wall,
};

/// How long kernels took in a recorded run: the median of each, by its name; 1 ns to 1,000 s.
using KernelMedians = std::map<std::string, std::chrono::nanoseconds>;

/// What a runtime on a chip platform can be told. Refused as `configuration` on "cpu".
struct ChipOptions {
    ChipClock clock = ChipClock::virtual_time;
    /// A JSON file with a chip of one's own, in place of the platform's row of the table.
    std::string chip_file{};
    /// Numbers in place of those of the row or file, by the names of chip_field_ranges().
    std::map<std::string, std::uint64_t> chip_fields{};
    /// A file that says how long each kernel takes (docs/formats.md). On the virtual clock.
    std::string kernel_times_file{};
    /// For kernels that the file does not name; on the virtual clock. With medians the file need not name all
    /// of them: one that is in neither takes what it was registered with, or else what the chip table says.
    KernelMedians kernel_medians{};
    /// false: no kernel is called, the schedule alone is made. Outputs hold nothing.
    bool compute = true;
    /// Not 0: a kernel takes the time that the host takes for it, times this. Runs then differ from
    /// each other. On the virtual clock.
    double host_time_factor = 0;
    /// Where each run writes its schedule, a line for every task. Empty: nowhere. On the virtual clock.
    std::string schedule_file{};
    /// Stages a task on a core, or a block of a mixed one on cores of a cluster, as soon as its producers all
    /// run, behind a gate that opens when they have completed: it then starts without being dispatched. Each
    /// task takes 104 bytes more of its ring's payload. On both clocks.
    bool early_dispatch = false;
    /// false: a control thread that finds nothing polls on, read by read. The schedule is the same, it only
    /// takes longer to make. On the virtual clock.
    bool skip_idle_polling = true;

    friend bool operator==(const ChipOptions&, const ChipOptions&) = default;
};

/// A platform that simulates a chip.
struct ChipPlatform {
    std::string platform;  ///< for RuntimeConfig::platform
    int clusters = 0;      ///< of 1 AIC and 2 AIV each
    int control_threads = 0;
    std::uint64_t counter_hz = 0;
};

/// The chip platforms that are built in.
WEIR_API std::vector<ChipPlatform> chip_platforms();

/// A number of a chip: by which name a chip file and ChipOptions::chip_fields set it, and what it may be.
struct ChipFieldRange {
    std::string name;
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    std::string meaning;
};

/// Every number of a chip, in the order of docs/platforms.md.
WEIR_API std::vector<ChipFieldRange> chip_field_ranges();

/// What a run on a chip tells.
struct ChipFigures {
    std::string chip;                           ///< empty: the run was not on a chip
    ChipClock clock = ChipClock::virtual_time;  ///< by which all times are told
    int aic_cores = 0;
    int aiv_cores = 0;
    int control_threads = 0;
    /// Not 0: kernels took the time of the host, times this, and another run has another schedule.
    double host_time_factor = 0;
    std::chrono::nanoseconds makespan{0};  ///< from the start to the end of the last task, or of the program
    std::chrono::nanoseconds aic_busy{0};  ///< running kernels, summed over the cores
    std::chrono::nanoseconds aiv_busy{0};
    /// Control threads as schedulers, summed: the orchestrator's from the end of the program on.
    std::chrono::nanoseconds scheduler_time{0};
    std::chrono::nanoseconds polling{0};
    std::chrono::nanoseconds completing{0};
    std::chrono::nanoseconds dispatching{0};
    std::chrono::nanoseconds idle{0};  ///< with nothing dispatched that could be polled
    /// The orchestrator until the end of the program: submitting, and held back or waiting for data.
    std::chrono::nanoseconds orchestrator_time{0};
    std::chrono::nanoseconds submitting{0};  ///< on the wall clock with all that the program does besides
    std::chrono::nanoseconds waiting{0};
};

}  // namespace weir
