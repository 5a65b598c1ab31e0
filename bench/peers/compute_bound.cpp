// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "patterns/kernel.hpp"

namespace weir::patterns {

double compute_bound(std::uint64_t iterations) {
    std::array<double, 64> values;
    values.fill(1.2345);
    for (std::uint64_t iteration = 0; iteration < iterations; ++iteration) {
        for (double& value : values) value = value * 0.9999 + 0.0001;
        // One pass after the other through memory, as over the data of a real kernel.
        asm volatile("" : : "r"(values.data()) : "memory");
    }
    return values.front() + values.back();
}

}  // namespace weir::patterns
