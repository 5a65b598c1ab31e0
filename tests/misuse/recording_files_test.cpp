// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
// Recordings that are missing, damaged, cut off, newer or something else: the reader names file, line, row
// and field.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "analysis/deps_file.hpp"
#include "analysis/file_errors.hpp"
#include "analysis/record_directory.hpp"
#include "analysis/run_file.hpp"
#include "analysis/swimlane_file.hpp"
#include "recorded_scopes.hpp"
#include "recording_text.hpp"

namespace weir {
namespace {

using namespace analysis;
using test::to_text;
using testing::AllOf;
using testing::HasSubstr;

Swimlane lane_of_one() {
    Swimlane lane;
    lane.kernels = {{"add", "cpu"}};
    lane.sites = {"a.cpp:1"};
    Execution row;
    row.id = 77;
    row.kernel = row.site = row.scope = 0;
    row.start = test::us(3);
    row.end = test::us(4);
    lane.executions = {row, row};
    lane.scopes = {{0, 0, 0, kNone, 0, test::us(9)}};
    return lane;
}

Deps deps_of_two() {
    Deps deps;
    deps.sites = {"a.cpp:1"};
    deps.scope_sites = {0};
    deps.buffers = 6;
    deps.tasks = {{1, 0, kNone, 0, 0, false, false, false, 1, 0},
                  {2, 0, kNone, 0, 0, false, false, false, kNone, 0}};
    deps.steps = {{4, 8}};
    deps.accesses = {{0, 0, Direction::out, false, 1, 5, 64, 8, 0},
                     {1, 0, Direction::in, false, 0, 5, 64, 8, 1}};
    deps.edges = {{0, 1, EdgeKind::raw, true, 0}};
    deps.explicit_edges = {{1, 0}};
    return deps;
}

class DamagedRecording : public testing::Test {
protected:
    /// What the reader says of `text`; what it says when `from` has become `to`.
    template <typename Reader>
    std::string complaint(Reader read, const std::string& text) {
        std::ofstream(file_, std::ios::binary | std::ios::trunc) << text;
        try {
            read(file_);
        } catch (const FileDamaged& error) {
            const std::string message = error.what();
            EXPECT_THAT(message, HasSubstr("'" + file_.string() + "'"));
            return message;
        }
        return "accepted";
    }
    template <typename Reader>
    std::string changed(Reader read, std::string text, const std::string& from, const std::string& to) {
        const std::size_t place = text.find(from);
        if (place == std::string::npos) return "the test's text has no " + from;
        return complaint(read, text.replace(place, from.size(), to));
    }
    std::string lane(const std::string& from, const std::string& to) {
        return changed(read_swimlane, to_text(lane_of_one()), from, to);
    }
    std::string deps(const std::string& from, const std::string& to) {
        return changed(read_deps, to_text(deps_of_two()), from, to);
    }
    std::string run(const std::string& from, const std::string& to) {
        return changed(read_run, to_text(RecordedRun{}), from, to);
    }

