// SPDX-License-Identifier: Apache-2.0
//
// The data of one decode step over a paged KV cache: every sequence of the batch has one new token, whose
// query heads attend to the sequence's whole context. The context's keys and values live in blocks of the
// cache that a block table names; the blocks of a sequence are scattered over the cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "kernels.hpp"

namespace weir::paged_attention {

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

/// Which blocks of the cache hold which tokens.
struct BlockTable {
    std::vector<std::size_t> context_tokens;       // of each sequence
    std::vector<std::vector<std::size_t>> blocks;  // of each sequence, in token order: block of the cache
    std::size_t cache_blocks = 0;                  // blocks of the cache, a few of them unused
    std::size_t tokens = 0;                        // of all contexts together

    explicit BlockTable(const Sizes& sizes);
    /// Tokens in the block with this index within its sequence.
    std::size_t tokens_in(const Sizes& sizes, std::size_t sequence, std::size_t index) const;
};

/// Memory for `count` elements, aligned and marked for huge pages: the cache is read from end to end once,
/// and with small pages the address translation alone costs a tenth of the bandwidth.
template <class T>
class Buffer {
public:
    explicit Buffer(std::size_t count);
    T* data() { return data_.get(); }
    const T* data() const { return data_.get(); }
    std::size_t size() const { return count_; }

private:
    struct Free {
        void operator()(T* memory) const { std::free(memory); }
    };
    std::size_t count_;
    std::unique_ptr<T, Free> data_;
};

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

extern template class Buffer<float>;
extern template class Buffer<BFloat16>;
extern template struct Problem<float>;
extern template struct Problem<BFloat16>;

}  // namespace weir::paged_attention
