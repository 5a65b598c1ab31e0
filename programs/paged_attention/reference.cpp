// SPDX-License-Identifier: Apache-2.0
#include "reference.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace weir::paged_attention {
namespace {

double decode(float stored) { return static_cast<double>(stored); }

double decode(BFloat16 stored) {
    const std::uint32_t widened = std::uint32_t{stored.bits} << 16U;
    float result;
    std::memcpy(&result, &widened, sizeof result);
    return static_cast<double>(result);
}

/// The kernels sum in float; a bfloat16 output is rounded to 8 significant bits besides.
double allowed_error(float, double) { return 2e-5; }
double allowed_error(BFloat16, double expected) { return 2e-5 + std::abs(expected) / 256.0; }

/// The output of one query head.
template <class T>
std::vector<double> attention_of_head(const Problem<T>& problem, std::size_t sequence, std::size_t head) {
    const Sizes& sizes = problem.sizes;
    const std::size_t kv_head = head / (sizes.heads / sizes.kv_heads);
    const std::size_t context = problem.table.context_tokens[sequence];
    const T* query = problem.query.data() + (sequence * sizes.heads + head) * sizes.head_dim;
    const std::size_t per_block = sizes.kv_heads * sizes.head_dim * sizes.block_tokens;

    std::vector<double> weights(context, 0.0);
    for (std::size_t first = 0; first < context; first += sizes.block_tokens) {
        const std::size_t block = problem.table.blocks[sequence][first / sizes.block_tokens];
        const std::size_t count = std::min(sizes.block_tokens, context - first);
        const T* keys =
            problem.key.data() + block * per_block + kv_head * sizes.head_dim * sizes.block_tokens;
        for (std::size_t d = 0; d < sizes.head_dim; ++d) {
            const double factor = decode(query[d]) / std::sqrt(static_cast<double>(sizes.head_dim));
            for (std::size_t t = 0; t < count; ++t) {
                weights[first + t] += factor * decode(keys[d * sizes.block_tokens + t]);
            }
        }
    }
    const double maximum = *std::max_element(weights.begin(), weights.end());
    double sum = 0.0;
    for (double& weight : weights) {
        weight = std::exp(weight - maximum);
        sum += weight;
    }
    std::vector<double> result(sizes.head_dim, 0.0);
    for (std::size_t token = 0; token < context; ++token) {
        const std::size_t block = problem.table.blocks[sequence][token / sizes.block_tokens];
        const T* values = problem.value.data() + block * per_block +
                          (kv_head * sizes.block_tokens + token % sizes.block_tokens) * sizes.head_dim;
        for (std::size_t d = 0; d < sizes.head_dim; ++d)
            result[d] += weights[token] / sum * decode(values[d]);
    }
    return result;
}

}  // namespace

template <class T>
Comparison compare_with_reference(const Problem<T>& problem) {
    const Sizes& sizes = problem.sizes;
    Comparison comparison;
    for (std::size_t sequence = 0; sequence < sizes.batch; ++sequence) {
        for (std::size_t head = 0; head < sizes.heads; ++head) {
            const std::vector<double> expected = attention_of_head(problem, sequence, head);
            const T* output = problem.output.data() + (sequence * sizes.heads + head) * sizes.head_dim;
            for (std::size_t d = 0; d < sizes.head_dim; ++d) {
                const double error = std::abs(decode(output[d]) - expected[d]);
                const double excess = error / allowed_error(T{}, expected[d]);
                // A comparison with NaN is false, so it is written such that NaN counts as wrong.
                if (!(error <= comparison.largest_error)) comparison.largest_error = error;
                if (!(excess <= comparison.largest_excess)) comparison.largest_excess = excess;
            }
        }
    }
    return comparison;
}

template Comparison compare_with_reference(const Problem<float>&);
template Comparison compare_with_reference(const Problem<BFloat16>&);

}  // namespace weir::paged_attention
