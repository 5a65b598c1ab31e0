// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
// Recordings of scopes that are damaged, cut off, newer or something else: the reader names line and field.
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <weir/weir.hpp>

#include "analysis/scope_summary.hpp"
#include "recorded_scopes.hpp"

namespace weir {
namespace {

using namespace scope_recording;
using test::read_scopes;
using test::read_text;

const std::string kHead = R"({"version":6,"fatal":false,"dropped":0,"total":4,"task_window_max":[4,4,4,4],)"
                          R"("heap_max":[1024,1024,1024,1024],"dep_pool_max":[8,8,8,8],"tensormap_max":64})";
/// As another writer of version 6 has it: without what Weir adds.
const std::vector<std::string> kLines = {
    kHead,
    R"({"site":"a.cpp:1","phase":"begin","depth":0,"ring":0,"task_window_start":1,"task_window_end":1,)"
    R"("heap_start":0,"heap_end":0,"dep_pool_start":0,"dep_pool_end":0,"tensormap":0})",
    R"({"site":"b.cpp:22","phase":"begin","depth":1,"ring":1,"task_window_start":5,"task_window_end":7,)"
    R"("heap_start":64,"heap_end":128,"dep_pool_start":3,"dep_pool_end":4,"tensormap":9})",
    R"({"site":"b.cpp:22","phase":"end","depth":1,"ring":1,"task_window_start":6,"task_window_end":9,)"
    R"("heap_start":128,"heap_end":512,"dep_pool_start":4,"dep_pool_end":6,"tensormap":5})",
    R"({"site":"a.cpp:1","phase":"end","depth":0,"ring":0,"task_window_start":2,"task_window_end":2,)"
    R"("heap_start":0,"heap_end":0,"dep_pool_start":0,"dep_pool_end":0,"tensormap":3})"};

class ScopeStatsFile : public testing::Test {
protected:
    std::filesystem::path write(const std::string& text) {
        std::ofstream(file_, std::ios::binary | std::ios::trunc) << text;
        return file_;
    }
    std::filesystem::path write(const std::vector<std::string>& lines) {
        std::string text;
        for (const std::string& line : lines) text += line + "\n";
        return write(text);
    }
    /// What the reader says of the file when `from` of a line has become `to`.
    std::string changed(std::size_t line, const std::string& from, const std::string& to) {
        std::vector<std::string> lines = kLines;
        const auto place = lines[line - 1].find(from);
        if (place == std::string::npos) return "the test's line has no " + from;
        lines[line - 1].replace(place, from.size(), to);
        return complaint(write(lines));
    }
    static std::string complaint(const std::filesystem::path& file) {
        try {
            read_scopes(file);
        } catch (const analysis::FileDamaged& error) {
            return error.what();
        }
        return "nothing";
    }
    /// A recording that a run has left, as it lay there before the run ended.
    std::string partial_of_a_run() {
        std::string text;
        Runtime runtime{{.threads = 1}};
        runtime.run(
            [&](Orchestrator& o) {
                for (int i = 0; i < 12; ++i) {
                    const Scope outer{o};
                    const Scope inner{o, Manual};
                    static_cast<void>(o.allocate<int>(shape(i + 1)));
                }
                text = read_text(directory_.partial());
            },
            directory_.recording());
        return text;
    }

