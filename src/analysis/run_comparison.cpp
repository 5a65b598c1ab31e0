// SPDX-License-Identifier: Apache-2.0
#include "analysis/run_comparison.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

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

using Kernels = std::vector<const KernelStatistics*>;

/// Takes out of `kernels` the only one for which `like` holds; null: there is none, or there are several.
template <class Like>
const KernelStatistics* take_only(Kernels& kernels, const Like& like) {
    const auto found = std::find_if(kernels.begin(), kernels.end(), like);
    if (found == kernels.end() || std::find_if(found + 1, kernels.end(), like) != kernels.end())
        return nullptr;
    const KernelStatistics* const kernel = *found;
    kernels.erase(found);
    return kernel;
}

Kernels pointers_to(const std::vector<KernelStatistics>& kernels) {
    Kernels pointers;
    for (const KernelStatistics& kernel : kernels) pointers.push_back(&kernel);
    return pointers;
}

void compare_kernel(const KernelStatistics& before, const KernelStatistics& after, RunComparison& result) {
    const std::string kernel = fmt::format("kernel {}, ", before.name);
    add_single(result, kernel + "total work", before.work.total, after.work.total);
    add_mean(result, kernel + "mean work", before.work, after.work);
    add_mean(result, kernel + "mean wait from ready to start", before.wait, after.wait);
    add_mean(result, kernel + "mean from end to observed", before.observe, after.observe);
}

void compare_kernels(const RunAnalysis& first, const RunAnalysis& second, RunComparison& result) {
    Kernels before = pointers_to(first.kernels);
    Kernels after = pointers_to(second.kernels);
    for (const bool same_type : {true, false}) {
        Kernels left;
        for (const KernelStatistics* const kernel : before) {
            const auto like = [&](const KernelStatistics* other) {
                return other->name == kernel->name && (!same_type || other->core_type == kernel->core_type);
            };
            const bool one_of_name = same_type || std::count_if(before.begin(), before.end(), like) == 1;
            const KernelStatistics* const found = one_of_name ? take_only(after, like) : nullptr;
            if (found != nullptr)
                compare_kernel(*kernel, *found, result);
            else
                left.push_back(kernel);
        }
        before = std::move(left);
    }
    for (const KernelStatistics* const kernel : before)
        result.kernels_on_one_side.push_back({kernel->name, kernel->core_type, true});
    for (const KernelStatistics* const kernel : after)
        result.kernels_on_one_side.push_back({kernel->name, kernel->core_type, false});
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
