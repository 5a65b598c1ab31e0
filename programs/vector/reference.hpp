// SPDX-License-Identifier: Apache-2.0
//
// f = (a + b + 1)(a + b + 2) + (a + b), one element at a time, in double. Shares no code with the kernels.
#pragma once

#include <cstddef>
#include <span>

namespace weir::vector {

/// What f has to be: 47 for 2 and 3.
double expected(double a, double b);

struct Comparison {
    std::size_t wrong = 0;        // elements that differ by more than rounding in float explains
    std::size_t first_wrong = 0;  // index of the first of them
    double largest_error = 0.0;   // largest |f - expected| / (|a| + |b| + 2)^2, the sum's condition
};

/// Compares every element of f. The three have the same length.
Comparison compare_with_reference(std::span<const float> a, std::span<const float> b,
                                  std::span<const float> f);

}  // namespace weir::vector
