// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
// The chip table, and files with a user's own chip: what is accepted, and what the error says about the rest.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include <weir/chip.hpp>
#include <weir/error.hpp>

#include "caught_error.hpp"
#include "config/chip_file.hpp"
#include "model/chip.hpp"

namespace weir {
namespace {

TEST(ChipTable, has_the_two_chips_and_the_least_one) {
    const Chip& a2a3 = *find_chip("a2a3");
    EXPECT_EQ(a2a3.clusters, 24U);
    EXPECT_EQ(a2a3.core_count(), 72);
    EXPECT_EQ(a2a3.control_threads, 4U);
    EXPECT_EQ(a2a3.counter_hz, 50'000'000U);
    const Chip& a5 = *find_chip("a5");
    EXPECT_EQ(a5.clusters, 36U);
    EXPECT_EQ(a5.core_count(), 108);
    EXPECT_EQ(a5.control_threads, 7U);
    EXPECT_EQ(a5.counter_hz, 1'000'000'000U);
    EXPECT_EQ(find_chip("tiny")->clusters, 1U);
    EXPECT_EQ(find_chip("tiny")->control_threads, 2U);
    EXPECT_EQ(find_chip("A5"), nullptr);
    for (const Chip& chip : chips()) EXPECT_EQ(wrong_with(chip), "") << chip.name;
}

TEST(ChipTable, the_public_list_of_fields_is_that_of_the_table) {
    const std::vector<ChipFieldRange> ranges = chip_field_ranges();
    ASSERT_EQ(ranges.size(), chip_fields().size());
    EXPECT_EQ(ranges[1].name, "control_threads");
    EXPECT_EQ(ranges[1].low, 2U);
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        EXPECT_EQ(ranges[i].name, chip_fields()[i].name);
        EXPECT_EQ(ranges[i].high, chip_fields()[i].high);
        EXPECT_EQ(ranges[i].meaning, chip_fields()[i].meaning);
    }
}

TEST(ChipTable, costs_are_those_of_the_original) {
    for (const Chip& chip : chips()) {
        EXPECT_EQ(chip.read_ns(0), 95U);
        EXPECT_EQ(chip.read_ns(chip.core_count() - 1), 105U);
        // Three tensors: 0.87 us.
        EXPECT_EQ(chip.submit_ns + 3 * chip.submit_tensor_ns, 870U);
    }
}

TEST(ChipTable, a_cluster_has_one_aic_and_two_aiv_and_no_core_is_in_two) {
    for (const Chip& chip : chips()) {
        std::set<int> seen;
        for (int cluster = 0; cluster < chip.cluster_count(); ++cluster) {
            for (int place = 0; place < kClusterCores; ++place) {
                const int core = chip.core_of(cluster, place);
                EXPECT_EQ(chip.type_of(core), place == 0 ? CoreKind::aic : CoreKind::aiv);
                EXPECT_EQ(chip.cluster_of(core), cluster);
                seen.insert(core);
            }
        }
        EXPECT_EQ(static_cast<int>(seen.size()), chip.core_count());
        EXPECT_EQ(*seen.rbegin(), chip.core_count() - 1);
    }
}

TEST(ChipFile, takes_the_rest_from_the_chip_that_it_is_like) {
    const Chip chip = parse_chip(R"({"name": "wide", "like": "a2a3", "clusters": 48, "pass_ns": 7})", "f");
    Chip expected = *find_chip("a2a3");
    expected.name = "wide";
    expected.clusters = 48;
    expected.pass_ns = 7;
    EXPECT_EQ(chip, expected);
}

TEST(ChipFile, needs_no_other_chip_when_it_has_every_field) {
    std::string text = R"({"name": "own")";
    for (const ChipField& field : chip_fields())
        text += ", \"" + std::string(field.name) + "\": " + std::to_string(field.low + 2);
    const Chip chip = parse_chip(text + "}", "f");
    for (const ChipField& field : chip_fields()) EXPECT_EQ(chip.*field.place, field.low + 2) << field.name;
}

struct RefusedText {
    const char* text;
    const char* message;
};

TEST(ChipFile, what_is_wrong_is_named_with_its_field) {
    const std::vector<RefusedText> all = {
        {"", "chip file 'f': no JSON"},
        {"{\"name\": ", "chip file 'f': no JSON"},
        {"[1]", "chip file 'f': [1] is no JSON object"},
        {R"({"like": "a5"})", "name: it is missing"},
        {R"({"name": 3, "like": "a5"})", "name: 3 is no text"},
        {R"({"name": "x", "like": "a7"})", "like: no chip \"a7\"; there is: a2a3, a5, tiny"},
        {R"({"name": "x"})", "clusters: it is missing"},
        {R"({"name": "x", "like": "a5", "cores": 3})", "cores: no such field; there is: "},
        {R"({"name": "x", "like": "a5", "clusters": 0})", "clusters: 0 is not from 1 to 4096"},
        {R"({"name": "x", "like": "a5", "clusters": 4097})", "clusters: 4097 is not from 1 to 4096"},
        {R"({"name": "x", "like": "a5", "clusters": -1})", "clusters: -1 is no whole number"},
        {R"({"name": "x", "like": "a5", "clusters": 1.5})", "clusters: 1.5 is no whole number"},
        {R"({"name": "x", "like": "a5", "clusters": "8"})", "clusters: \"8\" is no whole number"},
        {R"({"name": "x", "like": "a5", "clusters": 99999999999999999999})",
         "clusters: 1e+20 is no whole number"},
        {R"({"name": "x", "like": "a5", "clusters": 2, "clusters": 3})", "clusters: it is given twice"},
        {R"({"name": "x", "like": "a5", "control_threads": 1})", "control_threads: 1 is not from 2 to 256"},
        {R"({"name": "x", "like": "a5", "control_threads": 38})", "control_threads: 38, but"},
        {R"({"name": "x", "like": "a5", "pass_ns": 0})", "pass_ns: 0 is not from 1 to 1000000000"},
        {R"({"name": "x", "like": "a5", "register_read_min_ns": 106})",
         "register_read_max_ns: 105 is less than register_read_min_ns, 106"},
    };
    for (const RefusedText& refused : all) {
        const test::Caught error = test::caught([&] { (void)parse_chip(refused.text, "f"); });
        EXPECT_EQ(error.code, ErrorCode::configuration) << refused.text;
        EXPECT_NE(error.message.find(refused.message), std::string::npos)
            << refused.text << ": " << error.message;
    }
}

TEST(ChipFile, that_is_not_there_is_named) {
    const test::Caught error = test::caught([] { (void)read_chip_file("/nowhere/chip.json"); });
    EXPECT_EQ(error.code, ErrorCode::configuration);
    EXPECT_NE(error.message.find("'/nowhere/chip.json'"), std::string::npos) << error.message;
}

}  // namespace
}  // namespace weir
