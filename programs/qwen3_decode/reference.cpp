// SPDX-License-Identifier: Apache-2.0
#include "reference.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace weir::qwen3_decode {
namespace {

using Vector = std::vector<float>;
using Matrix = std::vector<Vector>;  // a row for each sequence

float widen(BFloat16 stored) {
    const std::uint32_t bits = std::uint32_t{stored.bits} << 16U;
    float result;
    std::memcpy(&result, &bits, sizeof result);
    return result;
}

Vector normalised(const Vector& in, std::size_t first, std::size_t count, const Buffer<BFloat16>& weight) {
    double sum = 0.0;
    for (std::size_t i = 0; i < count; ++i)
        sum += static_cast<double>(in[first + i]) * static_cast<double>(in[first + i]);
    const auto factor = static_cast<float>(1.0 / std::sqrt(sum / static_cast<double>(count) + 1e-6));
    Vector out(count);
    for (std::size_t i = 0; i < count; ++i) out[i] = in[first + i] * factor * widen(weight.data()[i]);
    return out;
}

Matrix all_normalised(const Matrix& in, const Buffer<BFloat16>& weight) {
    Matrix out;
    for (const Vector& row : in) out.push_back(normalised(row, 0, row.size(), weight));
    return out;
}

/// in * weights, [inputs][outputs].
Matrix product(const Matrix& in, const Buffer<BFloat16>& weights) {
    const std::size_t inputs = in.front().size();
    const std::size_t outputs = weights.size() / inputs;
    Matrix out(in.size(), Vector(outputs, 0.0F));
    Vector row(outputs);
    for (std::size_t k = 0; k < inputs; ++k) {
        for (std::size_t n = 0; n < outputs; ++n) row[n] = widen(weights.data()[k * outputs + n]);
        for (std::size_t s = 0; s < in.size(); ++s) {
            const float factor = in[s][k];
            float* sums = out[s].data();
            for (std::size_t n = 0; n < outputs; ++n) sums[n] += factor * row[n];
        }
    }
    return out;
}

/// Rotary embedding: the pair (i, i + half) is turned by position / 1000000^(i / half).
void rotate(Vector& head, std::size_t position) {
    const std::size_t half = head.size() / 2;
    for (std::size_t i = 0; i < half; ++i) {
        const double angle = static_cast<double>(position) *
                             std::exp(-std::log(1e6) * static_cast<double>(i) / static_cast<double>(half));
        const auto x = static_cast<double>(head[i]);
        const auto y = static_cast<double>(head[i + half]);
        head[i] = static_cast<float>(x * std::cos(angle) - y * std::sin(angle));
        head[i + half] = static_cast<float>(x * std::sin(angle) + y * std::cos(angle));
    }
}

void normalise_and_rotate_heads(const Problem& problem, Matrix& rows, const Buffer<BFloat16>& weight) {
    const std::size_t dim = problem.sizes.head_dim;
    for (std::size_t s = 0; s < rows.size(); ++s) {
        for (std::size_t first = 0; first < rows[s].size(); first += dim) {
            Vector head = normalised(rows[s], first, dim, weight);
            rotate(head, problem.table.context_tokens[s] - 1);
            std::copy(head.begin(), head.end(), rows[s].begin() + static_cast<std::ptrdiff_t>(first));
        }
    }
}

/// Attention of one query head over the cache, whose last token is the new one.
class HeadAttention {
public:
    HeadAttention(const Problem& problem, const Layer& layer, std::size_t sequence, std::size_t kv_head)
        : problem_(problem), layer_(layer), sequence_(sequence), kv_head_(kv_head) {}

