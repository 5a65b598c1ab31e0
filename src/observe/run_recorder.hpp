// SPDX-License-Identifier: Apache-2.0
/// Records what happens in runs of a runtime: a ThreadRecorder for each thread, a thread of its own that
/// carries their events to a file, and what the orchestrator's thread alone records. It lives as long as the
/// runtime, since a thread that is late may touch its buffer after a run has ended; such events carry times
/// from before the next run, and readers pass over them.
///
///     thread 0 --EventBuffer--+
///     thread 1 --EventBuffer--+--> writer thread --> recording.partial (recording/events.hpp)
///     ...                     |
///
/// The end of a run waits until every thread has pushed its last event (rec-3), and then stops the writer.
/// rec-4 release/acquire on stopping: the writer's last look sees all events of the run.
///
/// Everything that runs need is allocated when it is made. When the file cannot be written on, what is in
/// the file stays good, what comes after is counted as dropped, and the run goes on.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <source_location>
#include <span>
#include <string_view>
#include <vector>

#include <sys/uio.h>

#include <weir/kernel.hpp>

#include "model/resource_shape.hpp"
#include "model/sync.hpp"
#include "observe/thread_recorder.hpp"

namespace weir {

/// What one run records.
struct RecordRequest {
    int level = kTasksLevel;
    bool dependencies = false;
};

class RunRecorder {
public:
    /// Words of the buffers, powers of two.
    struct BufferSizes {
        std::uint64_t orchestrator = 1U << 21U;
        std::uint64_t worker = 1U << 17U;
    };
    /// With a clock that stands while a thread waits: no event is dropped.
    void wait_for_room() noexcept {
        for (int i = 0; i < thread_count_; ++i) thread(i).buffer().wait_for_room();
    }
    explicit RunRecorder(int threads, const RecordingClock& clock = {})
        : RunRecorder(threads, clock, BufferSizes()) {}
    RunRecorder(int threads, const RecordingClock& clock, BufferSizes sizes);
    RunRecorder(const RunRecorder&) = delete;
    RunRecorder& operator=(const RunRecorder&) = delete;
    ~RunRecorder();

    [[nodiscard]] ThreadRecorder& thread(int index) noexcept {
        return threads_[static_cast<std::size_t>(index)];
    }
    [[nodiscard]] int threads() const noexcept { return thread_count_; }
    [[nodiscard]] const RecordingClock& clock() const noexcept { return clock_; }

    /// A run is about to begin; returns a tick before its first one. Nothing is written before `write_to`.
    std::uint64_t begin_run(const RecordRequest& request) noexcept;
    /// Events go to this file from now on, which holds `file_bytes`; it stays the caller's. Throws system
    /// when the writer thread cannot be started.
    void write_to(int file, std::uint64_t file_bytes);
    /// The run has drained: waits for the last events, and writes all. Must follow `write_to`.
    void end_run() noexcept;

    /// Of the run, for who is ordered behind `end_run`.
    [[nodiscard]] std::uint64_t recorded() const noexcept;
    [[nodiscard]] std::uint64_t dropped() const noexcept;
    /// Errno of the write that failed; 0: none did.
    [[nodiscard]] int error() const noexcept { return error_; }
    [[nodiscard]] std::uint64_t file_bytes() const noexcept { return file_bytes_; }

