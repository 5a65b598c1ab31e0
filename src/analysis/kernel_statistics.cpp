// SPDX-License-Identifier: Apache-2.0
#include "analysis/kernel_statistics.hpp"

#include <algorithm>

namespace weir::analysis {

namespace {

/// Nearest rank, by moving it to its place.
Time percentile(std::vector<Time>& durations, std::uint64_t percent) {
    const std::size_t rank = (durations.size() * percent + 99) / 100;
    const auto place = durations.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
    std::nth_element(durations.begin(), place, durations.end());
    return *place;
}

void add(std::vector<Time>& durations, Time duration) {
    if (known(duration)) durations.push_back(duration);
}

}  // namespace

Distribution distribution_of(std::vector<Time>& durations) {
    Distribution result;
    result.count = durations.size();
    if (durations.empty()) return result;
    result.min = durations.front();
    for (const Time duration : durations) {
        result.total += static_cast<double>(duration);
        result.min = std::min(result.min, duration);
        result.max = std::max(result.max, duration);
    }
    const auto count = static_cast<double>(result.count);
    result.mean = result.total / count;
    double squares = 0;
    for (const Time duration : durations) {
        const double off = static_cast<double>(duration) - result.mean;
        squares += off * off;
    }
    if (result.count > 1) result.variance = squares / (count - 1);
    result.p50 = percentile(durations, 50);
    result.p99 = percentile(durations, 99);
    return result;
}

std::vector<KernelStatistics> kernel_statistics(const Swimlane& lane) {
    struct Samples {
        std::vector<Time> work;
        std::vector<Time> wait;
        std::vector<Time> observe;
    };
    std::vector<Samples> samples(lane.kernels.size() + 1);
    for (const Execution& row : lane.executions) {
        if (!row.ran() || row.worked_nowhere()) continue;
        Samples& of = samples[row.kernel == kNone ? lane.kernels.size() : row.kernel];
        if (row.resumed && !of.work.empty()) {  // the stretch before it stands last
            of.work.back() += between(row.start, row.end);
            add(of.observe, between(row.end, row.observed));
            continue;
        }
        add(of.work, between(row.start, row.end));
        add(of.wait, between(row.ready, row.start));
        add(of.observe, between(row.end, row.observed));
    }
    std::vector<KernelStatistics> all;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        if (samples[i].work.empty()) continue;
        const KernelName kernel =
            i < lane.kernels.size() ? lane.kernels[i] : KernelName{"unknown kernel", std::string()};
        all.push_back({kernel.name, kernel.core_type, distribution_of(samples[i].work),
                       distribution_of(samples[i].wait), distribution_of(samples[i].observe)});
    }
    std::stable_sort(all.begin(), all.end(), [](const KernelStatistics& one, const KernelStatistics& other) {
        return one.work.total > other.work.total;
    });
    return all;
}

}  // namespace weir::analysis
