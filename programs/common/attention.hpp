// SPDX-License-Identifier: Apache-2.0
//
// Kernels of paged attention: one decode step, one block of the KV cache at a time. Whole, or in the three
// parts that cores for matrices and cores for vectors do.
//
// The query heads that share a KV head are handled together, as the rows of a small matrix, so a block of
// keys and values is read from memory once for all of them. The result so far is a **state** that any number
// of blocks can be folded into, in any order (online softmax):
//
//     state: float[rows][head_dim + kStateExtra]
//         [0 .. head_dim)   sum over tokens of exp(score - maximum) * value, not yet normalised
//         [head_dim]        maximum of the scores seen
//         [head_dim + 1]    sum over tokens of exp(score - maximum)
//
// A block of keys is stored with the tokens running fastest (key[dimension][token]), a block of values with
// the dimensions running fastest (value[token][dimension]). Both halves of the attention are then the same
// product of a few rows with a matrix that is read once, front to back, without transposes and without
// horizontal sums.
//
// Storage is float or bfloat16; all arithmetic is in float.
#pragma once

#include <cstddef>

#include <weir/dtype.hpp>

#include "lanes.hpp"

namespace weir::programs {

/// Floats that a row of the state has beyond the head dimension: one cache line, so that rows stay aligned.
inline constexpr std::size_t kStateExtra = 16;
/// The scores of a block live on the kernel's stack; this bounds them to 12 KiB.
inline constexpr std::size_t kMaxBlockTokens = 512;
inline constexpr std::size_t kMaxHeadDim = 512;

/// What the kernels need to know about one group of query heads.
struct GroupShape {
    std::size_t rows;          // query heads that share one KV head
    std::size_t head_dim;      // a multiple of kGranularity
    std::size_t block_tokens;  // tokens in a block of the cache, a multiple of kGranularity

    std::size_t state_stride() const { return head_dim + kStateExtra; }
};

/// Folds the first `tokens` tokens of a block into a state. `starts` says that the state is new: its content
/// is ignored. `query` is [rows][head_dim] and is scaled by 1/sqrt(head_dim) here.
void attend(const GroupShape& shape, const float* query, const float* key, const float* value,
            std::size_t tokens, bool starts, float* state);
void attend(const GroupShape& shape, const BFloat16* query, const BFloat16* key, const BFloat16* value,
            std::size_t tokens, bool starts, float* state);

/// Folds a second state, computed from other tokens, into the first.
void merge(const GroupShape& shape, const float* other, float* state);

/// Normalises: out[rows][head_dim] = accumulated values / sum of weights.
void finish(const GroupShape& shape, const float* state, float* out);
void finish(const GroupShape& shape, const float* state, BFloat16* out);

/// The first part of `attend`: scores[rows][block_tokens] = scaled queries * keys, of the first `tokens`
/// tokens rounded up to kGranularity.
void score(const GroupShape& shape, const BFloat16* query, const BFloat16* key, std::size_t tokens,
           float* scores);
/// The second part, for any number of rows: replaces the scores by exp(score - maximum), and scales what the
/// state holds to the new maximum.
void fold(const GroupShape& shape, std::size_t rows, std::size_t tokens, bool starts, float* scores,
          float* state);
/// The third part: state += scores * values.
void weigh(const GroupShape& shape, const float* scores, const BFloat16* value, std::size_t tokens,
           float* state);

}  // namespace weir::programs
