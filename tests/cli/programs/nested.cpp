// SPDX-License-Identifier: Apache-2.0
/// A long program in nested scopes, each of which holds memory of the runtime: as many tasks as one likes,
/// and never more than a scope of each depth at once.
#include <cstdint>
#include <string>
#include <vector>
#include <weir/weir.hpp>

namespace {

constexpr weir::ProgramParameter kParameters[] = {
    {"rounds", "100", "scopes of depth 1, each with 100,201 tasks, 1 to 1000"},
};
constexpr int kScopes = 100;  ///< of depth 2 in each of depth 1, and so on
constexpr int kTasks = 10;    ///< in each innermost scope

using Block = weir::Tensor<std::int64_t>;

class Nested : public weir::ProgramInstance {
public:
    Nested(weir::Runtime& runtime, const weir::ParameterValues& values)
        : rounds_(static_cast<int>(values.integer("rounds", 1, 1000))),
          fill_(runtime.kernel("fill",
                               [](weir::Out<std::int64_t> block, std::int64_t value) {
                                   for (std::int64_t i = 0; i < block.extent(0); ++i) block[i] = value;
                               })),
          add_(runtime.kernel("add", [](weir::In<std::int64_t> from, weir::InOut<std::int64_t> to) {
              to[0] += from[from.extent(0) - 1];
          })) {}

    void prepare() override { sum_.assign(1, 0); }
    void run(weir::Orchestrator& o) override {
        const auto sum = o.external(sum_);
        for (int round = 0; round < rounds_; ++round) {
            const weir::Scope outer(o);
            const Block large = o.submit(fill_, weir::shape(524'288), std::int64_t{1}).output();
            for (int i = 0; i < kScopes; ++i) {
                const weir::Scope middle(o);
                const Block medium = o.submit(fill_, weir::shape(32'768), std::int64_t{10}).output();
                o.submit(add_, large, medium);
                for (int j = 0; j < kScopes; ++j) inner(o, medium, sum);
            }
        }
    }
    weir::CheckResult check() override {
        const std::int64_t inner = std::int64_t{rounds_} * kScopes * kScopes;
        const std::int64_t expected = inner * (kTasks - 2) * 100;
        return {sum_[0] == expected,
                "sum " + std::to_string(sum_[0]) + ", expected " + std::to_string(expected)};
    }
    weir::ProgramFigures figures() const override { return {}; }

private:
    /// A block of its own in a scope of depth 3 or 4, with the tasks that use it.
    void inner(weir::Orchestrator& o, const Block& medium, const Block& sum) {
        const weir::Scope scope(o);
        const Block small = o.submit(fill_, weir::shape(128), std::int64_t{100}).output();
        o.submit(add_, medium, small);
        for (int task = 2; task < kTasks; ++task) o.submit(add_, small, sum);
    }

    int rounds_;
    std::vector<std::int64_t> sum_;
    weir::Kernel<weir::Out<std::int64_t>, std::int64_t> fill_;
    weir::Kernel<weir::In<std::int64_t>, weir::InOut<std::int64_t>> add_;
};

}  // namespace

WEIR_PROGRAM("nested", "many tasks in nested scopes", kParameters,
             [](weir::Runtime& runtime, const weir::ParameterValues& values) -> weir::ProgramInstance* {
                 return new Nested(runtime, values);
             })
