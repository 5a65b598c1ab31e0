// SPDX-License-Identifier: Apache-2.0
//
// The product of a few rows of activations with a tile of a weight matrix, both stored as bfloat16: what a
// decode step consists of. Sums are in float.
#pragma once

#include <cstddef>

#include <weir/dtype.hpp>

namespace weir::programs {

/// Where the rows of a matrix start: `stride` elements apart.
template <class T>
struct Rows {
    T* data;
    std::size_t stride;
};

/// result[rows][columns] += left[rows][depth] * right[depth][columns]; `starts` says that the result is new:
/// its content is ignored. `columns` is a multiple of kGranularity.
void matmul(std::size_t rows, std::size_t depth, std::size_t columns, Rows<const BFloat16> left,
            Rows<const BFloat16> right, bool starts, Rows<float> result);

}  // namespace weir::programs
