// SPDX-License-Identifier: Apache-2.0
/// The value structs of weir.h and their C++ counterparts, each way.
#pragma once

#include <cstdint>
#include <source_location>

#include <weir/weir.h>
#include <weir/access.hpp>
#include <weir/config.hpp>
#include <weir/task.hpp>
#include <weir/tensor.hpp>

namespace weir::capi {

/// Each throws invalid_argument, naming `what`, when the number names nothing.
DType dtype_of_number(weir_dtype number, const char* what, std::source_location site = {});
Access access_of_number(weir_access number, const char* what, std::source_location site = {});

/// `ndim` numbers; throws invalid_argument when there are not 1 to 5 or `numbers` is null.
Shape shape_of(int ndim, const std::int64_t* numbers, const char* what, std::source_location site);

/// Throws invalid_argument when the struct was not filled by the library.
AnyTensor tensor_of(const weir_tensor* tensor, const char* what, std::source_location site);
Task task_of(const weir_task& task, const char* what, std::source_location site);

weir_tensor to_c(const AnyTensor& tensor) noexcept;
weir_task to_c(const Task& task) noexcept;
weir_sizes to_c(const RuntimeEnv& sizes) noexcept;
weir_run_result to_c(const RunResult& result) noexcept;
/// With `data` as first element.
weir_array to_c(const detail::TensorRecord& record, void* data) noexcept;

RuntimeEnv sizes_of(const weir_sizes& sizes) noexcept;

}  // namespace weir::capi
