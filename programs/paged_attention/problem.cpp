// SPDX-License-Identifier: Apache-2.0
#include "problem.hpp"

#include <sys/mman.h>

#include <bit>
#include <new>
#include <numeric>
#include <type_traits>
#include <utility>

namespace weir::paged_attention {
namespace {

/// splitmix64: a full-period generator whose every output depends on the seed alone.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        state_ += 0x9E3779B97F4A7C15ULL;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
        return z ^ (z >> 31U);
    }
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }

private:
    std::uint64_t state_;
};

/// Uniform in [-2, 2): scores then have a deviation above one, so that the running maximum matters.
float from_bits(std::uint32_t bits) { return static_cast<float>(bits >> 8U) * 0x1.0p-22F - 2.0F; }

void store(float value, float& to) { to = value; }
void store(float value, BFloat16& to) {
    to.bits =
        static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16U);  // cut off: any value will do
}

template <class T>
void fill(Buffer<T>& buffer, std::uint64_t seed) {
    Random random(seed);
    T* data = buffer.data();
    std::size_t i = 0;
    for (; i + 1 < buffer.size(); i += 2) {
        const std::uint64_t bits = random.next();
        store(from_bits(static_cast<std::uint32_t>(bits)), data[i]);
        store(from_bits(static_cast<std::uint32_t>(bits >> 32U)), data[i + 1]);
    }
    if (i < buffer.size()) store(from_bits(static_cast<std::uint32_t>(random.next())), data[i]);
}

std::size_t blocks_for(std::size_t tokens, std::size_t block_tokens) {
    return (tokens + block_tokens - 1) / block_tokens;
}

}  // namespace

const char* refusal(const Sizes& sizes) {
    if (sizes.batch == 0) return "batch must be at least 1";
    if (sizes.kv_heads == 0) return "kv_heads must be at least 1";
    if (sizes.heads == 0 || sizes.heads % sizes.kv_heads != 0) return "heads must be a multiple of kv_heads";
    if (sizes.head_dim == 0 || sizes.head_dim % kGranularity != 0 || sizes.head_dim > kMaxHeadDim) {
        return "head_dim must be a multiple of 16, at most 512";
    }
    if (sizes.block_tokens == 0 || sizes.block_tokens % kGranularity != 0 ||
        sizes.block_tokens > kMaxBlockTokens) {
        return "block must be a multiple of 16, at most 512";
    }
    if (sizes.max_context == 0) return "context must be at least 1";
    return nullptr;
}

BlockTable::BlockTable(const Sizes& sizes) {
    Random random(sizes.seed);
    std::size_t used = 0;
    for (std::size_t s = 0; s < sizes.batch; ++s) {
        const std::size_t context =
            sizes.fixed_context ? sizes.max_context : 1 + random.below(sizes.max_context);
        context_tokens.push_back(context);
        tokens += context;
        used += blocks_for(context, sizes.block_tokens);
    }
    cache_blocks = used + used / 8 + 1;
    std::vector<std::size_t> order(cache_blocks);
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = cache_blocks - 1; i > 0; --i) std::swap(order[i], order[random.below(i + 1)]);
    std::size_t next = 0;
    for (const std::size_t context : context_tokens) {
        const std::size_t count = blocks_for(context, sizes.block_tokens);
        const auto first = order.begin() + static_cast<std::ptrdiff_t>(next);
        blocks.emplace_back(first, first + static_cast<std::ptrdiff_t>(count));
        next += count;
    }
}

std::size_t BlockTable::tokens_in(const Sizes& sizes, std::size_t sequence, std::size_t index) const {
    const std::size_t left = context_tokens[sequence] - index * sizes.block_tokens;
    return left < sizes.block_tokens ? left : sizes.block_tokens;
}

template <class T>
Buffer<T>::Buffer(std::size_t count) : count_(count) {
    constexpr std::size_t kHugePage = std::size_t{2} << 20U;
    const std::size_t bytes = (count * sizeof(T) + kHugePage - 1) / kHugePage * kHugePage;
    void* memory = std::aligned_alloc(kHugePage, bytes);
    if (memory == nullptr) throw std::bad_alloc();
    madvise(memory, bytes, MADV_HUGEPAGE);  // advice: where it is refused, small pages serve too
    data_.reset(static_cast<T*>(memory));
}

template <class T>
Problem<T>::Problem(const Sizes& given)
    : sizes(given),
      shape{given.heads / given.kv_heads, given.head_dim, given.block_tokens},
      table(given),
      query(given.batch * given.heads * given.head_dim),
      key(table.cache_blocks * given.kv_heads * given.head_dim * given.block_tokens),
      value(table.cache_blocks * given.kv_heads * given.head_dim * given.block_tokens),
      output(given.batch * given.heads * given.head_dim) {
    fill(query, given.seed + 1);
    fill(key, given.seed + 2);
    fill(value, given.seed + 3);
}

template <class T>
double Problem<T>::flops() const {
    return 4.0 * static_cast<double>(table.tokens) * static_cast<double>(sizes.heads * sizes.head_dim);
}

template <class T>
double Problem<T>::bytes() const {
    const double cache =
        2.0 * static_cast<double>(table.tokens) * static_cast<double>(sizes.kv_heads * sizes.head_dim);
    return (cache + static_cast<double>(query.size() + output.size())) * sizeof(T);
}

template class Buffer<float>;
template class Buffer<BFloat16>;
template struct Problem<float>;
template struct Problem<BFloat16>;

}  // namespace weir::paged_attention
