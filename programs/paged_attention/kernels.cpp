// SPDX-License-Identifier: Apache-2.0
//
// The body is written once over vectors of a width that is a template parameter, and is instantiated for each
// instruction set inside a function that carries the target attribute; the widest one that the machine has is
// chosen on the first call.
#include "kernels.hpp"

#include <cmath>
#include <cstring>
#include <limits>

namespace weir::paged_attention {
namespace {

/// Query heads that are multiplied at a time: with `Strip` vectors of columns their sums stay in registers.
constexpr std::size_t kMaxRows = 6;
/// Rows of the streamed matrix per pass over the strips, and how far ahead rows are prefetched: 32 rows of
/// 128 floats are 16 KiB, so the rows in use and the next ones share the first cache.
constexpr std::size_t kDepth = 32;
constexpr std::size_t kCacheLineBytes = 64;

template <std::size_t Bytes, std::size_t StripVectors>
struct Isa {
    static constexpr std::size_t kLanes = Bytes / sizeof(float);
    static constexpr std::size_t kStrip = StripVectors;
    typedef float Float __attribute__((vector_size(Bytes)));
    typedef std::int32_t Int __attribute__((vector_size(Bytes)));
    typedef std::uint32_t Unsigned __attribute__((vector_size(Bytes)));
    typedef std::uint16_t Half __attribute__((vector_size(Bytes / 2)));
};

template <class I>
[[gnu::always_inline]] inline void load(const float* from, typename I::Float& to) {
    std::memcpy(&to, from, sizeof to);
}

template <class I>
[[gnu::always_inline]] inline void load(const BFloat16* from, typename I::Float& to) {
    typename I::Half half;
    std::memcpy(&half, from, sizeof half);
    const auto bits = __builtin_convertvector(half, typename I::Unsigned) << 16U;
    std::memcpy(&to, &bits, sizeof to);
}

[[gnu::always_inline]] inline float to_float(float value) { return value; }
[[gnu::always_inline]] inline float to_float(BFloat16 value) { return static_cast<float>(value); }

template <class T>
[[gnu::always_inline]] inline void prefetch_row(const T* row, std::size_t count) {
    for (std::size_t i = 0; i < count; i += kCacheLineBytes / sizeof(T)) __builtin_prefetch(row + i);
}

/// result[rows][strip] += left[rows][depth] * right[depth][strip], the sums in registers throughout. With
/// every row of `right`, the row of `ahead` at the same distance is prefetched, if there is an `ahead`.
template <class I, std::size_t Rows, std::size_t Vectors, class T>
[[gnu::always_inline]] inline void multiply_strip(const float* left, std::size_t left_stride, const T* right,
                                                  std::size_t right_stride, std::size_t depth, const T* ahead,
                                                  float* result, std::size_t result_stride) {
    typename I::Float sums[Rows][Vectors];
    for (std::size_t r = 0; r < Rows; ++r) {
        for (std::size_t v = 0; v < Vectors; ++v)
            load<I>(result + r * result_stride + v * I::kLanes, sums[r][v]);
    }
    for (std::size_t k = 0; k < depth; ++k) {
        if (ahead != nullptr) prefetch_row(ahead + k * right_stride, right_stride);
        typename I::Float columns[Vectors];
        for (std::size_t v = 0; v < Vectors; ++v)
            load<I>(right + k * right_stride + v * I::kLanes, columns[v]);
        for (std::size_t r = 0; r < Rows; ++r) {
            const float factor = left[r * left_stride + k];
            for (std::size_t v = 0; v < Vectors; ++v) sums[r][v] += factor * columns[v];
        }
    }
    for (std::size_t r = 0; r < Rows; ++r) {
        for (std::size_t v = 0; v < Vectors; ++v) {
            std::memcpy(result + r * result_stride + v * I::kLanes, &sums[r][v], sizeof sums[r][v]);
        }
    }
}

/// result[rows][columns] += left[rows][depth] * right[depth][columns]. `right` is read once, front to back;
/// what comes after it is prefetched from `next` on.
template <class I, std::size_t Rows, class T>
[[gnu::always_inline]] inline void multiply(const float* left, std::size_t left_stride, const T* right,
                                            std::size_t right_stride, std::size_t depth, std::size_t columns,
                                            const T* next, float* result, std::size_t result_stride) {
    constexpr std::size_t kWide = I::kLanes * I::kStrip;
    for (std::size_t k = 0; k < depth; k += kDepth) {
        const bool last = depth - k <= kDepth;
        const std::size_t now = last ? depth - k : kDepth;
        const T* rows = right + k * right_stride;
        const T* ahead = last ? next : rows + kDepth * right_stride;
        std::size_t c = 0;
        for (; c + kWide <= columns; c += kWide) {
            multiply_strip<I, Rows, I::kStrip>(left + k, left_stride, rows + c, right_stride, now, ahead,
                                               result + c, result_stride);
            ahead = nullptr;
        }
        for (; c < columns; c += I::kLanes) {
            multiply_strip<I, Rows, 1>(left + k, left_stride, rows + c, right_stride, now, ahead, result + c,
                                       result_stride);
            ahead = nullptr;
        }
    }
}

/// exp of every lane for arguments <= 0, to a relative error of 2e-7; arguments below -87 give about 1e-38.
template <class I>
[[gnu::always_inline]] inline void exp_lanes(typename I::Float& x) {
    using Float = typename I::Float;
    constexpr float kLowest = -87.0F;  // exp(kLowest) is still a normal float
    constexpr float kLog2E = 1.44269504088896341F;
    constexpr float kLn2High =
        0.693359375F;  // ln 2 in two parts: the high one has few bits, so n * high is exact
    constexpr float kLn2Low = -2.12194440e-4F;
    constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer in the low bits
    x = x < kLowest ? kLowest - Float{} : x;
    const Float shifted = x * kLog2E + kRound;
    const Float n = shifted - kRound;
    const Float r = x - n * kLn2High - n * kLn2Low;
    Float poly = r * 1.9875691500e-4F + 1.3981999507e-3F;
    poly = poly * r + 8.3334519073e-3F;
    poly = poly * r + 4.1665795894e-2F;
    poly = poly * r + 1.6666665459e-1F;
    poly = poly * r + 5.0000001201e-1F;
    poly = poly * r * r + r + 1.0F;
    typename I::Int bits;
    typename I::Int exponent;
    std::memcpy(&bits, &poly, sizeof bits);
    std::memcpy(&exponent, &shifted, sizeof exponent);
    bits += exponent << 23;  // the bits above the low ones of `shifted` fall out of the shift
    std::memcpy(&x, &bits, sizeof x);
}

template <class I>
[[gnu::always_inline]] inline float largest(const float* values, std::size_t count) {
    typename I::Float best;
    load<I>(values, best);
    for (std::size_t i = I::kLanes; i < count; i += I::kLanes) {
        typename I::Float next;
        load<I>(values + i, next);
        best = next > best ? next : best;
    }
    float result = best[0];
    for (std::size_t lane = 1; lane < I::kLanes; ++lane) result = best[lane] > result ? best[lane] : result;
    return result;
}

/// Replaces scores by exp(score - maximum) and returns their sum.
template <class I>
[[gnu::always_inline]] inline float exponentiate(float* scores, std::size_t count, float maximum) {
    typename I::Float total{};
    for (std::size_t i = 0; i < count; i += I::kLanes) {
        typename I::Float x;
        load<I>(scores + i, x);
        x -= maximum;
        exp_lanes<I>(x);
        total += x;
        std::memcpy(scores + i, &x, sizeof x);
    }
    float result = 0.0F;
    for (std::size_t lane = 0; lane < I::kLanes; ++lane) result += total[lane];
    return result;
}

template <class I>
[[gnu::always_inline]] inline void scale(float* values, std::size_t count, float factor) {
    for (std::size_t i = 0; i < count; i += I::kLanes) {
        typename I::Float x;
        load<I>(values + i, x);
        x *= factor;
        std::memcpy(values + i, &x, sizeof x);
    }
}

/// One block for `Rows` query heads.
template <class I, std::size_t Rows, class T>
[[gnu::always_inline]] inline void attend_rows(const GroupShape& shape, const T* query, const T* key,
                                               const T* value, std::size_t tokens, bool starts,
                                               float* state) {
    alignas(64) float scaled_query[Rows * kMaxHeadDim];
    alignas(64) float scores[Rows * kMaxBlockTokens];
    const std::size_t dim = shape.head_dim;
    const std::size_t stride = shape.state_stride();
    const std::size_t columns = (tokens + kGranularity - 1) / kGranularity * kGranularity;
    const float query_scale = 1.0F / std::sqrt(static_cast<float>(dim));
    for (std::size_t i = 0; i < Rows * dim; ++i) scaled_query[i] = to_float(query[i]) * query_scale;
    std::memset(scores, 0, Rows * columns * sizeof(float));
    multiply<I, Rows>(scaled_query, dim, key, shape.block_tokens, dim, columns, value, scores, columns);
    for (std::size_t r = 0; r < Rows; ++r) {
        float* row = scores + r * columns;
        float* totals = state + r * stride;
        if (starts) {
            std::memset(totals, 0, stride * sizeof(float));
            totals[dim] = -std::numeric_limits<float>::max();
        }
        for (std::size_t t = tokens; t < columns; ++t) row[t] = -std::numeric_limits<float>::max();
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
    multiply<I, Rows>(scores, columns, value, dim, tokens, dim, static_cast<const T*>(nullptr), state,
                      stride);
}

/// All query heads of a group, as many at a time as the registers hold.
template <class I, class T>
[[gnu::always_inline]] inline void attend_group(const GroupShape& shape, const T* query, const T* key,
                                                const T* value, std::size_t tokens, bool starts,
                                                float* state) {
    for (std::size_t row = 0; row < shape.rows;) {
        const T* q = query + row * shape.head_dim;
        float* s = state + row * shape.state_stride();
        const std::size_t left = shape.rows - row;
        switch (left < kMaxRows ? left : kMaxRows) {
            case 1:
                attend_rows<I, 1>(shape, q, key, value, tokens, starts, s);
                row += 1;
                break;
            case 2:
                attend_rows<I, 2>(shape, q, key, value, tokens, starts, s);
                row += 2;
                break;
            case 3:
                attend_rows<I, 3>(shape, q, key, value, tokens, starts, s);
                row += 3;
                break;
            case 4:
                attend_rows<I, 4>(shape, q, key, value, tokens, starts, s);
                row += 4;
                break;
            case 5:
                attend_rows<I, 5>(shape, q, key, value, tokens, starts, s);
                row += 5;
                break;
            default:
                attend_rows<I, 6>(shape, q, key, value, tokens, starts, s);
                row += 6;
                break;
        }
    }
}

using Baseline = Isa<16, 2>;

template <class T>
void attend_baseline(const GroupShape& shape, const T* query, const T* key, const T* value,
                     std::size_t tokens, bool starts, float* state) {
    attend_group<Baseline>(shape, query, key, value, tokens, starts, state);
}

#if defined(__x86_64__)
template <class T>
__attribute__((target("avx2,fma"))) void attend_avx2(const GroupShape& shape, const T* query, const T* key,
                                                     const T* value, std::size_t tokens, bool starts,
                                                     float* state) {
    attend_group<Isa<32, 2>>(shape, query, key, value, tokens, starts, state);
}

template <class T>
__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))) void attend_avx512(
    const GroupShape& shape, const T* query, const T* key, const T* value, std::size_t tokens, bool starts,
    float* state) {
    attend_group<Isa<64, 4>>(shape, query, key, value, tokens, starts, state);
}
#endif

template <class T>
using Attend = void (*)(const GroupShape&, const T*, const T*, const T*, std::size_t, bool, float*);

struct Chosen {
    Attend<float> single = attend_baseline<float>;
    Attend<BFloat16> half = attend_baseline<BFloat16>;
    const char* name = "baseline";

    Chosen() {
#if defined(__x86_64__)
        __builtin_cpu_init();
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
            single = attend_avx512<float>;
            half = attend_avx512<BFloat16>;
            name = "avx512";
        } else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
            single = attend_avx2<float>;
            half = attend_avx2<BFloat16>;
            name = "avx2";
        }
#endif
    }
};

const Chosen& chosen() {
    static const Chosen instance;
    return instance;
}

}  // namespace

void attend(const GroupShape& shape, const float* query, const float* key, const float* value,
            std::size_t tokens, bool starts, float* state) {
    chosen().single(shape, query, key, value, tokens, starts, state);
}

void attend(const GroupShape& shape, const BFloat16* query, const BFloat16* key, const BFloat16* value,
            std::size_t tokens, bool starts, float* state) {
    chosen().half(shape, query, key, value, tokens, starts, state);
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

const char* instruction_set() { return chosen().name; }

}  // namespace weir::paged_attention
