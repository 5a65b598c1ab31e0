// SPDX-License-Identifier: Apache-2.0
#include "reference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace weir::cholesky {
namespace {

constexpr std::size_t kProbes = 4;
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

/// std::max that lets NaN through: a NaN in the factor must show in the result.
double larger(double known, double value) { return value <= known ? known : value; }

double norm(const std::vector<double>& x) {
    double result = 0.0;
    for (const double value : x) result = larger(result, std::abs(value));
    return result;
}

/// y = L (L^T x), L read once for each of the two products.
std::vector<double> apply_factor(const Matrix& factored, const std::vector<double>& x) {
    const std::size_t n = factored.order();
    std::vector<double> middle(n, 0.0);
    for (std::size_t row = 0; row < n; ++row) {
        const double* l = factored.data() + row * n;
        for (std::size_t column = 0; column <= row; ++column) middle[column] += l[column] * x[row];
    }
    std::vector<double> result(n, 0.0);
    for (std::size_t row = 0; row < n; ++row) {
        const double* l = factored.data() + row * n;
        double sum = 0.0;
        for (std::size_t column = 0; column <= row; ++column) sum += l[column] * middle[column];
        result[row] = sum;
    }
    return result;
}

/// What can be said about the original from one pass over it: its norm, and whether it is still in place.
struct Original {
    double norm = 0.0;
    bool untouched = true;
    std::vector<std::vector<double>> products;  // A x for every probe
};

Original pass_over_original(const Matrix& factored, std::uint64_t seed,
                            const std::vector<std::vector<double>>& probes) {
    const std::size_t n = factored.order();
    Original original;
    original.products.assign(probes.size(), std::vector<double>(n, 0.0));
    std::vector<double> values(n);
    for (std::size_t row = 0; row < n; ++row) {
        double sum = 0.0;
        for (std::size_t column = 0; column < n; ++column) {
            values[column] = element(seed, n, row, column);
            sum += std::abs(values[column]);
        }
        original.norm = std::max(original.norm, sum);
        const double* stored = factored.data() + row * n;
        if (!std::equal(values.begin() + static_cast<std::ptrdiff_t>(row) + 1, values.end(),
                        stored + row + 1)) {
            original.untouched = false;
        }
        for (std::size_t probe = 0; probe < probes.size(); ++probe) {
            double product = 0.0;
            for (std::size_t column = 0; column < n; ++column)
                product += values[column] * probes[probe][column];
            original.products[probe][row] = product;
        }
    }
    return original;
}

/// ||A - L L^T||, every element.
double exact_difference(const Matrix& factored, std::uint64_t seed) {
    const std::size_t n = factored.order();
    std::vector<double> row_sums(n, 0.0);
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
            double product = 0.0;
            for (std::size_t k = 0; k <= j; ++k)
                product += factored.data()[i * n + k] * factored.data()[j * n + k];
            const double difference = std::abs(element(seed, n, i, j) - product);
            row_sums[i] += difference;
            if (i != j) row_sums[j] += difference;
        }
    }
    return norm(row_sums);
}

}  // namespace

Residual residual(const Matrix& factored, std::uint64_t seed) {
    const std::size_t n = factored.order();
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> uniform(-1.0, 1.0);
    std::vector<std::vector<double>> probes(kProbes, std::vector<double>(n));
    for (auto& probe : probes) std::generate(probe.begin(), probe.end(), [&] { return uniform(random); });

    const Original original = pass_over_original(factored, seed, probes);
    const double unit = static_cast<double>(n) * original.norm * kEpsilon;
    Residual result;
    result.untouched = original.untouched;
    for (std::size_t probe = 0; probe < kProbes; ++probe) {
        std::vector<double> difference = apply_factor(factored, probes[probe]);
        for (std::size_t i = 0; i < n; ++i) difference[i] -= original.products[probe][i];
        result.probed = larger(result.probed, norm(difference) / (unit * norm(probes[probe])));
    }
    if (n <= kExactOrder) result.exact = exact_difference(factored, seed) / unit;
    return result;
}

}  // namespace weir::cholesky
