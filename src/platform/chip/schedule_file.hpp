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
///
/// Lines go through a buffer of fixed size to the file under construction, so a run of any length takes the
/// same memory, and none between its start and its end.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <weir/kernel.hpp>

#include "model/chip.hpp"
#include "observe/files.hpp"
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
    ScheduleFile(const Chip& chip, std::string path);

    /// Throws system, for a file that cannot be made.
    void begin_run(const std::array<std::uint64_t, kRings>& first_numbers);
    void add(const ScheduledTask& task) noexcept {
        if (file_) write_line(task);
    }
    /// The file is in its place. Throws system, also for what went wrong in `add`.
    void finish(Time program_ended, Time last_task);

private:
    void write_line(const ScheduledTask& task) noexcept;
    [[nodiscard]] char* room_for_numbers() noexcept;
    void append(std::string_view text) noexcept;
    void flush() noexcept;
    void write(std::string_view text) noexcept;
    [[nodiscard]] Time ticks(Time time) const noexcept;

    const Chip& chip_;
    std::string path_;
    std::array<std::uint64_t, kRings> first_numbers_{};
    std::optional<NewFile> file_;  ///< from the start of a run to its end
    std::exception_ptr failure_;   ///< the first in this run
    std::vector<char> buffer_;
    std::size_t used_ = 0;
};

}  // namespace weir::chip
