// SPDX-License-Identifier: Apache-2.0
/// Tensors as the program sees them: a handle of 128 bytes that names memory, its geometry, and for how long
/// it is valid. Handles are values: copying one copies no data. They are made by an Orchestrator and belong
/// to its run.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <source_location>
#include <span>

#include <weir/dtype.hpp>
#include <weir/export.hpp>

namespace weir {

/// Most axes that a tensor can have.
inline constexpr int kMaxAxes = 5;

/// One axis: how many elements, and how many elements of memory lie between neighbours.
struct Axis {
    std::int64_t extent;
    std::int64_t stride;
};

/// Extents of a tensor to be allocated or viewed, 1 to 5 of them, each at least 1.
class Shape {
public:
    Shape() = default;
    Shape(std::initializer_list<std::int64_t> extents)
        : Shape(std::span<const std::int64_t>(extents.begin(), extents.size())) {}
    explicit Shape(std::span<const std::int64_t> extents) : count_(static_cast<int>(extents.size())) {
        for (int axis = 0; axis < count_ && axis < kMaxAxes; ++axis)
            extents_[static_cast<std::size_t>(axis)] = extents[static_cast<std::size_t>(axis)];
    }

    /// Number of axes as given; more than kMaxAxes is refused where the shape is used.
    [[nodiscard]] int ndim() const noexcept { return count_; }
    [[nodiscard]] std::int64_t operator[](int axis) const noexcept {
        return extents_[static_cast<std::size_t>(axis)];
    }

private:
    int count_ = 0;
    std::array<std::int64_t, kMaxAxes> extents_{};
};

/// `weir::shape(64, 64)`: an output of this shape, allocated by the runtime.
template <class... Extents>
Shape shape(Extents... extents) {
    return Shape{static_cast<std::int64_t>(extents)...};
}

namespace detail {

/// What a kernel argument is made of: data, geometry, no identity. The payload holds it cut off after the
/// last axis.
struct TensorRecord {
    std::byte* data = nullptr;
    std::uint64_t elements : 48 = 0;
    std::uint64_t ndim : 4 = 0;
    std::uint64_t contiguous : 4 = 0;  ///< 1: row-major without gaps
    std::uint64_t dtype : 8 = 0;
    Axis axes[kMaxAxes];

    [[nodiscard]] DType type() const noexcept { return static_cast<DType>(dtype); }
    /// Bytes that the payload spends on a tensor of `ndim` axes.
    static constexpr std::size_t bytes(std::size_t ndim) noexcept { return 16 + ndim * sizeof(Axis); }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes(ndim); }
};
static_assert(sizeof(TensorRecord) == TensorRecord::bytes(kMaxAxes),
              "records are cut off after their last axis");

/// Where a tensor belongs: how long it is valid, and which task owns its memory.
struct TensorIdentity {
    std::uint64_t key = 0;            ///< hash of the geometry without the base address
    std::uint64_t scope_tag = 0;      ///< serial of the scope << 6 | depth; 0: no tensor
    std::uint64_t owner = 0;          ///< TaskRef word of the task that owns the memory; 0: external memory
    std::source_location scope_site;  ///< the line that opened the scope
};

}  // namespace detail

/// A tensor whose element type is known at run time.
class WEIR_API AnyTensor {
public:
    /// No tensor; using it is an error at submit.
    AnyTensor() = default;
    AnyTensor(const detail::TensorRecord& record, const detail::TensorIdentity& identity) noexcept
        : record_(record), identity_(identity) {}

    [[nodiscard]] DType dtype() const noexcept { return record_.type(); }
    [[nodiscard]] int ndim() const noexcept { return static_cast<int>(record_.ndim); }
    /// Elements along an axis.
    [[nodiscard]] std::int64_t extent(int axis) const noexcept { return record_.axes[axis].extent; }
    /// Elements of memory between neighbours along an axis.
    [[nodiscard]] std::int64_t stride(int axis) const noexcept { return record_.axes[axis].stride; }
    /// Number of elements.
    [[nodiscard]] std::int64_t size() const noexcept { return static_cast<std::int64_t>(record_.elements); }
    [[nodiscard]] bool is_contiguous() const noexcept { return record_.contiguous != 0; }
    [[nodiscard]] bool empty() const noexcept { return record_.data == nullptr; }
    [[nodiscard]] Shape shape() const noexcept;

    /// The box that starts at `offset` and has `shape`. Error out_of_bounds when it leaves this tensor.
    [[nodiscard]] AnyTensor view(const Shape& offset, const Shape& shape,
                                 std::source_location site = std::source_location::current()) const;
    /// Every `step`-th element of [begin, end) along one axis.
    [[nodiscard]] AnyTensor slice(int axis, std::int64_t begin, std::int64_t end, std::int64_t step = 1,
                                  std::source_location site = std::source_location::current()) const;
    /// Two axes exchanged.
    [[nodiscard]] AnyTensor transpose(int first = 0, int second = 1,
                                      std::source_location site = std::source_location::current()) const;
    /// The same elements under another shape; contiguous tensors only.
    [[nodiscard]] AnyTensor reshape(const Shape& shape,
                                    std::source_location site = std::source_location::current()) const;

    [[nodiscard]] const detail::TensorRecord& record() const noexcept { return record_; }
    [[nodiscard]] const detail::TensorIdentity& identity() const noexcept { return identity_; }

private:
    detail::TensorRecord record_;
    detail::TensorIdentity identity_;
};
static_assert(sizeof(AnyTensor) == 128, "a handle is two cache lines");

/// A tensor of T. There is no Tensor<const T>: directions say who may write.
template <Element T>
class Tensor : public AnyTensor {
public:
    Tensor() = default;
    explicit Tensor(const AnyTensor& tensor) noexcept : AnyTensor(tensor) {}

    [[nodiscard]] Tensor view(const Shape& offset, const Shape& shape,
                              std::source_location site = std::source_location::current()) const {
        return Tensor(AnyTensor::view(offset, shape, site));
    }
    [[nodiscard]] Tensor slice(int axis, std::int64_t begin, std::int64_t end, std::int64_t step = 1,
                               std::source_location site = std::source_location::current()) const {
        return Tensor(AnyTensor::slice(axis, begin, end, step, site));
    }
    [[nodiscard]] Tensor transpose(int first = 0, int second = 1,
                                   std::source_location site = std::source_location::current()) const {
        return Tensor(AnyTensor::transpose(first, second, site));
    }
    [[nodiscard]] Tensor reshape(const Shape& shape,
                                 std::source_location site = std::source_location::current()) const {
        return Tensor(AnyTensor::reshape(shape, site));
    }
};

/// `weir::like(t)`: an output of the same shape, allocated by the runtime.
inline Shape like(const AnyTensor& tensor) noexcept { return tensor.shape(); }

namespace detail {

/// Hash of a geometry: element size, extents and strides, without the base address.
WEIR_API std::uint64_t geometry_key(const TensorRecord& record) noexcept;

/// Fills elements, ndim, contiguous and row-major strides for a shape; throws invalid_argument naming `site`.
WEIR_API TensorRecord row_major_record(std::byte* data, DType dtype, const Shape& shape,
                                       std::source_location site);

}  // namespace detail

}  // namespace weir
