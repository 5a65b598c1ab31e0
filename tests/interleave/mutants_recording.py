# SPDX-License-Identifier: Apache-2.0
"""Mutants of the recorder and of what watches a run, in the form of mutants_list.py."""

EVENT_BUFFER = "observe/event_buffer.hpp"
SEQUENCE_LOCK = "model/sequence_lock.hpp"
THREAD_RECORDER = "observe/thread_recorder.hpp"
RUN_RECORDER = "observe/run_recorder.cpp"
RECORDED = "orchestrator/recorded.cpp"
HELD_BACK = "orchestrator/held_back.cpp"
SCHEDULER = "scheduler/scheduler.hpp"

MUTANTS = [
    ("an event is shown before it is written", [
        (EVENT_BUFFER, "for (std::size_t i = 0; i < N; ++i) words_[(place_ + i) & mask_] = event[i]; publish(N);",
         "const std::uint64_t place = place_; publish(N); for (std::size_t i = 0; i < N; ++i) words_[(place + i) & mask_] = event[i];"),
    ]),
    ("the room for an event does not count the gap before it", [
        (EVENT_BUFFER, "words + (lost_ == 0 ? 0 : recording::kGapWords);", "words;"),
    ]),
    ("a gap is told again with every event", [
        (EVENT_BUFFER, "place_ += recording::kGapWords; lost_ = 0;", "place_ += recording::kGapWords;"),
    ]),
    ("words are written under an even number", [
        (SEQUENCE_LOCK, "sequence.store(before + 1, std::memory_order_relaxed);", ""),
    ]),
    ("a reader does not look at the sequence again", [
        (SEQUENCE_LOCK, "return sequence.load(std::memory_order_relaxed) == before;", "return true;"),
    ]),
    ("a thread is not busy any more before its last event", [
        (THREAD_RECORDER, "mark_ = end_; passed(recording::Phase::complete, time);",
         "mark_ = end_; done(); passed(recording::Phase::complete, time);"),
    ]),
    ("the writer of a recording ends before it has looked once more", [
        (RUN_RECORDER, "wake_.park(kMostNs); } drain_all();", "wake_.park(kMostNs); }"),
    ]),
    ("the watch never wakes the program's thread", [
        (SCHEDULER, "control_.ask(); idle_.wake_if_parked(0);", "control_.ask();"),
    ]),
    ("the program's thread sleeps without a look whether it is asked", [
        (HELD_BACK, "scheduler_.any_ready() || asked()) idle.leave(self_.index);",
         "scheduler_.any_ready()) idle.leave(self_.index);"),
    ]),
    ("a recorded producer is asked again whether it has completed", [
        (RECORDED, "producers_.add(ring(task.ring()), task.number(), true, false);", "add_task(task);"),
    ]),
]

ORDERS = [EVENT_BUFFER, SEQUENCE_LOCK, THREAD_RECORDER, RUN_RECORDER]
