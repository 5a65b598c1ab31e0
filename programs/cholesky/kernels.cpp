// SPDX-License-Identifier: Apache-2.0
#include "kernels.hpp"

#include <cblas.h>

// LAPACK's factorisation, which OpenBLAS brings along without a C header of its own. Column-major: a
// row-major lower triangle is its upper one.
extern "C" void dpotrf_(const char* triangle, const blasint* order, double* data, const blasint* stride,
                        blasint* status);

namespace weir::cholesky {
namespace {

blasint blas(std::size_t value) { return static_cast<blasint>(value); }

}  // namespace

void use_one_thread_per_call() { openblas_set_num_threads(1); }

int factor(Tile diagonal, std::size_t order) {
    const char triangle = 'U';
    const blasint n = blas(order);
    const blasint stride = blas(diagonal.stride);
    blasint status = 0;
    dpotrf_(&triangle, &n, diagonal.data, &stride, &status);
    return static_cast<int>(status);
}

void solve(ConstTile factor, Tile panel, std::size_t rows, std::size_t order) {
    cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, blas(rows), blas(order), 1.0,
                factor.data, blas(factor.stride), panel.data, blas(panel.stride));
}

void update_diagonal(ConstTile panel, Tile target, std::size_t order, std::size_t depth) {
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, blas(order), blas(depth), -1.0, panel.data,
                blas(panel.stride), 1.0, target.data, blas(target.stride));
}

void update(ConstTile left, ConstTile right, Tile target, std::size_t rows, std::size_t columns,
            std::size_t depth) {
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, blas(rows), blas(columns), blas(depth), -1.0,
                left.data, blas(left.stride), right.data, blas(right.stride), 1.0, target.data,
                blas(target.stride));
}

}  // namespace weir::cholesky
