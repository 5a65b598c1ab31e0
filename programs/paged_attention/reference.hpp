// SPDX-License-Identifier: Apache-2.0
//
// Paged attention as its definition says: per query head all scores first, then the softmax over the whole
// context, then the weighted sum, in double, without blocks, states or vectors. Shares no code with the
// kernels.
#pragma once

#include "problem.hpp"

namespace weir::paged_attention {

struct Comparison {
    double largest_error = 0.0;   // largest |output - reference|
    double largest_excess = 0.0;  // the same, divided by what is allowed at that element; at most 1 is right
    bool right() const { return largest_excess <= 1.0; }
};

/// Compares `problem.output` with the reference.
template <class T>
Comparison compare_with_reference(const Problem<T>& problem);

extern template Comparison compare_with_reference(const Problem<float>&);
extern template Comparison compare_with_reference(const Problem<BFloat16>&);

}  // namespace weir::paged_attention
