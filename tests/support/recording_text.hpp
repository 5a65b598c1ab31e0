// SPDX-License-Identifier: Apache-2.0
/// Recordings made by hand: tables in memory, written as the files that readers of recordings take.
#pragma once

#include <filesystem>
#include <string>

#include "analysis/recording.hpp"

namespace weir::test {

std::string to_text(const analysis::RecordedRun& run);
std::string to_text(const analysis::Swimlane& lane);
std::string to_text(const analysis::Deps& deps);

/// Writes DIR/run.json, DIR/swimlane.json, DIR/deps.json.
void write_recording(const std::filesystem::path& directory, const analysis::RecordedRun& run);
void write_recording(const std::filesystem::path& directory, const analysis::Swimlane& lane);
void write_recording(const std::filesystem::path& directory, const analysis::Deps& deps);

/// Microseconds as a Time.
constexpr analysis::Time us(double microseconds) {
    return static_cast<analysis::Time>(microseconds * analysis::kPicosecondsPerMicrosecond +
                                       (microseconds < 0 ? -0.5 : 0.5));
}

}  // namespace weir::test
