// SPDX-License-Identifier: Apache-2.0
/// The untyped way to submit, for generated code, bindings and plugins:
/// `TaskArgs{}.input(a).inout(b).output(shape(64), DType::f32).scalar(3).depends_on(task)`.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <weir/access.hpp>
#include <weir/kernel.hpp>
#include <weir/options.hpp>

namespace weir {

namespace detail {

/// One tensor argument on its way into the runtime: an existing tensor, or the shape of one to allocate.
struct ArgumentRef {
    const AnyTensor* tensor = nullptr;
    const Shape* shape = nullptr;
    Access access = Access::in;
    DType dtype = DType::none;  ///< what the kernel wants, or what is to be allocated
    bool no_dep = false;
};

}  // namespace detail

/// Arguments of one task. Keeps copies of what it is given; one more than fits is reported at submit.
class TaskArgs {
public:
    TaskArgs& input(const AnyTensor& tensor) noexcept { return add(tensor, Access::in, false); }
    TaskArgs& inout(const AnyTensor& tensor) noexcept { return add(tensor, Access::inout, false); }
    /// An existing tensor that is written.
    TaskArgs& output(const AnyTensor& tensor) noexcept { return add(tensor, Access::out, false); }
    /// A tensor that the runtime allocates; see AnySubmission::output.
    TaskArgs& output(const Shape& shape, DType dtype) noexcept {
        if (Entry* entry = next()) *entry = {{}, shape, Access::out, dtype, false, true};
        return *this;
    }
    /// Any access, optionally without waiting.
    TaskArgs& add(const AnyTensor& tensor, Access access, bool no_dep) noexcept {
        if (Entry* entry = next()) *entry = {tensor, {}, access, DType::none, no_dep, false};
        return *this;
    }
    template <class T>
        requires(std::is_trivially_copyable_v<T> && sizeof(T) <= 8)
    TaskArgs& scalar(T value) noexcept {
        if (scalar_count_ < kMaxScalars) {
            scalars_[scalar_count_] = 0;
            std::memcpy(&scalars_[scalar_count_], &value, sizeof value);
        }
        ++scalar_count_;
        return *this;
    }
    TaskArgs& depends_on(const Task& task) noexcept {
        options_.after(task);
        return *this;
    }
    TaskArgs& priority(int value) noexcept {
        options_.priority(value);
        return *this;
    }
    TaskArgs& name(const char* value) noexcept {
        options_.name(value);
        return *this;
    }
    /// As the options of the same names.
    TaskArgs& blocks(std::int64_t count) noexcept {
        options_.blocks(count);
        return *this;
    }
    TaskArgs& sync_start() noexcept {
        options_.sync_start();
        return *this;
    }
    template <class T>
        requires std::is_arithmetic_v<T>
    TaskArgs& predicate(const AnyTensor& tensor, const Shape& index, Comparison comparison, T constant) {
        options_.predicate(tensor, index, comparison, constant);
        return *this;
    }

    /// How many were given, also past the limit.
    [[nodiscard]] std::size_t tensor_count() const noexcept { return tensor_count_; }
    [[nodiscard]] std::size_t scalar_count() const noexcept { return scalar_count_; }
    [[nodiscard]] const std::uint64_t* scalars() const noexcept { return scalars_.data(); }
    [[nodiscard]] const Options& options() const noexcept { return options_; }
    /// The i-th argument; points into this object.
    [[nodiscard]] detail::ArgumentRef argument(std::size_t index) const noexcept {
        const Entry& entry = tensors_[index];
        return {entry.allocates ? nullptr : &entry.tensor, entry.allocates ? &entry.shape : nullptr,
                entry.access, entry.dtype, entry.no_dep};
    }

private:
    struct Entry {
        AnyTensor tensor;
        Shape shape;
        Access access = Access::in;
        DType dtype = DType::none;
        bool no_dep = false;
        bool allocates = false;
    };

    Entry* next() noexcept { return tensor_count_++ < kMaxTensors ? &tensors_[tensor_count_ - 1] : nullptr; }

    std::array<Entry, kMaxTensors> tensors_;
    std::size_t tensor_count_ = 0;
    std::array<std::uint64_t, kMaxScalars> scalars_;
    std::size_t scalar_count_ = 0;
    Options options_;
};

}  // namespace weir
