// SPDX-License-Identifier: Apache-2.0
/// What every misuse test does: one wrong call, the right error with the line of that call, and then the same
/// runtime runs a good program correctly.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include <weir/weir.hpp>

#include "caught_error.hpp"

namespace weir::test {

/// Stages of data through temporaries and overlapping views; true when the result is that of serial
/// execution.
inline bool good_program_works(Runtime& runtime) {
    const auto scale =
        runtime.kernel("good_scale", [](In<std::int64_t> x, Out<std::int64_t> y, std::int64_t by) {
            for (int i = 0; i < x.extent(0); ++i) y(i) = by * x(i) + i;
        });
    const auto shift = runtime.kernel("good_shift",
                                      [](InOut<std::int64_t> x) {
                                          for (int i = 1; i < x.extent(0); ++i) x(i) += x(i - 1);
                                      },
                                      {.cost_ns = 1'000'000});
    std::vector<std::int64_t> data(12), expected(12);
    std::iota(data.begin(), data.end(), 1);
    expected = data;
    for (int round = 0; round < 8; ++round) {
        std::vector<std::int64_t> made(12);
        for (std::size_t i = 0; i < 12; ++i) made[i] = 3 * expected[i] + static_cast<std::int64_t>(i);
        for (std::size_t i = 5; i < 12; ++i) made[i] += made[i - 1];
        for (std::size_t i = 0; i < 12; ++i)
            expected[i] = (-1 * made[i] + static_cast<std::int64_t>(i)) % 1000;
    }
    const auto wrap = runtime.kernel("good_wrap", [](InOut<std::int64_t> x) {
        for (auto& value : x) value %= 1000;
    });
    runtime.run([&](Orchestrator& o) {
        const auto x = o.external(data);
        for (int round = 0; round < 8; ++round) {
            const Scope scope{o};
            const auto made = o.submit(scale, x, like(x), std::int64_t{3}).output();
            o.submit(shift, made.view({4}, {8}));
            o.submit(scale, made, x, std::int64_t{-1});
            o.submit(wrap, x);
        }
    });
    return data == expected;
}

class Misuse : public testing::TestWithParam<int> {
protected:
    explicit Misuse(RuntimeConfig config = {})
        : runtime_([&] {
              config.threads = GetParam();
              return config;
          }()) {}

    /// Runs a program that must be refused, and a good one after it.
    Caught refused(const Program& program) {
        Caught result = caught([&] { runtime_.run(program); });
        EXPECT_NE(result.code, ErrorCode::ok) << "the run ended without an error";
        EXPECT_TRUE(good_program_works(runtime_)) << "the runtime is not usable after: " << result.message;
        return result;
    }

    /// The program makes its mistake on line `bad_line_`, which it sets itself.
    void expect_refused(ErrorCode code, const Program& program,
                        std::source_location here = std::source_location::current()) {
        bad_line_ = 0;
        const testing::ScopedTrace trace(here.file_name(), static_cast<int>(here.line()), "called from here");
        const Caught result = refused(program);
        EXPECT_STREQ(to_string(result.code), to_string(code)) << result.message;
        ASSERT_NE(bad_line_, 0U) << "the program did not reach its mistake: " << result.message;
        EXPECT_NE(result.message.find(at_line(bad_line_, here)), std::string::npos)
            << "no " << at_line(bad_line_, here) << " in: " << result.message;
        EXPECT_EQ(result.line, bad_line_) << result.message;
        last_message_ = result.message;
    }

    [[nodiscard]] bool mentions(const std::string& text) const {
        return last_message_.find(text) != std::string::npos;
    }

    Runtime runtime_;
    std::uint_least32_t bad_line_ = 0;
    std::string last_message_;
    std::vector<float> a_ = std::vector<float>(64), b_ = std::vector<float>(64), c_ = std::vector<float>(64);
    Kernel<In<float>, In<float>, Out<float>> add_ =
        runtime_.kernel("add", [](In<float> a, In<float> b, Out<float> c) {
            for (std::size_t i = 0; i < c.size(); ++i) c[i] = a[i] + b[i];
        });
    AnyKernel any_ = runtime_.kernel_any("any", [](const TaskView&) { return 0; });
};

}  // namespace weir::test
