// SPDX-License-Identifier: Apache-2.0
// Element types: sizes, names, C++ counterparts, and rounding to bfloat16.
#include <gtest/gtest.h>

#include <cfenv>
#include <cmath>
#include <limits>
#include <string>

#include <weir/weir.hpp>

namespace weir {
namespace {

TEST(DTypes, sizes_and_names_are_those_of_the_field) {
    struct Row {
        DType dtype;
        std::size_t bytes;
        const char* name;
        int number;
    };
    const Row rows[] = {
        {DType::f64, 8, "f64", 1},      {DType::f32, 4, "f32", 2},  {DType::f16, 2, "f16", 3},
        {DType::bf16, 2, "bf16", 4},    {DType::i8, 1, "i8", 5},    {DType::i16, 2, "i16", 6},
        {DType::i32, 4, "i32", 7},      {DType::i64, 8, "i64", 8},  {DType::u8, 1, "u8", 9},
        {DType::u16, 2, "u16", 10},     {DType::u32, 4, "u32", 11}, {DType::u64, 8, "u64", 12},
        {DType::boolean, 1, "bool", 13}};
    for (const Row& row : rows) {
        EXPECT_EQ(size_of(row.dtype), row.bytes) << row.name;
        EXPECT_STREQ(name_of(row.dtype), row.name);
        EXPECT_EQ(static_cast<int>(row.dtype), row.number) << row.name;
    }
    EXPECT_EQ(size_of(DType::none), 0U);
    EXPECT_EQ(size_of(static_cast<DType>(200)), 0U);
    EXPECT_STREQ(name_of(static_cast<DType>(200)), "none");
}

TEST(DTypes, every_cpp_type_has_the_dtype_of_its_size_and_sign) {
    EXPECT_EQ(dtype_of<double>, DType::f64);
    EXPECT_EQ(dtype_of<float>, DType::f32);
    EXPECT_EQ(dtype_of<Float16>, DType::f16);
    EXPECT_EQ(dtype_of<BFloat16>, DType::bf16);
    EXPECT_EQ(dtype_of<bool>, DType::boolean);
    EXPECT_EQ(dtype_of<signed char>, DType::i8);
    EXPECT_EQ(dtype_of<std::uint8_t>, DType::u8);
    EXPECT_EQ(dtype_of<short>, DType::i16);
    EXPECT_EQ(dtype_of<std::uint16_t>, DType::u16);
    EXPECT_EQ(dtype_of<int>, DType::i32);
    EXPECT_EQ(dtype_of<unsigned>, DType::u32);
    EXPECT_EQ(dtype_of<long>, sizeof(long) == 8 ? DType::i64 : DType::i32);
    EXPECT_EQ(dtype_of<long long>, DType::i64);
    EXPECT_EQ(dtype_of<unsigned long long>, DType::u64);
    static_assert(!Element<const float> && !Element<std::string> && !Element<int*>);
}

TEST(BFloat16, rounds_to_nearest_and_ties_to_even) {
    const auto bits = [](float value) { return BFloat16(value).bits; };
    EXPECT_EQ(bits(1.F), 0x3f80);
    EXPECT_EQ(bits(-2.F), 0xc000);
    EXPECT_EQ(bits(std::bit_cast<float>(0x3f80'7fffU)), 0x3f80) << "just below the tie";
    EXPECT_EQ(bits(std::bit_cast<float>(0x3f80'8000U)), 0x3f80) << "a tie goes to the even neighbour below";
    EXPECT_EQ(bits(std::bit_cast<float>(0x3f80'8001U)), 0x3f81) << "just above the tie";
    EXPECT_EQ(bits(std::bit_cast<float>(0x3f81'8000U)), 0x3f82) << "a tie goes to the even neighbour above";
    EXPECT_EQ(bits(std::bit_cast<float>(0x3fff'ffffU)), 0x4000) << "the carry reaches the exponent";
    EXPECT_EQ(bits(std::numeric_limits<float>::max()), 0x7f80) << "rounds to infinity";
    EXPECT_EQ(bits(-0.F), 0x8000);
    EXPECT_EQ(bits(std::bit_cast<float>(0x0000'8001U)), 0x0001) << "subnormal";
}

TEST(BFloat16, infinity_and_nan_stay_what_they_are) {
    const float infinity = std::numeric_limits<float>::infinity();
    EXPECT_EQ(static_cast<float>(BFloat16(infinity)), infinity);
    EXPECT_EQ(static_cast<float>(BFloat16(-infinity)), -infinity);
    for (const std::uint32_t word : {0x7f80'0001U, 0x7fff'ffffU, 0xff80'0001U, 0xffff'ffffU, 0x7fc0'0000U}) {
        const auto value = static_cast<float>(BFloat16(std::bit_cast<float>(word)));
        EXPECT_TRUE(std::isnan(value)) << std::hex << word;
        EXPECT_EQ(std::signbit(value), (word >> 31U) != 0) << std::hex << word;
    }
}

TEST(BFloat16, every_value_survives_the_way_through_float) {
    for (std::uint32_t bits = 0; bits < 0x1'0000U; ++bits) {
        BFloat16 value;
        value.bits = static_cast<std::uint16_t>(bits);
        const auto wide = static_cast<float>(value);
        if (!std::isnan(wide)) {
            ASSERT_EQ(BFloat16(wide).bits, value.bits) << std::hex << bits;
        }
    }
}

TEST(DTypes, tensors_of_every_type_reach_their_kernels) {
    Runtime runtime{{.threads = 2}};
    const auto all = [&]<class... T>(std::tuple<T...>) {
        const auto one = [&]<class U>(U) {
            std::vector<unsigned char> from(16 * sizeof(U)), to(16 * sizeof(U));
            for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<unsigned char>(i % 2);
            const auto copy = runtime.kernel(
                "copy", [](In<U> a, Out<U> b) { std::memcpy(b.data(), a.data(), a.size() * sizeof(U)); });
            runtime.run([&](Orchestrator& o) {
                const AnyTensor a = o.external(from.data(), dtype_of<U>, {4, 4});
                o.submit(copy, a, Tensor<U>(o.external(to.data(), dtype_of<U>, {4, 4})));
            });
            EXPECT_EQ(from, to) << name_of(dtype_of<U>);
        };
        (one(T{}), ...);
    };
    all(std::tuple<double, float, Float16, BFloat16, bool, std::int8_t, std::int16_t, std::int32_t,
                   std::int64_t, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>{});
}

TEST(Errors, every_code_has_a_name_and_a_site_is_file_and_line) {
    EXPECT_STREQ(to_string(ErrorCode::capacity), "capacity");
    EXPECT_STREQ(to_string(ErrorCode::kernel_failed), "kernel_failed");
    EXPECT_STREQ(to_string(ErrorCode::invalid_argument), "invalid_argument");
    EXPECT_STREQ(to_string(ErrorCode::unsupported), "unsupported");
    const auto here = std::source_location::current();
    EXPECT_EQ(format_site(here), "api_dtype_test.cpp:" + std::to_string(here.line()));
    EXPECT_EQ(format_site({}), "");
    const Error error(ErrorCode::deadline, "late", here);
    EXPECT_EQ(error.code(), ErrorCode::deadline);
    EXPECT_EQ(error.site().line(), here.line());
    EXPECT_NE(std::string(error.what()).find("late"), std::string::npos);
}

}  // namespace
}  // namespace weir
