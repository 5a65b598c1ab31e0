// SPDX-License-Identifier: Apache-2.0
//
// The matrix that is factored: symmetric, positive definite, reproducible from a seed, element by element, so
// that the original is available after the factor has replaced it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace weir::cholesky {

/// Off the diagonal uniform in [-1, 1), on it `order` + 1: diagonally dominant, hence positive definite.
double element(std::uint64_t seed, std::size_t order, std::size_t row, std::size_t column);

/// A row-major order x order matrix.
class Matrix {
public:
    explicit Matrix(std::size_t order);
    std::size_t order() const { return order_; }
    double* data() { return data_.get(); }
    const double* data() const { return data_.get(); }

    /// Sets every element, also those above the diagonal, which the factorisation leaves alone.
    void fill(std::uint64_t seed);

private:
    struct Free {
        void operator()(double* memory) const { std::free(memory); }
    };
    std::size_t order_;
    std::unique_ptr<double, Free> data_;
};

/// Floating-point operations of a Cholesky factorisation, by convention.
inline double flops(std::size_t order) {
    const double n = static_cast<double>(order);
    return n * n * n / 3.0;
}

}  // namespace weir::cholesky
