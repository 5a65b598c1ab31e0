// SPDX-License-Identifier: Apache-2.0
#include "platform/chip/schedule_file.hpp"

#include <fmt/format.h>

#include "observe/files.hpp"

namespace weir::chip {

Time ScheduleFile::ticks(Time time) const noexcept {
    constexpr unsigned __int128 kNsPerSecond = 1'000'000'000;
    return static_cast<Time>(static_cast<unsigned __int128>(time) * chip_.counter_hz / kNsPerSecond);
}

void ScheduleFile::finish(Time program_ended, Time last_task) {
    if (file_.empty()) return;
    NewFile file(file_);
    file.write(fmt::format("chip {}: {} clusters, {} control threads, counter {} Hz\n", chip_.name,
                           chip_.clusters, chip_.control_threads, chip_.counter_hz));
    std::string text;
    for (const ScheduledTask& task : tasks_) {
        constexpr std::size_t kWriteAt = 1U << 16U;
        fmt::format_to(std::back_inserter(text),
                       "task {}:{} {}{} thread {} core {} dispatched {} started {} ended {} completed {}\n",
                       task.ref.ring(),
                       task.ref.number() - first_numbers_[static_cast<std::size_t>(task.ref.ring())] + 1,
                       task.kernel->name, task.block < 0 ? "" : fmt::format("[{}]", task.block), task.thread,
                       task.core < 0 ? "-" : std::to_string(task.core), ticks(task.dispatched),
                       ticks(task.started), ticks(task.ended), ticks(task.completed));
        if (text.size() < kWriteAt) continue;
        file.write(text);
        text.clear();
    }
    file.write(text);
    file.write(fmt::format("program ended {}, last task {}\n", ticks(program_ended), ticks(last_task)));
    file.commit();
}

}  // namespace weir::chip
