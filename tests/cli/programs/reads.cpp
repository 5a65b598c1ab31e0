// SPDX-License-Identifier: Apache-2.0
// A program for the tests of `weir plan`: it reads data that a task has written, or that it has set itself.
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include <weir/weir.hpp>

namespace {

constexpr weir::ProgramParameter kParameters[] = {
    {"reads", "task", "task: what a task has written; own: what it has set itself; none; endless: for ever"},
};
constexpr std::array<std::string_view, 4> kReads = {"task", "own", "none", "endless"};

class Reads : public weir::ProgramInstance {
public:
    Reads(weir::Runtime& runtime, const weir::ParameterValues& values)
        : reads_(values.choice("reads", kReads)),
          count_(runtime.kernel("count", [](weir::InOut<std::int64_t> number) { ++number[0]; })) {}

    void prepare() override { data_.assign(1, 0); }
    void run(weir::Orchestrator& o) override {
        const auto number = o.external(data_);
        if (reads_ == "own" || reads_ == "endless") {
            o.set(number, {0}, 3);
            while (o.get(number, {0}) == 3 && reads_ == "endless") {
            }
        }
        o.submit(count_, number);
        if (reads_ != "task") return;
        while (o.get(number, {0}) < 3) o.submit(count_, number);
    }
    weir::CheckResult check() override { return {data_[0] > 0, "counted"}; }
    weir::ProgramFigures figures() const override { return {}; }

private:
    std::string_view reads_;
    std::vector<std::int64_t> data_;
    weir::Kernel<weir::InOut<std::int64_t>> count_;
};

}  // namespace

WEIR_PROGRAM("reads", "counts to three, looking at the count", kParameters,
             [](weir::Runtime& runtime, const weir::ParameterValues& values) -> weir::ProgramInstance* {
                 return new Reads(runtime, values);
             })
