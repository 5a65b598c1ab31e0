// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// EventBuffer: one thread pushes events, one takes them, on rings of 4 and 8 words; and the end of a chain of
// tasks as the orchestrator sees it.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "explored.hpp"
#include "explored_check.hpp"
#include "observe/thread_recorder.hpp"

namespace weir {
namespace {

using explored::Schedule;
using recording::head_of;
using recording::Kind;

constexpr std::size_t kMostWords = 16;

/// Events are two words: a head, and a number that counts up.
struct Case {
    Case(Schedule& s, std::uint64_t count) : schedule(s) {
        buffer.attach(words.data(), count, count / 2, &consumer);
        schedule.watch("words", words.data(), words.size());
        schedule.watch("buffer", &buffer);
    }
    void push(std::uint64_t number) {
        if (buffer.push<2>({head_of(Kind::completed), number})) ++pushed;
    }
    std::uint64_t word(const EventBuffer::Pieces& pieces, std::uint64_t index) const {
        return index < pieces.first.size() ? pieces.first[index] : pieces.second[index - pieces.first.size()];
    }
    void take() {
        const EventBuffer::Pieces pieces = buffer.look();
        schedule.require(pieces.words() % 2 == 0, "the consumer sees whole events");
        for (std::uint64_t i = 0; i < pieces.words(); i += 2) {
            const std::uint64_t value = word(pieces, i + 1);
            if (word(pieces, i) == head_of(Kind::gap)) {
                lost += value;
                next += value;
                continue;
            }
            schedule.require(word(pieces, i) == head_of(Kind::completed), "what is seen was written");
            schedule.require(value == next, "events come in order, and gaps say how many are missing");
            ++next;
            ++taken;
        }
        buffer.take(pieces.words());
    }

    Schedule& schedule;
    std::array<std::uint64_t, kMostWords> words{};
    sync::Parker consumer;
    EventBuffer buffer;
    std::uint64_t next = 0;
    std::uint64_t pushed = 0;
    std::uint64_t taken = 0;
    std::uint64_t lost = 0;
};

void producer_and_consumer(Schedule& schedule, std::uint64_t words, std::uint64_t events, int takes) {
    Case c(schedule, words);
    schedule.thread("producer", [&] {
        for (std::uint64_t i = 0; i < events; ++i) c.push(i);
    });
    schedule.thread("consumer", [&] {
        for (int i = 0; i < takes; ++i) c.take();
    });
    schedule.run();
    c.take();
    schedule.require(c.taken == c.pushed, "what was pushed is taken once");
    schedule.require(c.pushed == c.buffer.pushed(), "pushed events are counted");
    schedule.require(c.pushed + c.buffer.dropped() == events, "dropped events are counted");
    schedule.require(c.pushed >= std::min(words / 2, events),
                     "events are dropped only when the buffer was full");
}

TEST(EventBufferInterleaved, the_consumer_sees_whole_events_in_order_on_rings_of_4_and_8_words) {
    explored::expect_all_hold({.preemptions = 3, .stale_loads = 1},
                              [](Schedule& s) { producer_and_consumer(s, 4, 4, 2); });
    explored::expect_all_hold({.preemptions = 2, .stale_loads = 1},
                              [](Schedule& s) { producer_and_consumer(s, 8, 6, 3); });
}
TEST(EventBufferInterleaved, the_consumer_sees_whole_events_in_order_in_long_random_runs) {
    explored::expect_random_hold(20'000, [](Schedule& s) { producer_and_consumer(s, 4, 12, 8); });
    explored::expect_random_hold(20'000, [](Schedule& s) { producer_and_consumer(s, 16, 24, 6); });
}

std::uint64_t no_time(const void* /*source*/) noexcept { return 1; }

/// A thread runs a task and releases it; the orchestrator, which has seen it released, waits until the thread
/// is not busy: then all of its events are in the buffer.
TEST(EventBufferInterleaved, who_has_seen_a_task_released_and_a_thread_not_busy_sees_its_events) {
    explored::expect_all_hold({.preemptions = 3, .stale_loads = 2}, [](Schedule& schedule) {
        const RecordingClock clock(&no_time, nullptr, 1);
        std::array<std::uint64_t, kMostWords> words{};
        sync::Parker consumer;
        ThreadRecorder recorder;
        sync::Atomic<int> released{0};
        recorder.attach(1, clock);
        recorder.buffer().attach(words.data(), words.size(), words.size(), &consumer);
        recorder.begin_run(kTasksLevel, 1);
        schedule.watch("words", words.data(), words.size());
        schedule.thread("worker", [&] {
            recorder.hit();
            recorder.kernel_ended();
            recorder.told_consumers(0);
            released.store(1, std::memory_order_release);  // as release-1
            recorder.released(7, false, 0);
            recorder.done();
        });
        schedule.thread("orchestrator", [&] {
            if (released.load(std::memory_order_acquire) == 0 || recorder.busy()) return;  // as release-1
            const EventBuffer::Pieces pieces = recorder.buffer().look();
            schedule.require(pieces.words() == 7 && pieces.first[1] == 7, "the event of the task is there");
        });
        schedule.run();
    });
}

}  // namespace
}  // namespace weir
