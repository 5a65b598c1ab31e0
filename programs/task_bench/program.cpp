// SPDX-License-Identifier: Apache-2.0
//
// A task graph of Task Bench on a grid that cycles through a few rows: step t reads row t - 1 and writes row
// t, both modulo the number of rows, so that a point also has to wait for the last readers of the value that
// it replaces.
#include <array>
#include <cstdio>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <weir/weir.hpp>

#include "graph.hpp"
#include "kernels.hpp"
#include "reference.hpp"

namespace {

using weir::In;
using weir::Out;
using weir::task_bench::Graph;
using weir::task_bench::kPointWords;
using Word = std::uint64_t;

constexpr weir::ProgramParameter kParameters[] = {
    {"pattern", "stencil_1d", "trivial, no_comm, stencil_1d, fft, tree, random_nearest or all_to_all"},
    {"width", "64", "points of a row"},
    {"steps", "1000", "rows that are computed"},
    {"iterations", "0", "length of the kernel compute_bound: 64 multiply-adds each"},
    {"rows", "2", "rows that the grid keeps"},
    {"seed", "1", "which edges random_nearest has"},
    {"scope_rows", "0", "rows whose tasks are in one scope; 0: no scopes"},
};

constexpr std::int64_t kMaxWidth = 1 << 20;
constexpr std::int64_t kMaxSteps = 1LL << 31;

Graph graph_from(const weir::ParameterValues& values) {
    Graph graph;
    graph.pattern =
        *weir::task_bench::pattern_named(values.choice("pattern", weir::task_bench::kPatternNames));
    graph.width = static_cast<std::size_t>(values.integer("width", 1, kMaxWidth));
    graph.steps = static_cast<std::size_t>(values.integer("steps", 1, kMaxSteps));
    graph.seed = static_cast<std::uint64_t>(values.integer("seed", 0, std::int64_t{1} << 62));
    return graph;
}

/// A point of the grid.
struct alignas(kPointWords * sizeof(Word)) Point {
    Word words[kPointWords];
};

template <std::size_t>
using Input = In<Word>;

/// The kernel of a point with as many single inputs as there are indices.
template <std::size_t... I>
auto point_kernel(weir::Runtime& runtime, Word iterations, std::index_sequence<I...>) {
    return runtime.kernel(
        "point_with_" + std::to_string(sizeof...(I)) + "_inputs",
        [iterations](Input<I>... inputs, Out<Word> out, std::uint32_t step, std::uint32_t point) {
            const double work = weir::task_bench::compute_bound(iterations);
            Word value = weir::task_bench::begin_value(step, point, work);
            ((value = weir::task_bench::add_input(value, inputs.data()[0])), ...);
            out.data()[0] = value;
        });
}

/// The kernel of a point that depends on a whole row.
auto row_kernel(weir::Runtime& runtime, Word iterations) {
    return runtime.kernel("point_with_row_input",
                          [iterations](In<Word> row, Out<Word> out, std::uint32_t step, std::uint32_t point) {
                              const double work = weir::task_bench::compute_bound(iterations);
                              Word value = weir::task_bench::begin_value(step, point, work);
                              for (std::size_t i = 0; i < row.size(); i += kPointWords) {
                                  value = weir::task_bench::add_input(value, row.data()[i]);
                              }
                              out.data()[0] = value;
                          });
}

/// One kernel for each number of inputs, 0 to 5.
auto point_kernels(weir::Runtime& runtime, Word iterations) {
    return std::make_tuple(point_kernel(runtime, iterations, std::make_index_sequence<0>{}),
                           point_kernel(runtime, iterations, std::make_index_sequence<1>{}),
                           point_kernel(runtime, iterations, std::make_index_sequence<2>{}),
                           point_kernel(runtime, iterations, std::make_index_sequence<3>{}),
                           point_kernel(runtime, iterations, std::make_index_sequence<4>{}),
                           point_kernel(runtime, iterations, std::make_index_sequence<5>{}));
}

class TaskBench : public weir::ProgramInstance {
public:
    TaskBench(weir::Runtime& runtime, const weir::ParameterValues& values)
        : graph_(graph_from(values)),
          iterations_(static_cast<Word>(values.integer("iterations", 0, std::int64_t{1} << 40))),
          rows_(static_cast<std::size_t>(values.integer("rows", 2, 1024))),
          scope_rows_(static_cast<std::size_t>(values.integer("scope_rows", 0, kMaxSteps))),
          grid_(rows_ * graph_.width),
          with_points_(point_kernels(runtime, iterations_)),
          with_row_(row_kernel(runtime, iterations_)) {}

