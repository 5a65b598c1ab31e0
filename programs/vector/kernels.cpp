// SPDX-License-Identifier: Apache-2.0
#include "kernels.hpp"

namespace weir::vector {

void add(const float* a, const float* b, float* sum, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) sum[i] = a[i] + b[i];
}

void add_scalar(const float* a, float addend, float* sum, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) sum[i] = a[i] + addend;
}

void multiply(const float* a, const float* b, float* product, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) product[i] = a[i] * b[i];
}

}  // namespace weir::vector
