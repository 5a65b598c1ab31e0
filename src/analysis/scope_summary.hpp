// SPDX-License-Identifier: Apache-2.0
/// The scopes of one recording, summed up by the line that opened them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analysis/scope_stats_file.hpp"

namespace weir::analysis {

/// Largest values over the scopes that a line has opened.
struct ResourceUse {
    std::uint64_t allocated = 0;  ///< by one scope and those inside that use the same ring
    std::uint64_t peak = 0;       ///< occupancy of the ring, or of the pool, while the scope was open
    std::uint64_t at_end = 0;     ///< occupancy when it closed
};

struct ScopeSummary {
    std::string site;
    int depth = 0;
    std::uint64_t opened = 0;
    std::uint64_t closed = 0;  ///< fewer in a partial file, or when boundaries were dropped
    ResourceUse task_window;
    ResourceUse heap;
    ResourceUse dep_pool;
    ResourceUse tensormap;
    ResourceUse consumed_window;
    ResourceUse payload;

    [[nodiscard]] int ring() const noexcept { return scope_recording::ring_of(depth); }
};

class ScopeSummaries {
public:
    /// Boundaries in the order of the file.
    void add(const scope_recording::Boundary& boundary);
    /// In the order in which the lines first opened one; the same line at another depth is another entry.
    [[nodiscard]] const std::vector<ScopeSummary>& all() const noexcept { return summaries_; }

private:
    struct Open {
        std::size_t summary;
        scope_recording::Counters begin;
    };
    std::vector<ScopeSummary> summaries_;
    std::map<std::pair<std::string, int>, std::size_t> index_;
    std::vector<Open> open_;
};

}  // namespace weir::analysis
