// SPDX-License-Identifier: Apache-2.0
//
// The tiles, kernels and order of submission of programs/cholesky as tasks of libgomp with depend clauses.
// The priorities are those of the program; libgomp heeds them if OMP_MAX_TASK_PRIORITY allows.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "kernels.hpp"
#include "problem.hpp"
#include "reference.hpp"
#include "run.hpp"

namespace {

using namespace weir::cholesky;

constexpr int kFactorPriority = 7;
constexpr int kSolvePriority = 5;
constexpr int kNextColumnPriority = 3;

ConstTile read(Tile tile) { return {tile.data, tile.stride}; }

void factor_or_abort(Tile diagonal, std::size_t order) {
    if (factor(diagonal, order) == 0) return;
    std::fputs("cholesky_gomp: a tile is not positive definite\n", stderr);
    std::abort();
}

/// Where the tiles of a matrix begin, and how large they are.
struct Tiling {
    double* data;
    std::size_t order;
    std::size_t tile;

    std::size_t count() const { return (order + tile - 1) / tile; }
    std::size_t size(std::size_t index) const { return std::min(tile, order - index * tile); }
    Tile at(std::size_t row, std::size_t column) const {
        return {data + row * tile * order + column * tile, order};
    }
};

/// The tasks of step `k`, after its diagonal tile. Dependencies are named by a byte per tile.
void submit_updates(const Tiling& tiling, [[maybe_unused]] char* names, std::size_t k) {
    const std::size_t count = tiling.count();
    for (std::size_t j = k + 1; j < count; ++j) {
        [[maybe_unused]] const int urgency = j == k + 1 ? kNextColumnPriority : 0;
#pragma omp task default(none) firstprivate(tiling, names, k, j, count) priority(urgency) \
    depend(in : names[j * count + k]) depend(inout : names[j * count + j])
        update_diagonal(read(tiling.at(j, k)), tiling.at(j, j), tiling.size(j), tiling.size(k));
        for (std::size_t i = j + 1; i < count; ++i) {
#pragma omp task default(none) firstprivate(tiling, names, k, i, j, count) priority(urgency) \
    depend(in : names[i * count + k], names[j * count + k]) depend(inout : names[i * count + j])
            update(read(tiling.at(i, k)), read(tiling.at(j, k)), tiling.at(i, j), tiling.size(i),
                   tiling.size(j), tiling.size(k));
        }
    }
}

void submit_all(const Tiling& tiling, char* names) {
    const std::size_t count = tiling.count();
    for (std::size_t k = 0; k < count; ++k) {
#pragma omp task default(none) firstprivate(tiling, names, k, count) priority(kFactorPriority) \
    depend(inout : names[k * count + k])
        factor_or_abort(tiling.at(k, k), tiling.size(k));
        for (std::size_t i = k + 1; i < count; ++i) {
#pragma omp task default(none) firstprivate(tiling, names, k, i, count) priority(kSolvePriority) \
    depend(in : names[k * count + k]) depend(inout : names[i * count + k])
            solve(read(tiling.at(k, k)), tiling.at(i, k), tiling.size(i), tiling.size(k));
        }
        submit_updates(tiling, names, k);
    }
}

}  // namespace

int main(int argc, char** argv) {
    weir::work::Options options;
    if (!weir::work::parse_options({argv, static_cast<std::size_t>(argc)}, options)) return 2;
    use_one_thread_per_call();
    Matrix matrix(options.order);
    const Tiling tiling{matrix.data(), options.order, options.tile};
    std::vector<char> names(tiling.count() * tiling.count());
    const auto work = [&] {
#pragma omp parallel num_threads(options.threads)
#pragma omp single
        submit_all(tiling, names.data());
    };
    const auto seconds = weir::work::time_repeats(
        options.repeat, [&] { matrix.fill(1); }, work);
    return weir::work::report(seconds, residual(matrix, 1).probed <= kAllowedResidual);
}
