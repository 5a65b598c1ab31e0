// SPDX-License-Identifier: Apache-2.0
//
// Tiled Cholesky factorisation, right-looking, in place on one matrix: every tile is a view of it.
#include <algorithm>
#include <cstdio>
#include <vector>

#include <weir/weir.hpp>

#include "kernels.hpp"
#include "problem.hpp"
#include "reference.hpp"

namespace {

using weir::In;
using weir::InOut;
using weir::cholesky::ConstTile;
using weir::cholesky::Tile;

constexpr weir::ProgramParameter kParameters[] = {
    {"n", "4096", "order of the matrix"},
    {"tile", "256", "order of a tile; it does not have to divide n"},
    {"seed", "1", "which matrix"},
};

constexpr std::int64_t kMaxOrder = 1 << 17;

// The critical path first: the next diagonal tile waits for the tasks of its own column only.
constexpr int kFactorPriority = 7;
constexpr int kSolvePriority = 5;
constexpr int kNextColumnPriority = 3;

ConstTile const_tile(const In<double>& tensor) {
    return {tensor.data(), static_cast<std::size_t>(tensor.stride(0))};
}
Tile tile(const InOut<double>& tensor) { return {tensor.data(), static_cast<std::size_t>(tensor.stride(0))}; }
std::size_t rows(const In<double>& tensor) { return static_cast<std::size_t>(tensor.extent(0)); }
std::size_t rows(const InOut<double>& tensor) { return static_cast<std::size_t>(tensor.extent(0)); }
std::size_t columns(const In<double>& tensor) { return static_cast<std::size_t>(tensor.extent(1)); }

int factor(InOut<double> diagonal) { return weir::cholesky::factor(tile(diagonal), rows(diagonal)); }
void solve(In<double> diagonal, InOut<double> panel) {
    weir::cholesky::solve(const_tile(diagonal), tile(panel), rows(panel), rows(diagonal));
}
void update_diagonal(In<double> panel, InOut<double> target) {
    weir::cholesky::update_diagonal(const_tile(panel), tile(target), rows(target), columns(panel));
}
void update(In<double> left, In<double> right, InOut<double> target) {
    weir::cholesky::update(const_tile(left), const_tile(right), tile(target), rows(left), rows(right),
                           columns(left));
}

class Cholesky : public weir::ProgramInstance {
public:
    Cholesky(weir::Runtime& runtime, const weir::ParameterValues& values)
        : matrix_(static_cast<std::size_t>(values.integer("n", 1, kMaxOrder))),
          tile_(values.integer("tile", 1, kMaxOrder)),
          seed_(static_cast<std::uint64_t>(values.integer("seed", 0, std::int64_t{1} << 62))),
          factor_(runtime.kernel("factor", factor)),
          solve_(runtime.kernel("solve", solve)),
          update_diagonal_(runtime.kernel("update_diagonal", update_diagonal)),
          update_(runtime.kernel("update", update)) {
        weir::cholesky::use_one_thread_per_call();
    }

    void prepare() override { matrix_.fill(seed_); }

    void run(weir::Orchestrator& o) override {
        const auto order = static_cast<std::int64_t>(matrix_.order());
        const auto whole = o.external(matrix_.data(), weir::shape(order, order));
        const auto count = static_cast<std::size_t>((order + tile_ - 1) / tile_);
        std::vector<weir::Tensor<double>> tiles(count * count);
        const auto at = [&](std::size_t row, std::size_t column) -> weir::Tensor<double>& {
            return tiles[row * count + column];
        };
        for (std::size_t row = 0; row < count; ++row) {
            for (std::size_t column = 0; column <= row; ++column) {
                const std::int64_t top = static_cast<std::int64_t>(row) * tile_;
                const std::int64_t left = static_cast<std::int64_t>(column) * tile_;
                at(row, column) =
                    whole.view({top, left}, {std::min(tile_, order - top), std::min(tile_, order - left)});
            }
        }
        for (std::size_t k = 0; k < count; ++k) {
            o.submit(factor_, at(k, k), weir::priority(kFactorPriority));
            for (std::size_t i = k + 1; i < count; ++i) {
                o.submit(solve_, at(k, k), at(i, k), weir::priority(kSolvePriority));
            }
            for (std::size_t j = k + 1; j < count; ++j) {
                const weir::Options options = weir::priority(j == k + 1 ? kNextColumnPriority : 0);
                o.submit(update_diagonal_, at(j, k), at(j, j), options);
                for (std::size_t i = j + 1; i < count; ++i)
                    o.submit(update_, at(i, k), at(j, k), at(i, j), options);
            }
        }
    }

    weir::CheckResult check() override {
        const auto found = weir::cholesky::residual(matrix_, seed_);
        constexpr double kAllowed = weir::cholesky::kAllowedResidual;
        const bool exact_fits = matrix_.order() > weir::cholesky::kExactOrder || found.exact <= kAllowed;
        char text[200];
        const int length = std::snprintf(
            text, sizeof text, "||(A - L L^T) x|| / (n ||A|| ||x|| eps) = %.2g for random x", found.probed);
        if (matrix_.order() <= weir::cholesky::kExactOrder) {
            std::snprintf(text + length, sizeof text - static_cast<std::size_t>(length),
                          ", ||A - L L^T|| / (n ||A|| eps) = %.2g", found.exact);
        }
        std::string message = text;
        if (!found.untouched) message += "; elements above the diagonal have changed";
        return {found.probed <= kAllowed && exact_fits && found.untouched, message};
    }

    weir::ProgramFigures figures() const override {
        const auto order = static_cast<double>(matrix_.order());
        return {weir::cholesky::flops(matrix_.order()), order * order * sizeof(double)};
    }

private:
    weir::cholesky::Matrix matrix_;
    std::int64_t tile_;
    std::uint64_t seed_;
    weir::Kernel<InOut<double>> factor_;
    weir::Kernel<In<double>, InOut<double>> solve_;
    weir::Kernel<In<double>, InOut<double>> update_diagonal_;
    weir::Kernel<In<double>, In<double>, InOut<double>> update_;
};

}  // namespace

WEIR_PROGRAM("cholesky", "tiled Cholesky factorisation A = L L^T in double, in place on one matrix",
             kParameters,
             [](weir::Runtime& runtime, const weir::ParameterValues& values) -> weir::ProgramInstance* {
                 return new Cholesky(runtime, values);
             })
