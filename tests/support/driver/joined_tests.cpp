// SPDX-License-Identifier: Apache-2.0
// main of a folder's tests when all its files are one executable. `--file=plan_test` runs the tests of
// plan_test.cpp, as the executable of that file alone does; without it all run. GoogleTest's own options are
// understood as well.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

namespace {

/// GoogleTest's filter for the tests of one file, each by its full name; empty when there is none.
std::string tests_of(std::string_view file) {
    const auto& all = *testing::UnitTest::GetInstance();
    std::string filter;
    for (int i = 0; i < all.total_test_suite_count(); ++i) {
        const auto& suite = *all.GetTestSuite(i);
        for (int j = 0; j < suite.total_test_count(); ++j) {
            const auto& test = *suite.GetTestInfo(j);
            if (std::filesystem::path(test.file()).stem() == file)
                filter.append(suite.name()).append(".").append(test.name()).append(":");
        }
    }
    return filter;
}

}  // namespace

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    constexpr std::string_view kOption = "--file=";
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        const std::string filter =
            argument.starts_with(kOption) ? tests_of(argument.substr(kOption.size())) : "";
        if (filter.empty()) {
            std::fprintf(stderr,
                         "%s: '%s' names no file with tests; say --file=plan_test for plan_test.cpp\n",
                         argv[0], argv[i]);
            return 2;
        }
        GTEST_FLAG_SET(filter, filter);
    }
    return RUN_ALL_TESTS();
}
