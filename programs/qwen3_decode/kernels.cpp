// SPDX-License-Identifier: Apache-2.0
#include "kernels.hpp"

#include <array>
#include <cmath>

#include "common/lanes.hpp"
#include "problem.hpp"

namespace weir::qwen3_decode {
namespace {

using programs::to_float;

template <class Tensor>
auto* row_of(const Tensor& tensor, std::int64_t row) {
    return tensor.data() + row * tensor.stride(0);
}

/// 1 / root mean square. Sums are kept apart by lanes, so that the loop is one over vectors.
template <class T>
float inverse_rms(const T* row, std::size_t count) {
    std::array<float, programs::kGranularity> sums{};
    for (std::size_t i = 0; i < count; i += sums.size()) {
        for (std::size_t lane = 0; lane < sums.size(); ++lane) {
            const float x = to_float(row[i + lane]);
            sums[lane] += x * x;
        }
    }
    float sum = 0.0F;
    for (const float part : sums) sum += part;
    return 1.0F / std::sqrt(sum / static_cast<float>(count) + kEpsilon);
}

template <class T>
void normalise_rows(RowRange rows, const In<T>& in, const In<BFloat16>& weight, const Out<BFloat16>& out) {
    const auto count = static_cast<std::size_t>(in.extent(1));
    for (std::int64_t r = rows.begin; r < rows.end; ++r) {
        const T* from = row_of(in, r);
        BFloat16* to = row_of(out, r);
        const float factor = inverse_rms(from, count);
        for (std::size_t i = 0; i < count; ++i)
            to[i] = BFloat16(to_float(from[i]) * factor * to_float(weight.data()[i]));
    }
}

void finish_head(const float* from, const BFloat16* weight, const float* cosines, const float* sines,
                 std::size_t dim, BFloat16* to) {
    const float factor = inverse_rms(from, dim);
    const std::size_t half = dim / 2;
    for (std::size_t i = 0; i < half; ++i) {
        const float low = from[i] * factor * to_float(weight[i]);
        const float high = from[i + half] * factor * to_float(weight[i + half]);
        to[i] = BFloat16(low * cosines[i] - high * sines[i]);
        to[i + half] = BFloat16(high * cosines[i] + low * sines[i]);
    }
}

}  // namespace

void normalise(RowRange rows, In<BFloat16> in, In<BFloat16> weight, Out<BFloat16> out) {
    normalise_rows(rows, in, weight, out);
}

void normalise(RowRange rows, In<float> in, In<BFloat16> weight, Out<BFloat16> out) {
    normalise_rows(rows, in, weight, out);
}

void finish_heads(RowRange rows, In<float> product, In<BFloat16> weight, In<float> cosines, In<float> sines,
                  Out<BFloat16> out) {
    const std::size_t dim = weight.size();
    const auto columns = static_cast<std::size_t>(product.extent(1));
    for (std::int64_t r = rows.begin; r < rows.end; ++r) {
        for (std::size_t head = 0; head < columns; head += dim)
            finish_head(row_of(product, r) + head, weight.data(), row_of(cosines, r), row_of(sines, r), dim,
                        row_of(out, r) + head);
    }
}

void finish_values(RowRange rows, In<float> product, Out<BFloat16> out) {
    for (std::int64_t r = rows.begin; r < rows.end; ++r) {
        const float* from = row_of(product, r);
        BFloat16* to = row_of(out, r);
        for (std::int64_t i = 0; i < product.extent(1); ++i) to[i] = BFloat16(from[i]);
    }
}

void add_hidden(RowRange rows, In<float> product, In<BFloat16> hidden, Out<float> residual) {
    for (std::int64_t r = rows.begin; r < rows.end; ++r) {
        const float* from = row_of(product, r);
        const BFloat16* before = row_of(hidden, r);
        float* to = row_of(residual, r);
        for (std::int64_t i = 0; i < product.extent(1); ++i) to[i] = from[i] + to_float(before[i]);
    }
}

void apply_gate(RowRange rows, In<float> gate, In<float> up, Out<BFloat16> out) {
    for (std::int64_t r = rows.begin; r < rows.end; ++r) {
        const float* g = row_of(gate, r);
        const float* u = row_of(up, r);
        BFloat16* to = row_of(out, r);
        for (std::int64_t i = 0; i < gate.extent(1); ++i)
            to[i] = BFloat16(g[i] / (1.0F + std::exp(-g[i])) * u[i]);
    }
}

void add_residual(RowRange rows, In<float> product, In<float> residual, Out<BFloat16> hidden) {
    for (std::int64_t r = rows.begin; r < rows.end; ++r) {
        const float* from = row_of(product, r);
        const float* before = row_of(residual, r);
        BFloat16* to = row_of(hidden, r);
        for (std::int64_t i = 0; i < product.extent(1); ++i) to[i] = BFloat16(from[i] + before[i]);
    }
}

void write_cache(In<BFloat16> key, In<BFloat16> value, Out<BFloat16> key_place, Out<BFloat16> value_place) {
    const std::int64_t dim = key_place.extent(2);
    for (std::int64_t head = 0; head < key_place.extent(1); ++head) {
        for (std::int64_t d = 0; d < dim; ++d) {
            key_place(0, head, d, 0) = key(0, head * dim + d);
            value_place(0, head, 0, d) = value(0, head * dim + d);
        }
    }
}

}  // namespace weir::qwen3_decode
