// SPDX-License-Identifier: Apache-2.0
#include "analysis/run_comparison.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace weir::analysis {

namespace {

constexpr std::uint64_t kFewestForVariance = 5;
constexpr double kStandardErrors = 3;
constexpr double kLeastShareOfMean = 0.02;
constexpr double kShareOfSingle = 0.05;

double single_noise(double before) {
    return std::max(kShareOfSingle * std::abs(before), static_cast<double>(kPicosecondsPerMicrosecond));
}

void add_single(RunComparison& result, const std::string& what, double before, double after) {
    result.differences.push_back({what, before, after, single_noise(before)});
}

void add_mean(RunComparison& result, const std::string& what, const Distribution& before,
              const Distribution& after) {
    if (before.count == 0 || after.count == 0) return;
    double noise = single_noise(before.mean);
    if (std::min(before.count, after.count) >= kFewestForVariance) {
        const double error = std::sqrt(before.variance / static_cast<double>(before.count) +
                                       after.variance / static_cast<double>(after.count));
        noise = std::max(kStandardErrors * error, kLeastShareOfMean * before.mean);
    }
    result.differences.push_back({what, before.mean, after.mean, noise});
}

const KernelStatistics* find(const std::vector<KernelStatistics>& kernels, const KernelStatistics& like) {
    const auto found = std::find_if(kernels.begin(), kernels.end(), [&](const KernelStatistics& kernel) {
        return kernel.name == like.name && kernel.core_type == like.core_type;
    });
    return found == kernels.end() ? nullptr : &*found;
}

void compare_kernels(const RunAnalysis& first, const RunAnalysis& second, RunComparison& result) {
    for (const KernelStatistics& before : first.kernels) {
        const KernelStatistics* after = find(second.kernels, before);
        if (after == nullptr) {
            result.kernels_on_one_side.push_back({before.name, true});
            continue;
        }
        const std::string kernel = fmt::format("kernel {}, ", before.name);
        add_single(result, kernel + "total work", before.work.total, after->work.total);
        add_mean(result, kernel + "mean work", before.work, after->work);
        add_mean(result, kernel + "mean wait from ready to start", before.wait, after->wait);
        add_mean(result, kernel + "mean from end to observed", before.observe, after->observe);
    }
    for (const KernelStatistics& after : second.kernels)
        if (find(first.kernels, after) == nullptr) result.kernels_on_one_side.push_back({after.name, false});
}

void compare_lanes(const RunAnalysis& first, const RunAnalysis& second, RunComparison& result) {
    const auto single = [&](const char* what, Time before, Time after) {
        add_single(result, what, static_cast<double>(before), static_cast<double>(after));
    };
    single("critical path, compute", first.path.compute, second.path.compute);
    single("critical path, scheduling", first.path.scheduling, second.path.scheduling);
    single("critical path, waiting for memory", first.path.memory, second.path.memory);
    for (const SchedulingOverhead::OfType& before : first.overhead.types)
        for (const SchedulingOverhead::OfType& after : second.overhead.types)
            if (before.type == after.type)
                add_single(result, fmt::format("scheduling overhead, {}", before.type),
                           static_cast<double>(before.time), static_cast<double>(after.time));
    compare_kernels(first, second, result);
}

}  // namespace

RunComparison compare(const RunAnalysis& first, const RunAnalysis& second) {
    RunComparison result;
    const auto makespan = [](const RunAnalysis& run) {
        return static_cast<double>(run.has_swimlane ? run.overhead.makespan : run.run->makespan);
    };
    add_single(result, "makespan", makespan(first), makespan(second));
    if (first.has_swimlane && second.has_swimlane) compare_lanes(first, second, result);
    return result;
}

}  // namespace weir::analysis
