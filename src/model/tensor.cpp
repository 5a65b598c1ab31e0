// SPDX-License-Identifier: Apache-2.0
#include <weir/tensor.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <weir/error.hpp>

namespace weir {

namespace {

/// Elements that a tensor can have at most: what the record's field holds.
constexpr std::int64_t kMostElements = (std::int64_t{1} << 44U);

[[noreturn]] void refuse(ErrorCode code, const char* what, std::source_location site,
                         const std::string& text) {
    throw Error(code, fmt::format("{} at {}: {}", what, format_site(site), text), site);
}

void require_tensor(const AnyTensor& tensor, const char* what, std::source_location site) {
    if (tensor.empty())
        refuse(ErrorCode::invalid_argument, what, site,
               "there is no tensor; make it with external, allocate or a submit's output");
}

/// Sets what follows from extents and strides.
void finish(detail::TensorRecord& record) noexcept {
    std::int64_t elements = 1;
    bool contiguous = true;
    for (std::size_t i = record.ndim; i-- > 0;) {
        if (record.axes[i].extent != 1 && record.axes[i].stride != elements) contiguous = false;
        elements *= record.axes[i].extent;
    }
    record.elements = static_cast<std::uint64_t>(elements) & ((std::uint64_t{1} << 48U) - 1);
    record.contiguous = contiguous ? 1 : 0;
}

AnyTensor with_record(detail::TensorRecord record, const AnyTensor& parent) noexcept {
    finish(record);
    detail::TensorIdentity identity = parent.identity();
    identity.key = detail::geometry_key(record);
    return {record, identity};
}

void move_data(detail::TensorRecord& record, std::int64_t elements) noexcept {
    record.data += elements * static_cast<std::int64_t>(size_of(record.type()));
}

}  // namespace

Shape AnyTensor::shape() const noexcept {
    std::array<std::int64_t, kMaxAxes> extents{};
    for (std::size_t i = 0; i < record_.ndim; ++i) extents[i] = record_.axes[i].extent;
    return Shape(std::span<const std::int64_t>(extents.data(), record_.ndim));
}

AnyTensor AnyTensor::view(const Shape& offset, const Shape& shape, std::source_location site) const {
    require_tensor(*this, "view", site);
    if (offset.ndim() != ndim() || shape.ndim() != ndim())
        refuse(ErrorCode::out_of_bounds, "view", site,
               fmt::format("an offset of {} and a shape of {} axes for a tensor of {}", offset.ndim(),
                           shape.ndim(), ndim()));
    detail::TensorRecord record = record_;
    std::int64_t start = 0;
    for (int axis = 0; axis < ndim(); ++axis) {
        if (offset[axis] < 0 || shape[axis] < 1 || offset[axis] > extent(axis) ||
            shape[axis] > extent(axis) - offset[axis])
            refuse(ErrorCode::out_of_bounds, "view", site,
                   fmt::format("axis {} would start at {} and have {} elements, but the tensor has {}", axis,
                               offset[axis], shape[axis], extent(axis)));
        start += offset[axis] * stride(axis);
        record.axes[axis].extent = shape[axis];
    }
    move_data(record, start);
    return with_record(record, *this);
}

AnyTensor AnyTensor::slice(int axis, std::int64_t begin, std::int64_t end, std::int64_t step,
                           std::source_location site) const {
    require_tensor(*this, "slice", site);
    if (axis < 0 || axis >= ndim())
        refuse(ErrorCode::out_of_bounds, "slice", site,
               fmt::format("axis {} of a tensor of {} axes", axis, ndim()));
    if (step < 1 || begin < 0 || begin >= end || end > extent(axis))
        refuse(ErrorCode::out_of_bounds, "slice", site,
               fmt::format("[{}, {}) in steps of {} is empty, backward or outside axis {} with {} elements",
                           begin, end, step, axis, extent(axis)));
    detail::TensorRecord record = record_;
    record.axes[axis].extent = (end - begin - 1) / step + 1;
    record.axes[axis].stride = stride(axis) * std::min(step, extent(axis));
    move_data(record, begin * stride(axis));
    return with_record(record, *this);
}

AnyTensor AnyTensor::transpose(int first, int second, std::source_location site) const {
    require_tensor(*this, "transpose", site);
    if (first < 0 || second < 0 || first >= ndim() || second >= ndim())
        refuse(ErrorCode::out_of_bounds, "transpose", site,
               fmt::format("axes {} and {} of a tensor of {} axes", first, second, ndim()));
    detail::TensorRecord record = record_;
    std::swap(record.axes[first], record.axes[second]);
    return with_record(record, *this);
}

AnyTensor AnyTensor::reshape(const Shape& shape, std::source_location site) const {
    require_tensor(*this, "reshape", site);
    if (!is_contiguous())
        refuse(ErrorCode::invalid_argument, "reshape", site,
               "the tensor is not contiguous; copy it, or view it along its own axes");
    const detail::TensorRecord record = detail::row_major_record(record_.data, dtype(), shape, site);
    if (record.elements != record_.elements)
        refuse(ErrorCode::invalid_argument, "reshape", site,
               fmt::format("the shape has {} elements, the tensor {}",
                           static_cast<std::uint64_t>(record.elements), size()));
    return with_record(record, *this);
}

namespace detail {

std::uint64_t geometry_key(const TensorRecord& record) noexcept {
    constexpr std::uint64_t kMultiplier = 0x9e3779b97f4a7c15ULL;
    std::uint64_t key = static_cast<std::uint64_t>(record.ndim) << 8U | size_of(record.type());
    for (std::size_t i = 0; i < record.ndim; ++i) {
        key = (key ^ static_cast<std::uint64_t>(record.axes[i].extent)) * kMultiplier;
        key = (key ^ (key >> 29U) ^ static_cast<std::uint64_t>(record.axes[i].stride)) * kMultiplier;
    }
    return key ^ (key >> 32U);
}

TensorRecord row_major_record(std::byte* data, DType dtype, const Shape& shape, std::source_location site) {
    if (size_of(dtype) == 0)
        refuse(ErrorCode::invalid_argument, "tensor", site, "the dtype is none or unknown");
    if (shape.ndim() < 1 || shape.ndim() > kMaxAxes)
        refuse(ErrorCode::invalid_argument, "tensor", site,
               fmt::format("a shape of {} axes, but a tensor has 1 to {}", shape.ndim(), kMaxAxes));
    TensorRecord record;
    record.data = data;
    record.dtype = static_cast<std::uint8_t>(dtype);
    record.ndim = static_cast<std::uint64_t>(shape.ndim()) & 0xfU;
    record.contiguous = 1;
    std::int64_t elements = 1;
    for (int axis = shape.ndim() - 1; axis >= 0; --axis) {
        if (shape[axis] < 1 || shape[axis] > kMostElements / elements)
            refuse(ErrorCode::invalid_argument, "tensor", site,
                   fmt::format(
                       "axis {} has extent {}; extents start at 1, and a tensor has at most 2^44 elements",
                       axis, shape[axis]));
        record.axes[axis] = {shape[axis], elements};
        elements *= shape[axis];
    }
    record.elements = static_cast<std::uint64_t>(elements) & ((std::uint64_t{1} << 48U) - 1);
    return record;
}

}  // namespace detail

}  // namespace weir
