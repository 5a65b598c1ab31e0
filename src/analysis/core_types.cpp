// SPDX-License-Identifier: Apache-2.0
#include "analysis/core_types.hpp"

#include <algorithm>

namespace weir::analysis {

std::uint32_t CoreTypes::number_of(const std::string& name) {
    const auto place =
        static_cast<std::size_t>(std::find(names_.begin(), names_.end(), name) - names_.begin());
    if (place == names_.size()) names_.push_back(name);
    return static_cast<std::uint32_t>(place);
}

CoreTypes::CoreTypes(const Swimlane& lane, const RecordedRun* run) {
    if (run != nullptr)
        for (const RecordedCore& core : run->cores) cores_.emplace(core.index, number_of(core.type));
    for (const KernelName& kernel : lane.kernels)
        kernels_.push_back(kernel.core_type.empty() ? kNone : number_of(kernel.core_type));
    if (names_.empty()) number_of("cpu");
    for (const Execution& row : lane.executions)
        if (row.core != kNone && row.ran()) cores_.emplace(row.core, of(row));
    counts_.resize(names_.size());
    for (const auto& [core, type] : cores_) ++counts_[type];
}

std::uint32_t CoreTypes::of(const Execution& row) const {
    if (const auto core = cores_.find(row.core); core != cores_.end()) return core->second;
    return row.kernel != kNone && kernels_[row.kernel] != kNone ? kernels_[row.kernel] : 0;
}

}  // namespace weir::analysis
