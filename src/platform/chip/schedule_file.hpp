// SPDX-License-Identifier: Apache-2.0
/// The schedule that a virtual clock made, as text: what happened when, and nothing that differs from run to
/// run. Two runs of a program have the same schedule exactly when the texts are the same byte for byte.
///
///     chip a2a3: 24 clusters, 4 control threads, counter 50000000 Hz
///     task 0:17 gemm thread 2 core 31 dispatched 1200 started 1205 ended 1705 completed 1812
///     ...
///     program ended 2000, last task 2345
///
/// Tasks stand in the order of their completion, named by ring and number, counted from 1 in each run. Times
/// are ticks of the chip's counter since the start of the run, rounded down. A task without a core has the
/// core "-".
///
/// A task with several calls has a line for each, with the block behind its kernel: "gemm[3]".
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <weir/kernel.hpp>

#include "model/chip.hpp"
#include "platform/chip/event_queue.hpp"

namespace weir::chip {

struct ScheduledTask {
    detail::TaskRef ref;
    const detail::KernelRecord* kernel = nullptr;
    int block = -1;  ///< of a task with several calls
    int thread = 0;
    int core = -1;
    Time dispatched = 0;
    Time started = 0;
    Time ended = 0;
    Time completed = 0;
};

class ScheduleFile {
public:
    /// Empty name: nothing is kept.
    ScheduleFile(const Chip& chip, std::string file) : chip_(chip), file_(std::move(file)) {}

    void begin_run(const std::array<std::uint64_t, kRings>& first_numbers) noexcept {
        first_numbers_ = first_numbers;
        tasks_.clear();
    }
    void add(const ScheduledTask& task) {
        if (!file_.empty()) tasks_.push_back(task);
    }
    /// Writes the file. Throws system.
    void finish(Time program_ended, Time last_task);

private:
    [[nodiscard]] Time ticks(Time time) const noexcept;

    const Chip& chip_;
    std::string file_;
    std::array<std::uint64_t, kRings> first_numbers_{};
    std::vector<ScheduledTask> tasks_;
};

}  // namespace weir::chip
