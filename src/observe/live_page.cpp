// SPDX-License-Identifier: Apache-2.0
#include "observe/live_page.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include <weir/error.hpp>

#include "model/process_start.hpp"
#include "observe/files.hpp"

namespace weir {

namespace {

using live_page::PageHead;
using live_page::PageRun;
using live_page::PageThread;

#ifndef WEIR_SYNC_EXPLORED
static_assert(sizeof(SharedWord) == sizeof(std::uint64_t) && SharedWord::is_always_lock_free,
              "the words of the page are shared with readers in other processes");
#endif

[[noreturn]] void fail(const std::string& what, int error) {
    throw Error(ErrorCode::system,
                fmt::format("this process cannot be watched: {} failed: {}; see that /dev/shm is there "
                            "and has room",
                            what, errno_text(error)));
}

/// A folder that is this user's alone.
std::string make_directory() {
    const std::string path = fmt::format("/dev/shm/weir-{}", geteuid());
    if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) fail(fmt::format("making '{}'", path), errno);
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0) fail(fmt::format("looking at '{}'", path), errno);
    if (!S_ISDIR(status.st_mode) || status.st_uid != geteuid() || (status.st_mode & 0077U) != 0)
        throw Error(
            ErrorCode::system,
            fmt::format("this process cannot be watched: '{}' is no folder of this user alone; remove it",
                        path));
    return path;
}

/// Pages of this process.
std::atomic<int> pages{0};

/// Removes pages whose process has died, also when this process has its number.
void remove_stale(const std::string& directory) {
    std::error_code error;
    const bool none_here =
        pages.load(std::memory_order_relaxed) == 0;  // relaxed: a page too many stays at worst
    for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
        const std::string name = entry.path().filename().string();
        pid_t pid = 0;
        std::from_chars(name.data(), name.data() + name.size(), pid);
        const bool died = pid == getpid() ? none_here : pid > 0 && kill(pid, 0) != 0 && errno == ESRCH;
        if (died) unlink(entry.path().c_str());
    }
}

}  // namespace

LivePage::LivePage(std::uint64_t threads, std::string_view platform) : bytes_(live_page::bytes_of(threads)) {
    words_.resize((bytes_ - live_page::kRunAt) / sizeof(std::uint64_t));
    const std::string directory = make_directory();
    remove_stale(directory);
    const std::string new_path = fmt::format("{}/.{}.new", directory, getpid());
    FileHandle file(open(new_path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.number() < 0) fail(fmt::format("opening '{}'", new_path), errno);
    // Room is taken at once: a page that has none when it is written to would end the process.
    if (const int error = posix_fallocate(file.number(), 0, static_cast<off_t>(bytes_)); error != 0) {
        unlink(new_path.c_str());
        fail(fmt::format("taking room for '{}'", new_path), error);
    }
    void* const memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, file.number(), 0);
    if (memory == MAP_FAILED) {
        const int error = errno;
        unlink(new_path.c_str());
        fail(fmt::format("mapping '{}'", new_path), error);
    }
    memory_ = static_cast<std::uint64_t*>(memory);
    PageHead head;
    head.bytes = bytes_;
    head.pid = static_cast<std::uint64_t>(getpid());
    head.process_start = process_start("self");
    head.threads = threads;
    set_text(head.platform, platform);
    set_text(head.weir, WEIR_VERSION_STRING);
    std::memcpy(memory_, &head, sizeof head);
    place(directory);
}

/// The page takes its place under the first name that no other runtime of this process has.
void LivePage::place(const std::string& directory) {
    const std::string new_path = fmt::format("{}/.{}.new", directory, getpid());
    constexpr int kMostRuntimes = 1000;
    int error = EEXIST;
    for (int number = 1; number <= kMostRuntimes && error == EEXIST; ++number) {
        path_ = fmt::format("{}/{}{}", directory, getpid(), number == 1 ? "" : fmt::format(".{}", number));
        error = link(new_path.c_str(), path_.c_str()) == 0 ? 0 : errno;
    }
    unlink(new_path.c_str());
    if (error == 0) {
        pages.fetch_add(1, std::memory_order_relaxed);  // relaxed: as above
        return;
    }
    munmap(memory_, bytes_);
    fail(fmt::format("placing '{}'", path_), error);
}

LivePage::~LivePage() {
    unlink(path_.c_str());
    munmap(memory_, bytes_);
    pages.fetch_sub(1, std::memory_order_relaxed);  // relaxed: as in remove_stale
}

void LivePage::write(const PageRun& run, std::span<const PageThread> threads) noexcept {
    std::memcpy(words_.data(), &run, sizeof run);
    std::memcpy(words_.data() + sizeof run / sizeof words_[0], threads.data(), threads.size_bytes());
    auto* const words = reinterpret_cast<SharedWord*>(memory_);
    write_whole(words[live_page::kSequenceAt / sizeof(std::uint64_t)],
                {words + live_page::kRunAt / sizeof(std::uint64_t), words_.size()}, words_);
}

}  // namespace weir
