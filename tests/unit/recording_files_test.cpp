// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
// run.json, swimlane.json and deps.json are read as they were written.
#include <gtest/gtest.h>

#include <fstream>

#include "analysis/record_directory.hpp"
#include "recorded_scopes.hpp"
#include "recording_text.hpp"

namespace weir {
namespace {

using namespace analysis;
using test::to_text;
using test::us;
using test::write_recording;

class RecordingFiles : public testing::Test {
protected:
    void replace(const char* name, const std::string& from, const std::string& to) {
        const std::filesystem::path file = directory_.path() / name;
        std::string text = test::read_text(file);
        const std::size_t place = text.find(from);
        ASSERT_NE(place, std::string::npos) << from;
        text.replace(place, from.size(), to);
        std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
    }
    [[nodiscard]] RecordDirectory record() const { return RecordDirectory(directory_.path()); }

    test::TemporaryDirectory directory_;
};

Swimlane small_lane() {
    Swimlane lane;
    lane.level = 4;
    lane.kernels = {{"add", "AIV"}, {"mul \"x\"", ""}};
    lane.sites = {"a.cpp:1", "b.cpp:2"};
    Execution first;
    first.id = 7;
    first.ring = 3;
    first.kernel = first.site = first.scope = 0;
    first.thread = first.core = 1;
    first.block = 0;
    first.submitted = us(0.5);
    first.ready = us(1);
    first.dispatched = us(1.125);
    first.start = us(2);
    first.end = us(3.001);
    first.observed = us(4);
    lane.executions = {first, Execution{}};
    lane.scopes = {{0, 0, kNone, kNone, us(0), us(9)}, {1, 1, 1, 0, us(1), kUnknownTime}};
    lane.phase_names = {"idle", "complete"};
    lane.phases = {{1, 0, us(1), us(2)}, {1, 1, us(2), us(2)}, {1, 0, us(2), us(3)}};
    lane.counters = {{us(2), 1, {1, 2, 3, 4, 5, 6}}};
    lane.instant_names = {"park", "held_back", "gap"};
    lane.instants = {{us(1.5), 0, 0, kNone, kNone, "", us(0.5), 0},
                     {us(2.5), kNone, 1, 1, 2, "ring_heap", us(3), 0},
                     {us(2.5), 0, 2, kNone, kNone, "", kUnknownTime, 7}};
    return lane;
}

TEST_F(RecordingFiles, a_swimlane_is_read_as_written) {
    const Swimlane lane = small_lane();
    write_recording(directory_.path(), lane);
    const Swimlane read = record().swimlane();
    EXPECT_EQ(to_text(read), to_text(lane));
    EXPECT_EQ(read.executions.at(0).end, 3'001'000);
    EXPECT_EQ(read.executions.at(0).released, kUnknownTime);
    EXPECT_EQ(read.executions.at(1).start, kUnknownTime);
    EXPECT_EQ(read.kernels.at(1).name, "mul \"x\"");
    EXPECT_EQ(read.phases.size(), 3U);
    EXPECT_EQ(read.counters.at(0).used.at(5), 6U);
    EXPECT_EQ(read.backwards, 0U);
    EXPECT_EQ(read.level, 4U);
    EXPECT_EQ(read.instants.at(1).resource, "ring_heap");
    EXPECT_EQ(read.instants.at(1).duration, us(3));
    EXPECT_EQ(read.instants.at(2).events, 7U);
}

TEST_F(RecordingFiles, microseconds_may_be_whole_or_have_a_fraction) {
    write_recording(directory_.path(), small_lane());
    replace("swimlane.json", ",1.125000,", ",1,");
    replace("swimlane.json", "0.500000,1,", "0.25e0,1.0004,");
    const Execution row = record().swimlane().executions.at(0);
    EXPECT_EQ(row.submitted, 250'000);
    EXPECT_EQ(row.ready, 1'000'400);
    EXPECT_EQ(row.dispatched, us(1));
}

TEST_F(RecordingFiles, columns_are_found_by_name_and_unknown_ones_passed_over) {
    std::ofstream(directory_.path() / "deps.json")
        << R"({"later":{"a":[1,{"b":[]}]},"format":"weir-deps","version":1,"complete":false,"partial":true,"kernels":[],
        "sites":[],"scope_sites":[],"buffers":0,
        "task_columns":["scope","new","submitted","completed","flags","site","kernel","id","ring"],
        "tasks":[[null,[1,[2]],0.5,1,3,null,null,9,2],[null,{"x":[{"y":1}],"z":"u"},null,null,4,null,null,10,2]],
        "access_columns":["task","argument","direction","no_dep","buffer","box"],"accesses":[],
        "edge_columns":["producer","consumer","kind","argument","state"],"edges":[],
        "explicit_columns":["task","after"],"explicit":[]})";
    const Deps deps = record().deps();
    ASSERT_EQ(deps.tasks.size(), 2U);
    EXPECT_FALSE(deps.complete);
    EXPECT_TRUE(deps.partial);
    EXPECT_EQ(deps.tasks[0].completed, 1U);
    EXPECT_EQ(deps.tasks[1].completed, kNone);
    EXPECT_TRUE(deps.tasks[1].owns);
    EXPECT_EQ(deps.tasks[0].id, 9U);
    EXPECT_EQ(deps.tasks[0].ring, 2U);
    EXPECT_TRUE(deps.tasks[0].manual && deps.tasks[0].in_place);
    EXPECT_EQ(deps.tasks[0].submitted, us(0.5));
    EXPECT_FALSE(deps.tasks[1].manual || deps.tasks[1].in_place);
}

TEST_F(RecordingFiles, dependencies_are_read_as_written) {
    Deps deps;
    deps.kernels = {"k"};
    deps.scope_sites = {kNone, 0};
    deps.buffers = 6;
    deps.sites = {"a.cpp:1"};
    deps.tasks = {
        {1, 0, 0, 0, 1, false, false, true, 1, us(1)}, {2, 0, 0, 0, 0, true, true, false, 2, us(2)}, {}};
    deps.steps = {{16, 64}, {4, -4}};
    deps.accesses = {{0, 0, Direction::out, false, 2, 5, 12, 4, 0},
                     {1, 2, Direction::inout, true, 0, 5, 0, 8, 2}};
    deps.edges = {{0, 1, EdgeKind::war, true, 2}, {0, 2, EdgeKind::explicit_, false, kNone}};
    deps.explicit_edges = {{2, 0}};
    write_recording(directory_.path(), deps);
    const Deps read = record().deps();
    EXPECT_EQ(to_text(read), to_text(deps));
    EXPECT_EQ(read.steps.at(1).stride, -4);
    EXPECT_EQ(read.accesses.at(1).direction, Direction::inout);
    EXPECT_TRUE(read.edges.at(0).waited);
    EXPECT_EQ(read.edges.at(1).kind, EdgeKind::explicit_);
}

TEST_F(RecordingFiles, a_run_is_read_as_written) {
    RecordedRun run;
    run.weir = "0.1.0";
    run.program = "cholesky";
    run.platform = "a2a3sim";
    run.clock = "virtual";
    run.level = 3;
    run.fatal = true;
    run.error = "the kernel failed";
    run.makespan = us(12.25);
    run.tasks = 4;
    run.threads = {{0, "orchestrator"}, {1, "scheduler"}};
    run.cores = {{0, "AIC", 0, 1}, {1, "AIV", kNone, kNone}};
    run.tasks_in_place = 3;
    run.capacities.emplace()[3] = {1, 2, 3, 4};
    (*run.capacities)[5].fill(64);
    run.held_back_longest = HeldBackSite{"a.cpp:1", "tensormap_pool", kNone, 2, us(5), us(4)};
    run.held_back_by = {{"ring_heap", us(0.001)}, {"ring_dep_pool", 0}};
    run.orchestrator = OrchestratorProfile{
        4, {{"wire", us(2)}, {"lookup", kUnknownTime}}, {{"", "ring_heap", 2, 3, us(4), kUnknownTime}}};
    run.schedulers = {{1, 4, 9, 4, 5, {{"idle", us(3)}, {"complete", us(1)}}, {5, 2}, {6, 3}}};
    run.events_recorded = 40;
    run.events_dropped = 2;
    write_recording(directory_.path(), run);
    const RecordedRun read = record().run();
    EXPECT_EQ(to_text(read), to_text(run));
    EXPECT_EQ(read.makespan, 12'250'000);
    EXPECT_EQ(read.orchestrator.value().steps.at(0).name, "wire") << "the order of the file stays";
    run.orchestrator.reset();
    run.error.clear();
    write_recording(directory_.path(), run);
    EXPECT_FALSE(record().run().orchestrator.has_value());
}

TEST_F(RecordingFiles, times_that_run_backwards_are_counted_and_named) {
    Swimlane lane = small_lane();
    lane.executions[0].end = us(1.5);  // before the start
    lane.executions[1].released = us(5);
    lane.executions[1].consumed = us(4);
    lane.phases.push_back({0, 0, us(4), us(3)});
    write_recording(directory_.path(), lane);
    const Swimlane read = record().swimlane();
    EXPECT_EQ(read.backwards, 3U);
    EXPECT_EQ(read.first_backwards, "row 0 of \"tasks\": end is before start");
    EXPECT_FALSE(read.executions.at(0).ran());
    EXPECT_EQ(read.executions.at(1).consumed, us(4));
    EXPECT_EQ(read.phases.size(), 3U);
}

TEST_F(RecordingFiles, a_recording_of_no_task_is_one) {
    write_recording(directory_.path(), Swimlane{});
    write_recording(directory_.path(), Deps{});
    EXPECT_TRUE(record().swimlane().executions.empty());
    EXPECT_TRUE(record().deps().tasks.empty());
}

}  // namespace
}  // namespace weir
