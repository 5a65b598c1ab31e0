// SPDX-License-Identifier: Apache-2.0
#include "block_table.hpp"

#include <numeric>
#include <utility>

#include "random.hpp"

namespace weir::programs {
namespace {

std::size_t blocks_for(std::size_t tokens, std::size_t block_tokens) {
    return (tokens + block_tokens - 1) / block_tokens;
}

}  // namespace

BlockTable::BlockTable(std::size_t sequences, std::size_t tokens_of_block, std::size_t max_context,
                       bool fixed, std::uint64_t seed)
    : block_tokens(tokens_of_block) {
    Random random(seed);
    std::size_t used = 0;
    for (std::size_t s = 0; s < sequences; ++s) {
        const std::size_t context = fixed ? max_context : 1 + random.below(max_context);
        context_tokens.push_back(context);
        tokens += context;
        used += blocks_for(context, block_tokens);
    }
    cache_blocks = used + used / 8 + 1;
    std::vector<std::size_t> order(cache_blocks);
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = cache_blocks - 1; i > 0; --i) std::swap(order[i], order[random.below(i + 1)]);
    std::size_t next = 0;
    for (const std::size_t context : context_tokens) {
        const std::size_t count = blocks_for(context, block_tokens);
        const auto first = order.begin() + static_cast<std::ptrdiff_t>(next);
        blocks.emplace_back(first, first + static_cast<std::ptrdiff_t>(count));
        next += count;
    }
}

std::size_t BlockTable::tokens_in(std::size_t sequence, std::size_t index) const {
    const std::size_t left = context_tokens[sequence] - index * block_tokens;
    return left < block_tokens ? left : block_tokens;
}

}  // namespace weir::programs
