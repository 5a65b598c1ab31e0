// SPDX-License-Identifier: Apache-2.0
//
// The layers as their definition says, in float, from the same bfloat16 weights: no tiles, no states, no
// vectors, and nothing rounded to bfloat16 on the way. Shares no code with the kernels.
//
// Each layer is computed from the hidden states that the program gave it, so that what is allowed does not
// grow with their number. What is allowed: the program rounds to bfloat16, by at most u = 2^-8 of a value,
// which is an error of deviation u / sqrt(3) at most. It rounds the normalised input, queries, keys and
// values, the attention, the normalised residual, the gated product, and the output. A product with random
// weights makes of such errors noise of the same size relative to its values. Keys and values carry two of
// them, so a deviation of sqrt(2 / 3) u at most. Outputs carry all, but those of attention and feed-forward
// only as far as these contribute to the output, the unrounded residual being the rest; together they come to
// less than u as well. So, with `size` the root mean square of what is expected, of the outputs of a layer,
// of its new keys, and of its new values:
//
//     all of them:  root mean square of the errors <= u size
//     each of them: |error| <= u |expected| + 6 u size    (6 deviations: once in 5 * 10^8 elements)
//
// Everything else in the caches is as it was.
#pragma once

#include "problem.hpp"

namespace weir::qwen3_decode {

struct Comparison {
    double largest_error = 0.0;  // largest |output - reference| of all layers
    double largest_excess =
        0.0;  // largest share of what is allowed, over all that is compared; at most 1 is right
    bool caches_kept = true;  // all but the new token's places
    bool right() const { return caches_kept && largest_excess <= 1.0; }
};

Comparison compare_with_reference(const Problem& problem);

}  // namespace weir::qwen3_decode
