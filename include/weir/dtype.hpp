// SPDX-License-Identifier: Apache-2.0
/// Element types of tensors, and their C++ counterparts.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace weir {

/// Stable numbers: they cross the C API and the payload.
enum class DType : std::uint8_t {
    none = 0,
    f64 = 1,
    f32 = 2,
    f16 = 3,
    bf16 = 4,
    i8 = 5,
    i16 = 6,
    i32 = 7,
    i64 = 8,
    u8 = 9,
    u16 = 10,
    u32 = 11,
    u64 = 12,
    boolean = 13,
};

/// IEEE binary16 as storage: arithmetic goes through float.
struct Float16 {
    std::uint16_t bits = 0;
};

/// bfloat16 as storage: the upper half of a float.
struct BFloat16 {
    std::uint16_t bits = 0;

    BFloat16() = default;
    /// Rounds to nearest even; a NaN stays a NaN.
    explicit BFloat16(float value) noexcept {
        const auto word = std::bit_cast<std::uint32_t>(value);
        const bool is_nan = (word & 0x7fffffffU) > 0x7f800000U;
        const std::uint32_t rounded = word + 0x7fffU + ((word >> 16U) & 1U);
        bits = static_cast<std::uint16_t>(is_nan ? (word >> 16U) | 0x40U : rounded >> 16U);
    }
    explicit operator float() const noexcept {
        return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
    }
};

/// Bytes of one element; 0 for `none`.
constexpr std::size_t size_of(DType dtype) noexcept {
    constexpr std::uint8_t kBytes[] = {0, 8, 4, 2, 2, 1, 2, 4, 8, 1, 2, 4, 8, 1};
    const auto index = static_cast<std::size_t>(dtype);
    return index < sizeof kBytes ? kBytes[index] : 0;
}

/// "f32", "bf16", ...; "none" for anything that is no dtype.
constexpr const char* name_of(DType dtype) noexcept {
    constexpr const char* kNames[] = {"none", "f64", "f32", "f16", "bf16", "i8",  "i16",
                                      "i32",  "i64", "u8",  "u16", "u32",  "u64", "bool"};
    const auto index = static_cast<std::size_t>(dtype);
    return index < sizeof kNames / sizeof kNames[0] ? kNames[index] : "none";
}

namespace detail {

template <class T>
constexpr DType dtype_of_type() noexcept {
    if constexpr (std::is_same_v<T, double>)
        return DType::f64;
    else if constexpr (std::is_same_v<T, float>)
        return DType::f32;
    else if constexpr (std::is_same_v<T, Float16>)
        return DType::f16;
    else if constexpr (std::is_same_v<T, BFloat16>)
        return DType::bf16;
    else if constexpr (std::is_same_v<T, bool>)
        return DType::boolean;
    else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>)
        return sizeof(T) == 1   ? DType::i8
               : sizeof(T) == 2 ? DType::i16
               : sizeof(T) == 4 ? DType::i32
                                : DType::i64;
    else if constexpr (std::is_integral_v<T>)
        return sizeof(T) == 1   ? DType::u8
               : sizeof(T) == 2 ? DType::u16
               : sizeof(T) == 4 ? DType::u32
                                : DType::u64;
    else
        return DType::none;
}

}  // namespace detail

/// A C++ type that a tensor can hold.
template <class T>
concept Element = detail::dtype_of_type<T>() != DType::none && !std::is_const_v<T>;

/// The dtype of a C++ element type.
template <Element T>
inline constexpr DType dtype_of = detail::dtype_of_type<T>();

}  // namespace weir
