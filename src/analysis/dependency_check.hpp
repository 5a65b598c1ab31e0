// SPDX-License-Identifier: Apache-2.0
/// Whether every pair of accesses that must not run at once is ordered, whatever the timing; and whether the
/// runtime kept to that order.
///
/// Two accesses conflict when they share a byte and one of them writes. The *logical order* of a program
/// follows from what it submitted:
///
///  - a task that is not in a MANUAL scope comes behind every earlier task that an argument of it, not marked
///    no_dep, conflicts with, however that one accessed it;
///  - a task comes behind those that it names;
///  - and behind what these come behind.
///
/// Conflicts are reduced to neighbours: the last write of each region and the reads since. A write takes the
/// place of the accesses that it covers, and later accesses of its region need not look behind it, if it
/// comes behind all that it conflicts with. A conflict of an argument that does not wait by itself is looked
/// up among the direct predecessors of its task, and if it is not there searched for, backwards from the
/// task, among tasks not before the other.
///
/// Then each direct predecessor is held against what the runtime recorded: it was waited for, or the runtime
/// knew at the submit that it had completed, or a chain of tasks that were waited for leads to it.
///
/// Time: sorting, plus for each access one step for each place that shares a byte with its own, and for each
/// conflict found there. A search visits at most all tasks and edges between its two ends; there is one for a
/// task with conflicts that are not covered directly, so the worst case is tasks times edges.
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/recording.hpp"

namespace weir::analysis {

struct Finding {
    enum class Kind : std::uint8_t {
        unordered,   ///< nothing in the program puts the later task behind the earlier
        not_waited,  ///< the program does, but the runtime did not wait
    };
    Kind kind;
    EdgeKind conflict;  ///< RAW, WAR, WAW; explicit_: of a task named in the submit
    std::uint32_t earlier;
    std::uint32_t later;
    std::uint32_t earlier_access = kNone;  ///< of the conflict; kNone for explicit_
    std::uint32_t later_access = kNone;
    /// What both touch lies in [first_byte, end_byte) of their buffer; all of it is shared if `whole`.
    std::uint64_t first_byte = 0;
    std::uint64_t end_byte = 0;
    bool whole = false;
    bool decided = true;  ///< else whether a byte is shared could not be decided, and counts as yes
};

struct CheckResult {
    std::uint64_t conflicts = 0;  ///< between neighbours
    std::uint64_t direct = 0;     ///< of them covered by a direct predecessor
    std::uint64_t searched = 0;   ///< of them looked for by a search
    std::vector<Finding> findings;
    bool stopped = false;  ///< at kMostFindings, with tasks not looked at
};

/// What is wrong once in a loop is wrong often; more than this says nothing new.
inline constexpr std::size_t kMostFindings = 10'000;

CheckResult check_dependencies(const Deps& deps);

}  // namespace weir::analysis
