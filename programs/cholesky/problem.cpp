// SPDX-License-Identifier: Apache-2.0
#include "problem.hpp"

#include <sys/mman.h>

#include <new>

namespace weir::cholesky {

double element(std::uint64_t seed, std::size_t order, std::size_t row, std::size_t column) {
    if (row == column) return static_cast<double>(order) + 1.0;
    const std::size_t low = row < column ? row : column;
    const std::size_t high = row < column ? column : row;
    // splitmix64's finaliser over a value that is different for every pair.
    std::uint64_t z = seed * 0x9E3779B97F4A7C15ULL + (static_cast<std::uint64_t>(high) << 32U | low);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    z ^= z >> 31U;
    return static_cast<double>(z >> 11U) * 0x1.0p-52 - 1.0;
}

Matrix::Matrix(std::size_t order) : order_(order) {
    constexpr std::size_t kHugePage = std::size_t{2} << 20U;
    const std::size_t bytes = (order * order * sizeof(double) + kHugePage - 1) / kHugePage * kHugePage;
    void* memory = std::aligned_alloc(kHugePage, bytes);
    if (memory == nullptr) throw std::bad_alloc();
    madvise(memory, bytes, MADV_HUGEPAGE);  // advice: where it is refused, small pages serve too
    data_.reset(static_cast<double*>(memory));
}

void Matrix::fill(std::uint64_t seed) {
    for (std::size_t row = 0; row < order_; ++row) {
        double* values = data_.get() + row * order_;
        for (std::size_t column = 0; column < order_; ++column)
            values[column] = element(seed, order_, row, column);
    }
}

}  // namespace weir::cholesky
