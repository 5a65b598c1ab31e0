// SPDX-License-Identifier: Apache-2.0
/// A directory given to `--record`: which files of a recording are there. Where there is none but
/// recording.partial, of a run that is not over or whose process died, that stands for all of them.
#pragma once

#include <filesystem>
#include <optional>

#include "analysis/partial_recording.hpp"
#include "analysis/recording.hpp"

namespace weir::analysis {

class RecordDirectory {
public:
    /// Throws FileMissing when `path` is no directory; as the reader of a partial file, if there is only
    /// that.
    explicit RecordDirectory(std::filesystem::path path);

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] bool has_run() const;
    [[nodiscard]] bool has_swimlane() const;
    [[nodiscard]] bool has_deps() const;

    /// Each reads one file. FileMissing says with which option it is recorded; FileDamaged as its reader.
    [[nodiscard]] RecordedRun run() const;
    [[nodiscard]] Swimlane swimlane() const;
    [[nodiscard]] Deps deps() const;

private:
    [[nodiscard]] std::filesystem::path need(const char* name, const char* option) const;

    std::filesystem::path path_;
    std::optional<PartialFiles> partial_;
};

}  // namespace weir::analysis
