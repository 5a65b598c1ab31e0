// SPDX-License-Identifier: Apache-2.0
//
// The data of one decode step of a decoder with the layers of Qwen3: weights, KV caches and the tokens'
// hidden states, all stored as bfloat16 and drawn from a seed. Matrices are [input][output], row by row.
#pragma once

#include <cstddef>
#include <vector>

#include "common/block_table.hpp"
#include "common/buffer.hpp"
#include "sizes.hpp"

namespace weir::qwen3_decode {

using programs::Buffer;

inline constexpr float kEpsilon = 1e-6F;  // of the normalisations
inline constexpr double kRopeBase = 1e6;  // of the rotary embedding

struct Layer {
    Buffer<BFloat16> input_norm;      // [hidden]
    Buffer<BFloat16> query_weights;   // [hidden][heads * head_dim]
    Buffer<BFloat16> key_weights;     // [hidden][kv_heads * head_dim]
    Buffer<BFloat16> value_weights;   // as key_weights
    Buffer<BFloat16> query_norm;      // [head_dim], of each query head
    Buffer<BFloat16> key_norm;        // [head_dim], of each key head
    Buffer<BFloat16> output_weights;  // [heads * head_dim][hidden]
    Buffer<BFloat16> ffn_norm;        // [hidden]
    Buffer<BFloat16> gate_weights;    // [hidden][ffn]
    Buffer<BFloat16> up_weights;      // [hidden][ffn]
    Buffer<BFloat16> down_weights;    // [ffn][hidden]
    Buffer<BFloat16> key_cache;       // [cache block][KV head][head_dim][token of the block]
    Buffer<BFloat16> value_cache;     // [cache block][KV head][token of the block][head_dim]

    Layer(const Sizes& sizes, std::size_t cache_blocks);
};

struct Problem {
    Sizes sizes;
    programs::BlockTable table;  // contexts hold the new token as their last
    std::vector<Layer> layers;
    /// [batch][hidden] before each layer, and behind the last.
    std::vector<Buffer<BFloat16>> hidden;
    Buffer<float> cosines;  // [batch][head_dim / 2], at the place of the new token
    Buffer<float> sines;

    explicit Problem(const Sizes& given);

    std::size_t position(std::size_t sequence) const { return table.context_tokens[sequence] - 1; }
    /// Block of the cache, and place in it, of the new token.
    std::size_t new_block(std::size_t sequence) const { return table.blocks[sequence].back(); }
    std::size_t new_slot(std::size_t sequence) const { return position(sequence) % sizes.block_tokens; }
    /// Fills the new token's places in the caches and all hidden states behind the first with NaN: what no
    /// task writes is found.
    void forget_results();
    /// The caches of a layer as they were drawn.
    void draw_key_cache(std::size_t layer, Buffer<BFloat16>& into) const;
    void draw_value_cache(std::size_t layer, Buffer<BFloat16>& into) const;
    /// Calls `visit(offset in the key cache, offset in the value cache, KV head, dimension)` for every
    /// element of the new token of a sequence.
    template <class Visit>
    void for_new_token(std::size_t sequence, const Visit& visit) const {
        for (std::size_t head = 0; head < sizes.kv_heads; ++head) {
            const std::size_t tile =
                (new_block(sequence) * sizes.kv_heads + head) * sizes.head_dim * sizes.block_tokens;
            for (std::size_t d = 0; d < sizes.head_dim; ++d)
                visit(tile + d * sizes.block_tokens + new_slot(sequence),
                      tile + new_slot(sequence) * sizes.head_dim + d, head, d);
        }
    }

    /// Products and attention of all layers.
    double flops() const;
    /// Weights and the tokens of the caches once.
    double bytes() const;
};

}  // namespace weir::qwen3_decode
