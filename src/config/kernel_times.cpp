// SPDX-License-Identifier: Apache-2.0
#include "config/kernel_times.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <weir/error.hpp>

#include "config/size_text.hpp"

namespace weir {

namespace {

/// A scalar as it lies in a task: its value at the beginning of the word.
template <class T>
double value_of(std::uint64_t word) noexcept {
    T value;
    std::memcpy(&value, &word, sizeof value);
    return static_cast<double>(value);
}

double scalar_value(DType type, std::uint64_t word) noexcept {
    switch (type) {
        case DType::f64:
            return value_of<double>(word);
        case DType::f32:
            return value_of<float>(word);
        case DType::i8:
            return value_of<std::int8_t>(word);
        case DType::i16:
            return value_of<std::int16_t>(word);
        case DType::i32:
            return value_of<std::int32_t>(word);
        case DType::i64:
            return value_of<std::int64_t>(word);
        case DType::u8:
        case DType::boolean:
            return value_of<std::uint8_t>(word);
        case DType::u16:
            return value_of<std::uint16_t>(word);
        case DType::u32:
            return value_of<std::uint32_t>(word);
        default:
            return value_of<std::uint64_t>(word);
    }
}

/// How much of the quantity the task has; nothing when it has no such argument.
std::optional<double> amount(const TimeTerm& term, std::span<const detail::TensorRecord* const> tensors,
                             std::span<const std::uint64_t> scalars) {
    if (term.quantity == TimeTerm::Quantity::scalar) {
        if (term.index >= scalars.size()) return std::nullopt;
        return scalar_value(term.type, scalars[term.index]);
    }
    if (term.index >= tensors.size()) return std::nullopt;
    const detail::TensorRecord& tensor = *tensors[term.index];
    const auto elements = static_cast<double>(tensor.elements);
    switch (term.quantity) {
        case TimeTerm::Quantity::elements:
            return elements;
        case TimeTerm::Quantity::bytes:
            return elements * static_cast<double>(size_of(tensor.type()));
        default:
            if (term.axis >= tensor.ndim) return std::nullopt;
            return static_cast<double>(tensor.axes[term.axis].extent);
    }
}

std::string submit_text(std::source_location submit) {
    return submit.line() == 0 ? std::string() : " at " + format_site(submit);
}

}  // namespace

std::string field_of(const TimeTerm& term) {
    switch (term.quantity) {
        case TimeTerm::Quantity::elements:
            return fmt::format("tensor{}.elements", term.index);
        case TimeTerm::Quantity::bytes:
            return fmt::format("tensor{}.bytes", term.index);
        case TimeTerm::Quantity::extent:
            return fmt::format("tensor{}.extent{}", term.index, term.axis);
        default:
            return fmt::format("scalar{}.{}", term.index, name_of(term.type));
    }
}

std::optional<KernelTimes> KernelTimes::read(const std::string& file, const KernelMedians& medians) {
    if (file.empty() && medians.empty()) return std::nullopt;
    KernelTimes times;
    if (!file.empty()) times = read(file);
    times.with_medians_ = !medians.empty();
    for (const auto& [kernel, median] : medians) {
        if (times.times_.contains(kernel)) continue;
        const auto ns = static_cast<std::uint64_t>(median.count());
        if (median.count() < 1 || ns > kMostKernelNs)
            throw Error(ErrorCode::configuration,
                        fmt::format("the recorded median of kernel \"{}\" is {} ns, which is not from 1 to "
                                    "{}; state its time in a file of kernel times",
                                    weir::quoted(kernel), median.count(), kMostKernelNs));
        times.times_[kernel].constant = static_cast<double>(ns);
    }
    return times;
}

std::uint64_t nanoseconds(const KernelTimes& times, std::string_view kernel,
                          std::span<const detail::TensorRecord* const> tensors,
                          std::span<const std::uint64_t> scalars, std::source_location submit) {
    const auto found = times.all().find(kernel);
    if (found == times.all().end())
        throw Error(ErrorCode::configuration,
                    fmt::format("'{}' has no entry for kernel \"{}\", which the program submits{}; add "
                                "\"{}\": NANOSECONDS",
                                times.file(), kernel, submit_text(submit), kernel),
                    submit);
    double sum = found->second.constant;
    for (const TimeTerm& term : found->second.terms) {
        const std::optional<double> count = amount(term, tensors, scalars);
        if (!count)
            throw Error(ErrorCode::configuration,
                        fmt::format("'{}', kernel \"{}\", field \"{}\": the task submitted{} has {} tensors, "
                                    "{} scalars, and none of this name; name one that each of its tasks has",
                                    times.file(), kernel, field_of(term), submit_text(submit), tensors.size(),
                                    scalars.size()),
                        submit);
        sum += term.coefficient * *count;
    }
    // What is no number comes of a scalar that is none.
    if (!(sum > 0)) return 0;
    return static_cast<std::uint64_t>(std::llround(std::min(sum, static_cast<double>(kMostKernelNs))));
}

}  // namespace weir
