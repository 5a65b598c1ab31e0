// SPDX-License-Identifier: Apache-2.0
/// What a kernel's parameters are: In<T>, Out<T>, InOut<T>. The direction is part of the type, so a kernel's
/// signature says all that the runtime has to know. They are two words and are passed by value.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

#include <weir/tensor.hpp>

namespace weir {

/// How a task uses a tensor.
enum class Access : std::uint8_t {
    in = 0,           ///< read
    out = 1,          ///< written without being read; allocated by the runtime when a shape is passed
    inout = 2,        ///< read and written
    commutative = 3,  ///< named for the future; refused at submit
    reduction = 4,    ///< named for the future; refused at submit
};

/// "in", "out", ...
constexpr const char* name_of(Access access) noexcept {
    constexpr const char* kNames[] = {"in", "out", "inout", "commutative", "reduction"};
    return kNames[static_cast<std::size_t>(access)];
}

namespace detail {

/// Shared by the three directions; `T` is const for In.
template <class T>
class Accessor {
public:
    explicit Accessor(const TensorRecord& record) noexcept
        : data_(reinterpret_cast<T*>(record.data)), record_(&record) {}

    /// First element.
    [[nodiscard]] T* data() const noexcept { return data_; }
    /// Number of elements.
    [[nodiscard]] std::size_t size() const noexcept { return record_->elements; }
    [[nodiscard]] int ndim() const noexcept { return static_cast<int>(record_->ndim); }
    [[nodiscard]] std::int64_t extent(int axis) const noexcept { return record_->axes[axis].extent; }
    /// In elements.
    [[nodiscard]] std::int64_t stride(int axis) const noexcept { return record_->axes[axis].stride; }
    [[nodiscard]] bool is_contiguous() const noexcept { return record_->contiguous != 0; }

    /// Flat index in row-major order; the tensor must be contiguous.
    [[nodiscard]] T& operator[](std::size_t index) const noexcept {
        assert(is_contiguous());
        return data_[index];
    }
    /// One index per axis, any strides.
    template <class... Index>
        requires(sizeof...(Index) >= 1 && sizeof...(Index) <= kMaxAxes)
    [[nodiscard]] T& operator()(Index... index) const noexcept {
        assert(sizeof...(Index) == record_->ndim);
        std::int64_t offset = 0;
        int axis = 0;
        ((offset += static_cast<std::int64_t>(index) * record_->axes[axis++].stride), ...);
        return data_[offset];
    }
    /// All elements of a contiguous tensor.
    [[nodiscard]] std::span<T> span() const noexcept {
        assert(is_contiguous());
        return {data_, size()};
    }
    [[nodiscard]] T* begin() const noexcept { return span().data(); }
    [[nodiscard]] T* end() const noexcept { return span().data() + size(); }

private:
    T* data_;
    const TensorRecord* record_;
};

}  // namespace detail

/// A tensor that the kernel reads.
template <Element T>
class In : public detail::Accessor<const T> {
public:
    static constexpr Access kAccess = Access::in;
    using element_type = T;
    using detail::Accessor<const T>::Accessor;
};

/// A tensor that the kernel writes without reading it.
template <Element T>
class Out : public detail::Accessor<T> {
public:
    static constexpr Access kAccess = Access::out;
    using element_type = T;
    using detail::Accessor<T>::Accessor;
};

/// A tensor that the kernel reads and writes.
template <Element T>
class InOut : public detail::Accessor<T> {
public:
    static constexpr Access kAccess = Access::inout;
    using element_type = T;
    using detail::Accessor<T>::Accessor;
};

}  // namespace weir
