// SPDX-License-Identifier: Apache-2.0
// Stamps of two threads that are out of order by less than clocks of one machine differ are put in order, and
// no others are; of two times at which a task was CONSUMED the later counts: recordings written by hand,
// event by event.
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "recorded_scopes.hpp"
#include "recording/run_tables.hpp"

namespace weir {
namespace {

using namespace recording;
using Word = std::uint64_t;

constexpr Word kStart = 1'000'000'000;
constexpr std::uint32_t kCore = 1;

/// When a task became ready, was taken, and ended; ticks, nanoseconds here, from the run's start.
struct Stamps {
    Word ready, dispatched, start, end;
    bool operator==(const Stamps&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Stamps& stamps) {
    return out << stamps.ready << ", " << stamps.dispatched << ", " << stamps.start << ", " << stamps.end;
}

/// A run of two tasks on two threads: the program's submits both and makes the second ready, the other takes
/// it.
class RecordedOrder : public testing::Test {
protected:
    static constexpr Word kTask = 2;

    /// What the tables make of the stamps of a plain task.
    Stamps plain(const Stamps& stamps, const char* core_type = kCpu.data()) {
        const std::vector<Word> other = {head_of(Kind::run, kConsumed, kCore),
                                         kTask,
                                         kStart + stamps.dispatched,
                                         kStart + stamps.start,
                                         kStart + stamps.end,
                                         kStart + stamps.end + 20,
                                         kStart + stamps.end + 30};
        return read(stamps, other, core_type);
    }
    /// When the plain task was CONSUMED, of which both threads told.
    Word consumed(Word by_program, Word by_other) {
        const auto told = [](Word time) {
            return std::vector<Word>{head_of(Kind::consumed), kTask, kStart + time};
        };
        return row_of(told(by_program), told(by_other), kCpu.data()).consumed - kStart;
    }
    /// Of a task of one call.
    Stamps call(const Stamps& stamps) {
        const std::vector<Word> other = {head_of(Kind::call, 0, kCore), kTask,
                                         kStart + stamps.dispatched,    kStart + stamps.start,
                                         kStart + stamps.end,           kStart + stamps.end + 20};
        return read(stamps, other, kCpu.data());
    }

private:
    Stamps read(const Stamps& stamps, const std::vector<Word>& other, const char* core_type) {
        const TaskRow row = row_of({head_of(Kind::ready), kTask, kStart + stamps.ready}, other, core_type);
        return {row.ready - kStart, row.dispatched - kStart, row.start - kStart, row.end - kStart};
    }
    /// The program's thread submits the task and tells this of it, then the other thread tells.
    TaskRow row_of(const std::vector<Word>& program, const std::vector<Word>& other, const char* core_type) {
        RunHead head;
        head.platform = head.clock = "steady";
        head.clock_hz = 1e9;
        head.start = kStart;
        head.level = 2;
        head.swimlane = true;
        head.sizes = "{}";
        head.threads = {{0, "orchestrator"}, {1, "worker"}};
        head.cores = {{0, core_type, 0, 0}, {1, core_type, 0, 1}};
        std::ofstream file(path(), std::ios::binary);
        file << to_line(head);
        piece(file, 0, {head_of(Kind::submit), kTask, kStart + 1, kStart + 2});
        piece(file, 0, program);
        piece(file, 1, other);
        file.close();
        const RecordingFile recording(path());
        const RunTables tables(recording);
        EXPECT_EQ(tables.tasks().size(), 1U);
        return tables.tasks().at(0);
    }
    static void piece(std::ofstream& file, Word thread, const std::vector<Word>& words) {
        const Word head = thread | Word{words.size()} << 32U;
        file.write(reinterpret_cast<const char*>(&head), sizeof head);
        file.write(reinterpret_cast<const char*>(words.data()),
                   static_cast<std::streamsize>(words.size() * sizeof(Word)));
    }
    [[nodiscard]] std::string path() const { return (directory_.path() / "recording.partial").string(); }

    test::TemporaryDirectory directory_;
};

TEST_F(RecordedOrder, a_task_that_was_taken_some_nanoseconds_before_it_was_ready_was_taken_then) {
    EXPECT_EQ(plain({1'035, 1'000, 1'000, 3'000}), (Stamps{1'035, 1'035, 1'035, 3'000}));
    EXPECT_EQ(call({1'035, 1'000, 1'000, 3'000}), (Stamps{1'035, 1'035, 1'035, 3'000}));
    EXPECT_EQ(plain({2'000, 1'000, 1'500, 3'000}), (Stamps{2'000, 2'000, 2'000, 3'000}))
        << "1 us is the most";
}

TEST_F(RecordedOrder, a_task_that_was_shorter_than_the_disorder_takes_no_time) {
    EXPECT_EQ(plain({1'035, 1'000, 1'000, 1'010}), (Stamps{1'010, 1'010, 1'010, 1'010}));
}

TEST_F(RecordedOrder, more_than_a_microsecond_is_left_as_recorded) {
    const Stamps stamps{2'001, 1'000, 1'000, 3'000};
    EXPECT_EQ(plain(stamps), stamps);
    EXPECT_EQ(call(stamps), stamps);
}

TEST_F(RecordedOrder, what_is_in_order_and_what_a_chip_says_is_left_as_recorded) {
    const Stamps in_order{1'000, 1'000, 1'200, 3'000};
    EXPECT_EQ(plain(in_order), in_order);
    const Stamps of_a_chip{1'035, 1'000, 1'000, 3'000};
    EXPECT_EQ(plain(of_a_chip, "AIV"), of_a_chip);
}

// An owner of an open scope, while a ring grows: whichever thread's events come last in the file.
TEST_F(RecordedOrder, a_task_that_was_consumed_twice_was_consumed_at_the_later_time) {
    EXPECT_EQ(consumed(1'000, 5'000), 5'000U);
    EXPECT_EQ(consumed(5'000, 1'000), 5'000U);
}

}  // namespace
}  // namespace weir
