// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <cmath>
#include <cstring>

#include "model/launch_record.hpp"

namespace weir {

namespace {

double value_of(Float16 element) noexcept {
    constexpr int kMantissaBits = 10;
    constexpr int kBias = 15;
    constexpr int kSpecial = 31;
    const int exponent = element.bits >> kMantissaBits & kSpecial;
    const double mantissa = element.bits & ((1U << kMantissaBits) - 1);
    const double sign = (element.bits & 0x8000U) != 0 ? -1.0 : 1.0;
    if (exponent == kSpecial) return sign * (mantissa == 0 ? HUGE_VAL : std::nan(""));
    if (exponent == 0) return sign * std::ldexp(mantissa, 1 - kBias - kMantissaBits);
    return sign * std::ldexp(mantissa + (1U << kMantissaBits), exponent - kBias - kMantissaBits);
}

template <class T>
T read(const std::byte* element) noexcept {
    T value;
    std::memcpy(&value, element, sizeof value);
    return value;
}

template <class T>
bool compare(T element, Comparison comparison, T constant) noexcept {
    switch (comparison) {
        case Comparison::equal:
            return element == constant;
        case Comparison::not_equal:
            return element != constant;
        case Comparison::less:
            return element < constant;
        case Comparison::less_equal:
            return element <= constant;
        case Comparison::greater:
            return element > constant;
        case Comparison::greater_equal:
            return element >= constant;
    }
    return true;
}

/// The element in the class that it is compared in.
double floating(const std::byte* element, DType dtype) noexcept {
    if (dtype == DType::f64) return read<double>(element);
    if (dtype == DType::f32) return read<float>(element);
    if (dtype == DType::bf16) return static_cast<float>(read<BFloat16>(element));
    return value_of(read<Float16>(element));
}

std::int64_t signed_integer(const std::byte* element, DType dtype) noexcept {
    if (dtype == DType::i8) return read<std::int8_t>(element);
    if (dtype == DType::i16) return read<std::int16_t>(element);
    if (dtype == DType::i32) return read<std::int32_t>(element);
    return read<std::int64_t>(element);
}

std::uint64_t unsigned_integer(const std::byte* element, DType dtype) noexcept {
    if (dtype == DType::boolean) return read<std::uint8_t>(element) != 0 ? 1 : 0;
    if (dtype == DType::u8) return read<std::uint8_t>(element);
    if (dtype == DType::u16) return read<std::uint16_t>(element);
    if (dtype == DType::u32) return read<std::uint32_t>(element);
    return read<std::uint64_t>(element);
}

}  // namespace

bool Predicate::holds() const noexcept {
    if (element == nullptr) return true;
    switch (dtype) {
        case DType::f64:
        case DType::f32:
        case DType::f16:
        case DType::bf16:
            return compare(floating(element, dtype), comparison, std::bit_cast<double>(constant));
        case DType::i8:
        case DType::i16:
        case DType::i32:
        case DType::i64:
            return compare(signed_integer(element, dtype), comparison, static_cast<std::int64_t>(constant));
        case DType::u8:
        case DType::u16:
        case DType::u32:
        case DType::u64:
        case DType::boolean:
            return compare(unsigned_integer(element, dtype), comparison, constant);
        case DType::none:
            break;
    }
    return true;
}

}  // namespace weir
