// SPDX-License-Identifier: Apache-2.0
#include "analysis/trace.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "analysis/load.hpp"
#include "analysis/name_lists.hpp"

namespace weir::analysis {

namespace {

Time lowest_time(const Swimlane& lane) {
    Time lowest = 0;
    const auto take = [&](Time time) {
        if (known(time)) lowest = std::min(lowest, time);
    };
    for (const Execution& row : lane.executions) {
        take(row.ready);
        take(row.dispatched);
        take(row.start);
    }
    for (const Phase& phase : lane.phases) take(phase.begin);
    for (const Counter& counter : lane.counters) take(counter.time);
    for (const Instant& instant : lane.instants) take(instant.time);
    return lowest;
}

class TraceMaker {
public:
    TraceMaker(const Swimlane& lane, const RecordedRun* run)
        : lane_(lane), run_(run), origin_(lowest_time(lane)) {}

    Trace make(const Deps* deps);

private:
    [[nodiscard]] std::int64_t nanoseconds(Time time) const {
        return (time - origin_) / kPicosecondsPerNanosecond;
    }
    void add_cores();
    void add_threads();
    void add_load();
    void add_occupancy();
    /// Slices and instants to as many tracks as it takes.
    void add_tracks(const std::string& name, std::vector<TraceEvent> events);
    void add_counter(const std::string& name, const std::vector<Step>& steps);
    void add_arrows(const Deps& deps);
    [[nodiscard]] std::string core_name(std::uint32_t core) const;
    [[nodiscard]] std::string thread_name(std::uint32_t thread) const;
    [[nodiscard]] std::string instant_name(const Instant& instant) const;

