// SPDX-License-Identifier: Apache-2.0
/// Reads scope_stats.jsonl (docs/formats.md) and scope_stats.partial, the same recording while its run goes
/// on or after its process has died.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>

#include <weir/task.hpp>

#include "analysis/file_errors.hpp"
#include "model/scope_recording.hpp"

namespace weir::analysis {

/// What the first line says.
struct ScopeStatsHead {
    using OfRings = std::array<std::uint64_t, kRings>;

    bool partial = false;       ///< the run is not over, or its process has ended without closing the file
    bool fatal = false;         ///< the run ended with an error
    std::uint64_t dropped = 0;  ///< boundaries that are not in the file
    std::uint64_t total = 0;    ///< boundaries of the run; of a partial file: those in it
    /// Capacities. 0 in a file of another writer that does not have them.
    OfRings task_window{};
    OfRings heap{};
    OfRings dep_pool{};
    std::uint64_t tensormap = 0;
    OfRings consumed_window{};
    OfRings payload{};
    /// The file has what Weir adds to the schema: consumed window, payload and peaks. Else a scope's peaks
    /// are what they can have been at most, allocated up to its end less reclaimed at its begin.
    bool has_additions = false;
};

/// `file` itself, or in a directory the finished recording below it, or else the partial one.
std::filesystem::path find_scope_stats(const std::filesystem::path& file_or_directory);

/// Calls `visit` for each boundary in order and returns the head. Checks every line against the schema, and
/// against those before: scopes nest, counters never fall, and no line is missing. Throws FileMissing,
/// FileDamaged.
ScopeStatsHead read_scope_stats(const std::filesystem::path& file,
                                const std::function<void(const scope_recording::Boundary&)>& visit);

}  // namespace weir::analysis
