// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
#include "analysis/report_page.hpp"

#include <gtest/gtest.h>

#include <random>

#include "analysis/report_encoding.hpp"
#include "analysis/report_template.hpp"
#include "support/recording_text.hpp"
#include "support/report_decoder.hpp"

namespace weir::analysis {
namespace {

using test::us;
using Values = std::vector<std::int64_t>;

Execution execution(std::uint64_t id, std::uint32_t kernel, std::uint32_t core, double ready, double start,
                    double end) {
    Execution row;
    row.id = id;
    row.ring = 1;
    row.kernel = kernel;
    row.site = kernel;
    row.core = core;
    row.thread = core;
    row.submitted = us(static_cast<double>(id));
    row.ready = us(ready);
    row.dispatched = us(start);
    row.start = us(start);
    row.end = us(end);
    row.observed = us(end + 0.5);
    return row;
}

/// Two cores, 100 us: core 0 runs 10 to 60 and 60 to 80, core 1 runs 30 to 40, for which it waited from 20
/// on.
ReportedRun small_run() {
    ReportedRun reported;
    RecordedRun run;
    run.program = "small";
    run.makespan = us(100);
    run.tasks = 3;
    run.cores = {{0, "cpu", kNone, 0}, {1, "cpu", kNone, 1}};
    run.threads = {{0, "orchestrator"}, {1, "worker"}};
    run.capacities.emplace();
    run.peaks.emplace();
    (*run.capacities)[3] = {0, 1024, 0, 0};
    (*run.peaks)[3] = {0, 700, 0, 0};
    reported.run = run;
    Swimlane& lane = reported.swimlane;
    lane.kernels = {{"load", "cpu"}, {"add", "cpu"}};
    lane.sites = {"a.cpp:1", "a.cpp:2"};
    lane.executions = {execution(1, 0, 0, 10, 10, 60), execution(2, 1, 1, 20, 30, 40),
                       execution(3, 1, 0, 60, 60, 80)};
    Counter sample;
    sample.ring = 1;
    sample.time = us(2.5);
    sample.used[3] = 600;
    lane.counters = {sample};
    sample.time = us(3.5);
    sample.used[3] = 512;
    lane.counters.push_back(sample);
    Deps deps;
    deps.kernels = {"add", "late"};
    deps.sites = {"a.cpp:2", "b.cpp:9"};
    deps.tasks.resize(3);
    for (std::uint32_t i = 0; i < 3; ++i) {
        deps.tasks[i].id = std::array<std::uint64_t, 3>{1, 3, 4}[i];
        deps.tasks[i].ring = 1;
    }
    deps.tasks[2].kernel = 1;
    deps.tasks[2].site = 1;
    deps.edges = {{0, 1, EdgeKind::war, true, 2}, {1, 2, EdgeKind::explicit_, false, kNone}};
    Access access;
    access.task = 1;
    access.direction = Direction::inout;
    access.buffer = 5;
    access.offset = 4096;
    access.run = 256;
    access.step_count = 1;
    deps.steps = {{64, -1024}};
    deps.accesses = {access};
    reported.deps = deps;
    return reported;
}

test::DecodedReport decode(const ReportedRun& run) {
    return test::decode_report(test::decode_report_text(report_data(run).text));
}

TEST(ReportPage, TablesHoldTheRecording) {
    const auto tables = decode(small_run()).tables;
    const auto& tasks = tables.at("tasks");
    EXPECT_EQ(tasks.at("id"), (Values{1, 2, 3, 4}));
    EXPECT_EQ(tasks.at("start"), (Values{10000, 30000, 60000, kNullCell}));
    EXPECT_EQ(tasks.at("end"), (Values{60000, 40000, 80000, kNullCell}));
    EXPECT_EQ(tasks.at("released"), (Values(4, kNullCell)));
    // A task that only the dependencies name comes last, with kernel and site in the joined lists.
    EXPECT_EQ(tasks.at("kernel"), (Values{0, 1, 1, 2}));
    EXPECT_EQ(tasks.at("site"), (Values{0, 1, 1, 2}));
    const auto& edges = tables.at("edges");
    EXPECT_EQ(edges.at("producer"), (Values{0, 2}));
    EXPECT_EQ(edges.at("consumer"), (Values{2, 3}));
    EXPECT_EQ(edges.at("kind"), (Values{1, 3}));
    EXPECT_EQ(edges.at("argument"), (Values{2, kNullCell}));
    EXPECT_EQ(edges.at("waited"), (Values{1, 0}));
    EXPECT_EQ(tables.at("accesses").at("task"), (Values{2}));
    EXPECT_EQ(tables.at("accesses").at("offset"), (Values{4096}));
    EXPECT_EQ(tables.at("shapes").at("run"), (Values{256}));
    EXPECT_EQ(tables.at("steps").at("stride"), (Values{-1024}));
    EXPECT_EQ(tables.at("counters").at("heap"), (Values{600, 512}));
}

TEST(ReportPage, CallsHaveTheirBlockAndSlot) {
    ReportedRun reported = small_run();
    std::vector<Execution>& rows = reported.swimlane.executions;
    rows[0].block = rows[1].block = 3;
    rows[0].slot = 0;
    rows[1].slot = 2;
    rows[1].id = 1;
    const test::DecodedReport report = decode(reported);
    const auto& tasks = report.tables.at("tasks");
    // Task 4 and, without a block, task 3 are plain; task 4 has no execution.
    EXPECT_EQ(tasks.at("block"), (Values{3, 3, kNullCell, kNullCell}));
    EXPECT_EQ(tasks.at("slot"), (Values{0, 2, kNullCell, kNullCell}));
    EXPECT_EQ(report.header.at("slot_names"), nlohmann::json({"aic", "aiv0", "aiv1"}));
}

TEST(ReportPage, HeaderHoldsTheFigures) {
    const nlohmann::json header = decode(small_run()).header;
    EXPECT_EQ(header.at("makespan_us"), 100);
    EXPECT_EQ(header.at("kernels").at(2).at("name"), "late");
    EXPECT_EQ(header.at("sites").at(2), "b.cpp:9");
    const auto& kernels = header.at("kernel_rows");
    ASSERT_EQ(kernels.size(), 2U);
    EXPECT_EQ(kernels[0].at("kernel"), 0);
    EXPECT_EQ(kernels[0].at("total"), 50);
    EXPECT_EQ(kernels[1].at("count"), 2);
    EXPECT_EQ(kernels[1].at("max"), 20);
    EXPECT_EQ(kernels[1].at("wait"), 5);
    EXPECT_EQ(kernels[1].at("observe"), 0.5);
    EXPECT_DOUBLE_EQ(kernels[0].at("share"), 0.625);
    // Of 200 us of core time; from 20 to 30 one core was idle although task 2 was ready.
    const auto& time = header.at("core_time");
    ASSERT_EQ(time.size(), 1U);
    EXPECT_EQ(time[0].at("running"), 80);
    EXPECT_EQ(time[0].at("overhead"), 10);
    EXPECT_EQ(time[0].at("idle"), 110);
    // The peak is that of the run; time and site are those of the largest sample.
    const auto& rings = header.at("rings");
    ASSERT_EQ(rings.size(), 1U);
    EXPECT_EQ(rings[0].at("resource"), "heap");
    EXPECT_EQ(rings[0].at("ring"), 1);
    EXPECT_EQ(rings[0].at("peak"), 700);
    EXPECT_EQ(rings[0].at("sampled"), 600);
    EXPECT_EQ(rings[0].at("capacity"), 1024);
    EXPECT_EQ(rings[0].at("time_us"), 2.5);
    EXPECT_EQ(rings[0].at("site"), "a.cpp:2");
}

TEST(ReportPage, AdviceSaysWhatWouldHaveBeenGained) {
    ReportedRun reported = small_run();
    Instant held_back;
    held_back.time = us(1);
    held_back.thread = 0;
    held_back.site = 1;
    held_back.ring = 1;
    held_back.resource = "ring_heap";
    held_back.duration = us(8);
    reported.swimlane.instant_names = {"held_back"};
    held_back.what = 0;
    reported.swimlane.instants = {held_back};
    // Core 0 runs nothing but what was submitted late, so the time held back counts.
    const nlohmann::json advice = decode(reported).header.at("advice");
    ASSERT_EQ(advice.size(), 3U);
    for (std::size_t i = 0; i < advice.size(); ++i) {
        EXPECT_TRUE(advice[i].at("gain_us").is_null() || advice[i].at("gain_us") > 0.0) << advice[i];
        if (i > 0 && !advice[i].at("gain_us").is_null()) {
            EXPECT_GE(advice[i - 1].at("gain_us"), advice[i].at("gain_us"));
        }
    }
    const auto memory = std::find_if(advice.begin(), advice.end(), [](const nlohmann::json& each) {
        return each.at("section") == "memory";
    });
    ASSERT_NE(memory, advice.end());
    EXPECT_EQ(memory->at("title"), "Enlarge the heap of ring 1");
    EXPECT_EQ(memory->at("paste"), "--ring-heap 0,2048,0,0");
    EXPECT_EQ(memory->at("gain_us"), 8);
    EXPECT_NE(memory->at("text").get<std::string>().find("most at a.cpp:2"), std::string::npos);
}

TEST(ReportPage, NoAdviceSpeaksAgainstAnother) {
    ReportedRun reported = small_run();
    // Of one kernel, so that there is room for what is said of the cores.
    for (Execution& row : reported.swimlane.executions) row.kernel = 0;
    const nlohmann::json advice = decode(reported).header.at("advice");
    const auto text_of = [&](const std::string& title) -> std::string {
        for (const nlohmann::json& each : advice)
            if (each.at("title") == title) return each.at("text");
        ADD_FAILURE() << title << " is not in " << advice;
        return {};
    };
    EXPECT_NE(text_of("Fewer, larger tasks").find("Larger tiles"), std::string::npos);
    const std::string idle = text_of("More tasks at once");
    EXPECT_EQ(idle.find("Smaller tiles"), std::string::npos) << idle;
    EXPECT_NE(idle.find("Fewer dependencies let"), std::string::npos) << idle;
}

TEST(ReportPage, NothingRecordedIsAPageToo) {
    const test::DecodedReport report = decode(ReportedRun());
    EXPECT_EQ(report.header.at("tasks"), 0);
    EXPECT_TRUE(report.header.at("advice").empty());
    EXPECT_TRUE(report.tables.at("tasks").at("start").empty());
}

TEST(ReportPage, AtMostTwelveBytesOfPageForAnEvent) {
    // Times without any pattern, to the nanosecond: they are rounded until they fit.
    std::mt19937_64 random(11);
    ReportedRun reported;
    Swimlane& lane = reported.swimlane;
    lane.kernels = {{"noise", "cpu"}};
    Time now = 0;
    for (std::uint64_t id = 1; id <= 20000; ++id) {
        Execution row = execution(id, 0, static_cast<std::uint32_t>(random() % 16), 0, 0, 0);
        row.site = kNone;
        Time* const times[] = {&row.submitted, &row.ready,    &row.dispatched, &row.start,
                               &row.end,       &row.observed, &row.released,   &row.consumed};
        now += static_cast<Time>(random() % 4096) * kPicosecondsPerNanosecond;
        Time time = now;
        for (Time* const each : times)
            *each = time += static_cast<Time>(random() % 65536) * kPicosecondsPerNanosecond;
        lane.executions.push_back(row);
    }
    const ReportData data = report_data(reported);
    EXPECT_EQ(data.rows, 20000U);
    EXPECT_LE(data.text.size(), data.rows * kMostBytesOfRow);
    EXPECT_GT(data.tick, kPicosecondsPerNanosecond);
    // What they were rounded to, and no more.
    const Values start =
        test::decode_report(test::decode_report_text(data.text)).tables.at("tasks").at("start");
    for (std::size_t i = 0; i < start.size(); ++i)
        ASSERT_LE(std::abs(start[i] * data.tick - lane.executions[i].start), data.tick / 2) << i;
}

TEST(ReportPage, DataStandsInTheTemplateOnce) {
    EXPECT_EQ(report_page({"DATA", 0, 1}, "a@WEIR_DATA@b"), "aDATAb");
    const std::size_t mark = kReportTemplate.find(kReportDataMark);
    ASSERT_NE(mark, std::string_view::npos);
    EXPECT_EQ(kReportTemplate.find(kReportDataMark, mark + 1), std::string_view::npos);
    EXPECT_LT(kReportTemplate.size(), 400U * 1024);
}

scope_recording::Boundary boundary(bool begins, int depth, const std::string& site, std::uint64_t heap_end,
                                   std::uint64_t heap_used, std::uint64_t peak = 0) {
    scope_recording::Boundary one;
    one.begins = begins;
    one.depth = depth;
    one.site = site;
    one.counters[scope_recording::kHeapEnd] = heap_end;
    one.counters[scope_recording::kHeapUsed] = heap_used;
    one.peaks[scope_recording::kHeapPeak] = peak;
    return one;
}

TEST(ScopeTree, LargestValuesOfALineBelowItsParent) {
    ScopeTree tree;
    tree.add(boundary(true, 0, "root:0", 0, 0));
    tree.add(boundary(true, 1, "a.cpp:1", 100, 40));
    tree.add(boundary(false, 1, "a.cpp:1", 300, 50, 120));
    tree.add(boundary(true, 1, "a.cpp:1", 300, 0));
    tree.add(boundary(true, 2, "a.cpp:5", 0, 0));
    tree.add(boundary(false, 2, "a.cpp:5", 8, 8, 8));
    tree.add(boundary(false, 1, "a.cpp:1", 350, 50, 60));
    tree.add(boundary(true, 1, "b.cpp:2", 350, 0));
    const std::vector<ScopeNode>& nodes = tree.nodes();
    ASSERT_EQ(nodes.size(), 4U);
    EXPECT_EQ(nodes[1].site, "a.cpp:1");
    EXPECT_EQ(nodes[1].parent, 0U);
    EXPECT_EQ(nodes[1].opened, 2U);
    const ScopeUse& heap = nodes[1].uses[3];
    EXPECT_EQ(heap.high_water, 240U);  // 300 - (100 - 40)
    EXPECT_EQ(heap.live, 50U);
    EXPECT_EQ(heap.allocated, 200U);
    EXPECT_EQ(heap.peak, 120U);
    EXPECT_EQ(nodes[2].parent, 1U);
    EXPECT_EQ(nodes[3].opened, 1U);
    EXPECT_EQ(nodes[3].closed, 0U);
}

TEST(ScopeTree, FurtherLinesAreOneNode) {
    ScopeTree tree;
    tree.add(boundary(true, 0, "root:0", 0, 0));
    const std::size_t lines = kMostScopeNodes + 100;
    for (std::size_t i = 0; i < lines; ++i) {
        tree.add(boundary(true, 1, "a.cpp:" + std::to_string(i), 0, 0));
        tree.add(boundary(false, 1, "a.cpp:" + std::to_string(i), 0, 0));
    }
    ASSERT_EQ(tree.nodes().size(), kMostScopeNodes + 1);
    EXPECT_EQ(tree.nodes().back().site, kOtherScopes);
    EXPECT_EQ(tree.nodes().back().opened, lines - (kMostScopeNodes - 1));
}

}  // namespace
}  // namespace weir::analysis