    /// new_key and new_value: of this KV head, in the rows of all heads.
    Vector of(const float* query, const Vector& new_key, const Vector& new_value) const {
        const std::size_t dim = problem_.sizes.head_dim;
        const std::size_t context = problem_.table.context_tokens[sequence_];
        Vector weights(context);
        for (std::size_t t = 0; t < context; ++t) {
            float score = 0.0F;
            for (std::size_t d = 0; d < dim; ++d)
                score += query[d] * (t + 1 == context ? new_key[kv_head_ * dim + d] : key(t, d));
            weights[t] = score / std::sqrt(static_cast<float>(dim));
        }
        const float maximum = *std::max_element(weights.begin(), weights.end());
        float sum = 0.0F;
        for (float& weight : weights) sum += weight = std::exp(weight - maximum);
        Vector out(dim, 0.0F);
        for (std::size_t t = 0; t < context; ++t) {
            for (std::size_t d = 0; d < dim; ++d)
                out[d] += weights[t] / sum * (t + 1 == context ? new_value[kv_head_ * dim + d] : value(t, d));
        }
        return out;
    }

private:
    /// Place of the (block, KV head) tile that holds a token.
    std::size_t tile(std::size_t token) const {
        const Sizes& sizes = problem_.sizes;
        const std::size_t block = problem_.table.blocks[sequence_][token / sizes.block_tokens];
        return (block * sizes.kv_heads + kv_head_) * sizes.head_dim * sizes.block_tokens;
    }
    float key(std::size_t token, std::size_t d) const {
        const std::size_t tokens = problem_.sizes.block_tokens;
        return widen(layer_.key_cache.data()[tile(token) + d * tokens + token % tokens]);
    }
    float value(std::size_t token, std::size_t d) const {
        const Sizes& sizes = problem_.sizes;
        return widen(
            layer_.value_cache.data()[tile(token) + token % sizes.block_tokens * sizes.head_dim + d]);
    }

    const Problem& problem_;
    const Layer& layer_;
    std::size_t sequence_;
    std::size_t kv_head_;
};

struct LayerResult {
    Matrix keys;
    Matrix values;
    Matrix hidden;
};

LayerResult compute(const Problem& problem, const Layer& layer, const Matrix& input) {
    const Sizes& sizes = problem.sizes;
    const Matrix x = all_normalised(input, layer.input_norm);
    Matrix queries = product(x, layer.query_weights);
    LayerResult result{product(x, layer.key_weights), product(x, layer.value_weights), {}};
    normalise_and_rotate_heads(problem, queries, layer.query_norm);
    normalise_and_rotate_heads(problem, result.keys, layer.key_norm);
    Matrix attention;
    for (std::size_t s = 0; s < sizes.batch; ++s) {
        Vector& row = attention.emplace_back();
        for (std::size_t head = 0; head < sizes.heads; ++head) {
            const HeadAttention one(problem, layer, s, head / (sizes.heads / sizes.kv_heads));
            const Vector out =
                one.of(queries[s].data() + head * sizes.head_dim, result.keys[s], result.values[s]);
            row.insert(row.end(), out.begin(), out.end());
        }
    }
    Matrix residual = product(attention, layer.output_weights);
    for (std::size_t s = 0; s < sizes.batch; ++s)
        for (std::size_t i = 0; i < sizes.hidden; ++i) residual[s][i] += input[s][i];
    const Matrix y = all_normalised(residual, layer.ffn_norm);
    Matrix gated = product(y, layer.gate_weights);
    const Matrix up = product(y, layer.up_weights);
    for (std::size_t s = 0; s < sizes.batch; ++s)
        for (std::size_t i = 0; i < sizes.ffn; ++i) gated[s][i] *= up[s][i] / (1.0F + std::exp(-gated[s][i]));
    result.hidden = product(gated, layer.down_weights);
    for (std::size_t s = 0; s < sizes.batch; ++s)
        for (std::size_t i = 0; i < sizes.hidden; ++i) result.hidden[s][i] += residual[s][i];
    return result;
}

constexpr double kUnit = 0x1p-8;     // largest relative error of rounding to bfloat16
constexpr double kDeviations = 6.0;  // allowed of a single error

/// Found and expected elements, in any order.
class Compared {
public:
    void add(BFloat16 found, float expected) {
        found_.push_back(widen(found));
        expected_.push_back(expected);
    }
    /// Raises what is larger here. A comparison with NaN is false, so it is written such that NaN counts as
    /// wrong.
    void into(Comparison& comparison) const {
        double squares = 0.0;
        double error_squares = 0.0;
        for (std::size_t i = 0; i < found_.size(); ++i) {
            squares += expected(i) * expected(i);
            error_squares += error(i) * error(i);
        }
        const double allowed = kUnit * std::sqrt(squares / static_cast<double>(found_.size()));
        raise(comparison.largest_excess,
              std::sqrt(error_squares / static_cast<double>(found_.size())) / allowed);
        for (std::size_t i = 0; i < found_.size(); ++i) {
            raise(comparison.largest_error, error(i));
            raise(comparison.largest_excess,
                  error(i) / (kUnit * std::abs(expected(i)) + kDeviations * allowed));
        }
    }

private:
    static void raise(double& largest, double value) {
        if (!(value <= largest)) largest = value;
    }
    double expected(std::size_t i) const { return static_cast<double>(expected_[i]); }
    double error(std::size_t i) const { return std::abs(static_cast<double>(found_[i]) - expected(i)); }

