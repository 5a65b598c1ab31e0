// SPDX-License-Identifier: Apache-2.0
#include "problem.hpp"

#include <bit>

#include "common/random.hpp"

namespace weir::paged_attention {
namespace {

using programs::Random;

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

}  // namespace

const char* refusal(const Sizes& sizes) {
    if (sizes.batch == 0) return "batch must be at least 1";
    if (sizes.kv_heads == 0) return "kv_heads must be at least 1";
    if (sizes.heads == 0 || sizes.heads % sizes.kv_heads != 0) return "heads must be a multiple of kv_heads";
    if (sizes.head_dim == 0 || sizes.head_dim % programs::kGranularity != 0 ||
        sizes.head_dim > programs::kMaxHeadDim) {
        return "head_dim must be a multiple of 16, at most 512";
    }
    if (sizes.block_tokens == 0 || sizes.block_tokens % programs::kGranularity != 0 ||
        sizes.block_tokens > programs::kMaxBlockTokens) {
        return "block must be a multiple of 16, at most 512";
    }
    if (sizes.max_context == 0) return "context must be at least 1";
    return nullptr;
}

template <class T>
Problem<T>::Problem(const Sizes& given)
    : sizes(given),
      shape{given.heads / given.kv_heads, given.head_dim, given.block_tokens},
      table(given.batch, given.block_tokens, given.max_context, given.fixed_context, given.seed),
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

template struct Problem<float>;
template struct Problem<BFloat16>;

}  // namespace weir::paged_attention
