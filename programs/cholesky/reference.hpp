// SPDX-License-Identifier: Apache-2.0
//
// How well L L^T reproduces A, in plain loops without BLAS. Shares no code with the kernels.
#pragma once

#include <cstddef>
#include <cstdint>

#include "problem.hpp"

namespace weir::cholesky {

/// Up to this order every element of A - L L^T is computed.
inline constexpr std::size_t kExactOrder = 512;

struct Residual {
    double probed = 0.0;  // largest ||A x - L (L^T x)|| / (n ||A|| ||x|| eps) over random x, infinity norms
    double exact = 0.0;   // ||A - L L^T|| / (n ||A|| eps), infinity norm; 0 above kExactOrder
    bool untouched = false;  // above the diagonal the matrix is what it was
};

/// `factored` holds L in its lower triangle and, above the diagonal, the original.
Residual residual(const Matrix& factored, std::uint64_t seed);

/// A backward stable factorisation stays well below this; at order 1 rounding alone comes to about 1.
inline constexpr double kAllowedResidual = 4.0;

}  // namespace weir::cholesky