    const Swimlane& lane_;
    const RecordedRun* run_;
    Time origin_;
    Trace trace_;
    NameIndex name_{trace_.names};
};

std::string TraceMaker::core_name(std::uint32_t core) const {
    if (core == kNone) return "no core";
    if (run_ != nullptr)
        for (const RecordedCore& known_core : run_->cores)
            if (known_core.index == core) return fmt::format("core {} ({})", core, known_core.type);
    return fmt::format("core {}", core);
}

std::string TraceMaker::thread_name(std::uint32_t thread) const {
    if (thread == kNone) return "run";
    if (run_ != nullptr)
        for (const RecordedThread& known_thread : run_->threads)
            if (known_thread.index == thread) return fmt::format("thread {} ({})", thread, known_thread.role);
    return fmt::format("thread {}", thread);
}

std::string TraceMaker::instant_name(const Instant& instant) const {
    std::string name = lane_.instant_names[instant.what];
    std::replace(name.begin(), name.end(), '_', ' ');
    return instant.resource.empty() ? name : fmt::format("{}: {}", name, instant.resource);
}

void TraceMaker::add_tracks(const std::string& name, std::vector<TraceEvent> events) {
    std::stable_sort(events.begin(), events.end(),
                     [](const TraceEvent& one, const TraceEvent& other) { return one.begin < other.begin; });
    const std::size_t first = trace_.tracks.size();
    trace_.tracks.push_back({name, false, {}});
    std::vector<std::int64_t> ends = {0};
    for (const TraceEvent& event : events) {
        std::size_t track = 0;
        if (event.instant == kNone) {
            while (track < ends.size() && ends[track] > event.begin) ++track;
            if (track == ends.size()) {
                ends.push_back(0);
                trace_.tracks.push_back({fmt::format("{}, {}", name, track + 1), false, {}});
            }
            ends[track] = event.end;
        }
        trace_.tracks[first + track].events.push_back(event);
    }
}

void TraceMaker::add_cores() {
    std::map<std::uint32_t, std::vector<TraceEvent>> work;
    std::map<std::uint32_t, std::vector<TraceEvent>> staged;
    if (run_ != nullptr)
        for (const RecordedCore& core : run_->cores) work[core.index];
    for (std::size_t i = 0; i < lane_.executions.size(); ++i) {
        const Execution& row = lane_.executions[i];
        if (!row.ran()) continue;
        const std::uint32_t name =
            name_(row.kernel == kNone ? "unknown kernel" : lane_.kernels[row.kernel].name);
        TraceEvent event;
        event.name = name;
        event.execution = static_cast<std::uint32_t>(i);
        event.begin = nanoseconds(row.start);
        event.end = nanoseconds(row.end);
        work[row.core].push_back(event);
        if (!known(row.dispatched) || nanoseconds(row.dispatched) >= event.begin) continue;
        TraceEvent before;
        before.name = name;
        before.begin = nanoseconds(row.dispatched);
        before.end = event.begin;
        staged[row.core].push_back(before);
    }
    for (auto& [core, events] : work) {
        add_tracks(core_name(core), std::move(events));
        if (const auto found = staged.find(core); found != staged.end())
            add_tracks(core_name(core) + ", staged", std::move(found->second));
    }
}

void TraceMaker::add_threads() {
    std::map<std::uint32_t, std::vector<TraceEvent>> threads;
    if (run_ != nullptr)
        for (const RecordedThread& thread : run_->threads) threads[thread.index];
    for (const Phase& phase : lane_.phases) {
        TraceEvent event;
        event.name = name_(lane_.phase_names[phase.name]);
        event.begin = nanoseconds(phase.begin);
        event.end = nanoseconds(phase.end);
        threads[phase.thread].push_back(event);
    }
    for (std::size_t i = 0; i < lane_.instants.size(); ++i) {
        TraceEvent event;
        event.name = name_(instant_name(lane_.instants[i]));
        event.begin = event.end = nanoseconds(lane_.instants[i].time);
        event.instant = static_cast<std::uint32_t>(i);
        threads[lane_.instants[i].thread].push_back(event);
    }
    for (auto& [thread, events] : threads) add_tracks(thread_name(thread), std::move(events));
}

void TraceMaker::add_counter(const std::string& name, const std::vector<Step>& steps) {
    TraceTrack track{name, true, {}};
    for (const Step& step : steps) {
        TraceEvent event;
        event.begin = event.end = nanoseconds(step.time);
        event.value = step.value;
        if (!track.events.empty() && track.events.back().begin == event.begin)
            track.events.back() = event;
        else
            track.events.push_back(event);
    }
    trace_.tracks.push_back(std::move(track));
}

void TraceMaker::add_load() {
    add_counter("ready tasks", ready_tasks(lane_));
    add_counter("idle cores", idle_cores(lane_, run_));
    const CoreTypes types(lane_, run_);
    const auto count = static_cast<std::uint32_t>(types.names().size());
    for (std::uint32_t type = 0; count > 1 && type < count; ++type) {
        const std::string& name = types.names()[type];
        const OfType of{&types, type};
        if (const auto steps = ready_tasks(lane_, of); !steps.empty())
            add_counter(fmt::format("ready tasks ({})", name), steps);
        if (const auto steps = idle_cores(lane_, run_, of); !steps.empty())
            add_counter(fmt::format("idle cores ({})", name), steps);
    }
}

void TraceMaker::add_occupancy() {
    for (std::size_t i = 0; i < kOccupancies.size(); ++i) {
        const bool of_all = std::string_view(kOccupancies[i]) == "tensormap";
        for (std::uint32_t ring = 0; ring < (of_all ? 1U : static_cast<std::uint32_t>(kRings)); ++ring) {
            std::vector<Step> steps;
            for (const Counter& counter : lane_.counters)
                if (of_all || counter.ring == ring)
                    steps.push_back({counter.time, static_cast<std::int64_t>(counter.used[i])});
            std::stable_sort(steps.begin(), steps.end(),
                             [](const Step& one, const Step& other) { return one.time < other.time; });
            if (!steps.empty())
                add_counter(of_all ? kOccupancies[i] : fmt::format("ring {} {}", ring, kOccupancies[i]),
                            steps);
        }
    }
}

void TraceMaker::add_arrows(const Deps& deps) {
    const TaskTable table(lane_, &deps);
    const auto ran = [&](const TaskSpan& task) { return known(task.start) && known(task.end); };
    std::vector<Adjacency::Pair> out;
    std::vector<Adjacency::Pair> in;
    for (std::size_t i = 0; i < table.tasks().size(); ++i) {
        const TaskSpan& consumer = table.tasks()[i];
        if (!ran(consumer)) continue;
        const auto rows = table.executions(consumer);
        const auto to = std::min_element(rows.begin(), rows.end(), [](const auto& one, const auto& other) {
            return one.start < other.start;
        });
        for (const std::uint32_t number : table.producers(i)) {
            const TaskSpan& producer = table.tasks()[number];
            if (!ran(producer)) continue;
            const auto before = table.executions(producer);
            const auto from =
                std::max_element(before.begin(), before.end(),
                                 [](const auto& one, const auto& other) { return one.end < other.end; });
            const std::uint32_t arrow = trace_.arrows++;
            out.push_back({producer.first + static_cast<std::uint32_t>(from - before.begin()), arrow});
            in.push_back({consumer.first + static_cast<std::uint32_t>(to - rows.begin()), arrow});
        }
    }
    trace_.arrows_out = Adjacency(lane_.executions.size(), out);
    trace_.arrows_in = Adjacency(lane_.executions.size(), in);
}

Trace TraceMaker::make(const Deps* deps) {
    trace_.title = run_ != nullptr && !run_->program.empty() ? "weir " + run_->program : "weir";
    trace_.arrows_out = trace_.arrows_in = Adjacency(lane_.executions.size(), {});
    add_cores();
    add_threads();
    add_load();
    add_occupancy();
    if (deps != nullptr) add_arrows(*deps);
    return std::move(trace_);
}

}  // namespace

Trace make_trace(const Swimlane& lane, const RecordedRun* run, const Deps* deps) {
    return TraceMaker(lane, run).make(deps);
}

}  // namespace weir::analysis
