// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
#include "analysis/report_encoding.hpp"

#include <gtest/gtest.h>

#include <random>

#include "analysis/compressed_text.hpp"
#include "analysis/file_errors.hpp"
#include "support/report_decoder.hpp"

namespace weir::analysis {
namespace {

using Values = std::vector<std::int64_t>;

Values round_trip(const Values& values, bool wide, const Values& of = {}) {
    ReportTables tables;
    tables.begin("t", values.size());
    if (!of.empty()) tables.add("of", of, true);
    const std::vector<std::string> other =
        of.empty() ? std::vector<std::string>{} : std::vector<std::string>{"of"};
    tables.add("c", values, wide, other, other);
    return test::decode_report(tables.bytes({{"x", 1}})).tables.at("t").at("c");
}

nlohmann::json column_of(const Values& values, const Values& of) {
    ReportTables tables;
    tables.begin("t", values.size());
    tables.add("of", of, true);
    tables.add("c", values, true, {"of"}, {"of"});
    return test::decode_report(tables.bytes({})).header.at("tables").at(0).at("columns").at(1);
}

TEST(ReportEncoding, ValuesComeBack) {
    const Values extreme = {kMostCell, -kMostCell, kNullCell, kMostCell, 0, 127, 128, 16383, 16384, -1};
    EXPECT_EQ(round_trip(extreme, true), extreme);
    const Values narrow = {0, kNullCell, 0x7fffffff, 5};
    EXPECT_EQ(round_trip(narrow, false), narrow);
    EXPECT_EQ(round_trip({}, false), Values{});
}

TEST(ReportEncoding, ColumnsTakeTheShortestBase) {
    const Values times = {1000000, 1000200, 1000350, 1000900};
    EXPECT_EQ(column_of({5, 900, 17, 3}, times).at("base"), "zero");
    EXPECT_EQ(column_of({2000000, 2000003, 2000009, 2000010}, times).at("base"), "previous");
    const nlohmann::json near = column_of({1000003, 1000209, 1000351, 1000911}, times);
    EXPECT_EQ(near.at("base"), "column");
    EXPECT_EQ(near.at("of"), "of");
    EXPECT_FALSE(near.at("signed"));
    EXPECT_EQ(near.at("bytes"), 4);
    const nlohmann::json groups =
        column_of({900001, 300001, 900002, 300002, 900003, 300003}, {1, 2, 1, 2, 1, 2});
    EXPECT_EQ(groups.at("base"), "group");
}

TEST(ReportEncoding, RandomColumnsComeBack) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 200; ++round) {
        Values values;
        Values of;
        const std::uint64_t spread = std::uint64_t{1} << (random() % 50);
        for (std::size_t row = random() % 40 + 1; row > 0; --row) {
            const bool null = random() % 5 == 0;
            values.push_back(null ? kNullCell : static_cast<std::int64_t>(random() % spread));
            of.push_back(random() % 7 == 0 ? kNullCell : static_cast<std::int64_t>(random() % 3 * spread));
        }
        EXPECT_EQ(round_trip(values, true, of), values) << "round " << round;
    }
}

TEST(ReportEncoding, RefusesWhatItCannotHold) {
    ReportTables tables;
    tables.begin("t", 1);
    EXPECT_THROW(tables.add("c", {kMostCell + 1}, true), FileDamaged);
    EXPECT_THROW(tables.add("c", {-kMostCell - 1}, true), FileDamaged);
    EXPECT_THROW(tables.add("c", {-1}, false), FileDamaged);
    EXPECT_THROW(tables.add("c", {0x80000000}, false), FileDamaged);
}

TEST(ReportEncoding, NamesThatAreNoUtf8DoNotBreakTheHeader) {
    EXPECT_EQ(test::decode_report(ReportTables().bytes({{"name", "a\xff"}})).header.at("name"),
              "a\xef\xbf\xbd");
}

TEST(CompressedText, Base64) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foo"), "Zm9v");
    EXPECT_EQ(base64(std::string_view("\xff\xfe\xfd", 3)), "//79");
}

TEST(CompressedText, CompressedBytesComeBack) {
    std::mt19937 random(3);
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{65536}, std::size_t{300001}}) {
        std::string bytes;
        while (bytes.size() < size) bytes += static_cast<char>(random() % 7);
        EXPECT_EQ(test::decode_report_text(base64(zlib_compressed(bytes))), bytes);
    }
    EXPECT_LT(zlib_compressed(std::string(100000, 'x')).size(), 300U);
}

}  // namespace
}  // namespace weir::analysis
