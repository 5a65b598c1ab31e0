// SPDX-License-Identifier: Apache-2.0
/// Scope statistics of one run: DIR/scope_stats/scope_stats.jsonl, whose format docs/formats.md describes.
///
///     before the run   the folder is made, scope_stats.partial is opened, locked and emptied, and everything
///                      is allocated that the run needs
///     during the run   the recorder writes boundaries to the partial file (observe/scope_recorder.hpp)
///     after it         the jsonl is written from the partial file beside its place, takes its place by a
///                      rename, and the partial file goes; also when the run has failed
///
/// The jsonl of an earlier run stays until then. When it cannot be written the partial file stays: it says by
/// itself what it is, and `weir scopes` reads it too.
#pragma once

#include <memory>
#include <string>

#include "model/sizes.hpp"
#include "observe/files.hpp"
#include "observe/partial_file.hpp"
#include "observe/scope_recorder.hpp"

namespace weir {

class ScopeStats {
public:
    /// `sizes`: with which the run starts. Throws configuration when the directory cannot be used, or
    /// another run is recording there; system when the system refuses for a reason of its own, such as a full
    /// disk.
    ScopeStats(const std::string& record_directory, const Sizes& sizes);

    [[nodiscard]] ScopeRecorder& recorder() noexcept { return *recorder_; }

    /// Writes the jsonl. `fatal`: the run has ended with an error; `sizes`: the largest that were in force.
    /// Throws system when it could not be
    /// written, and, after it was, when boundaries are missing in it.
    void finish(bool fatal, const Sizes& sizes);

private:
    void write_lines(NewFile& file) const;

    PartialFile partial_;
    std::string final_path_;
    std::uint64_t head_bytes_ = 0;  ///< of the partial file, before its items
    std::unique_ptr<ScopeRecorder> recorder_;
};

}  // namespace weir
