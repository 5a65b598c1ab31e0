// SPDX-License-Identifier: Apache-2.0
//
// The data of one decode step over a paged KV cache: every sequence of the batch has one new token, whose
// query heads attend to the sequence's whole context. The context's keys and values live in blocks of the
// cache that a block table names; the blocks of a sequence are scattered over the cache.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/attention.hpp"
#include "common/block_table.hpp"
#include "common/buffer.hpp"

namespace weir::paged_attention {

using programs::BlockTable;
using programs::Buffer;
using programs::GroupShape;

struct Sizes {
    std::size_t batch = 16;
    std::size_t heads = 40;
    std::size_t kv_heads = 8;
    std::size_t head_dim = 128;
    std::size_t block_tokens = 128;
    std::size_t max_context = 4096;
    bool fixed_context = false;  // every context is max_context; otherwise drawn from 1..max_context
    std::uint64_t seed = 1;
};

/// Names what is wrong with the sizes; nullptr when they can be used.
const char* refusal(const Sizes& sizes);

/// T is the storage type: float or BFloat16.
template <class T>
struct Problem {
    Sizes sizes;
    GroupShape shape;
    BlockTable table;
    Buffer<T> query;   // [batch][heads][head_dim]
    Buffer<T> key;     // [cache block][KV head][head_dim][block_tokens]
    Buffer<T> value;   // [cache block][KV head][block_tokens][head_dim]
    Buffer<T> output;  // [batch][heads][head_dim]

    explicit Problem(const Sizes& given);

    std::size_t tile() const { return sizes.head_dim * sizes.block_tokens; }
    std::size_t group_offset(std::size_t sequence, std::size_t kv_head) const {
        return (sequence * sizes.heads + kv_head * shape.rows) * sizes.head_dim;
    }
    std::size_t tile_offset(std::size_t block, std::size_t kv_head) const {
        return (block * sizes.kv_heads + kv_head) * tile();
    }
    /// Two products of every query head with every token of its context.
    double flops() const;
    /// Keys and values read once, queries read, output written.
    double bytes() const;
};

extern template struct Problem<float>;
extern template struct Problem<BFloat16>;

}  // namespace weir::paged_attention
