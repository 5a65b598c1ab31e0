// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
// The table of docs/sizes.md is the one that the list of resources makes.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "config/resource_table.hpp"

namespace weir {
namespace {

TEST(SizesDocumentation, has_the_table_that_the_list_of_resources_makes) {
    const char* const folder = std::getenv("WEIR_SOURCE_DIR");
    ASSERT_NE(folder, nullptr) << "ctest sets WEIR_SOURCE_DIR to the folder of the sources";
    std::ifstream file(std::string(folder) + "/docs/sizes.md");
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_NE(text.str().find(size_table()), std::string::npos)
        << "docs/sizes.md has to contain these lines:\n"
        << size_table();
}

TEST(SizesDocumentation, names_of_variables_follow_from_those_of_the_fields) {
    EXPECT_STREQ(variable_of(Resource::task_window), "PTO2_RING_TASK_WINDOW");
    EXPECT_STREQ(variable_of(Resource::consumed_window), "PTO2_RING_CONSUMED_WINDOW");
    EXPECT_STREQ(variable_of(Resource::payload), "PTO2_RING_PAYLOAD");
    EXPECT_STREQ(variable_of(Resource::heap), "PTO2_RING_HEAP");
    EXPECT_STREQ(variable_of(Resource::dep_pool), "PTO2_RING_DEP_POOL");
    EXPECT_STREQ(variable_of(Resource::tensormap), "PTO2_TENSORMAP_POOL");
}

}  // namespace
}  // namespace weir
