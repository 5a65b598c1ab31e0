// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
//
// Recordings of runs on a disk that is full from some write on, in the run or after it, and of processes that
// are killed. What is left can be read, and says what it is; the next run works.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <atomic>
#include <cerrno>
#include <thread>

#include "caught_error.hpp"
#include "recorded_run.hpp"
#include "recording/run_files.hpp"

namespace {

/// While the disk is limited it takes `bytes_left` more, and then it is full. A write that is under way when
/// it is freed may still be refused, and leaves nothing behind.
std::atomic<bool> limited{false};
std::atomic<std::int64_t> bytes_left{0};
std::atomic<int> refused{0};

void limit_disk(std::int64_t bytes) {
    bytes_left = bytes;
    limited = bytes >= 0;
}

}  // namespace

// Visible, so that the shared libraries' calls arrive here too.
#pragma GCC visibility push(default)
extern "C" ssize_t writev(int file, const iovec* pieces, int count) {
    std::size_t bytes = 0;
    for (int i = 0; i < count; ++i) bytes += pieces[i].iov_len;
    if (limited && (bytes_left -= static_cast<std::int64_t>(bytes)) < 0) {
        ++refused;
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_writev, file, pieces, count);
}
#pragma GCC visibility pop

namespace weir::test {
namespace {

using Word = std::uint64_t;

class RunRecordingFaults : public testing::Test {
protected:
    static constexpr int kTasks = 3'000;
    static constexpr std::int64_t kAnyNumber = -1;

    RunRecordingFaults() : add_(runtime_.kernel("add", [](InOut<Word> a) { ++a[0]; })) {}
    ~RunRecordingFaults() override { limit_disk(kAnyNumber); }

    Caught run(std::int64_t bytes) {
        word_ = 0;
        const CallConfig config = recorded_.config({}, true, true);
        const Caught result = caught([&] {
            runtime_.run(
                [&](Orchestrator& o) {
                    const auto x = o.external(&word_, shape(1));
                    limit_disk(bytes);
                    for (int i = 0; i < kTasks; ++i) o.submit(add_, x);
                },
                config);
        });
        limit_disk(kAnyNumber);
        EXPECT_EQ(word_, static_cast<Word>(kTasks)) << "a full disk ends no run";
        return result;
    }

    Runtime runtime_{{.threads = 2}};
    Kernel<InOut<Word>> add_;
    Word word_ = 0;
    RecordedRun recorded_;
};

TEST_F(RunRecordingFaults, a_disk_that_is_full_costs_events_or_files_and_is_told) {
    for (const std::int64_t bytes : {0, 8, 1'000, 30'000, 100'000, 400'000}) {
        const Caught result = run(bytes);
        EXPECT_EQ(result.code, ErrorCode::system) << bytes << " bytes: " << result.message;
        for (const std::string& name : recorded_.files()) EXPECT_FALSE(name.ends_with(".new")) << name;
        // What is left of the events can be read, and made into files.
        const recording::RecordingFile file(recorded_.path("recording.partial"));
        const recording::RunTables tables(file);
        std::string text;
        write_run_json(tables, nullptr, [&](std::string_view piece) { text += piece; });
        EXPECT_EQ(parse_json(text).at("partial"), true);
    }
    EXPECT_EQ(run(kAnyNumber).code, ErrorCode::ok);
    EXPECT_EQ(recorded_.files(), (std::vector<std::string>{"deps.json", "run.json", "swimlane.json"}));
    EXPECT_EQ(recorded_.tasks().size(), static_cast<std::size_t>(kTasks));
}

TEST_F(RunRecordingFaults, a_disk_that_has_room_again_after_the_run_gets_files_that_say_what_is_missing) {
    const CallConfig config = recorded_.config({}, true, true);
    const Caught result = caught([&] {
        runtime_.run(
            [&](Orchestrator& o) {
                const auto x = o.external(&word_, shape(1));
                refused = 0;
                limit_disk(0);
                o.submit(add_, x);
                // The writer thread looks by itself; what it finds it cannot write.
                while (refused == 0) std::this_thread::yield();
                limit_disk(kAnyNumber);
                o.submit(add_, x);
            },
            config);
    });
    EXPECT_EQ(result.code, ErrorCode::system);
    EXPECT_NE(result.message.find("is not complete"), std::string::npos) << result.message;
    const Json run = recorded_.run();
    EXPECT_GT(run.at("events").at("dropped").get<int>(), 0);
    EXPECT_EQ(run.at("fatal"), false);
    EXPECT_EQ(run.at("tasks"), 2);
}

TEST(KilledRun, leaves_a_partial_file_that_can_be_read) {
    const RecordedRun recorded;
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        Runtime runtime({.threads = 2});
        // It runs for ever, and fills no disk until somebody looks at what it has written: the limit is more
        // than what is written at once.
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        constexpr rlim_t kMostBytes = rlim_t{32} << 20U;
        const rlimit limit{kMostBytes, kMostBytes};
        setrlimit(RLIMIT_FSIZE, &limit);
        std::signal(SIGXFSZ, SIG_IGN);
        const auto add = runtime.kernel("add", [](InOut<Word> a) { ++a[0]; });
        Word word = 0;
        runtime.run(
            [&](Orchestrator& o) {
                const auto x = o.external(&word, shape(1));
                for (;;) {
                    const Scope scope{o};
                    o.submit(add, x);
                }
            },
            recorded.config({}, true, true));
        _exit(1);
    }
    constexpr std::uintmax_t kEnough = 200'000;
    std::error_code none_yet;
    while (!std::filesystem::exists(recorded.path("recording.partial"), none_yet) ||
           std::filesystem::file_size(recorded.path("recording.partial"), none_yet) < kEnough)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ASSERT_EQ(kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(recorded.files(), (std::vector<std::string>{"recording.partial"}));
    const recording::RecordingFile file(recorded.path("recording.partial"));
    const recording::RunTables tables(file);
    EXPECT_GT(tables.tasks().size(), 100U);
    std::string text;
    const recording::Sink sink = [&](std::string_view piece) { text += piece; };
    write_swimlane_json(tables, true, sink);
    const Json swimlane = parse_json(text);
    EXPECT_EQ(swimlane.at("partial"), true);
    EXPECT_EQ(swimlane.at("tasks").size(), tables.tasks().size());
    text.clear();
    write_deps_json(tables, true, sink);
    EXPECT_EQ(parse_json(text).at("complete"), false);
    text.clear();
    write_run_json(tables, nullptr, sink);
    EXPECT_GT(parse_json(text).at("makespan_us").get<double>(), 0);
}

}  // namespace
}  // namespace weir::test
