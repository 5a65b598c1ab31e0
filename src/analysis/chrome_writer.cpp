// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <fmt/format.h>

#include "analysis/trace_writers.hpp"
#include "json/json_text.hpp"

namespace weir::analysis {

namespace {

/// Nanoseconds as microseconds.
std::string us(std::int64_t nanoseconds) {
    return fmt::format("{}.{:03}", nanoseconds / 1000, nanoseconds % 1000);
}

class ChromeWriter {
public:
    ChromeWriter(const Trace& trace, const Swimlane& lane, const WriteBytes& write)
        : trace_(trace), lane_(lane), write_(write) {
        for (const std::string& name : trace.names) names_.push_back(quoted_json(name));
        for (const std::string& site : lane.sites) sites_.push_back(quoted_json(site));
    }
    void write();

private:
    void event(const std::string& text);
    void name_track(std::size_t track);
    void write_track(std::size_t track);
    void write_arrows(const TraceEvent& slice, std::size_t track);
    [[nodiscard]] std::string execution_arguments(std::uint32_t number) const;
    [[nodiscard]] std::string instant_arguments(const Instant& instant) const;

    const Trace& trace_;
    const Swimlane& lane_;
    const WriteBytes& write_;
    std::vector<std::string> names_;  // as JSON
    std::vector<std::string> sites_;
    bool first_ = true;
};

void ChromeWriter::event(const std::string& text) {
    write_(first_ ? "\n" : ",\n");
    write_(text);
    first_ = false;
}

void ChromeWriter::name_track(std::size_t track) {
    const std::string name = quoted_json(trace_.tracks[track].name);
    event(fmt::format(R"({{"ph":"M","pid":1,"tid":{},"name":"thread_name","args":{{"name":{}}}}})", track,
                      name));
    event(
        fmt::format(R"({{"ph":"M","pid":1,"tid":{},"name":"thread_sort_index","args":{{"sort_index":{}}}}})",
                    track, track));
}

std::string ChromeWriter::execution_arguments(std::uint32_t number) const {
    const Execution& row = lane_.executions[number];
    std::string text = fmt::format(R"("ring":{},"id":{})", row.ring, row.id);
    if (row.block != kNone) text += fmt::format(R"(,"block":{})", row.block);
    if (row.slot != kNoSlot) text += fmt::format(R"(,"slot":"{}")", kSlotNames[row.slot]);
    if (row.site != kNone) text += fmt::format(R"(,"site":{})", sites_[row.site]);
    if (const Time wait = between(row.ready, row.start); known(wait))
        text += fmt::format(R"(,"ready to start, us":{})", microseconds(wait));
    return text;
}

std::string ChromeWriter::instant_arguments(const Instant& instant) const {
    std::string text;
    const auto add = [&](const char* name, const std::string& value) {
        text += fmt::format(R"({}"{}":{})", text.empty() ? "" : ",", name, value);
    };
    if (instant.site != kNone) add("site", sites_[instant.site]);
    if (instant.ring != kNone) add("ring", fmt::format("{}", instant.ring));
    if (!instant.resource.empty()) add("resource", quoted_json(instant.resource));
    if (known(instant.duration)) add("duration, us", fmt::format("{}", microseconds(instant.duration)));
    if (instant.events != 0) add("events", fmt::format("{}", instant.events));
    return text;
}

void ChromeWriter::write_arrows(const TraceEvent& slice, std::size_t track) {
    const auto arrow = [&](const char* phase, std::uint32_t number) {
        event(fmt::format(
            R"({{"ph":"{}","pid":1,"tid":{},"ts":{},"id":{},"name":"waits for","cat":"dependency"{}}})",
            phase, track, us(slice.begin), number + 1, *phase == 'f' ? R"(,"bp":"e")" : ""));
    };
    for (const std::uint32_t number : trace_.arrows_out.of(slice.execution)) arrow("s", number);
    for (const std::uint32_t number : trace_.arrows_in.of(slice.execution)) arrow("f", number);
}

void ChromeWriter::write_track(std::size_t track) {
    for (const TraceEvent& entry : trace_.tracks[track].events) {
        if (trace_.tracks[track].counts) {
            event(fmt::format(R"({{"ph":"C","pid":1,"ts":{},"name":{},"args":{{"value":{}}}}})",
                              us(entry.begin), quoted_json(trace_.tracks[track].name), entry.value));
        } else if (entry.instant != kNone) {
            event(fmt::format(R"({{"ph":"i","s":"t","pid":1,"tid":{},"ts":{},"name":{},"args":{{{}}}}})",
                              track, us(entry.begin), names_[entry.name],
                              instant_arguments(lane_.instants[entry.instant])));
        } else {
            const bool work = entry.execution != kNone;
            event(fmt::format(R"({{"ph":"X","pid":1,"tid":{},"ts":{},"dur":{},"name":{},"args":{{{}}}}})",
                              track, us(entry.begin), us(entry.end - entry.begin), names_[entry.name],
                              work ? execution_arguments(entry.execution) : ""));
            if (work) write_arrows(entry, track);
        }
    }
}

void ChromeWriter::write() {
    write_(R"({"displayTimeUnit":"ns","traceEvents":[)");
    event(fmt::format(R"({{"ph":"M","pid":1,"name":"process_name","args":{{"name":{}}}}})",
                      quoted_json(trace_.title)));
    for (std::size_t i = 0; i < trace_.tracks.size(); ++i) {
        if (!trace_.tracks[i].counts) name_track(i);
        write_track(i);
    }
    write_("\n]}\n");
}

}  // namespace

void write_chrome(const Trace& trace, const Swimlane& lane, const WriteBytes& write) {
    ChromeWriter(trace, lane, write).write();
}

}  // namespace weir::analysis
