// SPDX-License-Identifier: Apache-2.0
/// How long each kernel takes, as a file says: what simulated schedules and clocks count with.
///
/// One JSON object, an entry for each kernel by its name; a time is a number of nanoseconds, or a sum of
/// terms that are taken from the task (docs/formats.md):
///
///     {"potrf": 25000,
///      "gemm": {"constant": 500, "tensor0.elements": 0.25, "tensor1.extent0": 12, "scalar0.i64": 2}}
///
/// Every value is from 0 to kMostKernelNs. What is unknown, twice there, negative or no number is refused:
/// Error `configuration` that names file, kernel and field.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <weir/chip.hpp>
#include <weir/dtype.hpp>
#include <weir/tensor.hpp>

namespace weir {

/// Largest constant and coefficient, and longest time of one task, nanoseconds: a thousand seconds. (Ten
/// million such tasks, one after the other, still fit in 64 bits.)
inline constexpr std::uint64_t kMostKernelNs = 1'000'000'000'000;
/// Largest file that is read.
inline constexpr std::uint64_t kMostKernelTimesBytes = std::uint64_t{16} << 20U;

/// A coefficient, and the quantity of a task that it is multiplied with.
struct TimeTerm {
    enum class Quantity : std::uint8_t {
        elements,  ///< "tensorI.elements"
        bytes,     ///< "tensorI.bytes": elements times the size of one
        extent,    ///< "tensorI.extentA": elements along axis A
        scalar,    ///< "scalarI.TYPE": the value that was passed, read as TYPE
    };
    Quantity quantity = Quantity::elements;
    std::uint8_t index = 0;    ///< of the tensor or of the scalar, each counted from 0 in the kernel's order
    std::uint8_t axis = 0;     ///< of `extent`
    DType type = DType::none;  ///< of `scalar`
    double coefficient = 0;    ///< nanoseconds for each one of the quantity

    friend bool operator==(const TimeTerm&, const TimeTerm&) = default;
};

/// The time of one kernel: `constant` and the sum of its terms.
struct KernelTime {
    double constant = 0;  ///< nanoseconds
    std::vector<TimeTerm> terms;

    friend bool operator==(const KernelTime&, const KernelTime&) = default;
};

/// The times that a file states, and the medians of a recorded run beside them. Fixed once it is made; any
/// number of threads may read it.
class KernelTimes {
public:
    using Table = std::map<std::string, KernelTime, std::less<>>;

    /// Takes the content of a file; `file` names it in messages.
    static KernelTimes parse(std::string_view text, std::string file);
    /// Reads a file. One that cannot be read, or is larger than kMostKernelTimesBytes, is refused too.
    static KernelTimes read(const std::string& file);
    /// Reads the file, unless its name is empty, and takes the medians of kernels that it does not name.
    /// Nothing when there is neither. A median that is not from 1 to kMostKernelNs is refused, unless the
    /// file names its kernel.
    static std::optional<KernelTimes> read(const std::string& file, const KernelMedians& medians);

    [[nodiscard]] const std::string& file() const noexcept { return file_; }
    [[nodiscard]] const Table& all() const noexcept { return times_; }
    /// Whether these times are asked for this kernel. A file alone is asked for every one, and it is a
    /// mistake when it does not have it; beside medians only for those that are there.
    [[nodiscard]] bool decide(std::string_view kernel) const {
        return !with_medians_ || times_.contains(kernel);
    }

private:
    std::string file_;
    Table times_;
    bool with_medians_ = false;
};

/// The field of a function that a term is written as: "tensor0.elements".
std::string field_of(const TimeTerm& term);

/// How long a task of this kernel takes with these arguments, rounded to whole nanoseconds; a sum below 0 (of
/// negative scalars) counts as 0, one above kMostKernelNs as that. Throws `configuration`, with file, kernel,
/// field and the line of the submit, when the file has no such kernel, or the task no such tensor, axis or
/// scalar.
std::uint64_t nanoseconds(const KernelTimes& times, std::string_view kernel,
                          std::span<const detail::TensorRecord* const> tensors,
                          std::span<const std::uint64_t> scalars, std::source_location submit = {});

}  // namespace weir