    void prepare() override { grid_.assign(grid_.size(), Point{}); }

    void run(weir::Orchestrator& o) override {
        const auto whole = o.external(grid_.front().words, weir::shape(rows_, graph_.width, kPointWords));
        std::vector<weir::Tensor<Word>> rows;
        std::vector<weir::Tensor<Word>> points;
        for (std::size_t row = 0; row < rows_; ++row) {
            rows.push_back(whole.view(weir::shape(row, 0, 0), weir::shape(1, graph_.width, kPointWords)));
            for (std::size_t point = 0; point < graph_.width; ++point) {
                points.push_back(whole.view(weir::shape(row, point, 0), weir::shape(1, 1, kPointWords)));
            }
        }
        std::optional<weir::Scope> scope;
        for (std::size_t step = 0; step < graph_.steps; ++step) {
            if (scope_rows_ != 0 && step % scope_rows_ == 0) {
                scope.reset();  // before the next one opens: scopes nest
                scope.emplace(o, weir::ScopeMode::automatic, std::source_location::current());
            }
            const std::size_t before = (step + rows_ - 1) % rows_;
            const weir::Tensor<Word>* sources = &points[before * graph_.width];
            const weir::Tensor<Word>* targets = &points[step % rows_ * graph_.width];
            const std::size_t width = graph_.width_at(step);
            for (std::size_t point = 0; point < width; ++point) {
                submit_point(o, rows[before], sources, targets[point], step, point);
            }
        }
    }

    weir::CheckResult check() override {
        const std::vector<Word> expected = weir::task_bench::expected_grid(graph_, iterations_, rows_);
        std::vector<Word> found(expected.size());
        for (std::size_t i = 0; i < found.size(); ++i) found[i] = grid_[i].words[0];
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < found.size(); ++i) wrong += found[i] != expected[i] ? 1U : 0U;
        char text[160];
        std::snprintf(
            text, sizeof text, "checksum %016llx, %016llx by serial execution; %zu of %zu values differ",
            static_cast<unsigned long long>(weir::task_bench::checksum(found)),
            static_cast<unsigned long long>(weir::task_bench::checksum(expected)), wrong, found.size());
        return {wrong == 0, text};
    }

    weir::ProgramFigures figures() const override {
        return {static_cast<double>(graph_.tasks()) * static_cast<double>(iterations_) *
                    weir::task_bench::kFlopsPerIteration,
                0.0};
    }

private:
    using Kernels = decltype(point_kernels(std::declval<weir::Runtime&>(), Word{}));
    using RowKernel = decltype(row_kernel(std::declval<weir::Runtime&>(), Word{}));

    void submit_point(weir::Orchestrator& o, const weir::Tensor<Word>& row, const weir::Tensor<Word>* sources,
                      const weir::Tensor<Word>& target, std::size_t step, std::size_t point) {
        const auto list = weir::task_bench::dependences(graph_, step, point);
        const auto s = static_cast<std::uint32_t>(step);
        const auto p = static_cast<std::uint32_t>(point);
        if (list.whole_row) {
            o.submit(with_row_, row, target, s, p);
            return;
        }
        const auto in = [&](std::size_t i) -> const weir::Tensor<Word>& { return sources[list.points[i]]; };
        switch (list.count) {
            case 0:
                o.submit(std::get<0>(with_points_), target, s, p);
                break;
            case 1:
                o.submit(std::get<1>(with_points_), in(0), target, s, p);
                break;
            case 2:
                o.submit(std::get<2>(with_points_), in(0), in(1), target, s, p);
                break;
            case 3:
                o.submit(std::get<3>(with_points_), in(0), in(1), in(2), target, s, p);
                break;
            case 4:
                o.submit(std::get<4>(with_points_), in(0), in(1), in(2), in(3), target, s, p);
                break;
            default:
                o.submit(std::get<5>(with_points_), in(0), in(1), in(2), in(3), in(4), target, s, p);
                break;
        }
    }

    Graph graph_;
    Word iterations_;
    std::size_t rows_;
    std::size_t scope_rows_;
    std::vector<Point> grid_;  // [row][point]
    Kernels with_points_;
    RowKernel with_row_;
};

}  // namespace

WEIR_PROGRAM("task_bench", "task graphs of Task Bench with the kernel compute_bound", kParameters,
             [](weir::Runtime& runtime, const weir::ParameterValues& values) -> weir::ProgramInstance* {
                 return new TaskBench(runtime, values);
             })
