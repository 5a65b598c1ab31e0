// SPDX-License-Identifier: Apache-2.0
/// What a task can be beyond one call of one kernel: core types, the subtask slots of a mixed task, and the
/// predicate that can skip its work.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <type_traits>

#include <weir/tensor.hpp>

namespace weir {

/// What kind of core a kernel is made for. A platform without kinds, as `cpu`, runs all of them anywhere, but
/// checks them as the others do.
enum class CoreType : std::uint8_t {
    any = 0,  ///< fits every subtask slot; alone it counts as aiv
    aic = 1,  ///< matrix
    aiv = 2,  ///< vector
};

/// "any", "aic", "aiv".
constexpr const char* name_of(CoreType type) noexcept {
    constexpr const char* kNames[] = {"any", "aic", "aiv"};
    return kNames[static_cast<std::size_t>(type)];
}

/// Place of a subtask in its cluster.
enum class SubtaskSlot : std::uint8_t { aic = 0, aiv0 = 1, aiv1 = 2 };
inline constexpr std::size_t kSubtaskSlots = 3;

/// "aic", "aiv0", "aiv1".
constexpr const char* name_of(SubtaskSlot slot) noexcept {
    constexpr const char* kNames[] = {"aic", "aiv0", "aiv1"};
    return kNames[static_cast<std::size_t>(slot)];
}

/// Most blocks of one task.
inline constexpr std::int64_t kMaxBlocks = 32767;

/// How a predicate compares: element on the left, constant on the right. A NaN equals nothing and is neither
/// less nor greater.
enum class Comparison : std::uint8_t {
    equal = 0,
    not_equal = 1,
    less = 2,
    less_equal = 3,
    greater = 4,
    greater_equal = 5,
};

namespace detail {

/// The constant of a predicate as it was written; the submit checks it against the tensor's element type.
struct PredicateConstant {
    enum class Kind : std::uint8_t { signed_integer, unsigned_integer, floating };
    std::uint64_t bits = 0;  ///< of an int64_t, uint64_t or double
    Kind kind = Kind::signed_integer;

    PredicateConstant() = default;
    template <class T>
        requires std::is_arithmetic_v<T>
    explicit PredicateConstant(T value) noexcept {
        if constexpr (std::is_floating_point_v<T>) {
            bits = std::bit_cast<std::uint64_t>(static_cast<double>(value));
            kind = Kind::floating;
        } else if constexpr (std::is_signed_v<T>) {
            bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
        } else {
            bits = static_cast<std::uint64_t>(value);
            kind = Kind::unsigned_integer;
        }
    }
};

/// The option `predicate`.
struct PredicateOption {
    AnyTensor tensor;
    Shape index;
    PredicateConstant constant;
    Comparison comparison = Comparison::equal;

    PredicateOption(const AnyTensor& of, const Shape& at, PredicateConstant with, Comparison how) noexcept
        : tensor(of), index(at), constant(with), comparison(how) {}
};

}  // namespace detail

}  // namespace weir
