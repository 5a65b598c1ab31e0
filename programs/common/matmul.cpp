// SPDX-License-Identifier: Apache-2.0
#include "matmul.hpp"

#include <algorithm>

#include "lanes.hpp"

namespace weir::programs {
namespace {

/// Rows and depth of the part of `left` that is widened to float at a time: 32 KiB on the stack. A tile of
/// the other matrix of this depth and 128 columns is 64 KiB, so it stays in the second cache while all rows
/// pass over it.
constexpr std::size_t kWidenedRows = 32;
constexpr std::size_t kWidenedDepth = 256;

template <class I>
struct ProductPart {
    const float* left;  // [rows][kWidenedDepth]
    Rows<const BFloat16> right;
    std::size_t depth;
    std::size_t columns;
    const BFloat16* next;
    Rows<float> result;
    template <std::size_t Count>
    [[gnu::always_inline]] void rows(std::size_t row) const {
        multiply<I, Count>(left + row * kWidenedDepth, kWidenedDepth, right.data, right.stride, depth,
                           columns, row == 0 ? next : nullptr, columns, result.data + row * result.stride,
                           result.stride);
    }
};

template <class I>
[[gnu::always_inline]] inline void product(std::size_t rows, std::size_t depth, std::size_t columns,
                                           Rows<const BFloat16> left, Rows<const BFloat16> right,
                                           Rows<float> result) {
    alignas(64) float widened[kWidenedRows * kWidenedDepth];
    for (std::size_t top = 0; top < rows; top += kWidenedRows) {
        const std::size_t count = std::min(kWidenedRows, rows - top);
        for (std::size_t k = 0; k < depth; k += kWidenedDepth) {
            const std::size_t now = std::min(kWidenedDepth, depth - k);
            for (std::size_t r = 0; r < count; ++r) {
                const BFloat16* from = left.data + (top + r) * left.stride + k;
                for (std::size_t i = 0; i < now; ++i) widened[r * kWidenedDepth + i] = to_float(from[i]);
            }
            const BFloat16* const here = right.data + k * right.stride;
            const BFloat16* const next = k + now < depth ? here + now * right.stride : nullptr;
            by_rows(count, ProductPart<I>{widened,
                                          {here, right.stride},
                                          now,
                                          columns,
                                          next,
                                          {result.data + top * result.stride, result.stride}});
        }
    }
}

void product_baseline(std::size_t rows, std::size_t depth, std::size_t columns, Rows<const BFloat16> left,
                      Rows<const BFloat16> right, Rows<float> result) {
    product<Baseline>(rows, depth, columns, left, right, result);
}
WEIR_TARGET_AVX2 void product_avx2(std::size_t rows, std::size_t depth, std::size_t columns,
                                   Rows<const BFloat16> left, Rows<const BFloat16> right,
                                   Rows<float> result) {
    product<Avx2>(rows, depth, columns, left, right, result);
}
WEIR_TARGET_AVX512 void product_avx512(std::size_t rows, std::size_t depth, std::size_t columns,
                                       Rows<const BFloat16> left, Rows<const BFloat16> right,
                                       Rows<float> result) {
    product<Avx512>(rows, depth, columns, left, right, result);
}

}  // namespace

void matmul(std::size_t rows, std::size_t depth, std::size_t columns, Rows<const BFloat16> left,
            Rows<const BFloat16> right, bool starts, Rows<float> result) {
    static const auto function = chosen(product_baseline, product_avx2, product_avx512);
    if (starts) {
        for (std::size_t r = 0; r < rows; ++r) std::fill_n(result.data + r * result.stride, columns, 0.0F);
    }
    function(rows, depth, columns, left, right, result);
}

}  // namespace weir::programs
