// SPDX-License-Identifier: Apache-2.0
#include "analysis/live_run.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <span>
#include <system_error>
#include <thread>

#include <fmt/format.h>

#include "model/process_start.hpp"
#include "model/sequence_lock.hpp"

namespace weir::analysis {

namespace {

using live_page::PageHead;
using live_page::PageThread;

/// Looks at a page until it is whole: a writer may lose its core in the middle. Those behind the first few
/// are a millisecond apart.
constexpr int kMostLooks = 1000;
constexpr int kQuickLooks = 100;

std::string errno_text() { return std::generic_category().message(errno); }

void check(const PageHead& head, std::size_t bytes, const std::string& path) {
    if (head.magic != live_page::kMagic) throw FileDamaged(fmt::format("'{}' is no page of a run", path));
    if (head.version != live_page::kVersion)
        throw FileDamaged(
            fmt::format("'{}' has version {} of pages, but this Weir reads version {}; use the weir command "
                        "that belongs to the program",
                        path, head.version, live_page::kVersion));
    if (head.rings != kRings)
        throw FileDamaged(
            fmt::format("'{}' is of a Weir with {} rings, but this one has {}; use the weir command that "
                        "belongs to the program",
                        path, head.rings, kRings));
    if (head.threads == 0 || head.threads > live_page::kMostThreads ||
        head.bytes != live_page::bytes_of(head.threads) || head.bytes != bytes)
        throw FileDamaged(fmt::format("'{}' is damaged: {} bytes for {} threads", path, bytes, head.threads));
}

}  // namespace

LivePageReader::LivePageReader(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) throw FileMissing(fmt::format("'{}' cannot be opened: {}", path.string(), errno_text()));
    struct stat status {};
    const bool known = ::fstat(file, &status) == 0;
    const bool large = known && status.st_size >= static_cast<off_t>(live_page::kThreadsAt);
    if (large && ::pread(file, &head_, sizeof head_, 0) == static_cast<ssize_t>(sizeof head_)) {
        bytes_ = static_cast<std::size_t>(status.st_size);
        void* const memory = ::mmap(nullptr, bytes_, PROT_READ, MAP_SHARED, file, 0);
        memory_ = memory == MAP_FAILED ? nullptr : static_cast<const std::byte*>(memory);
    }
    ::close(file);
    if (memory_ == nullptr)
        throw FileDamaged(fmt::format("'{}' is no page of a run, or is cut off", path.string()));
    try {
        check(head_, bytes_, path.string());
    } catch (...) {
        ::munmap(const_cast<std::byte*>(memory_), bytes_);
        throw;
    }
}

LivePageReader::~LivePageReader() { ::munmap(const_cast<std::byte*>(memory_), bytes_); }

std::optional<LiveRun> LivePageReader::read() const {
    const auto* const words = reinterpret_cast<const SharedWord*>(memory_);
    std::vector<std::uint64_t> copy((bytes_ - live_page::kRunAt) / sizeof(std::uint64_t));
    const std::span<const SharedWord> from(words + live_page::kRunAt / sizeof(std::uint64_t), copy.size());
    for (int i = 0; i < kMostLooks; ++i) {
        if (!read_whole(words[live_page::kSequenceAt / sizeof(std::uint64_t)], from, copy)) {
            if (i < kQuickLooks)
                sync::yield();
            else if (process_runs())
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            else
                break;
            continue;
        }
        LiveRun live;
        std::memcpy(static_cast<void*>(&live.run), copy.data(), sizeof live.run);
        live.threads.resize(head_.threads);
        std::memcpy(static_cast<void*>(live.threads.data()), copy.data() + sizeof live.run / sizeof copy[0],
                    live.threads.size() * sizeof(PageThread));
        return live;
    }
    return std::nullopt;
}

bool LivePageReader::process_runs() const {
    return head_.process_start != 0 && process_start(std::to_string(head_.pid)) == head_.process_start;
}

std::filesystem::path find_live_page(pid_t pid, int runtime) {
    struct stat process {};
    if (::stat(fmt::format("/proc/{}", pid).c_str(), &process) != 0)
        throw FileMissing(fmt::format("there is no process {}, or none that this user can see", pid));
    const std::string path = fmt::format("/dev/shm/weir-{}/{}{}", process.st_uid, pid,
                                         runtime == 1 ? "" : fmt::format(".{}", runtime));
    if (::access(path.c_str(), R_OK) == 0) return path;
    if (errno == EACCES)
        throw FileMissing(fmt::format(
            "process {} belongs to another user (number {}), whose runs only that user and root can "
            "watch; run the command as one of them: sudo -u '#{}' weir top {}",
            pid, process.st_uid, process.st_uid, pid));
    throw FileMissing(fmt::format(
        "process {} has no page of a run: it is no 'weir run' that is under way, and no program that "
        "has called Runtime::watch",
        pid));
}

}  // namespace weir::analysis
