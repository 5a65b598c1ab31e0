// SPDX-License-Identifier: Apache-2.0
#include "reference.hpp"

#include <cmath>
#include <limits>

namespace weir::vector {

double expected(double a, double b) {
    const double both = a + b;
    return (both + 1.0) * (both + 2.0) + both;
}

Comparison compare_with_reference(std::span<const float> a, std::span<const float> b,
                                  std::span<const float> f) {
    // Five roundings lie between a, b and f, each of at most epsilon / 2 of a value below (|a| + |b| + 2)^2.
    constexpr double kAllowed = 4.0 * static_cast<double>(std::numeric_limits<float>::epsilon());
    Comparison comparison;
    for (std::size_t i = 0; i < f.size(); ++i) {
        const double x = static_cast<double>(a[i]);
        const double y = static_cast<double>(b[i]);
        const double reach = std::abs(x) + std::abs(y) + 2.0;
        const double error = std::abs(static_cast<double>(f[i]) - expected(x, y)) / (reach * reach);
        // Written such that NaN, whose comparisons are all false, counts as wrong.
        if (!(error <= comparison.largest_error)) comparison.largest_error = error;
        if (!(error <= kAllowed)) {
            if (comparison.wrong == 0) comparison.first_wrong = i;
            ++comparison.wrong;
        }
    }
    return comparison;
}

}  // namespace weir::vector
