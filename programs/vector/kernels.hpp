// SPDX-License-Identifier: Apache-2.0
//
// Element by element kernels of the vector program, over `count` floats each.
#pragma once

#include <cstddef>

namespace weir::vector {

/// sum = a + b
void add(const float* a, const float* b, float* sum, std::size_t count);
/// sum = a + addend
void add_scalar(const float* a, float addend, float* sum, std::size_t count);
/// product = a * b
void multiply(const float* a, const float* b, float* product, std::size_t count);

}  // namespace weir::vector
