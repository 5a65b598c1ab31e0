// SPDX-License-Identifier: Apache-2.0
/// Two recordings side by side: what changed beyond noise.
///
/// Kernels are held against each other by name and core type; what is left of one name, if it is one on each
/// side, by name: of a run on the cpu platform and one on a chip the types have nothing in common.
///
/// Noise of a mean over executions: three standard errors of the difference, each run's being its variance by
/// its count, and at least 2 % of the first mean. With fewer than five executions on one side there is
/// nothing to estimate it from; then, and for values that a run has one of (makespan, overhead, what the
/// critical path is made of, total work), it is 5 % of the first value, and at least one microsecond.
#pragma once

#include <string>
#include <vector>

#include "analysis/run_analysis.hpp"

namespace weir::analysis {

struct Difference {
    std::string what;   ///< "makespan", "kernel add, mean work"
    double before = 0;  ///< picoseconds
    double after = 0;
    double noise = 0;  ///< what a difference may be without meaning anything
    [[nodiscard]] bool beyond_noise() const noexcept {
        return after > before + noise || after < before - noise;
    }
};

struct KernelOnOneSide {
    std::string name;
    std::string core_type;
    bool in_first;
};

struct RunComparison {
    std::vector<Difference> differences;
    std::vector<KernelOnOneSide> kernels_on_one_side;
};

RunComparison compare(const RunAnalysis& first, const RunAnalysis& second);

}  // namespace weir::analysis
