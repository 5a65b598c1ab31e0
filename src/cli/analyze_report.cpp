// SPDX-License-Identifier: Apache-2.0
#include "analyze_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "analysis/time_text.hpp"
#include "table_text.hpp"
#include "units.hpp"

namespace weir::cli {
namespace {

using namespace analysis;

using Rows = std::vector<std::vector<std::string>>;

/// Links of the chain that are shown at its beginning and at its end.
constexpr std::size_t kShownLinks = 8;

double as_real(Time time) { return static_cast<double>(time); }

std::string head_line(const RunAnalysis& analysis) {
    std::string text = analysis.directory + ":";
    if (analysis.run) {
        const RecordedRun& run = *analysis.run;
        text += fmt::format(" {} on {}, {} threads, {} cores, {} tasks",
                            run.program.empty() ? "a run" : run.program, run.platform, run.threads.size(),
                            run.cores.size(), grouped(run.tasks));
    } else {
        text += fmt::format(" {} tasks", grouped(analysis.tasks));
    }
    const Time makespan = analysis.has_swimlane ? analysis.overhead.makespan : analysis.run->makespan;
    return text + fmt::format(", makespan {} us\n", us_text(makespan));
}

std::string head_text(const RunAnalysis& analysis) {
    std::string text = head_line(analysis);
    for (const std::string& note : analysis.notes) text += report_line("note", note);
    return text;
}

std::string orchestrator_text(const OrchestratorProfile& profile, Time makespan) {
    std::string text =
        fmt::format("orchestrator: {} tasks submitted, times in us\n", grouped(profile.submits));
    Rows rows = {{"step", "total", "a task", "of the makespan"}};
    for (const NamedTime& step : profile.steps) {
        if (!known(step.time)) {
            rows.push_back({step.name, "-", "-", "-"});
            continue;
        }
        const double each =
            profile.submits == 0 ? 0 : as_real(step.time) / static_cast<double>(profile.submits);
        rows.push_back({step.name, us_text(step.time), us_text(each),
                        percent_text(as_real(step.time), as_real(makespan))});
    }
    text += table_text(rows);
    const bool unknown = std::any_of(profile.steps.begin(), profile.steps.end(),
                                     [](const NamedTime& step) { return !known(step.time); });
    if (unknown) text += "  -: recorded from --record-level 3 on\n";
    for (const HeldBackSite& site : profile.held_back)
        text += report_line("held back",
                            fmt::format("{}: {} times, {} us, for {}{}",
                                        site.site.empty() ? "submits without a line" : site.site,
                                        grouped(site.times), us_text(site.held_back), site.resource,
                                        site.ring == kNone ? "" : fmt::format(" of ring {}", site.ring)));
    return text;
}

std::string per(std::uint64_t sum, std::uint64_t count) {
    return count == 0 ? "-" : fmt::format("{:.2f}", static_cast<double>(sum) / static_cast<double>(count));
}

/// What a thread does outside its phases.
const char* rest_of(const RecordedRun& run, std::uint32_t thread) {
    const auto has_role = [&](const RecordedThread& one) {
        return one.index == thread && one.role == "orchestrator";
    };
    const bool submits = std::any_of(run.threads.begin(), run.threads.end(), has_role);
    // The cores of a chip run kernels, its control threads none.
    const bool on_cores = !run.cores.empty() && run.cores.front().type != "cpu";
    if (!submits) return on_cores ? "else" : "kernels";
    return on_cores ? "program and submits" : "kernels, program and submits";
}

std::string scheduler_text(const SchedulerProfile& profile, Time makespan, const char* rest_name) {
    std::string text = fmt::format("thread {}: completed {} tasks in {} us ({} loops, {} tasks/loop)\n",
                                   profile.thread, grouped(profile.completed), us_text(makespan),
                                   grouped(profile.loops), per(profile.completed, profile.loops));
    std::string phases;
    Time rest = makespan;
    for (const NamedTime& phase : profile.phases) {
        if (!known(phase.time)) continue;
        phases += fmt::format("{}{} {}", phases.empty() ? "" : ", ", phase.name,
                              percent_text(as_real(phase.time), as_real(makespan)));
        rest -= phase.time;
    }
    if (rest > 0) phases += fmt::format(", {} {}", rest_name, percent_text(as_real(rest), as_real(makespan)));
    text += report_line("phases", phases);
    text += report_line(
        "pops", fmt::format("{} hit, {} missed", grouped(profile.pops_hit), grouped(profile.pops_missed)));
    text += report_line("fanout walked",
                        fmt::format("{} a task, at most {}", per(profile.fanout.sum, profile.completed),
                                    grouped(profile.fanout.max)));
    text += report_line("fanin walked",
                        fmt::format("{} a task, at most {}", per(profile.fanin.sum, profile.completed),
                                    grouped(profile.fanin.max)));
    return text;
}

std::string kernels_text(const std::vector<KernelStatistics>& kernels) {
    std::string text = "executions by kernel, times in us\n";
    Rows rows = {{"kernel", "count", "total", "mean", "min", "p50", "p99", "max", "ready to start", "p99",
                  "end to observed", "p99"}};
    for (const KernelStatistics& kernel : kernels) {
        const Distribution& work = kernel.work;
        rows.push_back(
            {kernel.core_type.empty() ? kernel.name : fmt::format("{} ({})", kernel.name, kernel.core_type),
             grouped(work.count), us_text(work.total), us_text(work.mean), us_text(work.min),
             us_text(work.p50), us_text(work.p99), us_text(work.max)});
        for (const Distribution* other : {&kernel.wait, &kernel.observe}) {
            rows.back().push_back(other->count == 0 ? "-" : us_text(other->mean));
            rows.back().push_back(other->count == 0 ? "-" : us_text(other->p99));
        }
    }
    return text + table_text(rows);
}

std::string overhead_text(const SchedulingOverhead& overhead) {
    std::string text = "scheduling overhead: a core is idle and a task for it is ready\n";
    Rows rows = {{"core type", "cores", "us", "of the makespan"}};
    const auto share = [&](Time time) { return percent_text(as_real(time), as_real(overhead.makespan)); };
    for (const SchedulingOverhead::OfType& type : overhead.types)
        rows.push_back({type.type, fmt::format("{}", type.cores), us_text(type.time), share(type.time)});
    rows.push_back({"all types at once", "", us_text(overhead.all), share(overhead.all)});
    rows.push_back({"any type", "", us_text(overhead.any), share(overhead.any)});
    return text + table_text(rows);
}

std::string link_text(const CriticalPath::Link& link, const LinkName& name) {
    static constexpr const char* kCauses[] = {"the submit", "a producer", "the core", "a barrier"};
    return fmt::format("  {} {}: {} us of work, {} us after {}\n", name.kernel, name.site,
                       us_text(link.compute), us_text(link.scheduling),
                       kCauses[static_cast<std::size_t>(link.cause)]);
}

std::string path_text(const RunAnalysis& analysis) {
    const CriticalPath& path = analysis.path;
    const auto line = [&](const char* label, Time time, const std::string& more) {
        return report_line(label, fmt::format("{} us ({}){}", us_text(time),
                                              percent_text(as_real(time), as_real(path.makespan)), more));
    };
    std::string text = fmt::format("critical path: {} {}\n", grouped(path.links.size()),
                                   path.links.size() == 1 ? "execution" : "executions");
    text += line("compute", path.compute,
                 path.kernels_on_program_thread == 0
                     ? ""
                     : fmt::format(", with {} kernels that the program's thread ran before",
                                   grouped(path.kernels_on_program_thread)));
    text += line("scheduling", path.scheduling,
                 fmt::format(", of it {} us submitting, {} us behind the last task", us_text(path.submit),
                             us_text(path.behind)));
    text += line("waiting for memory", path.memory, "");
    const std::size_t count = path.links.size();
    for (std::size_t i = 0; i < count; ++i) {
        if (count > 2 * kShownLinks && i == kShownLinks) {
            text += fmt::format("  ... {} more, see --json\n", grouped(count - 2 * kShownLinks));
            i = count - kShownLinks;
        }
        text += link_text(path.links[i], analysis.link_names[i]);
    }
    Rows rows = {{"the makespan would be, if", "us", "change"}};
    for (const Prospect& prospect : analysis.prospects)
        rows.push_back({prospect.change, us_text(prospect.makespan),
                        percent_text(as_real(prospect.makespan - path.makespan), as_real(path.makespan))});
    text += table_text(rows);
    return text;
}

std::string difference_text(const Difference& difference) {
    return fmt::format(
        "  {}: {} -> {} us ({}{}; noise {} us)\n", difference.what, us_text(difference.before),
        us_text(difference.after), difference.before > 0 && difference.after > difference.before ? "+" : "",
        percent_text(difference.after - difference.before, difference.before), us_text(difference.noise));
}

}  // namespace

std::string analysis_text(const RunAnalysis& analysis) {
    std::string text = head_text(analysis);
    if (analysis.run) {
        if (analysis.run->orchestrator)
            text += orchestrator_text(*analysis.run->orchestrator, analysis.run->makespan);
        for (const SchedulerProfile& profile : analysis.run->schedulers)
            text += scheduler_text(profile, analysis.run->makespan, rest_of(*analysis.run, profile.thread));
    }
    if (!analysis.has_swimlane || analysis.executions == 0) return text;
    return text + kernels_text(analysis.kernels) + overhead_text(analysis.overhead) + path_text(analysis);
}

std::string comparison_text(const RunAnalysis& first, const RunAnalysis& second,
                            const RunComparison& comparison) {
    std::string text = fmt::format("{} against {}\n", first.directory, second.directory);
    text += head_line(first) + head_line(second);
    for (const RunAnalysis* run : {&first, &second})
        for (const std::string& note : run->notes)
            text += report_line("note", fmt::format("{}: {}", run->directory, note));
    std::vector<Difference> shown;
    for (const Difference& difference : comparison.differences)
        if (difference.beyond_noise()) shown.push_back(difference);
    std::stable_sort(shown.begin(), shown.end(), [](const Difference& one, const Difference& other) {
        return std::abs(one.after - one.before) > std::abs(other.after - other.before);
    });
    if (shown.empty() && comparison.kernels_on_one_side.empty())
        return text + fmt::format("nothing changed beyond noise; {} values were compared\n",
                                  comparison.differences.size());
    text += "changed beyond noise, times in us\n";
    for (const KernelOnOneSide& kernel : comparison.kernels_on_one_side)
        text += fmt::format("  kernel {} ({}) ran in {} only\n", kernel.name, kernel.core_type,
                            kernel.in_first ? first.directory : second.directory);
    for (const Difference& difference : shown) text += difference_text(difference);
    return text + fmt::format("within noise: {} of {} values\n", comparison.differences.size() - shown.size(),
                              comparison.differences.size());
}

}  // namespace weir::cli
