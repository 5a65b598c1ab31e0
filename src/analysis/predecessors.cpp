// SPDX-License-Identifier: Apache-2.0
#include "analysis/predecessors.hpp"

#include <algorithm>

namespace weir::analysis {

std::vector<std::uint32_t> Predecessors::unreached(std::vector<std::uint32_t> sought) {
    std::sort(sought.begin(), sought.end());
    sought.erase(std::unique(sought.begin(), sought.end()), sought.end());
    if (sought.empty()) return sought;
    ++searches_;
    std::size_t left = sought.size();
    std::vector<std::uint32_t> open;
    const auto visit = [&](std::span<const std::uint32_t> tasks) {
        for (const std::uint32_t task : tasks) {
            if (task < sought.front() || visited_[task] == searches_) continue;
            visited_[task] = searches_;
            open.push_back(task);
            if (std::binary_search(sought.begin(), sought.end(), task)) --left;
        }
    };
    visit(current());
    while (!open.empty() && left > 0) {
        const std::uint32_t task = open.back();
        open.pop_back();
        visit(std::span(predecessors_).subspan(first_[task], first_[task + 1] - first_[task]));
    }
    std::erase_if(sought, [&](std::uint32_t task) { return visited_[task] == searches_; });
    return sought;
}

}  // namespace weir::analysis
