// SPDX-License-Identifier: Apache-2.0
#include "analysis/report_advice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <tuple>

#include "analysis/scheduling_overhead.hpp"
#include "analysis/time_text.hpp"

namespace weir::analysis {
namespace {

/// A kernel's advice says what it would be if it took so much of its time.
constexpr double kFaster = 0.8;
constexpr std::size_t kMostKernels = 8;
/// So many of the advices are about kernels.
constexpr std::size_t kMostOfKernels = 2;

/// "29.9 ms".
std::string duration(double picoseconds) {
    constexpr struct {
        double least;
        double unit;
        const char* name;
    } kUnits[] = {{1e12, 1e12, "s"}, {1e9, 1e9, "ms"}, {1e6, 1e6, "\u00b5s"}, {0, 1e3, "ns"}};
    for (const auto& unit : kUnits)
        if (picoseconds >= unit.least * 0.9995) {
            const double value = picoseconds / unit.unit;
            const int digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
            return fmt::format("{:.{}f} {}", value, digits, unit.name);
        }
    return "0";
}
std::string duration(Time time) { return duration(static_cast<double>(time)); }

/// Where submits were held back for one resource of one ring.
struct Shortage {
    std::string resource;
    std::uint32_t ring = kNone;
    std::string site;  ///< where it was longest; empty: not known
    std::uint64_t times = 0;
    Time sum = 0;
};

/// The one with the longest sum. From the orchestrator's profile, else from the instants.
Shortage worst_shortage(const RecordedRun* run, const Swimlane& lane) {
    struct Sums {
        Shortage all;
        std::map<std::string, Time> sites;
    };
    std::map<std::pair<std::string, std::uint32_t>, Sums> shortages;
    const auto add = [&](const std::string& resource, std::uint32_t ring, const std::string& site,
                         std::uint64_t times, Time sum) {
        Sums& sums = shortages[{resource, ring}];
        sums.all.resource = resource;
        sums.all.ring = ring;
        sums.all.times += times;
        sums.all.sum += sum;
        sums.sites[site] += sum;
    };
    if (run != nullptr && run->orchestrator && !run->orchestrator->held_back.empty()) {
        for (const HeldBackSite& site : run->orchestrator->held_back)
            add(site.resource, site.ring, site.site, site.times, site.held_back);
    } else {
        for (const Instant& instant : lane.instants)
            if (!instant.resource.empty() && known(instant.duration))
                add(instant.resource, instant.ring, instant.site == kNone ? "" : lane.sites[instant.site], 1,
                    instant.duration);
    }
    Sums worst;
    for (const auto& [key, sums] : shortages)
        if (sums.all.sum > worst.all.sum) worst = sums;
    Time longest = -1;
    for (const auto& [site, sum] : worst.sites)
        if (sum > longest) std::tie(worst.all.site, longest) = std::pair(site, sum);
    return worst.all;
}

/// "ring_heap" or "heap": index into kOccupancies; that many when it is none of them.
std::size_t occupancy_of(const std::string& resource) {
    for (std::size_t i = 0; i < kOccupancies.size(); ++i)
        if (resource == kOccupancies[i] || resource == std::string("ring_") + kOccupancies[i] ||
            resource == std::string(kOccupancies[i]) + "_pool")
            return i;
    return kOccupancies.size();
}

std::string resource_name(const std::string& resource) {
    constexpr std::array<const char*, kOccupancies.size()> kNames = {
        "task window", "consumed window", "payload", "heap", "dependency pool", "TensorMap"};
    const std::size_t occupancy = occupancy_of(resource);
    return occupancy < kNames.size() ? kNames[occupancy] : resource;
}

/// The option that doubles what was short; 0 leaves a ring as it is.
std::string twice_the_size(const RecordedRun* run, const Shortage& shortage) {
    const std::size_t occupancy = occupancy_of(shortage.resource);
    if (run == nullptr || !run->capacities || occupancy == kOccupancies.size()) return "";
    const OfRings& sizes = (*run->capacities)[occupancy];
    if (std::string_view(kOccupancies[occupancy]) == "tensormap")
        return fmt::format("--tensormap-pool {}", 2 * sizes[0]);
    if (shortage.ring == kNone) return "";
    OfRings values{};
    values[shortage.ring] = 2 * sizes[shortage.ring];
    std::string option = kOccupancies[occupancy];
    std::replace(option.begin(), option.end(), '_', '-');
    return fmt::format("--ring-{} {}", option, fmt::join(values, ","));
}

constexpr std::string_view kLargerTasks = "Fewer, larger tasks";

class Adviser {
public:
    explicit Adviser(const AdviceInput& input)
        : input_(input), makespan_(makespan_of(input.lane, input.run)) {}

