// SPDX-License-Identifier: Apache-2.0
#include "top_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "json/json_text.hpp"
#include "table_text.hpp"
#include "units.hpp"

namespace weir::cli {
namespace {

using analysis::LiveRun;
using analysis::text_of;
using live_page::PageHead;
using live_page::PageRing;
using live_page::PageRun;
using live_page::PageThread;
using live_page::RunState;
using Json = nlohmann::ordered_json;

constexpr std::array<const char*, 3> kStates = {"none", "running", "ended"};
constexpr std::array<const char*, 4> kThreadStates = {"looking", "running", "parked", "program"};
constexpr std::array<const char*, 4> kWaits = {"nothing", "space", "data", "tasks"};
constexpr std::uint64_t kWaitsForSpace = 1;

/// Pages come from other processes: a number that names nothing is named so.
template <std::size_t Count>
const char* name_of(const std::array<const char*, Count>& names, std::uint64_t value) {
    return value < Count ? names[value] : "unknown";
}
const char* resource_name(std::uint64_t value) {
    return value < kResources ? field_of(static_cast<Resource>(value)) : "unknown";
}

std::chrono::nanoseconds between(std::uint64_t from, std::uint64_t to) {
    return std::chrono::nanoseconds(from != 0 && to > from ? to - from : 0);
}

std::string task_text(std::uint64_t word) {
    const detail::TaskRef task(word);
    return fmt::format("{}:{}", task.ring(), task.number());
}

std::string state_text(const PageRun& run) {
    if (run.state == RunState::ended) return fmt::format("ended after {} runs", run.runs);
    if (run.state != RunState::running) return fmt::format("no run goes on, {} have ended", run.runs);
    return fmt::format("run {} goes on since {}", run.runs,
                       duration_text(between(run.began_ns, run.sampled_ns)));
}

std::string wait_text(const PageRun& run) {
    const std::string since = duration_text(between(run.wait_since_ns, run.sampled_ns));
    switch (run.wait) {
        case 0:
            return "goes on";
        case kWaitsForSpace:
            return fmt::format("held back since {} at {}: {} of ring {} is short", since,
                               text_of(run.wait_site), resource_name(run.wait_resource), run.wait_ring);
        case 2:
            return fmt::format("waits since {} for data of a task", since);
        default:
            return fmt::format("waits since {} for all tasks", since);
    }
}

/// Tasks a second between two looks; nothing when there are none.
std::optional<double> rate(const LiveRun& live, const std::optional<LiveRun>& before) {
    if (!before || before->run.runs != live.run.runs) return std::nullopt;
    const auto time = std::chrono::duration<double>(between(before->run.told_ns, live.run.told_ns)).count();
    if (time <= 0 || live.run.completed < before->run.completed) return std::nullopt;
    return static_cast<double>(live.run.completed - before->run.completed) / time;
}

std::string share_of(const PageRing& ring, Resource resource) {
    const auto index = static_cast<std::size_t>(resource);
    if (ring.used[index] == 0) return "-";
    return fmt::format(
        "{} ({})", grouped(ring.used[index]),
        share_text(static_cast<double>(ring.used[index]), static_cast<double>(ring.capacity[index])));
}

std::string rings_text(const PageRun& run) {
    std::vector<std::vector<std::string>> rows = {{"ring", "next task", "released", "consumed", "task window",
                                                   "consumed window", "payload", "heap", "dependencies"}};
    for (std::size_t i = 0; i < run.rings.size(); ++i) {
        const PageRing& ring = run.rings[i];
        rows.push_back({fmt::format("{}", i), grouped(ring.next_number), grouped(ring.first_unreleased),
                        grouped(ring.first_unconsumed)});
        for (const Resource resource : {Resource::task_window, Resource::consumed_window, Resource::payload,
                                        Resource::heap, Resource::dep_pool})
            rows.back().push_back(share_of(ring, resource));
    }
    return table_text(rows);
}

std::string threads_text(const LiveRun& live) {
    std::vector<std::vector<std::string>> rows = {
        {"thread", "state", "tasks", "task", "kernel", "submitted at"}};
    for (std::size_t i = 0; i < live.threads.size(); ++i) {
        const PageThread& thread = live.threads[i];
        rows.push_back({fmt::format("{}", i),
                        name_of(kThreadStates, static_cast<std::uint64_t>(thread.state)),
                        grouped(thread.tasks), thread.task == 0 ? "-" : task_text(thread.task),
                        text_of(thread.kernel), text_of(thread.site)});
    }
    return table_text(rows);
}

Json rings_json(const PageRun& run) {
    Json json = Json::array();
    for (std::size_t i = 0; i < run.rings.size(); ++i) {
        const PageRing& ring = run.rings[i];
        Json row = {{"ring", i},
                    {"next", ring.next_number},
                    {"released_before", ring.first_unreleased},
                    {"consumed_before", ring.first_unconsumed}};
        for (std::size_t resource = 0; resource < kResources; ++resource)
            if (static_cast<Resource>(resource) != Resource::tensormap)
                row[resource_name(resource)] = {{"used", ring.used[resource]},
                                                {"capacity", ring.capacity[resource]}};
        json.push_back(std::move(row));
    }
    return json;
}

}  // namespace

std::string top_text(const PageHead& head, const LiveRun& live, const std::optional<LiveRun>& before) {
    const PageRun& run = live.run;
    const std::string program = text_of(run.program);
    std::string text =
        fmt::format("process {}, weir {}, {}{}: {}\n", head.pid, text_of(head.weir), text_of(head.platform),
                    program.empty() ? "" : ", " + program, state_text(run));
    text += report_line("tasks",
                        fmt::format("{} submitted, {} completed, {} of them in place", grouped(run.submitted),
                                    grouped(run.completed), grouped(run.in_place)));
    if (const auto tasks = rate(live, before)) text += report_line("completed", rate_text(*tasks, "tasks/s"));
    text += report_line("now", fmt::format("{} ready, {} running; threads asleep: {}", grouped(run.ready),
                                           grouped(run.running), grouped(run.parked)));
    text += report_line("program", wait_text(run));
    text += report_line("held back", fmt::format("{} times, {}", grouped(run.times_held_back),
                                                 duration_text(std::chrono::nanoseconds(run.held_back_ns))));
    text += report_line("TensorMap", share_of(run.rings[0], Resource::tensormap));
    text += report_line(
        "told", fmt::format("{} ago, but for threads", duration_text(between(run.told_ns, run.sampled_ns))));
    return text + rings_text(run) + threads_text(live);
}

std::string top_json(const PageHead& head, const LiveRun& live) {
    const PageRun& run = live.run;
    const auto us = [](std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1000; };
    const auto map = static_cast<std::size_t>(Resource::tensormap);
    Json json;
    json["pid"] = head.pid;
    json["weir"] = text_of(head.weir);
    json["platform"] = text_of(head.platform);
    json["program"] = text_of(run.program);
    json["state"] = name_of(kStates, static_cast<std::uint64_t>(run.state));
    json["runs"] = run.runs;
    json["elapsed_us"] = us(between(run.began_ns, run.sampled_ns));
    json["told_us_ago"] = us(between(run.told_ns, run.sampled_ns));
    json["submitted"] = run.submitted;
    json["completed"] = run.completed;
    json["in_place"] = run.in_place;
    json["ready"] = run.ready;
    json["running"] = run.running;
    json["parked"] = run.parked;
    json["waits_for"] = name_of(kWaits, run.wait);
    json["waits_us"] = run.wait == 0 ? 0 : us(between(run.wait_since_ns, run.sampled_ns));
    json["held_back"] = nullptr;
    if (run.wait == kWaitsForSpace)
        json["held_back"] = {{"resource", resource_name(run.wait_resource)},
                             {"ring", run.wait_ring},
                             {"site", text_of(run.wait_site)}};
    json["times_held_back"] = run.times_held_back;
    json["held_back_us"] = static_cast<double>(run.held_back_ns) / 1000;
    json["tensormap_pool"] = {{"used", run.rings[0].used[map]}, {"capacity", run.rings[0].capacity[map]}};
    json["rings"] = rings_json(run);
    json["threads"] = Json::array();
    for (std::size_t i = 0; i < live.threads.size(); ++i) {
        const PageThread& thread = live.threads[i];
        const bool runs = thread.state == live_page::ThreadState::running;
        json["threads"].push_back(
            {{"thread", i},
             {"state", name_of(kThreadStates, static_cast<std::uint64_t>(thread.state))},
             {"tasks", thread.tasks},
             {"task", runs && thread.task != 0 ? Json(task_text(thread.task)) : Json(nullptr)},
             {"kernel", runs ? Json(text_of(thread.kernel)) : Json(nullptr)},
             {"site", runs ? Json(text_of(thread.site)) : Json(nullptr)}});
    }
    return json_text(json) + "\n";
}

std::string progress_text(const LiveRun& live, const std::optional<LiveRun>& before) {
    const PageRun& run = live.run;
    std::string text =
        fmt::format("{} tasks submitted, {} completed", grouped(run.submitted), grouped(run.completed));
    if (const auto tasks = rate(live, before)) text += ", " + rate_text(*tasks, "tasks/s");
    double most = 0;
    std::string fullest;
    for (std::size_t ring = 0; ring < run.rings.size(); ++ring)
        for (std::size_t resource = 0; resource < kResources; ++resource) {
            const auto used = static_cast<double>(run.rings[ring].used[resource]);
            const auto capacity = static_cast<double>(run.rings[ring].capacity[resource]);
            if (capacity <= 0 || used / capacity <= most) continue;
            most = used / capacity;
            fullest = fmt::format("; {} of ring {} is {} full", resource_name(resource), ring,
                                  share_text(used, capacity));
        }
    text += fullest;
    if (run.wait == kWaitsForSpace)
        text +=
            fmt::format("; held back since {}", duration_text(between(run.wait_since_ns, run.sampled_ns)));
    return text;
}

}  // namespace weir::cli
