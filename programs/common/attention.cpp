// SPDX-License-Identifier: Apache-2.0
#include "attention.hpp"

#include <cmath>
#include <limits>

namespace weir::programs {
namespace {

constexpr float kNothing = -std::numeric_limits<float>::max();

/// Tokens, rounded up to whole vectors.
constexpr std::size_t columns_of(std::size_t tokens) {
    return (tokens + kGranularity - 1) / kGranularity * kGranularity;
}

/// scores[Rows][stride] of the first `tokens` tokens; what is read next is prefetched from `next` on.
template <class I, std::size_t Rows, class T>
[[gnu::always_inline]] inline void score_rows(const GroupShape& shape, const T* query, const T* key,
                                              std::size_t tokens, const T* next, float* scores,
                                              std::size_t stride) {
    alignas(64) float scaled_query[Rows * kMaxHeadDim];
    const std::size_t dim = shape.head_dim;
    const std::size_t columns = columns_of(tokens);
    const float query_scale = 1.0F / std::sqrt(static_cast<float>(dim));
    for (std::size_t i = 0; i < Rows * dim; ++i) scaled_query[i] = to_float(query[i]) * query_scale;
    for (std::size_t r = 0; r < Rows; ++r) std::memset(scores + r * stride, 0, columns * sizeof(float));
    multiply<I, Rows>(scaled_query, dim, key, shape.block_tokens, dim, columns, next, shape.block_tokens,
                      scores, stride);
}

/// One row of scores and its row of the state.
template <class I>
[[gnu::always_inline]] inline void fold_row(const GroupShape& shape, std::size_t tokens, bool starts,
                                            float* row, float* totals) {
    const std::size_t dim = shape.head_dim;
    const std::size_t columns = columns_of(tokens);
    if (starts) {
        std::memset(totals, 0, shape.state_stride() * sizeof(float));
        totals[dim] = kNothing;
    }
    for (std::size_t t = tokens; t < columns; ++t) row[t] = kNothing;
    const float before = totals[dim];
    const float seen = largest<I>(row, columns);
    const float maximum = seen > before ? seen : before;
    const float weight = exponentiate<I>(row, columns, maximum);
    if (maximum > before && !starts) {
        const float factor = std::exp(before - maximum);
        scale<I>(totals, dim, factor);
        totals[dim + 1] *= factor;
    }
    totals[dim] = maximum;
    totals[dim + 1] += weight;
}

template <class I, std::size_t Rows, class T>
[[gnu::always_inline]] inline void weigh_rows(const GroupShape& shape, const float* scores,
                                              std::size_t stride, const T* value, std::size_t tokens,
                                              float* state) {
    multiply<I, Rows>(scores, stride, value, shape.head_dim, tokens, shape.head_dim,
                      static_cast<const T*>(nullptr), shape.head_dim, state, shape.state_stride());
}

/// One block for `Rows` query heads.
template <class I, std::size_t Rows, class T>
[[gnu::always_inline]] inline void attend_rows(const GroupShape& shape, const T* query, const T* key,
                                               const T* value, std::size_t tokens, bool starts,
                                               float* state) {
    alignas(64) float scores[Rows * kMaxBlockTokens];
    const std::size_t columns = columns_of(tokens);
    score_rows<I, Rows>(shape, query, key, tokens, value, scores, columns);
    for (std::size_t r = 0; r < Rows; ++r)
        fold_row<I>(shape, tokens, starts, scores + r * columns, state + r * shape.state_stride());
    weigh_rows<I, Rows>(shape, scores, columns, value, tokens, state);
}

/// The parts over all rows of a group; what is called by by_rows.
template <class I, class T>
struct AttendPart {
    const GroupShape& shape;
    const T* query;
    const T* key;
    const T* value;
    std::size_t tokens;
    bool starts;
    float* state;
    template <std::size_t Rows>
    [[gnu::always_inline]] void rows(std::size_t row) const {
        attend_rows<I, Rows>(shape, query + row * shape.head_dim, key, value, tokens, starts,
                             state + row * shape.state_stride());
    }
};

template <class I>
struct ScorePart {
    const GroupShape& shape;
    const BFloat16* query;
    const BFloat16* key;
    std::size_t tokens;
    float* scores;
    template <std::size_t Rows>
    [[gnu::always_inline]] void rows(std::size_t row) const {
        score_rows<I, Rows, BFloat16>(shape, query + row * shape.head_dim, key, tokens, nullptr,
                                      scores + row * shape.block_tokens, shape.block_tokens);
    }
};

template <class I>
struct WeighPart {
    const GroupShape& shape;
    const float* scores;
    const BFloat16* value;
    std::size_t tokens;
    float* state;
    template <std::size_t Rows>
    [[gnu::always_inline]] void rows(std::size_t row) const {
        weigh_rows<I, Rows>(shape, scores + row * shape.block_tokens, shape.block_tokens, value, tokens,
                            state + row * shape.state_stride());
    }
};

template <class I>
[[gnu::always_inline]] inline void fold_rows(const GroupShape& shape, std::size_t rows, std::size_t tokens,
                                             bool starts, float* scores, float* state) {
    for (std::size_t r = 0; r < rows; ++r)
        fold_row<I>(shape, tokens, starts, scores + r * shape.block_tokens, state + r * shape.state_stride());
}

#define WEIR_ATTENTION_FOR(name, isa, target)                                                           \
    template <class T>                                                                                  \
    target void attend_##name(const GroupShape& shape, const T* query, const T* key, const T* value,    \
                              std::size_t tokens, bool starts, float* state) {                          \
        by_rows(shape.rows, AttendPart<isa, T>{shape, query, key, value, tokens, starts, state});       \
    }                                                                                                   \
    target void score_##name(const GroupShape& shape, const BFloat16* query, const BFloat16* key,       \
                             std::size_t tokens, float* scores) {                                       \
        by_rows(shape.rows, ScorePart<isa>{shape, query, key, tokens, scores});                         \
    }                                                                                                   \
    target void fold_##name(const GroupShape& shape, std::size_t rows, std::size_t tokens, bool starts, \
                            float* scores, float* state) {                                              \
        fold_rows<isa>(shape, rows, tokens, starts, scores, state);                                     \
    }                                                                                                   \
    target void weigh_##name(const GroupShape& shape, const float* scores, const BFloat16* value,       \
                             std::size_t tokens, float* state) {                                        \
        by_rows(shape.rows, WeighPart<isa>{shape, scores, value, tokens, state});                       \
    }