    // What follows belongs to the orchestrator's thread, in a run.
    /// The program begins: times count from here.
    void program_begins() noexcept;
    /// The last task is done: what threads do from here on does not belong to the run.
    void program_is_over() noexcept;
    [[nodiscard]] int level() const noexcept { return request_.level; }
    [[nodiscard]] bool dependencies() const noexcept { return request_.dependencies; }
    [[nodiscard]] EventBuffer& events() noexcept { return threads_[0].buffer(); }
    /// Number of a name in the recording, which is written first when it is new.
    [[nodiscard]] std::uint32_t number_of(const detail::KernelRecord& kernel) noexcept;
    [[nodiscard]] std::uint32_t number_of(std::source_location site) noexcept;
    /// Head of a task's event without kind and flags.
    [[nodiscard]] std::uint64_t names_of(const detail::KernelRecord& kernel,
                                         std::source_location site) noexcept {
        const auto word = std::bit_cast<std::uintptr_t>(site);
        if (last_kernel_ != &kernel || last_site_ != word || word == 0) [[unlikely]]
            name_again(kernel, site);
        return last_names_;
    }
    /// The kernels of a task that makes calls, by slot.
    void subtasks(std::uint64_t task, const detail::SubtaskKernels& kernels) noexcept;
    void scope_opened(int depth, bool manual, std::source_location site) noexcept;
    /// `begin`: when it began to close.
    void scope_closed(int depth, std::uint64_t begin) noexcept;
    void instant(recording::What what, int resource, int ring, std::source_location site, std::uint64_t begin,
                 std::uint64_t end) noexcept;
    /// The time from `begin` to `end` belongs to a step of the orchestrator.
    void step(recording::Phase phase, std::uint64_t begin, std::uint64_t end) noexcept;
    void count_submit() noexcept {
        // Relaxed: written by this thread alone, read as a count on its own.
        submits_.store(submits_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }

private:
    static constexpr std::size_t kPlaces = 1024;
    /// Names by the address of what they name. One that finds its place taken takes it over, and gets a new
    /// number when it comes back.
    struct Names {
        std::array<std::uintptr_t, kPlaces> words{};
        std::array<std::uint32_t, kPlaces> numbers{};
        std::uint32_t count = 0;
    };
    static std::size_t place_of(std::uintptr_t word) noexcept {
        return (word / 8 ^ word / 8 / kPlaces) % kPlaces;
    }
    void name_again(const detail::KernelRecord& kernel, std::source_location site) noexcept;
    /// `head`: kind and flags of its event.
    std::uint32_t add_name(Names& names, std::size_t place, std::uintptr_t word, std::uint64_t head,
                           std::string_view text) noexcept;

    void write_loop() noexcept;
    void drain_all() noexcept;
    void add_piece(std::span<const std::uint64_t> words) noexcept;
    [[nodiscard]] std::span<const std::uint64_t> sums() noexcept;
    void write_pieces() noexcept;

    RecordingClock clock_;
    int thread_count_;
    std::unique_ptr<std::uint64_t[]> words_;
    std::unique_ptr<ThreadRecorder[]> threads_;
    RecordRequest request_;
    std::uint64_t serials_ = 0;
    std::vector<std::uint64_t> open_scopes_;
    Names kernels_;
    Names sites_;
    const detail::KernelRecord* last_kernel_ = nullptr;  ///< of the last call of names_of
    std::uintptr_t last_site_ = 0;
    std::uint64_t last_names_ = 0;
    std::array<std::uint64_t, recording::kMostWords> text_{};
    sync::Atomic<std::uint64_t> submits_{0};
    std::array<sync::Atomic<std::uint64_t>, recording::kSteps> steps_{};

    // The writer thread's while it runs.
    std::vector<EventBuffer::Pieces> looked_;  ///< by thread
    std::vector<std::uint64_t> heads_;         ///< of pieces, by thread
    std::vector<std::uint64_t> sums_;          ///< the writer's own piece, with its head
    std::vector<iovec> pieces_;                ///< what is written next
    int file_ = -1;
    int error_ = 0;
    std::uint64_t file_bytes_ = 0;
    std::uint64_t lost_ = 0;  ///< events that could not be written
    std::chrono::steady_clock::time_point began_;
    std::uint64_t pushed_before_ = 0;
    std::uint64_t dropped_before_ = 0;

    sync::Parker wake_;
    sync::Atomic<bool> stopping_{false};
    sync::Thread writer_;
};

}  // namespace weir
