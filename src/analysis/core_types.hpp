// SPDX-License-Identifier: Apache-2.0
/// Which kinds of cores a run had, and which of them each execution needed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analysis/recording.hpp"

namespace weir::analysis {

class CoreTypes {
public:
    /// `run` may be null. An execution needs the type of the core it ran on; where that is not recorded, that
    /// of its kernel; else "cpu". A core of no known type is of the type of what first ran on it.
    CoreTypes(const Swimlane& lane, const RecordedRun* run);

    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
    [[nodiscard]] std::uint32_t of(const Execution& row) const;
    /// Cores of a type, those included on which nothing ran.
    [[nodiscard]] std::int64_t cores(std::uint32_t type) const { return counts_[type]; }
    /// Type of a core on which something ran.
    [[nodiscard]] std::uint32_t of_core(std::uint32_t core) const { return cores_.at(core); }

private:
    std::uint32_t number_of(const std::string& name);

    std::vector<std::string> names_;
    std::map<std::uint32_t, std::uint32_t> cores_;  // type by core
    std::vector<std::uint32_t> kernels_;            // type by kernel, or kNone
    std::vector<std::int64_t> counts_;
};

}  // namespace weir::analysis
