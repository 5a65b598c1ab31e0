// SPDX-License-Identifier: Apache-2.0
#include "analysis/partial_recording.hpp"

#include <cerrno>
#include <system_error>

#include <sys/mman.h>
#include <unistd.h>

#include <fmt/format.h>

#include "analysis/deps_file.hpp"
#include "analysis/file_errors.hpp"
#include "analysis/run_file.hpp"
#include "analysis/swimlane_file.hpp"
#include "recording/recording_file.hpp"
#include "recording/run_files.hpp"
#include "recording/run_tables.hpp"

namespace weir::analysis {

namespace {

/// A file without a name, in memory.
class MemoryFile {
public:
    MemoryFile() : file_(memfd_create("weir-partial", MFD_CLOEXEC)) {
        if (file_ < 0) fail();
    }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    ~MemoryFile() { close(file_); }

    void write(std::string_view text) const {
        while (!text.empty()) {
            const ssize_t written = ::write(file_, text.data(), text.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) fail();
            text.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    [[nodiscard]] std::filesystem::path path() const { return fmt::format("/proc/self/fd/{}", file_); }

private:
    [[noreturn]] static void fail() {
        throw std::system_error(errno, std::system_category(), "a partial recording takes memory to be read");
    }
    int file_;
};

/// Calls `use` with the file, and turns its errors into those of this folder.
template <class Use>
auto with_file(const std::filesystem::path& path, Use use) {
    try {
        const recording::RecordingFile file(path.string());
        return use(file);
    } catch (const recording::BadRecording& error) {
        throw FileDamaged(error.what());
    } catch (const std::system_error& error) {
        throw FileMissing(fmt::format("'{}' cannot be read: {}", path.string(), error.what()));
    }
}

template <class Write, class Read>
auto converted(const std::filesystem::path& path, Write write, Read read) {
    return with_file(path, [&](const recording::RecordingFile& file) {
        const MemoryFile text;
        {
            const recording::RunTables tables(file);
            write(tables, [&](std::string_view part) { text.write(part); });
        }
        try {
            return read(text.path());
        } catch (const FileDamaged& error) {
            throw FileDamaged(fmt::format("'{}' is damaged: {}", path.string(), error.what()));
        }
    });
}

}  // namespace

PartialFiles files_of_partial(const std::filesystem::path& file) {
    return with_file(file, [](const recording::RecordingFile& opened) {
        return PartialFiles{opened.head().swimlane, opened.head().dependencies};
    });
}

RecordedRun read_partial_run(const std::filesystem::path& file) {
    return converted(
        file,
        [](const recording::RunTables& tables, const recording::Sink& sink) {
            write_run_json(tables, nullptr, sink);
        },
        read_run);
}

Swimlane read_partial_swimlane(const std::filesystem::path& file) {
    return converted(
        file,
        [](const recording::RunTables& tables, const recording::Sink& sink) {
            write_swimlane_json(tables, true, sink);
        },
        read_swimlane);
}

Deps read_partial_deps(const std::filesystem::path& file) {
    return converted(
        file,
        [](const recording::RunTables& tables, const recording::Sink& sink) {
            write_deps_json(tables, true, sink);
        },
        read_deps);
}

}  // namespace weir::analysis
