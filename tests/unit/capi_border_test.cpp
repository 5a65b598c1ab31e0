// SPDX-License-Identifier: Apache-2.0
#include "capi/border.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <string>
#include <thread>

#include "capi/source_line.hpp"

namespace weir::capi {
namespace {

using ::testing::HasSubstr;

TEST(CapiBorder, ABodyThatReturnsIsOkAndLeavesTheLastErrorAlone) {
    EXPECT_EQ(guarded([] { throw_invalid("a kept message"); }), WEIR_INVALID_ARGUMENT);
    EXPECT_EQ(guarded([] {}), WEIR_OK);
    EXPECT_THAT(weir_last_error(), HasSubstr("a kept message"));
    EXPECT_EQ(weir_last_error_status(), WEIR_INVALID_ARGUMENT);
}

TEST(CapiBorder, AnErrorKeepsItsCodeMessageAndSourceLine) {
    const auto status =
        guarded([] { throw Error(ErrorCode::capacity, "ring 1 is too small", source_line("big.c", 12)); });
    EXPECT_EQ(status, WEIR_CAPACITY);
    EXPECT_THAT(weir_last_error(), HasSubstr("ring 1 is too small"));
    const char* file = nullptr;
    int line = 0;
    weir_last_error_site(&file, &line);
    EXPECT_STREQ(file, "big.c");
    EXPECT_EQ(line, 12);
    weir_last_error_site(nullptr, nullptr);
}

TEST(CapiBorder, OtherExceptionsGetAStatusOfTheirOwn) {
    EXPECT_EQ(guarded([] { throw std::bad_alloc(); }), WEIR_OUT_OF_MEMORY);
    EXPECT_EQ(guarded([] { throw std::runtime_error("disk on fire"); }), WEIR_SYSTEM);
    EXPECT_THAT(weir_last_error(), HasSubstr("disk on fire"));
    EXPECT_EQ(guarded([] { throw 5; }), WEIR_SYSTEM);
    int line = -1;
    weir_last_error_site(nullptr, &line);
    EXPECT_EQ(line, 0);
}

TEST(CapiBorder, EachThreadHasItsOwnLastError) {
    guarded([] { throw_invalid("of the first thread"); });
    std::thread([] {
        EXPECT_STREQ(weir_last_error(), "");
        EXPECT_EQ(weir_last_error_status(), WEIR_OK);
        guarded([] { throw Error(ErrorCode::cancelled, "of the second thread"); });
        EXPECT_THAT(weir_last_error(), HasSubstr("second"));
    }).join();
    EXPECT_THAT(weir_last_error(), HasSubstr("first"));
}

TEST(CapiBorder, AProgramThatPassesAStatusOnKeepsItsMessage) {
    begin_program();
    const int passed_on =
        guarded([] { throw Error(ErrorCode::scope_closed, "too late", source_line("p.c", 3)); });
    EXPECT_EQ(guarded([&] { throw_program_status(passed_on); }), WEIR_SCOPE_CLOSED);
    EXPECT_THAT(weir_last_error(), HasSubstr("too late"));
    int line = 0;
    weir_last_error_site(nullptr, &line);
    EXPECT_EQ(line, 3);
}

TEST(CapiBorder, AStatusThatAProgramMadeUpIsNotGivenAnOlderMessage) {
    guarded([] { throw Error(ErrorCode::scope_closed, "too late"); });
    begin_program();
    EXPECT_EQ(guarded([] { throw_program_status(WEIR_SCOPE_CLOSED); }), WEIR_SCOPE_CLOSED);
    EXPECT_STREQ(weir_last_error(), "the program returned status 4 (scope_closed)");
    EXPECT_EQ(guarded([] { throw_program_status(1000); }), 1000);
    EXPECT_STREQ(weir_last_error(), "the program returned status 1000");
    EXPECT_EQ(guarded([] { throw_program_status(-1); }), -1);
}

TEST(CapiBorder, AStructMustHaveThisSizeAndVersion) {
    weir_call_config config = WEIR_CALL_CONFIG_INIT;
    EXPECT_EQ(guarded([&] { checked(&config, "call"); }), WEIR_OK);
    config.struct_bytes += 1;
    EXPECT_EQ(guarded([&] { checked(&config, "call"); }), WEIR_INVALID_ARGUMENT);
    EXPECT_THAT(weir_last_error(), HasSubstr("struct_bytes " + std::to_string(sizeof config + 1)));
    config.version = 2;
    EXPECT_EQ(guarded([&] { checked(&config, "call"); }), WEIR_INVALID_ARGUMENT);
    EXPECT_THAT(weir_last_error(), HasSubstr("version 2"));
    const weir_call_config* none = nullptr;
    EXPECT_EQ(guarded([&] { checked(none, "call"); }), WEIR_INVALID_ARGUMENT);
    EXPECT_THAT(weir_last_error(), HasSubstr("call is NULL"));
}

TEST(CapiBorder, StatusesAndDtypesHaveNamesAndUnknownNumbersDoNot) {
    EXPECT_STREQ(weir_status_name(WEIR_OK), "ok");
    EXPECT_STREQ(weir_status_name(WEIR_UNSUPPORTED), "unsupported");
    EXPECT_STREQ(weir_status_name(WEIR_UNSUPPORTED + 1), "unknown");
    EXPECT_STREQ(weir_status_name(-1), "unknown");
    EXPECT_STREQ(weir_dtype_name(WEIR_BF16), "bf16");
    EXPECT_STREQ(weir_dtype_name(256 + WEIR_BF16), "none");
    EXPECT_EQ(weir_dtype_bytes(WEIR_F64), 8U);
    EXPECT_EQ(weir_dtype_bytes(WEIR_BOOL + 1), 0U);
    EXPECT_EQ(weir_dtype_bytes(-1), 0U);
}

}  // namespace
}  // namespace weir::capi
