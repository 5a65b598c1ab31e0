// SPDX-License-Identifier: Apache-2.0
//
// Pieces of kernels, written once over vectors of a width that is a template parameter. A kernel instantiates
// them for each instruction set inside a function that carries the target attribute, and chooses the widest
// one that the machine has on the first call: see chosen().
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <weir/dtype.hpp>

namespace weir::programs {

/// Rows that are multiplied at a time: with `Strip` vectors of columns their sums stay in registers.
inline constexpr std::size_t kMaxRows = 6;
/// Rows of the streamed matrix per pass over the strips, and how far ahead rows are prefetched: 32 rows of
/// 128 floats are 16 KiB, so the rows in use and the next ones share the first cache.
inline constexpr std::size_t kDepth = 32;
inline constexpr std::size_t kCacheLineBytes = 64;

/// Lengths come in multiples of this many elements: one vector of the widest instruction set.
inline constexpr std::size_t kGranularity = 16;

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
/// every row of `right`, `wide` elements of the row of `ahead` at the same distance are prefetched, if there
/// is an `ahead`.
template <class I, std::size_t Rows, std::size_t Vectors, class T>
[[gnu::always_inline]] inline void multiply_strip(const float* left, std::size_t left_stride, const T* right,
                                                  std::size_t right_stride, std::size_t depth, const T* ahead,
                                                  std::size_t wide, float* result,
                                                  std::size_t result_stride) {
    typename I::Float sums[Rows][Vectors];
    for (std::size_t r = 0; r < Rows; ++r) {
        for (std::size_t v = 0; v < Vectors; ++v)
            load<I>(result + r * result_stride + v * I::kLanes, sums[r][v]);
    }
    for (std::size_t k = 0; k < depth; ++k) {
        if (ahead != nullptr) prefetch_row(ahead + k * right_stride, wide);
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
/// what comes after it is prefetched from `next` on, `wide` elements of each row.
template <class I, std::size_t Rows, class T>
[[gnu::always_inline]] inline void multiply(const float* left, std::size_t left_stride, const T* right,
                                            std::size_t right_stride, std::size_t depth, std::size_t columns,
                                            const T* next, std::size_t wide, float* result,
                                            std::size_t result_stride) {
    constexpr std::size_t kWide = I::kLanes * I::kStrip;
    for (std::size_t k = 0; k < depth; k += kDepth) {
        const bool last = depth - k <= kDepth;
        const std::size_t now = last ? depth - k : kDepth;
        const T* rows = right + k * right_stride;
        const T* ahead = last ? next : rows + kDepth * right_stride;
        std::size_t c = 0;
        for (; c + kWide <= columns; c += kWide) {
            multiply_strip<I, Rows, I::kStrip>(left + k, left_stride, rows + c, right_stride, now, ahead,
                                               wide, result + c, result_stride);
            ahead = nullptr;
        }
        for (; c < columns; c += I::kLanes) {
            multiply_strip<I, Rows, 1>(left + k, left_stride, rows + c, right_stride, now, ahead, wide,
                                       result + c, result_stride);
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

/// Calls `part.rows` with a number of rows that is known at compile time, from the row that it is given on:
/// as many at a time as the registers hold.
template <class Part>
[[gnu::always_inline]] inline void by_rows(std::size_t rows, const Part& part) {
    for (std::size_t row = 0; row < rows;) {
        const std::size_t left = rows - row;
        switch (left < kMaxRows ? left : kMaxRows) {
            case 1:
                part.template rows<1>(row);
                row += 1;
                break;
            case 2:
                part.template rows<2>(row);
                row += 2;
                break;
            case 3:
                part.template rows<3>(row);
                row += 3;
                break;
            case 4:
                part.template rows<4>(row);
                row += 4;
                break;
            case 5:
                part.template rows<5>(row);
                row += 5;
                break;
            default:
                part.template rows<6>(row);
                row += 6;
                break;
        }
    }
}

using Baseline = Isa<16, 2>;
using Avx2 = Isa<32, 2>;
using Avx512 = Isa<64, 4>;

#if defined(__x86_64__)
#define WEIR_TARGET_AVX2 __attribute__((target("avx2,fma")))
#define WEIR_TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#else
#define WEIR_TARGET_AVX2
#define WEIR_TARGET_AVX512
#endif

enum class Width : std::uint8_t { baseline, avx2, avx512 };

/// The widest instruction set of this machine.
inline Width widest() {
    static const Width width = [] {
#if defined(__x86_64__)
        __builtin_cpu_init();
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
            return Width::avx512;
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Width::avx2;
#endif
        return Width::baseline;
    }();
    return width;
}

/// One of three functions of the same type, by the widest instruction set of this machine.
template <class Function>
Function* chosen(Function* baseline, Function* avx2, Function* avx512) {
    const Width width = widest();
    return width == Width::avx512 ? avx512 : width == Width::avx2 ? avx2 : baseline;
}

}  // namespace weir::programs
