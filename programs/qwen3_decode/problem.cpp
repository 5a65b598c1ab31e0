// SPDX-License-Identifier: Apache-2.0
#include "problem.hpp"

#include <cmath>
#include <cstring>

#include "common/random.hpp"

namespace weir::qwen3_decode {
namespace {

/// Which stream of random numbers: one for each buffer of each layer.
enum Stream : std::uint64_t {
    kInputNorm,
    kQuery,
    kKey,
    kValue,
    kQueryNorm,
    kKeyNorm,
    kOutput,
    kFfnNorm,
    kGate,
    kUp,
    kDown,
    kKeyCache,
    kValueCache,
    kHidden,
    kStreams
};

std::uint64_t seed_of(const Sizes& sizes, std::size_t layer, Stream stream) {
    return programs::Random(sizes.seed * kStreams + stream + (layer << 32U)).next();
}

/// Uniform in [middle - range, middle + range): four values from one number.
void fill(Buffer<BFloat16>& buffer, std::uint64_t seed, float middle, float range) {
    programs::Random random(seed);
    BFloat16* const data = buffer.data();
    for (std::size_t i = 0; i < buffer.size(); i += 4) {
        std::uint64_t bits = random.next();
        for (std::size_t j = i; j < i + 4 && j < buffer.size(); ++j, bits >>= 16U)
            data[j] =
                BFloat16(middle + static_cast<float>(static_cast<std::int16_t>(bits)) * 0x1p-15F * range);
    }
}

/// Half the range of a uniform distribution of deviation 1.
const float kUnit = std::sqrt(3.0F);

/// What is multiplied by the matrix keeps its size.
void fill_matrix(Buffer<BFloat16>& matrix, std::uint64_t seed, std::size_t inputs) {
    fill(matrix, seed, 0.0F, kUnit / std::sqrt(static_cast<float>(inputs)));
}

void draw(Layer& layer, const Sizes& sizes, std::size_t index) {
    const auto seed = [&](Stream stream) { return seed_of(sizes, index, stream); };
    fill(layer.input_norm, seed(kInputNorm), 1.0F, 0.5F);
    fill(layer.ffn_norm, seed(kFfnNorm), 1.0F, 0.5F);
    // Scores get a deviation of about 2, so that a few tokens of a context count and attention stays large.
    fill(layer.query_norm, seed(kQueryNorm), 2.0F, 0.5F);
    fill(layer.key_norm, seed(kKeyNorm), 1.0F, 0.25F);
    fill_matrix(layer.query_weights, seed(kQuery), sizes.hidden);
    fill_matrix(layer.key_weights, seed(kKey), sizes.hidden);
    fill_matrix(layer.value_weights, seed(kValue), sizes.hidden);
    fill_matrix(layer.output_weights, seed(kOutput), sizes.query_columns());
    fill_matrix(layer.gate_weights, seed(kGate), sizes.hidden);
    fill_matrix(layer.up_weights, seed(kUp), sizes.hidden);
    fill_matrix(layer.down_weights, seed(kDown), sizes.ffn);
}

void make_nan(Buffer<BFloat16>& buffer) {
    std::memset(static_cast<void*>(buffer.data()), 0xFF, buffer.size() * sizeof(BFloat16));
}

}  // namespace

Layer::Layer(const Sizes& sizes, std::size_t cache_blocks)
    : input_norm(sizes.hidden),
      query_weights(sizes.hidden * sizes.query_columns()),
      key_weights(sizes.hidden * sizes.kv_columns()),
      value_weights(sizes.hidden * sizes.kv_columns()),
      query_norm(sizes.head_dim),
      key_norm(sizes.head_dim),
      output_weights(sizes.query_columns() * sizes.hidden),
      ffn_norm(sizes.hidden),
      gate_weights(sizes.hidden * sizes.ffn),
      up_weights(sizes.hidden * sizes.ffn),
      down_weights(sizes.ffn * sizes.hidden),
      key_cache(cache_blocks * sizes.kv_columns() * sizes.block_tokens),
      value_cache(cache_blocks * sizes.kv_columns() * sizes.block_tokens) {}

Problem::Problem(const Sizes& given)
    : sizes(given),
      table(given.batch, given.block_tokens, given.max_context, given.fixed_context, given.seed),
      cosines(given.batch * given.head_dim / 2),
      sines(given.batch * given.head_dim / 2) {
    for (std::size_t i = 0; i < sizes.layers; ++i) {
        Layer& layer = layers.emplace_back(sizes, table.cache_blocks);
        draw(layer, sizes, i);
        draw_key_cache(i, layer.key_cache);
        draw_value_cache(i, layer.value_cache);
    }
    for (std::size_t i = 0; i <= sizes.layers; ++i) hidden.emplace_back(sizes.batch * sizes.hidden);
    fill(hidden.front(), seed_of(sizes, 0, kHidden), 0.0F, kUnit);
    const std::size_t half = sizes.head_dim / 2;
    for (std::size_t s = 0; s < sizes.batch; ++s) {
        for (std::size_t i = 0; i < half; ++i) {
            const double angle = static_cast<double>(position(s)) *
                                 std::pow(kRopeBase, -static_cast<double>(i) / static_cast<double>(half));
            cosines.data()[s * half + i] = static_cast<float>(std::cos(angle));
            sines.data()[s * half + i] = static_cast<float>(std::sin(angle));
        }
    }
}

void Problem::draw_key_cache(std::size_t layer, Buffer<BFloat16>& into) const {
    fill(into, seed_of(sizes, layer, kKeyCache), 0.0F, kUnit);
}

void Problem::draw_value_cache(std::size_t layer, Buffer<BFloat16>& into) const {
    fill(into, seed_of(sizes, layer, kValueCache), 0.0F, kUnit);
}

void Problem::forget_results() {
    BFloat16 nan;
    nan.bits = 0xFFFF;
    for (std::size_t i = 0; i < sizes.layers; ++i) {
        make_nan(hidden[i + 1]);
        for (std::size_t s = 0; s < sizes.batch; ++s) {
            for_new_token(s, [&](std::size_t key, std::size_t value, std::size_t, std::size_t) {
                layers[i].key_cache.data()[key] = nan;
                layers[i].value_cache.data()[value] = nan;
            });
        }
    }
}

double Problem::flops() const {
    const auto weights =
        static_cast<double>(sizes.hidden) *
        static_cast<double>(2 * sizes.query_columns() + 2 * sizes.kv_columns() + 3 * sizes.ffn);
    const double attention =
        2.0 * static_cast<double>(table.tokens) * static_cast<double>(sizes.query_columns());
    return 2.0 * static_cast<double>(sizes.layers) * (weights * static_cast<double>(sizes.batch) + attention);
}

double Problem::bytes() const {
    const auto weights =
        static_cast<double>(sizes.hidden) *
        static_cast<double>(2 * sizes.query_columns() + 2 * sizes.kv_columns() + 3 * sizes.ffn);
    const double cache = 2.0 * static_cast<double>(table.tokens) * static_cast<double>(sizes.kv_columns());
    return static_cast<double>(sizes.layers) * (weights + cache) * sizeof(BFloat16);
}

}  // namespace weir::qwen3_decode