    std::vector<Advice> all() {
        if (makespan_ == 0) return {};
        add_kernels();
        add_scheduling();
        add_memory();
        sort();
        add_idle();
        if (advices_.size() > kMostAdvices) advices_.resize(kMostAdvices);
        return advices_;
    }

private:
    /// What the run would take; adds the advice when that is worth it.
    void add(const WhatIf& change, const auto& make) {
        const double changed = input_.schedule.makespan_if(change);
        Advice advice = make(changed);
        advice.gain = std::llround(static_cast<double>(makespan_) - changed);
        if (static_cast<double>(advice.gain) >= kLeastGain * static_cast<double>(makespan_))
            advices_.push_back(std::move(advice));
    }
    [[nodiscard]] std::string instead(double changed) const {
        return fmt::format("the run would take {} instead of {}", duration(changed), duration(makespan_));
    }

    /// Those of the longest kernels that gain most.
    void add_kernels() {
        double total = 0;
        for (const KernelStatistics& kernel : input_.kernels) total += kernel.work.total;
        const auto& names = input_.lane.kernels;
        for (std::size_t i = 0; i < std::min(kMostKernels, input_.kernels.size()); ++i) {
            const KernelStatistics& kernel = input_.kernels[i];
            const auto found = std::find_if(names.begin(), names.end(), [&](const KernelName& name) {
                return name.name == kernel.name && name.core_type == kernel.core_type;
            });
            if (found == names.end()) continue;
            WhatIf change;
            change.kernel = static_cast<std::uint32_t>(found - names.begin());
            change.factor = kFaster;
            add(change, [&](double changed) {
                Advice advice;
                advice.title = fmt::format("Make {} faster", kernel.name);
                advice.text = fmt::format(
                    "{} has {} of the time in kernels, {} a run. If it were 20 % faster, {}.", kernel.name,
                    percent_text(kernel.work.total, total), duration(kernel.work.mean), instead(changed));
                advice.section = "kernels";
                advice.search = kernel.name;
                return advice;
            });
        }
        keep_best_kernels();
    }
    void keep_best_kernels() {
        sort();
        if (advices_.size() > kMostOfKernels) advices_.resize(kMostOfKernels);
    }
    void sort() {
        std::stable_sort(advices_.begin(), advices_.end(),
                         [](const Advice& a, const Advice& b) { return a.gain > b.gain; });
    }

    void add_scheduling() {
        WhatIf change;
        change.scheduling_free = true;
        add(change, [&](double changed) {
            const CriticalPath path = input_.schedule.critical_path();
            Advice advice;
            advice.title = kLargerTasks;
            advice.text = fmt::format(
                "Submitting and scheduling tasks is {} of the critical path. If it took no time, {}. Larger "
                "tiles "
                "mean fewer tasks.",
                percent_text(static_cast<double>(path.scheduling), static_cast<double>(path.makespan)),
                instead(changed));
            advice.section = "timeline";
            return advice;
        });
    }

    void add_memory() {
        WhatIf change;
        change.rings_unbounded = true;
        add(change, [&](double changed) {
            const Shortage shortage = worst_shortage(input_.run, input_.lane);
            Advice advice;
            const std::string where = shortage.ring == kNone ? "" : fmt::format(" of ring {}", shortage.ring);
            const std::string name = resource_name(shortage.resource);
            advice.title = name.empty() ? "Enlarge the rings" : fmt::format("Enlarge the {}{}", name, where);
            advice.text = fmt::format(
                "The program was held back {} times for it, {} in all{}. If no ring held it "
                "back, {}.",
                shortage.times, duration(shortage.sum),
                shortage.site.empty() ? "" : ", most at " + shortage.site, instead(changed));
            advice.paste = twice_the_size(input_.run, shortage);
            if (!advice.paste.empty()) advice.text += " Twice the size, to try:";
            advice.section = "memory";
            return advice;
        });
    }

    void add_idle() {
        if (input_.core_times.empty()) return;
        const CoreTime& all = input_.core_times.front();
        const auto share = [&](Time part) {
            return static_cast<double>(part) / static_cast<double>(all.sum());
        };
        if (all.sum() == 0 || share(all.idle) < kLeastIdle) return;
        // One advice does not speak against another.
        const bool larger_asked = std::any_of(advices_.begin(), advices_.end(),
                                              [](const Advice& each) { return each.title == kLargerTasks; });
        Advice advice;
        advice.title = "More tasks at once";
        advice.text = fmt::format(
            "For {} of their time cores were idle and no task was ready: on average {:.1f} of {} ran a "
            "kernel. {} let more tasks run at the same time.",
            percent_text(static_cast<double>(all.idle), static_cast<double>(all.sum())),
            share(all.running) * static_cast<double>(all.cores), all.cores,
            larger_asked ? "Fewer dependencies" : "Smaller tiles, or fewer dependencies,");
        advice.section = "timeline";
        advices_.push_back(std::move(advice));
    }

    const AdviceInput& input_;
    Time makespan_;
    std::vector<Advice> advices_;
};

}  // namespace

std::vector<Advice> advise(const AdviceInput& input) { return Adviser(input).all(); }

}  // namespace weir::analysis
