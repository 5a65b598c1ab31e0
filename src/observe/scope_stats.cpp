// SPDX-License-Identifier: Apache-2.0
#include "observe/scope_stats.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include <weir/error.hpp>

#include "observe/scope_stats_text.hpp"

namespace weir {

namespace {

/// Whether the path or the rights to it are at fault, not the state that the system is in.
bool is_of_the_path(int error) noexcept {
    static constexpr std::array kErrors = {ENOENT, ENOTDIR, EACCES, EPERM,  EROFS,
                                           EEXIST, EISDIR,  ELOOP,  EINVAL, ENAMETOOLONG};
    for (const int of_path : kErrors)
        if (error == of_path) return true;
    return false;
}

/// Reads a recording from a place on, with a window that moves.
class RecordingWindow {
public:
    RecordingWindow(int file, std::uint64_t from, std::uint64_t to) : file_(file), from_(from), to_(to) {}

    /// Keeps `rest`, the end of what was there, and reads more behind it. False when there is no more. Throws
    /// system.
    bool more(std::span<const std::byte>& rest) {
        if (!rest.empty()) std::memmove(bytes_.data(), rest.data(), rest.size());
        const std::size_t room = bytes_.size() - rest.size();
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(room, to_ - from_));
        ssize_t read = 0;
        do {
            read = ::pread(file_, bytes_.data() + rest.size(), wanted, static_cast<off_t>(from_));
        } while (read < 0 && errno == EINTR);
        if (read < 0)
            throw Error(ErrorCode::system,
                        fmt::format("reading the recording failed: {}", errno_text(errno)));
        from_ += static_cast<std::uint64_t>(read);
        rest = {bytes_.data(), rest.size() + static_cast<std::size_t>(read)};
        return read != 0;
    }

private:
    int file_;
    std::uint64_t from_;
    std::uint64_t to_;
    std::vector<std::byte> bytes_ = std::vector<std::byte>(64 * 1024);
};

}  // namespace

ScopeStats::ScopeStats(const std::string& record_directory, const Sizes& sizes)
    : record_directory_(record_directory) {
    const std::filesystem::path folder = std::filesystem::path(record_directory) / "scope_stats";
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) refuse(fmt::format("making '{}'", folder.string()), error.value());
    final_path_ = (folder / "scope_stats.jsonl").string();
    partial_path_ = (folder / "scope_stats.partial").string();
    open_partial();
    const std::string head = scope_recording_head(sizes);
    head_bytes_ = head.size();
    if (const int failed = write_all(partial_.number(), std::as_bytes(std::span(head))); failed != 0)
        refuse(fmt::format("writing '{}'", partial_path_), failed);
    recorder_ = std::make_unique<ScopeRecorder>(partial_.number(), head_bytes_);
}

void ScopeStats::open_partial() {
    // Not emptied before it is locked: it may be another run's.
    partial_.reset(::open(partial_path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (partial_.number() < 0) refuse(fmt::format("opening '{}'", partial_path_), errno);
    if (::flock(partial_.number(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        throw Error(ErrorCode::configuration,
                    fmt::format("record_directory '{}': another run is recording its scope statistics there; "
                                "give each run a directory of its own",
                                record_directory_));
    if (::ftruncate(partial_.number(), 0) != 0) refuse(fmt::format("emptying '{}'", partial_path_), errno);
}

void ScopeStats::refuse(const std::string& what, int error) const {
    throw Error(is_of_the_path(error) ? ErrorCode::configuration : ErrorCode::system,
                fmt::format("record_directory '{}': {} failed: {}; name a directory that can be written to, "
                            "with room in it, or run without enable_scope_stats",
                            record_directory_, what, errno_text(error)));
}

void ScopeStats::write_lines(NewFile& file) const {
    RecordingWindow window(partial_.number(), head_bytes_, recorder_->file_bytes());
    scope_recording::Decoder decoder;
    ScopeStatsLines lines;
    fmt::memory_buffer text;
    std::span<const std::byte> bytes;
    while (window.more(bytes)) {
        while (decoder.next(bytes) == scope_recording::Decoder::Result::boundary)
            lines.append(text, decoder.boundary());
        file.write({text.data(), text.size()});
        text.clear();
    }
    if (!bytes.empty())
        throw Error(ErrorCode::system, fmt::format("'{}' was changed by somebody else", partial_path_));
}

void ScopeStats::finish(bool fatal, const Sizes& sizes) {
    recorder_->flush();
    const std::uint64_t dropped = recorder_->dropped();
    try {
        NewFile file(final_path_);
        file.write(scope_stats_head(fatal, dropped, recorder_->total(), sizes));
        write_lines(file);
        file.commit();
    } catch (const Error& error) {
        throw Error(
            ErrorCode::system,
            fmt::format("the scope statistics could not be written: {}; what was recorded is in '{}', "
                        "which 'weir scopes' reads; make room, or record to another directory",
                        error.what(), partial_path_));
    }
    ::unlink(partial_path_.c_str());
    if (dropped != 0)
        throw Error(
            ErrorCode::system,
            fmt::format("the scope statistics in '{}' are not complete: writing '{}' failed: {}; {} of {} "
                        "boundaries are missing; make room, or record to another directory",
                        final_path_, partial_path_, errno_text(recorder_->error()), dropped,
                        recorder_->total()));
}

}  // namespace weir
