// SPDX-License-Identifier: Apache-2.0
/// Tables of planned sizes, walked and changed by tests that prove what plans say.
#pragma once

#include <cstddef>
#include <cstdint>

#include <weir/plan.hpp>

#include "config/resource_table.hpp"

namespace weir::fuzz {

/// The size in a table that a resource and a ring have.
inline PlannedSize& size_in(Plan::Table& table, Resource resource, std::size_t ring) {
    return table[static_cast<std::size_t>(resource)][ring];
}

/// Calls `visit(row, ring)` for each size that a program decides.
template <class Visit>
void for_each_decided(const Plan::Table& table, Visit&& visit) {
    for (const ResourceRow& row : kResourceRows)
        for (std::size_t ring = 0; ring < row.rings(); ++ring)
            if (table[static_cast<std::size_t>(row.resource)][ring].decided) visit(row, ring);
}

/// The next smaller valid value. (The smallest task window is what every plan has, so a consumed window can
/// always go down to it.)
inline std::uint64_t next_smaller(const ResourceRow& row, std::uint64_t value) {
    return row.rule == SizeRule::any ? value - 1 : value / 2;
}

/// The same table with a step less of one size.
inline Plan::Table with_less(Plan::Table table, const ResourceRow& row, std::size_t ring) {
    PlannedSize& size = size_in(table, row.resource, ring);
    size.value = next_smaller(row, size.value);
    return table;
}

}  // namespace weir::fuzz
