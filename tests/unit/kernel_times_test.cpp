// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
// The file that states how long kernels take: what it can say, what is refused and how, what a task costs.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <weir/error.hpp>
#include <weir/tensor.hpp>

#include "caught_error.hpp"
#include "config/kernel_times.hpp"

namespace weir::test {
namespace {

detail::TensorRecord matrix(DType type, std::int64_t rows, std::int64_t columns) {
    detail::TensorRecord record;
    record.elements = static_cast<std::uint64_t>(rows * columns) & ((std::uint64_t{1} << 48U) - 1);
    record.ndim = 2;
    record.dtype = static_cast<std::uint8_t>(type);
    record.axes[0] = {rows, columns};
    record.axes[1] = {columns, 1};
    return record;
}

template <class T>
std::uint64_t scalar(T value) {
    std::uint64_t word = 0;
    std::memcpy(&word, &value, sizeof value);
    return word;
}

class TimesOfKernels : public testing::Test {
protected:
    detail::TensorRecord wide_ = matrix(DType::f32, 3, 100);
    detail::TensorRecord tall_ = matrix(DType::f64, 70, 2);
    std::array<const detail::TensorRecord*, 2> tensors_{&wide_, &tall_};

    std::uint64_t time(const std::string& function, const std::vector<std::uint64_t>& scalars = {}) {
        return weir::nanoseconds(KernelTimes::parse("{\"k\": " + function + "}", "t.json"), "k", tensors_,
                                 scalars);
    }
    static std::string refusal(const std::string& text) {
        const auto error = caught([&] { KernelTimes::parse(text, "t.json"); });
        EXPECT_EQ(error.code, ErrorCode::configuration) << text;
        EXPECT_EQ(error.message.find("'t.json'"), 0U) << error.message;
        return error.message;
    }
};

TEST_F(TimesOfKernels, are_numbers_or_sums_of_terms) {
    EXPECT_EQ(time("0"), 0U);
    EXPECT_EQ(time("25000"), 25000U);
    EXPECT_EQ(time("2.5e3"), 2500U);
    EXPECT_EQ(time(R"({"constant": 7})"), 7U);
    EXPECT_EQ(time(R"({"tensor0.elements": 1})"), 300U);
    EXPECT_EQ(time(R"({"tensor0.bytes": 1})"), 1200U);
    EXPECT_EQ(time(R"({"tensor1.bytes": 0.5})"), 560U);
    EXPECT_EQ(time(R"({"tensor1.extent0": 1})"), 70U);
    EXPECT_EQ(time(R"({"tensor1.extent1": 1})"), 2U);
    EXPECT_EQ(time(R"({"constant": 0.2, "tensor1.extent1": 0.15})"), 1U) << "0.5, rounded";
    EXPECT_EQ(time(R"({"constant": 10, "tensor0.elements": 2, "tensor1.extent0": 3})"), 820U);
}

TEST_F(TimesOfKernels, read_scalars_as_the_type_that_the_file_names) {
    const std::vector<std::uint64_t> scalars = {scalar(std::int32_t{-5}), scalar(12.5), scalar(2.5F),
                                                scalar(true), scalar(std::uint64_t{1} << 33U)};
    EXPECT_EQ(time(R"({"constant": 100, "scalar0.i32": 2})", scalars), 90U);
    EXPECT_EQ(time(R"({"scalar0.u32": 1})", scalars), 4294967291U);
    EXPECT_EQ(time(R"({"scalar1.f64": 2})", scalars), 25U);
    EXPECT_EQ(time(R"({"scalar2.f32": 2})", scalars), 5U);
    EXPECT_EQ(time(R"({"scalar3.bool": 9})", scalars), 9U);
    EXPECT_EQ(time(R"({"scalar4.u64": 1})", scalars), 8589934592U);
    EXPECT_EQ(time(R"({"scalar0.i8": 1, "scalar0.i16": 1, "constant": 12})", scalars), 2U);
}

TEST_F(TimesOfKernels, of_a_task_are_between_nothing_and_a_thousand_seconds) {
    const auto no_number = std::vector{scalar(std::bit_cast<double>(~std::uint64_t{0}))};
    EXPECT_EQ(time(R"({"scalar0.i32": 2})", {scalar(std::int32_t{-5})}), 0U);
    EXPECT_EQ(time(R"({"scalar0.f64": 2})", no_number), 0U);
    EXPECT_EQ(time(R"({"scalar0.f64": 2})", {scalar(1e300)}), kMostKernelNs);
}

TEST_F(TimesOfKernels, are_refused_with_kernel_and_field) {
    const auto expect = [&](const std::string& text, const std::string& part) {
        const std::string message = refusal(text);
        EXPECT_NE(message.find(part), std::string::npos) << message << "\nlacks: " << part;
    };
    expect(R"({"gemm": -1})", "kernel \"gemm\": -1 nanoseconds cannot be");
    expect(R"({"gemm": 1e13})", "kernel \"gemm\": 10000000000000 nanoseconds cannot be");
    expect(R"({"gemm": "fast"})", "kernel \"gemm\": \"fast\" is neither");
    expect(R"({"gemm": [1]})", "kernel \"gemm\": a list is neither");
    expect(R"({"gemm": null})", "kernel \"gemm\": null is neither");
    expect(R"({"gemm": {}})", "kernel \"gemm\": the function is empty");
    expect(R"({"gemm": 1, "gemm": 2})", "kernel \"gemm\" is there twice");
    expect(R"({"gemm": {"constant": true}})", "kernel \"gemm\", field \"constant\": true is no number");
    expect(R"({"gemm": {"tensor0.bytes": -0.5}})", "field \"tensor0.bytes\": -0.5 nanoseconds cannot be");
    expect(R"({"gemm": {"constant": {}}})", "field \"constant\": an object is no number");
    expect(R"({"gemm": {"constant": 1, "constant": 1}})", "field \"constant\": it is there twice");
    for (const char* field :
         {"elements", "tensor.elements", "tensor00.bytes", "tensor32.bytes", "tensor1.size",
          "tensor0.extent5", "tensor0.extent", "tensor0.extent01", "scalar0", "scalar16.i8", "scalar0.f16",
          "scalar0.bf16", "scalar0.none", "scalar-1.i8", "Constant", ""})
        expect(std::string("{\"gemm\": {\"") + field + "\": 1}}",
               std::string("field \"") + field + "\": this is no quantity");
    expect("[]", "a list is no object");
    expect("3", "3 is no object");
    expect("", "line 1, column 1: this is no JSON");
    expect("{\n \"gemm\": 1,\n}", "line 3, column 1: this is no JSON");
    expect("{\"gemm\": 1} x", "this is no JSON");
    expect("{\"gemm\": 1e999}", "the number is too large");
    expect(std::string(100'000, '['), "a list is no object");
}

TEST_F(TimesOfKernels, that_a_task_needs_and_the_file_lacks_name_its_submit) {
    const KernelTimes times =
        KernelTimes::parse(R"({"gemm": {"tensor2.bytes": 1}, "add": {"tensor0.extent2": 1},
                               "scale": {"scalar0.f32": 1}})",
                           "t.json");
    const auto site = std::source_location::current();
    const auto missing = [&](const char* kernel) {
        const auto error =
            caught([&] { static_cast<void>(weir::nanoseconds(times, kernel, tensors_, {}, site)); });
        EXPECT_EQ(error.code, ErrorCode::configuration);
        EXPECT_NE(error.message.find("'t.json'"), std::string::npos) << error.message;
        EXPECT_NE(error.message.find(format_site(site)), std::string::npos) << error.message;
        return error.message;
    };
    EXPECT_NE(missing("trsm").find("no entry for kernel \"trsm\""), std::string::npos);
    EXPECT_NE(missing("gemm").find("field \"tensor2.bytes\""), std::string::npos);
    EXPECT_NE(missing("add").find("field \"tensor0.extent2\""), std::string::npos);
    EXPECT_NE(missing("scale").find("field \"scalar0.f32\""), std::string::npos);
}

TEST(FileOfKernelTimes, is_read_whole_or_refused_by_name) {
    const std::filesystem::path file =
        std::filesystem::temp_directory_path() / ("weir-kernel-times-" + std::to_string(getpid()) + ".json");
    std::ofstream(file) << R"({"add": 3, "gemm": {"scalar0.i64": 2}})";
    const KernelTimes times = KernelTimes::read(file.string());
    EXPECT_EQ(times.file(), file.string());
    ASSERT_EQ(times.all().size(), 2U);
    EXPECT_EQ(times.all().at("add"), (KernelTime{3, {}}));
    EXPECT_EQ(field_of(times.all().at("gemm").terms.at(0)), "scalar0.i64");
    std::filesystem::resize_file(file, kMostKernelTimesBytes + 1);
    const auto refusal = [](const std::string& name) {
        const auto error = caught([&] { KernelTimes::read(name); });
        EXPECT_EQ(error.code, ErrorCode::configuration);
        EXPECT_NE(error.message.find(name), std::string::npos) << error.message;
        return error.message;
    };
    EXPECT_NE(refusal(file.string()).find("more than"), std::string::npos);
    std::filesystem::remove(file);
    EXPECT_NE(refusal(file.string()).find("No such file"), std::string::npos);
    EXPECT_NE(refusal(std::filesystem::temp_directory_path().string()).find("directory"), std::string::npos);
}

TEST(FileOfKernelTimes, comes_before_recorded_medians_which_come_before_what_is_not_stated) {
    using std::chrono::nanoseconds;
    EXPECT_FALSE(KernelTimes::read("", {}));
    const std::optional<KernelTimes> medians = KernelTimes::read("", {{"add", nanoseconds(7)}});
    EXPECT_EQ(weir::nanoseconds(*medians, "add", {}, {}), 7U);
    EXPECT_FALSE(medians->decide("gemm"));
    const std::filesystem::path file =
        std::filesystem::temp_directory_path() / ("weir-kernel-order-" + std::to_string(getpid()) + ".json");
    std::ofstream(file) << R"({"add": 3, "none": 5})";
    const auto both = KernelTimes::read(
        file.string(), {{"add", nanoseconds(7)}, {"gemm", nanoseconds(9)}, {"none", nanoseconds(0)}});
    EXPECT_EQ(weir::nanoseconds(*both, "add", {}, {}), 3U);
    EXPECT_EQ(weir::nanoseconds(*both, "gemm", {}, {}), 9U);
    EXPECT_TRUE(both->decide("none"));
    EXPECT_FALSE(both->decide("other")) << "in neither";
    EXPECT_TRUE(KernelTimes::read(file.string(), {})->decide("other"))
        << "a file alone must have every kernel";
    std::filesystem::remove(file);
    for (const std::int64_t wrong : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{kMostKernelNs} + 1}) {
        const auto error = caught([&] {
            static_cast<void>(KernelTimes::read("", {{"add", nanoseconds(wrong)}}));
        });
        EXPECT_EQ(error.code, ErrorCode::configuration) << wrong;
        EXPECT_NE(error.message.find("kernel \"add\" is " + std::to_string(wrong) + " ns"), std::string::npos)
            << error.message;
    }
}

}  // namespace
}  // namespace weir::test
