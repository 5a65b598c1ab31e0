// SPDX-License-Identifier: Apache-2.0
#include "platform/chip/schedule_file.hpp"

#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace weir::chip {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 16U;

/// More than the parts of a line take that are numbers.
constexpr std::size_t kRoomForNumbers = 512;

}  // namespace

ScheduleFile::ScheduleFile(const Chip& chip, std::string path) : chip_(chip), path_(std::move(path)) {
    if (!path_.empty()) buffer_.resize(kBufferBytes);
}

Time ScheduleFile::ticks(Time time) const noexcept {
    constexpr unsigned __int128 kNsPerSecond = 1'000'000'000;
    return static_cast<Time>(static_cast<unsigned __int128>(time) * chip_.counter_hz / kNsPerSecond);
}

void ScheduleFile::begin_run(const std::array<std::uint64_t, kRings>& first_numbers) {
    first_numbers_ = first_numbers;
    file_.reset();
    failure_ = nullptr;
    used_ = 0;
    if (path_.empty()) return;
    file_.emplace(path_);
    append(fmt::format("chip {}: {} clusters, {} control threads, counter {} Hz\n", chip_.name,
                       chip_.clusters, chip_.control_threads, chip_.counter_hz));
}

char* ScheduleFile::room_for_numbers() noexcept {
    if (buffer_.size() - used_ < kRoomForNumbers) flush();
    return buffer_.data() + used_;
}

void ScheduleFile::write_line(const ScheduledTask& task) noexcept {
    const auto numbers_end_at = [this](const char* end) {
        used_ = static_cast<std::size_t>(end - buffer_.data());
    };
    const std::uint64_t first = first_numbers_[static_cast<std::size_t>(task.ref.ring())];
    numbers_end_at(
        fmt::format_to(room_for_numbers(), "task {}:{} ", task.ref.ring(), task.ref.number() - first + 1));
    append(task.kernel->name);
    char* place = room_for_numbers();
    if (task.block >= 0) place = fmt::format_to(place, "[{}]", task.block);
    place = fmt::format_to(place, " thread {} core ", task.thread);
    place = task.core < 0 ? fmt::format_to(place, "-") : fmt::format_to(place, "{}", task.core);
    numbers_end_at(fmt::format_to(place, " dispatched {} started {} ended {} completed {}\n",
                                  ticks(task.dispatched), ticks(task.started), ticks(task.ended),
                                  ticks(task.completed)));
}

void ScheduleFile::append(std::string_view text) noexcept {
    if (text.size() > buffer_.size() - used_) flush();
    if (text.size() > buffer_.size()) return write(text);
    std::memcpy(buffer_.data() + used_, text.data(), text.size());
    used_ += text.size();
}

void ScheduleFile::flush() noexcept { write({buffer_.data(), std::exchange(used_, 0)}); }

void ScheduleFile::write(std::string_view text) noexcept {
    if (failure_ != nullptr) return;
    try {
        file_->write(text);
    } catch (...) {
        failure_ = std::current_exception();
    }
}

void ScheduleFile::finish(Time program_ended, Time last_task) {
    if (!file_) return;
    append(fmt::format("program ended {}, last task {}\n", ticks(program_ended), ticks(last_task)));
    flush();
    if (failure_ == nullptr) file_->commit();
    file_.reset();
    if (failure_ != nullptr) std::rethrow_exception(std::exchange(failure_, nullptr));
}

}  // namespace weir::chip
