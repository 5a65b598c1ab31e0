// SPDX-License-Identifier: Apache-2.0
#include "capi/source_line.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace weir::capi {
namespace {

/// Two locations that share their record.
bool same_record(std::source_location a, std::source_location b) {
    return std::bit_cast<const void*>(a) == std::bit_cast<const void*>(b);
}

TEST(CapiSourceLine, ReadsBackWhatWasNamed) {
    const std::source_location site = source_line("model.py", 77);
    EXPECT_STREQ(site.file_name(), "model.py");
    EXPECT_EQ(site.line(), 77U);
    EXPECT_EQ(site.column(), 0U);
    EXPECT_STREQ(site.function_name(), "");
}

TEST(CapiSourceLine, NoFileNoNameAndNoLineAreTheUnsetLocation) {
    const std::source_location unset;
    EXPECT_TRUE(same_record(source_line(nullptr, 5), unset));
    EXPECT_TRUE(same_record(source_line("", 5), unset));
    EXPECT_TRUE(same_record(source_line("a.c", 0), unset));
    EXPECT_TRUE(same_record(source_line("a.c", -1), unset));
}

TEST(CapiSourceLine, OneLineIsOneRecordWhereverItsTextLies) {
    const std::string first = "twice.c";
    const std::string second = "twice.c";
    EXPECT_TRUE(same_record(source_line(first.c_str(), 1), source_line(second.c_str(), 1)));
    EXPECT_FALSE(same_record(source_line(first.c_str(), 1), source_line(first.c_str(), 2)));
}

TEST(CapiSourceLine, TheTextIsCopiedAndAnotherTextAtItsAddressIsAnotherFile) {
    std::string text = "before.c";
    const std::source_location before = source_line(text.c_str(), 9);
    text.replace(0, text.size(), "behind.c");
    const std::source_location behind = source_line(text.c_str(), 9);
    EXPECT_STREQ(before.file_name(), "before.c");
    EXPECT_STREQ(behind.file_name(), "behind.c");
}

TEST(CapiSourceLine, MoreLinesThanAThreadRemembersStayApart) {
    std::vector<std::source_location> sites;
    for (int line = 1; line <= 5000; ++line) sites.push_back(source_line("long.c", line));
    std::set<const void*> records;
    for (int line = 1; line <= 5000; ++line) {
        const std::source_location site = sites[static_cast<std::size_t>(line - 1)];
        EXPECT_EQ(site.line(), static_cast<unsigned>(line));
        EXPECT_STREQ(site.file_name(), "long.c");
        EXPECT_TRUE(same_record(site, source_line("long.c", line)));
        records.insert(std::bit_cast<const void*>(site));
    }
    EXPECT_EQ(records.size(), 5000U);
}

TEST(CapiSourceLine, ThreadsThatNameTheSameLinesGetTheSameRecords) {
    constexpr int kLines = 300;
    std::vector<std::vector<std::source_location>> found(4);
    std::vector<std::thread> threads;
    for (auto& sites : found) {
        threads.emplace_back([&sites] {
            for (int line = 1; line <= kLines; ++line) sites.push_back(source_line("shared.c", line));
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const auto& sites : found) {
        for (std::size_t i = 0; i < kLines; ++i) EXPECT_TRUE(same_record(sites[i], found[0][i]));
    }
}

}  // namespace
}  // namespace weir::capi
