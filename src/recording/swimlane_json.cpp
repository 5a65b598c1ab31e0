// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <tuple>

#include <fmt/format.h>

#include <weir/resources.hpp>

#include "json/json_text.hpp"
#include "recording/json_rows.hpp"

namespace weir::recording {

namespace {

constexpr const char* kColumns =
    R"("task_columns":["ring","id","kernel","site","scope","thread","core","block","submitted","ready",)"
    R"("dispatched","start","end","observed","released","consumed","slot"])";

void write_time(const RunTables& tables, std::uint64_t ticks, JsonRows& rows) {
    if (ticks == 0)
        rows.raw("null");
    else
        rows.us(tables.ns_of(ticks));
}

void write_task(const RunTables& tables, const TaskRow& task, JsonRows& rows) {
    rows.begin_row();
    rows.number(static_cast<std::uint64_t>(task.ref().ring()));
    rows.number(task.ref().number());
    for (const std::uint32_t index : {tables.kernel_of(task), task.site, task.scope, task.thread, task.core})
        rows.index(index);
    rows.number(task.block);
    for (const std::uint64_t time : {task.submitted, task.ready, task.dispatched, task.start, task.end,
                                     task.observed, task.released, task.consumed})
        write_time(tables, time, rows);
    rows.index(task.slot == kNoSlot ? kNone : task.slot);
    rows.end_row();
}

bool is_before(const TaskRow& one, const TaskRow& other) {
    return std::tuple(one.block, one.slot, one.start) < std::tuple(other.block, other.slot, other.start);
}

void write_task_times(const RunTables& tables, JsonRows& rows) {
    rows.text(",\n");
    rows.text(kColumns);
    rows.begin_table("tasks");
    auto call = tables.calls().begin();
    for (const TaskRow& task : tables.tasks()) {
        // The first that was told of need not be the first.
        const auto more = [&] { return call != tables.calls().end() && call->task == task.task; };
        for (; more() && is_before(*call, task); ++call) write_task(tables, *call, rows);
        write_task(tables, task, rows);
        for (; more(); ++call) write_task(tables, *call, rows);
    }
    rows.end_table();
}

void write_scopes(const RunTables& tables, JsonRows& rows) {
    rows.text(",\n\"scope_columns\":[\"depth\",\"ring\",\"site\",\"parent\",\"begin\",\"end\"]");
    rows.begin_table("scopes");
    for (const ScopeRow& scope : tables.scopes()) {
        rows.begin_row();
        rows.number(scope.depth);
        rows.number(std::min<std::uint32_t>(scope.depth, kRings - 1));
        rows.index(scope.site);
        rows.index(scope.parent);
        write_time(tables, scope.begin, rows);
        write_time(tables, scope.end, rows);
        rows.end_row();
    }
    rows.end_table();
}

void write_phases(const RunTables& tables, JsonRows& rows) {
    rows.text(",\n\"phase_columns\":[\"thread\",\"phase\",\"begin\",\"end\"]");
    rows.begin_table("phases");
    tables.file().for_each_by_thread(
        [&](std::uint32_t thread, Head head, std::span<const std::uint64_t> words) {
            if (head.kind != Kind::phase || head.a >= kPhases || words[0] < tables.origin()) return;
            rows.begin_row();
            rows.number(thread);
            rows.raw(fmt::format("\"{}\"", kPhaseNames[head.a]));
            rows.us(tables.ns_of(words[0]));
            rows.us(tables.ns_of(words[1]));
            rows.end_row();
        });
    rows.end_table();
}

void write_counters(const RunTables& tables, JsonRows& rows) {
    rows.text(
        ",\n\"counter_columns\":[\"time\",\"ring\",\"task_window\",\"consumed_window\",\"payload\",\"heap\","
        "\"dep_pool\",\"tensormap\"]");
    rows.begin_table("counters");
    tables.file().for_each([&](std::uint32_t /*thread*/, Head head, std::span<const std::uint64_t> words) {
        if (head.kind != Kind::occupancy) return;
        constexpr std::uint64_t kLow = 0xffffffffU;
        rows.begin_row();
        rows.us(tables.ns_of(words[0]));
        for (const std::uint64_t value : {std::uint64_t{head.a}, words[1] & kLow, words[1] >> 32U, words[2],
                                          words[3], words[4] & kLow, words[4] >> 32U})
            rows.number(value);
        rows.end_row();
    });
    rows.end_table();
}

std::string detail_of(const RunTables& tables, Head head, std::uint64_t duration) {
    const auto what = static_cast<What>(head.a & 0xffU);
    const auto resource = static_cast<Resource>(std::min<std::size_t>(head.a >> 8U & 0xfU, kResources - 1));
    const unsigned ring = head.a >> 12U;
    const double us = tables.ns_of_duration(duration) / 1000;
    switch (what) {
        case What::held_back:
            return fmt::format("{{\"resource\":\"{}\",\"ring\":{},\"duration_us\":{:.3f}}}",
                               field_of(resource), ring, us);
        case What::verdict:
            return fmt::format("{{\"resource\":\"{}\",\"ring\":{}}}", field_of(resource), ring);
        case What::park:
            return fmt::format("{{\"duration_us\":{:.3f}}}", us);
        default:
            return "{}";
    }
}

void write_instant(std::int64_t ns, std::uint32_t thread, const char* what, std::uint32_t site,
                   std::string_view detail, JsonRows& rows) {
    rows.begin_row();
    rows.us(ns);
    rows.number(thread);
    rows.raw(fmt::format("\"{}\"", what));
    rows.index(site);
    rows.raw(detail);
    rows.end_row();
}

void write_instants(const RunTables& tables, JsonRows& rows) {
    rows.text(",\n\"instant_columns\":[\"time\",\"thread\",\"what\",\"site\",\"detail\"]");
    rows.begin_table("instants");
    std::vector<std::uint64_t> last(tables.head().threads.size(), tables.origin());
    tables.file().for_each_by_thread([&](std::uint32_t thread, Head head,
                                         std::span<const std::uint64_t> words) {
        if (thread >= last.size()) return;
        if (head.kind == Kind::gap)
            return write_instant(tables.ns_of(last[thread]), thread, "gap", kNone,
                                 fmt::format("{{\"events\":{}}}", words[0]), rows);
        if (head.kind == Kind::run || head.kind == Kind::in_place) last[thread] = words.back();
        if (head.kind == Kind::call) last[thread] = words[3];
        if (head.kind != Kind::instant || (head.a & 0xffU) >= kWhatNames.size() || words[0] < tables.origin())
            return;
        last[thread] = words[0];
        write_instant(tables.ns_of(words[0]), thread, kWhatNames[head.a & 0xffU], tables.site_of(head.b),
                      detail_of(tables, head, words[1]), rows);
    });
    rows.end_table();
}

}  // namespace

void write_swimlane_json(const RunTables& tables, bool partial, const Sink& sink) {
    JsonRows rows(sink);
    rows.text(fmt::format(
        "{{\"format\":\"weir-swimlane\",\"version\":1,\"level\":{},\"partial\":{},\n\"kernels\":[",
        tables.head().level, partial));
    for (std::size_t i = 0; i < tables.kernels().size(); ++i)
        rows.text(fmt::format("{}\n{{\"name\":{},\"core_type\":\"{}\"}}", i == 0 ? "" : ",",
                              quoted_json(tables.kernels()[i]), tables.core_type_of(i)));
    rows.text("],\n\"sites\":[");
    for (std::size_t i = 0; i < tables.sites().size(); ++i)
        rows.text(fmt::format("{}\n{}", i == 0 ? "" : ",", quoted_json(tables.sites()[i])));
    rows.text("]");
    write_task_times(tables, rows);
    write_scopes(tables, rows);
    write_phases(tables, rows);
    write_counters(tables, rows);
    write_instants(tables, rows);
    rows.text("\n}\n");
    rows.flush();
}

}  // namespace weir::recording