    test::TemporaryDirectory directory_;
    std::filesystem::path file_ = directory_.path() / "file.jsonl";
};

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST_F(ScopeStatsFile, of_another_writer_is_read_without_the_additions) {
    const auto scopes = read_scopes(write(kLines));
    EXPECT_FALSE(scopes.head.has_additions);
    ASSERT_EQ(scopes.boundaries.size(), 4U);
    const Boundary& end = scopes.scope(1, false);
    EXPECT_EQ(end.site, "b.cpp:22");
    EXPECT_EQ(end.counters[kTaskWindowUsed], 3U);
    EXPECT_EQ(end.peaks[kTaskWindowPeak], 4U) << "at most end.end - begin.start";
    EXPECT_EQ(end.peaks[kHeapPeak], 448U);
    analysis::ScopeSummaries summaries;
    for (const Boundary& each : scopes.boundaries) summaries.add(each);
    ASSERT_EQ(summaries.all().size(), 2U);
    EXPECT_EQ(summaries.all()[1].heap.allocated, 384U);
    EXPECT_EQ(summaries.all()[1].heap.at_end, 384U);
    EXPECT_EQ(summaries.all()[1].tensormap.peak, 9U);
}

TEST_F(ScopeStatsFile, of_another_version_is_refused_with_what_to_do) {
    EXPECT_SAYS(changed(1, "\"version\":6", "\"version\":7"),
                "line 1, field \"version\": 7 is newer than 6, which this weir reads; use a newer weir");
    EXPECT_SAYS(changed(1, "\"version\":6", "\"version\":5"), "field \"version\": 5 is older than 6");
    EXPECT_SAYS(changed(1, "\"version\":6", "\"version\":-6"), "field \"version\": -6 is no whole number");
    EXPECT_SAYS(changed(1, "\"version\":6,", ""), "line 1, field \"version\": it is missing");
}

TEST_F(ScopeStatsFile, with_a_field_that_is_missing_or_no_such_value_is_refused_by_line_and_field) {
    EXPECT_SAYS(changed(1, "false", "0"), "line 1, field \"fatal\": 0 is neither true nor false");
    EXPECT_SAYS(changed(1, "\"dropped\":0", "\"dropped\":5"), "line 1, field \"dropped\": 5 is more than");
    EXPECT_SAYS(changed(1, "[4,4,4,4]", "[4,4,4]"), "field \"task_window_max\": [4,4,4] is no list of 4");
    EXPECT_SAYS(changed(1, "[8,8,8,8]", "[8,8,8,-8]"), "field \"dep_pool_max\": -8 is no whole number");
    EXPECT_SAYS(changed(1, "\"tensormap_max\":64", "\"tensormap_max\":6.4"), "field \"tensormap_max\": 6.4");
    EXPECT_SAYS(changed(2, "\"a.cpp:1\"", "\"a.cpp\""), "line 2, field \"site\"");
    EXPECT_SAYS(changed(2, "\"a.cpp:1\"", "7"), "line 2, field \"site\": 7 is no text");
    EXPECT_SAYS(changed(3, "\"begin\"", "\"middle\""), "line 3, field \"phase\": \"middle\"");
    EXPECT_SAYS(changed(3, "\"ring\":1", "\"ring\":2"),
                "line 3, field \"ring\": 2 is not the ring of depth 1");
    EXPECT_SAYS(changed(3, "\"depth\":1", "\"depth\":1000000000000"), "line 3, field \"depth\"");
    EXPECT_SAYS(changed(4, "\"heap_end\":512", "\"heap_end\":\"512\""),
                "line 4, field \"heap_end\": \"512\"");
    EXPECT_SAYS(changed(4, "\"heap_end\":512,", ""), "line 4, field \"heap_end\": it is missing");
    EXPECT_SAYS(changed(4, "\"heap_end\":512", "\"heap_end\":99999999999999999999"), "field \"heap_end\"");
    EXPECT_SAYS(changed(5, ",\"tensormap\":3", ""), "line 5, field \"tensormap\": it is missing");
    EXPECT_SAYS(changed(5, "{", "["), "line 5: this is no JSON object");
    EXPECT_SAYS(complaint(write(std::vector<std::string>{"[1,2]"})), "line 1: this is no JSON object: [1,2]");
}

TEST_F(ScopeStatsFile, whose_lines_contradict_each_other_is_refused) {
    EXPECT_SAYS(changed(4, "\"heap_start\":128", "\"heap_start\":600"), "line 4, field \"heap_start\": 600");
    EXPECT_SAYS(changed(4, "\"heap_start\":128", "\"heap_start\":63"),
                "line 4, field \"heap_start\": 63 is less than 64 before");
    EXPECT_SAYS(changed(4, "\"task_window_end\":9", "\"task_window_end\":6"),
                "line 4, field \"task_window_end\": 6 is less than 7 before");
    EXPECT_SAYS(changed(4, "b.cpp:22", "b.cpp:23"), "line 4, field \"site\": the scope of b.cpp:23 ends");
    EXPECT_SAYS(changed(4, "\"end\"", "\"begin\""), "line 4, field \"depth\": a scope of depth 1 begins");
    EXPECT_SAYS(changed(3, "\"begin\"", "\"end\""), "line 3, field \"depth\": a scope of depth 1 ends");
}

TEST_F(ScopeStatsFile, that_is_cut_off_anywhere_is_refused) {
    std::string text;
    for (const std::string& line : kLines) text += line + "\n";
    EXPECT_EQ(complaint(write(text)), "nothing");
    for (std::size_t bytes = 0; bytes < text.size(); bytes += 5)
        EXPECT_SAYS(complaint(write(text.substr(0, bytes))), "line ");
    EXPECT_SAYS(complaint(write(text + kLines.back() + "\n")), "line 6: line 1, fields \"total\"");
    EXPECT_SAYS(complaint(write(std::vector<std::string>(kLines.begin(), kLines.end() - 1))),
                "promises 4 lines behind itself, not 3");
    EXPECT_SAYS(changed(1, "\"total\":4", "\"total\":40"), "promises 40 lines");
    EXPECT_SAYS(changed(1, "\"dropped\":0,\"total\":4", "\"dropped\":96,\"total\":100"), "nothing");
    std::vector<std::string> open(kLines.begin(), kLines.end() - 1);
    open[0].replace(open[0].find("\"total\":4"), 9, "\"total\":3");
    EXPECT_SAYS(complaint(write(open)), "the scope of a.cpp:1 has not ended");
}

TEST_F(ScopeStatsFile, that_is_something_else_is_refused) {
    EXPECT_THROW(read_scopes(directory_.path() / "none"), analysis::FileMissing);
    EXPECT_THROW(analysis::find_scope_stats(directory_.path()), analysis::FileMissing);
    EXPECT_SAYS(complaint(write(std::string())), "the file is empty");
    EXPECT_SAYS(complaint(write(std::string(100'000, 'x'))), "line 1: the line does not end");
    EXPECT_SAYS(complaint(write(std::string(1'000, '\0') + "\n")), "line 1: this is no JSON object");
}

TEST_F(ScopeStatsFile, in_its_partial_form_is_good_up_to_any_byte) {
    const std::string text = partial_of_a_run();
    const std::size_t head = text.find('\n') + 1;
    const auto whole = read_scopes(write(text));
    EXPECT_TRUE(whole.head.partial);
    EXPECT_GT(whole.boundaries.size(), 20U);
    std::size_t found = 0;
    for (std::size_t bytes = head; bytes <= text.size(); bytes += 3) {
        const auto scopes = read_scopes(write(text.substr(0, bytes)));
        EXPECT_GE(scopes.boundaries.size(), found);
        EXPECT_EQ(scopes.head.total, scopes.boundaries.size());
        found = scopes.boundaries.size();
    }
    EXPECT_GT(found, 0U);
}

TEST_F(ScopeStatsFile, in_its_partial_form_is_refused_by_byte_when_it_is_damaged) {
    const std::string text = partial_of_a_run();
    const std::size_t head = text.find('\n') + 1;
    std::string newer = text;
    newer.replace(newer.find("recording\":1"), 12, "recording\":2");
    EXPECT_SAYS(complaint(write(newer)), "field \"weir_scope_recording\": 2 is newer than 1");
    std::string other_item = text;
    other_item[head] = 9;  // the kind of the first item
    EXPECT_SAYS(complaint(write(other_item)), "byte " + std::to_string(head) + ": these bytes are no item");
    // Whatever single byte changes, the reader ends: with what it can read or with the byte.
    std::mt19937_64 random(1);
    for (int i = 0; i < 300; ++i) {
        std::string damaged = text;
        damaged[head + random() % (text.size() - head)] = static_cast<char>(random());
        const std::string says = complaint(write(damaged));
        EXPECT_TRUE(says == "nothing" || says.find("byte ") != std::string::npos) << says;
    }
}

}  // namespace
}  // namespace weir
