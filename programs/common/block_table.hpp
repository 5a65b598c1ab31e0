// SPDX-License-Identifier: Apache-2.0
//
// Which blocks of a paged KV cache hold the context of which sequence. The blocks of a sequence are scattered
// over the cache, and no two sequences share one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir::programs {

struct BlockTable {
    std::size_t block_tokens = 0;
    std::vector<std::size_t> context_tokens;       // of each sequence
    std::vector<std::vector<std::size_t>> blocks;  // of each sequence, in token order: block of the cache
    std::size_t cache_blocks = 0;                  // blocks of the cache, a few of them unused
    std::size_t tokens = 0;                        // of all contexts together

    /// `fixed`: every context has the longest length; otherwise drawn from 1..max_context.
    BlockTable(std::size_t sequences, std::size_t tokens_of_block, std::size_t max_context, bool fixed,
               std::uint64_t seed);
    /// Tokens in the block with this index within its sequence.
    std::size_t tokens_in(std::size_t sequence, std::size_t index) const;
};

}  // namespace weir::programs
