// SPDX-License-Identifier: Apache-2.0
// What a thread records of its own time.
#include <gtest/gtest.h>

#include <array>
#include <bit>

#include "observe/run_recorder.hpp"

namespace weir {
namespace {

/// A clock that stands where it is set.
struct Recorded {
    std::uint64_t time = 0;
    RunRecorder recorder{2, RecordingClock(&read, this, 1e9)};

    static std::uint64_t read(const void* self) noexcept { return static_cast<const Recorded*>(self)->time; }
    ThreadRecorder& begin(std::uint64_t start) {
        time = start;
        recorder.begin_run({});
        recorder.program_begins();
        return recorder.thread(1);
    }
    recording::ThreadSums sums() { return std::bit_cast<recording::ThreadSums>(recorder.thread(1).sums()); }
    std::uint64_t of(recording::Phase phase) { return sums().phases[static_cast<std::size_t>(phase)]; }
};

TEST(ThreadRecorder, counts_the_calls_of_a_task_that_others_complete_as_no_phase) {
    Recorded recorded;
    ThreadRecorder& thread = recorded.begin(100);
    thread.look();
    recorded.time = 110;
    thread.hit();
    recorded.time = 115;
    thread.calls_begin();
    recorded.time = 400;
    thread.call_ended(1, 0, 0);
    thread.done();
    recorded.time = 420;
    thread.missed(1);
    EXPECT_EQ(recorded.of(recording::Phase::poll), 20U);
    EXPECT_EQ(recorded.of(recording::Phase::dispatch), 5U);
    EXPECT_EQ(recorded.sums().completed, 0U);
}

}  // namespace
}  // namespace weir