WEIR_ATTENTION_FOR(baseline, Baseline, )
WEIR_ATTENTION_FOR(avx2, Avx2, WEIR_TARGET_AVX2)
WEIR_ATTENTION_FOR(avx512, Avx512, WEIR_TARGET_AVX512)

}  // namespace

void attend(const GroupShape& shape, const float* query, const float* key, const float* value,
            std::size_t tokens, bool starts, float* state) {
    static const auto function = chosen(attend_baseline<float>, attend_avx2<float>, attend_avx512<float>);
    function(shape, query, key, value, tokens, starts, state);
}

void attend(const GroupShape& shape, const BFloat16* query, const BFloat16* key, const BFloat16* value,
            std::size_t tokens, bool starts, float* state) {
    static const auto function =
        chosen(attend_baseline<BFloat16>, attend_avx2<BFloat16>, attend_avx512<BFloat16>);
    function(shape, query, key, value, tokens, starts, state);
}

void score(const GroupShape& shape, const BFloat16* query, const BFloat16* key, std::size_t tokens,
           float* scores) {
    static const auto function = chosen(score_baseline, score_avx2, score_avx512);
    function(shape, query, key, tokens, scores);
}

void fold(const GroupShape& shape, std::size_t rows, std::size_t tokens, bool starts, float* scores,
          float* state) {
    static const auto function = chosen(fold_baseline, fold_avx2, fold_avx512);
    function(shape, rows, tokens, starts, scores, state);
}

void weigh(const GroupShape& shape, const float* scores, const BFloat16* value, std::size_t tokens,
           float* state) {
    static const auto function = chosen(weigh_baseline, weigh_avx2, weigh_avx512);
    function(shape, scores, value, tokens, state);
}

void merge(const GroupShape& shape, const float* other, float* state) {
    const std::size_t dim = shape.head_dim;
    for (std::size_t r = 0; r < shape.rows; ++r) {
        float* into = state + r * shape.state_stride();
        const float* from = other + r * shape.state_stride();
        const float maximum = into[dim] > from[dim] ? into[dim] : from[dim];
        const float keep = std::exp(into[dim] - maximum);
        const float take = std::exp(from[dim] - maximum);
        for (std::size_t d = 0; d < dim; ++d) into[d] = into[d] * keep + from[d] * take;
        into[dim + 1] = into[dim + 1] * keep + from[dim + 1] * take;
        into[dim] = maximum;
    }
}

void finish(const GroupShape& shape, const float* state, float* out) {
    for (std::size_t r = 0; r < shape.rows; ++r) {
        const float* row = state + r * shape.state_stride();
        const float factor = 1.0F / row[shape.head_dim + 1];
        for (std::size_t d = 0; d < shape.head_dim; ++d) out[r * shape.head_dim + d] = row[d] * factor;
    }
}

void finish(const GroupShape& shape, const float* state, BFloat16* out) {
    for (std::size_t r = 0; r < shape.rows; ++r) {
        const float* row = state + r * shape.state_stride();
        const float factor = 1.0F / row[shape.head_dim + 1];
        for (std::size_t d = 0; d < shape.head_dim; ++d)
            out[r * shape.head_dim + d] = BFloat16(row[d] * factor);
    }
}

}  // namespace weir::programs
