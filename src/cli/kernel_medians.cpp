// SPDX-License-Identifier: Apache-2.0
#include "kernel_medians.hpp"

#include <fmt/format.h>

#include <weir/error.hpp>

#include "analysis/file_errors.hpp"
#include "analysis/kernel_medians.hpp"
#include "analysis/record_directory.hpp"

namespace weir::cli {
namespace {

[[noreturn]] void fail(const std::string& what) {
    throw Error(ErrorCode::configuration, "--kernel-times-from: " + what);
}

analysis::Swimlane read_swimlane(const std::string& directory) {
    try {
        return analysis::RecordDirectory(directory).swimlane();
    } catch (const analysis::FileMissing& error) {
        fail(error.what());
    } catch (const analysis::FileDamaged& error) {
        fail(error.what());
    }
}

}  // namespace

KernelMedians read_kernel_medians(const std::string& directory) {
    KernelMedians medians;
    if (directory.empty()) return medians;
    for (const auto& [kernel, median] : analysis::kernel_medians(read_swimlane(directory))) {
        const analysis::Time rounded =
            (median + analysis::kPicosecondsPerNanosecond / 2) / analysis::kPicosecondsPerNanosecond;
        medians[kernel] = std::chrono::nanoseconds(rounded);
    }
    if (medians.empty())
        fail(
            fmt::format("the recording in '{}' has no execution of a kernel with its start and end; record "
                        "a run that runs tasks, with --enable-swimlane",
                        directory));
    return medians;
}

}  // namespace weir::cli