    Vector found_;
    Vector expected_;
};

void compare_caches(const Problem& problem, std::size_t index, const LayerResult& expected,
                    Comparison& comparison) {
    const Sizes& sizes = problem.sizes;
    const Layer& layer = problem.layers[index];
    Compared keys;
    Compared values;
    Buffer<BFloat16> drawn_keys(layer.key_cache.size());
    Buffer<BFloat16> drawn_values(layer.value_cache.size());
    problem.draw_key_cache(index, drawn_keys);
    problem.draw_value_cache(index, drawn_values);
    for (std::size_t s = 0; s < sizes.batch; ++s) {
        problem.for_new_token(s, [&](std::size_t key, std::size_t value, std::size_t head, std::size_t d) {
            keys.add(layer.key_cache.data()[key], expected.keys[s][head * sizes.head_dim + d]);
            values.add(layer.value_cache.data()[value], expected.values[s][head * sizes.head_dim + d]);
            drawn_keys.data()[key] = layer.key_cache.data()[key];
            drawn_values.data()[value] = layer.value_cache.data()[value];
        });
    }
    keys.into(comparison);
    values.into(comparison);
    const auto same = [](const Buffer<BFloat16>& one, const Buffer<BFloat16>& other) {
        return std::memcmp(one.data(), other.data(), one.size() * sizeof(BFloat16)) == 0;
    };
    comparison.caches_kept =
        comparison.caches_kept && same(layer.key_cache, drawn_keys) && same(layer.value_cache, drawn_values);
}

}  // namespace

Comparison compare_with_reference(const Problem& problem) {
    const Sizes& sizes = problem.sizes;
    Comparison comparison;
    for (std::size_t index = 0; index < sizes.layers; ++index) {
        const BFloat16* before = problem.hidden[index].data();
        const BFloat16* behind = problem.hidden[index + 1].data();
        Matrix input(sizes.batch, Vector(sizes.hidden));
        for (std::size_t s = 0; s < sizes.batch; ++s)
            for (std::size_t i = 0; i < sizes.hidden; ++i) input[s][i] = widen(before[s * sizes.hidden + i]);
        const LayerResult expected = compute(problem, problem.layers[index], input);
        compare_caches(problem, index, expected, comparison);
        Compared hidden;
        for (std::size_t s = 0; s < sizes.batch; ++s)
            for (std::size_t i = 0; i < sizes.hidden; ++i)
                hidden.add(behind[s * sizes.hidden + i], expected.hidden[s][i]);
        hidden.into(comparison);
    }
    return comparison;
}

}  // namespace weir::qwen3_decode
