// SPDX-License-Identifier: Apache-2.0
#include "child_runs.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace weir::cli {
namespace {

constexpr const char* kThisCommand = "/proc/self/exe";

/// The reading end of a pipe, and where what comes out of it goes.
struct Stream {
    int descriptor = -1;
    std::string* text = nullptr;
};

/// A child under way.
struct Running {
    pid_t process = 0;
    std::array<Stream, 2> streams;
    ChildRun* run = nullptr;

    [[nodiscard]] bool silent() const { return streams[0].descriptor < 0 && streams[1].descriptor < 0; }
};

/// Both ends close by themselves in other children.
struct Pipe {
    std::array<int, 2> ends{-1, -1};
    int error = 0;

    Pipe() {
        if (pipe2(ends.data(), O_CLOEXEC) != 0) error = errno;
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        for (const int end : ends)
            if (end >= 0) close(end);
    }
    [[nodiscard]] int take_reading_end() { return std::exchange(ends[0], -1); }
};

/// What the system said when the process could not be started; 0: it runs.
int spawn(const std::vector<std::string>& words, const Pipe& out, const Pipe& messages, pid_t& process) {
    std::string name = "weir";
    std::vector<std::string> copies = words;
    std::vector<char*> arguments = {name.data()};
    for (std::string& word : copies) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    if (const int error = posix_spawn_file_actions_init(&actions); error != 0) return error;
    int error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, out.ends[1], STDOUT_FILENO);
    if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, messages.ends[1], STDERR_FILENO);
    if (error == 0) error = posix_spawn(&process, kThisCommand, &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/// Nothing when it cannot be started; then the run says why.
bool start(const std::vector<std::string>& words, ChildRun& run, Running& running) {
    Pipe out;
    Pipe messages;
    int error = out.error != 0 ? out.error : messages.error;
    if (error == 0) error = spawn(words, out, messages, running.process);
    if (error != 0) {
        run.failure = fmt::format("the process cannot be started: {}", std::strerror(error));
        return false;
    }
    running.run = &run;
    running.streams = {Stream{out.take_reading_end(), &run.out},
                       Stream{messages.take_reading_end(), &run.messages}};
    return true;
}

/// Takes what is there; closes at the end.
void read_some(Stream& stream) {
    std::array<char, 65536> bytes;
    const ssize_t count = read(stream.descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) return;
    if (count > 0) {
        stream.text->append(bytes.data(), static_cast<std::size_t>(count));
        return;
    }
    close(stream.descriptor);
    stream.descriptor = -1;
}

void end(const Running& running) {
    int status = 0;
    while (waitpid(running.process, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status))
        running.run->exit_status = WEXITSTATUS(status);
    else
        running.run->failure =
            fmt::format("killed by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
}

/// Waits until a child has written something or closed its output, and reads that.
void read_all(std::vector<Running>& running) {
    std::vector<pollfd> polled;
    std::vector<Stream*> streams;
    for (Running& child : running) {
        for (Stream& stream : child.streams) {
            if (stream.descriptor < 0) continue;
            polled.push_back({stream.descriptor, POLLIN, 0});
            streams.push_back(&stream);
        }
    }
    if (poll(polled.data(), polled.size(), -1) < 0) return;  // a signal: the caller comes again
    for (std::size_t i = 0; i < polled.size(); ++i)
        if (polled[i].revents != 0) read_some(*streams[i]);
}

}  // namespace

std::vector<ChildRun> run_children(const std::vector<std::vector<std::string>>& commands, std::size_t jobs) {
    std::vector<ChildRun> runs(commands.size());
    std::vector<Running> running;
    const bool terminal = isatty(STDERR_FILENO) == 1;
    for (std::size_t next = 0; next < commands.size() || !running.empty();) {
        while (next < commands.size() && running.size() < jobs) {
            Running child;
            if (start(commands[next], runs[next], child)) running.push_back(child);
            ++next;
        }
        if (terminal)
            fmt::print(stderr, "\r{} of {} runs done\x1b[K", next - running.size(), commands.size());
        if (!running.empty()) read_all(running);
        std::erase_if(running, [](const Running& child) {
            if (!child.silent()) return false;
            end(child);
            return true;
        });
    }
    if (terminal) std::fputs("\r\x1b[K", stderr);
    return runs;
}

}  // namespace weir::cli
