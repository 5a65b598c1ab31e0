// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under address thread
// Words under a sequence lock: one thread writes them, others read them meanwhile.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "explored.hpp"
#include "explored_check.hpp"
#include "model/sequence_lock.hpp"

namespace weir {
namespace {

using explored::Schedule;

/// Every writing puts the same number into all words.
void writer_and_reader(Schedule& schedule, std::uint64_t writings, int looks) {
    SharedWord sequence{0};
    std::array<SharedWord, 2> words{};
    std::uint64_t last = 0;
    schedule.thread("writer", [&] {
        for (std::uint64_t number = 1; number <= writings; ++number)
            write_whole(sequence, words, std::array<std::uint64_t, 2>{number, number});
    });
    schedule.thread("reader", [&] {
        std::array<std::uint64_t, 2> seen{};
        for (int i = 0; i < looks; ++i) {
            if (!read_whole(sequence, words, seen)) continue;
            schedule.require(seen[0] == seen[1], "what is read was written at once");
            schedule.require(seen[0] >= last, "what is read is not older than what was read before");
            last = seen[0];
        }
    });
    schedule.run();
    std::array<std::uint64_t, 2> seen{};
    schedule.require(read_whole(sequence, words, seen), "the words are whole when nobody writes");
    schedule.require(seen[0] == writings && seen[1] == writings, "what was written last is there");
}

TEST(SequenceLockInterleaved, a_reader_sees_whole_words_or_that_they_change) {
    explored::expect_all_hold({.preemptions = 3, .stale_loads = 2},
                              [](Schedule& s) { writer_and_reader(s, 2, 2); });
}
TEST(SequenceLockInterleaved, a_reader_sees_whole_words_in_long_random_runs) {
    explored::expect_random_hold(5'000, [](Schedule& s) { writer_and_reader(s, 8, 8); });
}

}  // namespace
}  // namespace weir
