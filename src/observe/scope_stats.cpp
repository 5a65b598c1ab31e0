// SPDX-License-Identifier: Apache-2.0
#include "observe/scope_stats.hpp"

#include <unistd.h>

#include <cerrno>
#include <vector>

#include <fmt/format.h>

#include <weir/error.hpp>

#include "observe/scope_stats_text.hpp"

namespace weir {

namespace {

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
    : partial_(record_directory, "scope_stats", "scope_stats.partial", "its scope statistics",
               "enable_scope_stats"),
      final_path_(partial_.beside("scope_stats.jsonl")) {
    const std::string head = scope_recording_head(sizes);
    head_bytes_ = head.size();
    if (const int failed = write_all(partial_.number(), std::as_bytes(std::span(head))); failed != 0)
        partial_.refuse(fmt::format("writing '{}'", partial_.path()), failed);
    recorder_ = std::make_unique<ScopeRecorder>(partial_.number(), head_bytes_);
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
        throw Error(ErrorCode::system, fmt::format("'{}' was changed by somebody else", partial_.path()));
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
                        error.what(), partial_.path()));
    }
    partial_.remove();
    if (dropped != 0)
        throw Error(
            ErrorCode::system,
            fmt::format("the scope statistics in '{}' are not complete: writing '{}' failed: {}; {} of {} "
                        "boundaries are missing; make room, or record to another directory",
                        final_path_, partial_.path(), errno_text(recorder_->error()), dropped,
                        recorder_->total()));
}

}  // namespace weir
