// SPDX-License-Identifier: Apache-2.0
//
// The vector kernels of a decoder layer. Each works on the rows [begin, end) of its tensors, one for each
// sequence, so that two vector cores can share a tile. Arithmetic is in float; what is stored as bfloat16 is
// rounded once.
#pragma once

#include <cstddef>

#include <weir/access.hpp>

namespace weir::qwen3_decode {

struct RowRange {
    std::int64_t begin;
    std::int64_t end;
};

/// out = in / root mean square of the row * weight.
void normalise(RowRange rows, In<BFloat16> in, In<BFloat16> weight, Out<BFloat16> out);
void normalise(RowRange rows, In<float> in, In<BFloat16> weight, Out<BFloat16> out);

/// Normalises each head of `product` and turns it by the rotary embedding: element i with element i +
/// head_dim / 2. The head dimension is that of `weight`; cosines and sines have one row for each row.
void finish_heads(RowRange rows, In<float> product, In<BFloat16> weight, In<float> cosines, In<float> sines,
                  Out<BFloat16> out);

/// Rounds.
void finish_values(RowRange rows, In<float> product, Out<BFloat16> out);

/// residual = product + hidden.
void add_hidden(RowRange rows, In<float> product, In<BFloat16> hidden, Out<float> residual);

/// out = silu(gate) * up.
void apply_gate(RowRange rows, In<float> gate, In<float> up, Out<BFloat16> out);

/// hidden = product + residual.
void add_residual(RowRange rows, In<float> product, In<float> residual, Out<BFloat16> hidden);

/// Puts the keys and values of one sequence's new token to their places in the cache.
/// key, value: [1][kv_heads * head_dim]; places: [1][kv_heads][head_dim][1] and [1][kv_heads][1][head_dim].
void write_cache(In<BFloat16> key, In<BFloat16> value, Out<BFloat16> key_place, Out<BFloat16> value_place);

}  // namespace weir::qwen3_decode
