// SPDX-License-Identifier: Apache-2.0
/// The scopes of a recording as a tree of the lines that opened them: one node for each line below each
/// parent, with the largest values over the scopes that it stands for.
///
/// With head and tail being what was ever allocated and what of it was given back, for a scope
///
///     high water   = end.head - begin.tail    no more was ever in use while it was open
///     live at exit = end.head - end.tail      in use when it closed
///     allocated    = end.head - begin.head    by it, and by scopes inside that use the same ring
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "analysis/recording.hpp"
#include "analysis/scope_stats_file.hpp"

namespace weir::analysis {

struct ScopeUse {
    std::uint64_t high_water = 0;
    std::uint64_t live = 0;
    std::uint64_t allocated = 0;
    std::uint64_t peak = 0;  ///< true occupancy
};

struct ScopeNode {
    std::string site;
    std::uint32_t parent = kNone;
    int depth = 0;
    std::uint64_t opened = 0;
    std::uint64_t closed = 0;
    std::array<ScopeUse, kOccupancies.size()> uses{};  ///< in the order of kOccupancies
};

/// A tree has at most so many nodes of lines; further lines below a node are one node together.
inline constexpr std::size_t kMostScopeNodes = 5000;
inline constexpr const char* kOtherScopes = "(other lines)";

class ScopeTree {
public:
    /// Boundaries in the order of the file.
    void add(const scope_recording::Boundary& boundary);
    /// Parents before their children.
    [[nodiscard]] const std::vector<ScopeNode>& nodes() const noexcept { return nodes_; }

private:
    struct Open {
        std::uint32_t node;
        scope_recording::Counters begin;
    };
    std::uint32_t node_of(std::uint32_t parent, const scope_recording::Boundary& boundary);

    std::vector<ScopeNode> nodes_;
    std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> index_;
    std::vector<Open> open_;
};

}  // namespace weir::analysis
