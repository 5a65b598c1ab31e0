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

TEST(ThreadRecorder, does_not_count_what_a_thread_does_outside_the_run) {
    Recorded recorded;
    recorded.time = 40;
    recorded.recorder.thread(1).look();
    ThreadRecorder& thread = recorded.begin(100);
    recorded.time = 150;
    thread.missed(1);  // looks since before the run
    EXPECT_EQ(recorded.of(recording::Phase::poll), 50U);
    recorded.time = 200;
    recorded.recorder.program_is_over();
    recorded.time = 900;
    thread.slept(160);  // woken for the run, but late
    EXPECT_EQ(recorded.of(recording::Phase::poll), 60U);
    EXPECT_EQ(recorded.of(recording::Phase::idle), 40U);
    recorded.time = 950;
    thread.missed(1);
    EXPECT_EQ(recorded.of(recording::Phase::poll), 60U);
    recorded.begin(1000);
    recorded.time = 1030;
    thread.missed(1);
    EXPECT_EQ(recorded.of(recording::Phase::poll), 30U);
    EXPECT_EQ(recorded.of(recording::Phase::idle), 0U);
}

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
