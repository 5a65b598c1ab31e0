// SPDX-License-Identifier: Apache-2.0
//
// Kernels of the tiled Cholesky factorisation A = L L^T, lower triangle, double, on OpenBLAS with one thread
// a call. A tile is a row-major box of the matrix; `stride` is the number of elements between its rows.
#pragma once

#include <cstddef>

namespace weir::cholesky {

/// A tile that is read.
struct ConstTile {
    const double* data;
    std::size_t stride;
};

/// A tile that is written.
struct Tile {
    double* data;
    std::size_t stride;
};

/// Makes OpenBLAS run every call on the calling thread. Call it before any of the kernels.
void use_one_thread_per_call();

/// Replaces the lower triangle of a square tile by its Cholesky factor; what is above the diagonal stays.
/// Returns 0, or the number of the first leading minor, from 1, that is not positive definite.
[[nodiscard]] int factor(Tile diagonal, std::size_t order);

/// panel := panel * L^-T, where L is the factor of the diagonal tile above it. `panel` is rows x order.
void solve(ConstTile factor, Tile panel, std::size_t rows, std::size_t order);

/// target := target - panel * panel^T, lower triangle only. `panel` is order x depth.
void update_diagonal(ConstTile panel, Tile target, std::size_t order, std::size_t depth);

/// target := target - left * right^T. `left` is rows x depth, `right` is columns x depth.
void update(ConstTile left, ConstTile right, Tile target, std::size_t rows, std::size_t columns,
            std::size_t depth);

}  // namespace weir::cholesky
