// SPDX-License-Identifier: Apache-2.0
/// The lines of scope_stats.jsonl, and the first line of its partial form.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include <fmt/format.h>

#include "model/scope_recording.hpp"
#include "model/sizes.hpp"

namespace weir {

/// Version of the schema of scope_stats.jsonl.
inline constexpr int kScopeStatsVersion = 6;

/// The first line. `total`: boundaries of the run; `dropped`: those of them that are not in the file.
std::string scope_stats_head(bool fatal, std::uint64_t dropped, std::uint64_t total, const Sizes& sizes);
/// The first line of a recording.
std::string scope_recording_head(const Sizes& sizes);

/// The lines behind the first.
class ScopeStatsLines {
public:
    void append(fmt::memory_buffer& text, const scope_recording::Boundary& boundary);

private:
    std::unordered_map<std::string, std::string> quoted_;  ///< sites as JSON texts
};

}  // namespace weir
