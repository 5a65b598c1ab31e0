// SPDX-License-Identifier: Apache-2.0
#include "analysis/program_thread.hpp"

#include <algorithm>
#include <string_view>

namespace weir::analysis {

namespace {

using Span = ProgramThread::Span;

bool is_held_back(const std::vector<std::string>& names, std::uint32_t name) {
    return std::string_view(names[name]) == "held_back";
}

bool earlier(const Span& one, const Span& other) { return one.begin < other.begin; }

/// Cuts off what lies before the run's start or in the spans before; drops what is empty then.
std::vector<Span> apart(std::vector<Span> spans) {
    std::sort(spans.begin(), spans.end(), earlier);
    std::vector<Span> result;
    Time until = 0;
    for (Span span : spans) {
        span.begin = std::max(span.begin, until);
        if (span.end <= span.begin) continue;
        result.push_back(span);
        until = span.end;
    }
    return result;
}

}  // namespace

ProgramThread::ProgramThread(const Swimlane& lane, const RecordedRun* run) {
    if (run != nullptr)
        for (const RecordedThread& thread : run->threads)
            if (thread.role == "orchestrator") thread_ = thread.index;
    add_kernels(lane, run);
    add_held_back(lane);
}

void ProgramThread::add_kernels(const Swimlane& lane, const RecordedRun* run) {
    // The cores of a chip run kernels, its control threads none.
    if (run != nullptr && !run->cores.empty() && run->cores.front().type != "cpu") return;
    std::vector<Span> spans;
    for (const Execution& row : lane.executions)
        if (row.ran() && row.thread == thread_) spans.push_back({row.start, row.end, false, row.kernel});
    spans_ = apart(std::move(spans));
}

/// Being held back fills what is left between kernels.
void ProgramThread::add_held_back(const Swimlane& lane) {
    std::vector<Span> stretches;
    for (const Instant& instant : lane.instants)
        if (is_held_back(lane.instant_names, instant.what) && known(instant.duration))
            stretches.push_back({instant.time, instant.time + instant.duration, true, kNone});
    if (stretches.empty())
        for (const Phase& phase : lane.phases)
            if (is_held_back(lane.phase_names, phase.name))
                stretches.push_back({phase.begin, phase.end, true, kNone});
    stretches = apart(std::move(stretches));
    const std::vector<Span> kernels = spans_;
    std::size_t next = 0;
    for (Span stretch : stretches) {
        while (next < kernels.size() && kernels[next].end <= stretch.begin) ++next;
        for (std::size_t i = next; i < kernels.size() && kernels[i].begin < stretch.end; ++i) {
            if (kernels[i].begin > stretch.begin)
                spans_.push_back({stretch.begin, kernels[i].begin, true, kNone});
            stretch.begin = kernels[i].end;
        }
        if (stretch.begin < stretch.end) spans_.push_back(stretch);
    }
    std::sort(spans_.begin(), spans_.end(), earlier);
}

ProgramThread::Split ProgramThread::up_to(Time until) const {
    Split split;
    for (const Span& span : spans_) {
        if (span.begin >= until) break;
        const Time time = std::min(span.end, until) - span.begin;
        (span.held_back ? split.memory : split.compute) += time;
        split.kernels += !span.held_back && span.end <= until ? 1 : 0;
    }
    split.submit = std::max<Time>(until, 0) - split.memory - split.compute;
    return split;
}

ChangedClock::ChangedClock(const ProgramThread& thread, const WhatIf& change)
    : spans_(thread.spans()), change_(change) {
    Time before = 0;
    double now = 0;
    at_end_.reserve(spans_.size());
    for (const Span& span : spans_) {
        if (!change_.scheduling_free) now += static_cast<double>(span.begin - before);
        now += part(span, span.end - span.begin);
        before = span.end;
        at_end_.push_back(now);
    }
}

/// What a stretch of this length at the beginning of the span takes.
double ChangedClock::part(const Span& span, Time length) const {
    if (span.held_back && change_.rings_unbounded) return 0;
    const bool faster = !span.held_back && change_.kernel != kNone && span.kernel == change_.kernel;
    return static_cast<double>(length) * (faster ? change_.factor : 1);
}

double ChangedClock::operator()(Time time) const {
    const auto next = std::upper_bound(spans_.begin(), spans_.end(), time,
                                       [](Time at, const Span& span) { return at < span.begin; });
    const auto index = static_cast<std::size_t>(next - spans_.begin());
    if (index == 0)
        return change_.scheduling_free ? std::min(0.0, static_cast<double>(time)) : static_cast<double>(time);
    const Span& span = spans_[index - 1];
    if (time < span.end)
        return at_end_[index - 1] - part(span, span.end - span.begin) + part(span, time - span.begin);
    return at_end_[index - 1] + (change_.scheduling_free ? 0 : static_cast<double>(time - span.end));
}

}  // namespace weir::analysis