    test::TemporaryDirectory directory_;
    std::filesystem::path file_ = directory_.path() / "file.json";
};

TEST_F(DamagedRecording, what_is_unchanged_is_accepted) {
    EXPECT_EQ(lane("weir", "weir"), "accepted");
    EXPECT_EQ(deps("weir", "weir"), "accepted");
    EXPECT_EQ(run("weir", "weir"), "accepted");
}

TEST_F(DamagedRecording, a_newer_version_is_refused_by_name) {
    const auto newer = HasSubstr("\"version\": 2 is newer than 1, which this weir reads; use a newer weir");
    EXPECT_THAT(lane("\"version\":1", "\"version\":2"), newer);
    EXPECT_THAT(deps("\"version\":1", "\"version\":2"), newer);
    EXPECT_THAT(run("\"version\":1", "\"version\":2"), newer);
    EXPECT_THAT(lane("\"version\":1", "\"version\":\"1\""),
                HasSubstr("\"version\": it must be a whole number"));
}

TEST_F(DamagedRecording, a_foreign_file_is_refused) {
    EXPECT_THAT(lane("weir-swimlane", "weir-deps"), HasSubstr("\"format\": this is no weir-swimlane file"));
    EXPECT_THAT(run("weir-run", "x"), HasSubstr("\"format\": this is no weir-run file"));
    EXPECT_THAT(complaint(read_swimlane, "[1]"), HasSubstr("line 1: this is no JSON object"));
    EXPECT_THAT(complaint(read_deps, "{}"), HasSubstr("\"format\""));
    EXPECT_THAT(complaint(read_deps, ""), HasSubstr("this is no JSON"));
    EXPECT_THAT(complaint(read_deps,
                          "\x7f"
                          "ELF\0\0"),
                HasSubstr("line 1: this is no JSON"));
    EXPECT_THAT(complaint(read_run, "7"), HasSubstr("this is no JSON object"));
    EXPECT_THAT(complaint(read_run, R"({"format":)"),
                HasSubstr("the file is cut off: parse error at line 1"));
}

TEST_F(DamagedRecording, every_cut_is_noticed) {
    const auto cut = [this](auto read, const std::string& text) {
        for (std::size_t size = 1; size + 2 < text.size(); size += 7)
            EXPECT_NE(complaint(read, text.substr(0, size)), "accepted") << text.substr(0, size);
    };
    cut(read_swimlane, to_text(lane_of_one()));
    cut(read_deps, to_text(deps_of_two()));
    cut(read_run, to_text(RecordedRun{}));
    EXPECT_THAT(lane("[0,77", "[0,"), HasSubstr("line 4: this is no JSON, or the file is cut off"));
}

TEST_F(DamagedRecording, a_row_is_refused_by_line_row_and_column) {
    EXPECT_THAT(
        lane("\n[0,77", "\n[9,77"),
        HasSubstr("line 4, field \"tasks\", row 0, column \"ring\": 9 is too much; there are 4 rings"));
    EXPECT_THAT(lane("]],", ",7]],"), HasSubstr("row 1: more than 17 cells"));
    EXPECT_THAT(lane("[0,77,", "[77,"), HasSubstr("row 0: 16 cells, but \"task_columns\" has 17 columns"));
    EXPECT_THAT(lane("[0,77,0", "[0,77,1"),
                HasSubstr("column \"kernel\": 1 is too much; there are 1 kernels"));
    EXPECT_THAT(lane("[0,77,", "[0,-77,"), HasSubstr("column \"id\": -77 is no whole number from 0"));
    EXPECT_THAT(lane("3,4,null", "3,\"x\",null"),
                HasSubstr("column \"end\": \"x\" is no time in microseconds"));
    EXPECT_THAT(lane("3,4,null", "3,1e300,null"), HasSubstr("column \"end\": 1e+300 us is more than"));
    EXPECT_THAT(lane("3,4,null", "3,[4],null"), HasSubstr("column \"end\": a list is no time"));
    EXPECT_THAT(lane("[0,77,0,0,0", "[0,77,0,0,1"),
                HasSubstr("\"tasks\": row 0, column \"scope\": 1 is too much; there are 1 scopes"));
    EXPECT_THAT(lane("[0,0,0,null,0,9]", "[0,0,0,0,0,9]"),
                HasSubstr("column \"parent\": 0 is too much; there are 0 scopes before it"));
    EXPECT_THAT(lane("[0,0,0,null,0,9]", "{\"depth\":0}"), HasSubstr("an object stands where"));
    EXPECT_THAT(lane("[0,0,0,null,0,9]", "7"), HasSubstr("no list of rows"));
}

TEST_F(DamagedRecording, a_table_or_column_that_is_not_there_is_named) {
    EXPECT_THAT(lane("\"tasks\"", "\"tusks\""), HasSubstr("field \"tasks\": it is missing"));
    EXPECT_THAT(lane("\"start\"", "\"stirt\""), HasSubstr("\"task_columns\": column \"start\" is missing"));
    EXPECT_THAT(lane("\"start\"", "\"end\""), HasSubstr("column \"start\" is missing"));
    EXPECT_THAT(lane("\"submitted\"", "\"ring\""), HasSubstr("column \"ring\" stands there twice"));
    EXPECT_THAT(lane("task_columns", "columns"), HasSubstr("\"task_columns\" must stand before it"));
    EXPECT_THAT(lane("\"sites\"", "\"places\""), HasSubstr("field \"sites\": it is missing"));
    EXPECT_THAT(lane("\"scopes\":", "\"tasks\":"),
                HasSubstr("field \"tasks\": it stands here a second time"));
    EXPECT_THAT(lane("[\"a.cpp:1\"]", "[7]"), HasSubstr("\"sites\": entry 0 is no text"));
    EXPECT_THAT(lane("\"name\"", "\"nome\""), HasSubstr("\"kernels\": entry 0, \"name\": there is no text"));
    EXPECT_THAT(deps("\"complete\":true", "\"complete\":1"),
                HasSubstr("\"complete\": it is neither true nor false"));
    EXPECT_THAT(run("\"makespan_us\":", "\"makespan\":"), HasSubstr("\"makespan_us\": it is missing"));
    EXPECT_THAT(run("\"makespan_us\":0", "\"makespan_us\":-1"), HasSubstr("does not end before it starts"));
    EXPECT_THAT(run("\"sizes\":null", "\"sizes\":{\"ring_task_window\":[1,2,3]}"),
                HasSubstr("field \"sizes\", field \"ring_task_window\": [1,2,3] is no list of 4 numbers"));
}

TEST_F(DamagedRecording, dependencies_lead_forward_and_boxes_lie_in_their_buffers) {
    EXPECT_THAT(deps("[0,1,\"RAW\"", "[1,0,\"RAW\""), HasSubstr("column \"producer\": task 1 is not before"));
    EXPECT_THAT(deps("[0,1,\"RAW\"", "[0,2,\"RAW\""),
                HasSubstr("column \"consumer\": 2 is too much; there are 2 tasks before this table"));
    EXPECT_THAT(deps("\"RAW\"", "\"raw\""), HasSubstr("\"raw\" is none of \"RAW\", \"WAR\", \"WAW\""));
    EXPECT_THAT(deps("\"waited\"", "\"wait\""), HasSubstr("\"wait\" is none of \"completed\", \"waited\""));
    EXPECT_THAT(deps("\n[1,0]", "\n[0,1]"), HasSubstr("column \"after\": task 1 is not before 0"));
    EXPECT_THAT(deps("[0,0,\"out\"", "[1,0,\"out\""), HasSubstr("accepted"));
    EXPECT_THAT(deps("[1,0,\"in\"", "[0,0,\"of\""),
                HasSubstr("\"of\" is none of \"in\", \"out\", \"inout\""));
    EXPECT_THAT(deps("[64,8,[[4,8]]]", "[64,8,[[4,-24]]]"), HasSubstr("the box begins before its buffer"));
    EXPECT_THAT(deps("[64,8,[[4,8]]]", "[64,8,[[0,8]]]"), HasSubstr("0 repetitions"));
    EXPECT_THAT(deps("[64,8,[[4,8]]]", "[64,0,[[4,8]]]"), HasSubstr("runs of 0 bytes"));
    EXPECT_THAT(deps("[64,8,[[4,8]]]", "[64,8,[[4]]]"), HasSubstr("it is not [offset, bytes"));
    EXPECT_THAT(deps("[64,8,[[4,8]]]", "[64,8,[],1]"), HasSubstr("it is not [offset, bytes"));
    EXPECT_THAT(deps("[64,8,[[4,8]]]", "[64,8,[[4,2.5]]]"), HasSubstr("whole numbers and lists only"));
    EXPECT_THAT(deps("[64,8,[[4,8]]]", "[64,8,[[1,1],[1,1],[1,1],[1,1],[1,1],[1,1]]]"),
                HasSubstr("more than 5 axes"));
    EXPECT_THAT(deps("[64,8,[[4,8]]]", "[64,8,[[9000000000000000000,9]]]"), HasSubstr("further than memory"));
}

TEST_F(DamagedRecording, numbers_of_scopes_buffers_and_completions_exist) {
    EXPECT_THAT(deps("\"buffers\":6", "\"buffers\":5"),
                HasSubstr("column \"buffer\": 5 is too much; there are 5 buffers"));
    EXPECT_THAT(deps("\"scope_sites\":[0]", "\"scope_sites\":[1]"), HasSubstr("entry 0 is neither null nor"));
    EXPECT_THAT(deps("\"scope_sites\":[0]", "\"scope_sites\":[]"),
                HasSubstr("0 is too much; there are 0 scopes"));
    EXPECT_THAT(deps("[0,1,null,0,0,0,0,1]", "[0,1,null,0,0,0,0,0]"),
                HasSubstr("column \"completed\": task 0 cannot have completed before it was submitted"));
    EXPECT_THAT(deps("[0,1,null,0,0,0,0,1]", "[0,1,null,0,0,0,0,2]"),
                HasSubstr("row 0, column \"completed\": 2 is too much; there are 2 tasks"));
}

TEST_F(DamagedRecording, accesses_in_another_order_than_their_tasks_are_refused) {
    Deps swapped = deps_of_two();
    std::swap(swapped.accesses[0], swapped.accesses[1]);
    EXPECT_THAT(complaint(read_deps, to_text(swapped)),
                HasSubstr("accesses stand in the order of their tasks"));
}

TEST_F(DamagedRecording, a_file_that_is_not_there_is_named_with_how_to_record_it) {
    const auto message = [](auto action) -> std::string {
        try {
            action();
        } catch (const FileMissing& error) {
            return error.what();
        }
        return "there";
    };
    const RecordDirectory empty(directory_.path());
    EXPECT_FALSE(empty.has_run() || empty.has_swimlane() || empty.has_deps());
    EXPECT_THAT(message([&] { (void)empty.run(); }), HasSubstr("has no run.json"));
    EXPECT_THAT(message([&] { (void)empty.swimlane(); }),
                AllOf(HasSubstr("swimlane.json"), HasSubstr("--enable-swimlane")));
    EXPECT_THAT(message([&] { (void)empty.deps(); }),
                AllOf(HasSubstr("deps.json"), HasSubstr("--enable-dep-gen")));
    EXPECT_THAT(message([&] { RecordDirectory(directory_.path() / "none"); }), HasSubstr("is no directory"));
    EXPECT_THAT(message([&] { read_swimlane(directory_.path() / "none"); }), HasSubstr("cannot be opened"));
    std::filesystem::create_directory(directory_.path() / "swimlane.json");
    EXPECT_THROW((void)empty.swimlane(), FileDamaged) << "a directory cannot be read";
}

}  // namespace
}  // namespace weir
