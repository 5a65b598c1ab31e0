// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
//
// Scope statistics on a system that refuses: each call that makes, opens, writes, reads, cuts off or renames
// a file fails in turn, once or from then on. The run ends with an error that says so; the file is there
// whole or not at all; a partial file that is left can be read; and the next run works. The calls are those
// of this executable's own open, write and so on, which count and fail on request.
#include <gtest/gtest.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <map>

#include "call_fault.hpp"
#include "caught_error.hpp"
#include "process_census.hpp"
#include "recorded_scopes.hpp"

namespace {

weir::faults::CallFault file_fault;
/// A write that fails has written half of its bytes before, as on a disk that has become full.
bool half_written = false;
std::map<std::string, int>* refused_calls = nullptr;

bool refuse(const char* call, int error) {
    if (!file_fault.fails()) return false;
    if (refused_calls != nullptr) ++(*refused_calls)[call];
    errno = error;
    return true;
}

}  // namespace

// Visible, so that the shared libraries' calls arrive here too.
#pragma GCC visibility push(default)
extern "C" {
int mkdir(const char* path, mode_t mode) noexcept {
    if (refuse("mkdir", ENOSPC)) return -1;
    return static_cast<int>(syscall(SYS_mkdir, path, mode));
}
int open(const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(arguments, unsigned) : 0;
    va_end(arguments);
    if (refuse("open", EMFILE)) return -1;
    return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}
ssize_t writev(int file, const iovec* pieces, int count) {
    if (refuse("write", ENOSPC)) {
        if (half_written) syscall(SYS_write, file, pieces->iov_base, pieces->iov_len / 2);
        return -1;
    }
    return syscall(SYS_writev, file, pieces, count);
}
ssize_t pread(int file, void* bytes, std::size_t count, off_t from) {
    if (refuse("pread", EIO)) return -1;
    return syscall(SYS_pread64, file, bytes, count, from);
}
int ftruncate(int file, off_t bytes) noexcept {
    if (refuse("ftruncate", EIO)) return -1;
    return static_cast<int>(syscall(SYS_ftruncate, file, bytes));
}
int close(int file) {
    const int result = static_cast<int>(syscall(SYS_close, file));
    if (refuse("close", EDQUOT)) return -1;
    return result;
}
int rename(const char* from, const char* to) noexcept {
    if (refuse("rename", EACCES)) return -1;
    return static_cast<int>(syscall(SYS_rename, from, to));
}
}
#pragma GCC visibility pop

namespace weir::test {
namespace {

using faults::Failing;

class ScopeStatsFaults : public testing::TestWithParam<std::tuple<Failing, bool, bool>> {
protected:
    static constexpr int kScopes = 2'500;  // several buffers of the recorder

    /// Runs with the `number`-th call refused; false when there was no such call.
    bool run_with_refused(std::uint64_t number) {
        const TemporaryDirectory directory;
        const bool fails = std::get<2>(GetParam());
        bool started = false;
        bool ended = false;
        const Program program = [&](Orchestrator& o) {
            started = true;
            const auto x = o.external(data_);
            for (int i = 0; i < kScopes; ++i) {
                const Scope scope{o};
                o.submit(add_, x);
            }
            ended = true;
            if (fails) throw Error(ErrorCode::invalid_argument, "the program's own error");
        };
        half_written = std::get<1>(GetParam());
        file_fault.arm(number, std::get<0>(GetParam()));
        const Caught result = caught([&] { runtime_.run(program, directory.recording()); });
        const bool fired = file_fault.disarm();
        EXPECT_EQ(started, ended) << "a file's trouble must not end a run that has started";
        if (!fired) {
            EXPECT_STREQ(to_string(result.code),
                         to_string(fails ? ErrorCode::invalid_argument : ErrorCode::ok));
            expect_whole(directory, false);
            return false;
        }
        check_end(directory, result, started && fails);
        const CallConfig plain;
        EXPECT_EQ(caught([&] { runtime_.run([](Orchestrator&) {}, plain); }).code, ErrorCode::ok);
        EXPECT_EQ(caught([&] { runtime_.run([](Orchestrator&) {}, directory.recording()); }).code,
                  ErrorCode::ok);
        EXPECT_EQ(read_scopes(directory.scope_stats()).boundaries.size(), 2U);
        EXPECT_FALSE(std::filesystem::exists(directory.partial()));
        return true;
    }

private:
    static void check_end(const TemporaryDirectory& directory, const Caught& result, bool program_failed) {
        const bool says = result.message.find("scope statistics") != std::string::npos ||
                          result.message.find("record_directory") != std::string::npos;
        if (program_failed) {
            EXPECT_STREQ(to_string(result.code), to_string(ErrorCode::invalid_argument)) << result.message;
            EXPECT_EQ(result.message.find("the program's own error"), 0U) << result.message;
        } else if (result.code != ErrorCode::ok) {
            EXPECT_STREQ(to_string(result.code), to_string(ErrorCode::system)) << result.message;
            EXPECT_TRUE(says) << result.message;
        }
        if (std::filesystem::exists(directory.scope_stats()))
            expect_whole(directory, says);
        else
            EXPECT_TRUE(says) << "no file, and no error that says so: " << result.message;
        EXPECT_FALSE(std::filesystem::exists(directory.scope_stats().string() + ".new"));
        if (std::filesystem::exists(directory.partial()) &&
            std::filesystem::file_size(directory.partial()) > 600) {
            EXPECT_TRUE(read_scopes(directory.partial()).head.partial);
        }
    }
    /// The jsonl is complete, or says how many boundaries it has not.
    static void expect_whole(const TemporaryDirectory& directory, bool may_drop) {
        const RecordedScopes scopes = read_scopes(directory.scope_stats());
        EXPECT_EQ(scopes.head.fatal, std::get<2>(GetParam()));
        EXPECT_EQ(scopes.head.total, 2U * kScopes + 2);
        EXPECT_EQ(scopes.boundaries.size(), scopes.head.total - scopes.head.dropped);
        EXPECT_TRUE(may_drop || scopes.head.dropped == 0);
    }

    std::vector<std::int64_t> data_ = std::vector<std::int64_t>(1);
    Runtime runtime_{{.threads = 1}};
    Kernel<InOut<std::int64_t>> add_ = runtime_.kernel("add", [](InOut<std::int64_t> x) { ++x[0]; });
};
INSTANTIATE_TEST_SUITE_P(failing_half_written_fatal, ScopeStatsFaults,
                         testing::Combine(testing::Values(Failing::once, Failing::from_then_on),
                                          testing::Bool(), testing::Bool()));

TEST_P(ScopeStatsFaults, end_in_an_error_and_leave_whole_files) {
    std::map<std::string, int> calls;
    refused_calls = &calls;
    const faults::Census before = faults::take_census();
    std::uint64_t number = 1;
    while (run_with_refused(number)) {
        ASSERT_LT(++number, 1'000U);
        if (testing::Test::HasFailure()) break;
    }
    refused_calls = nullptr;
    EXPECT_EQ(faults::settled_census(before), before) << "files stay open";
    for (const char* call : {"mkdir", "open", "write", "pread", "ftruncate", "close", "rename"})
        EXPECT_GT(calls[call], 0) << call << " was never refused";
}

}  // namespace
}  // namespace weir::test
