// SPDX-License-Identifier: Apache-2.0
/// The numbers of weir.h: proven equal to those of the C++ API, and their names.
#include <weir/weir.h>
#include <weir/access.hpp>
#include <weir/config.hpp>
#include <weir/dtype.hpp>
#include <weir/error.hpp>
#include <weir/kernel.hpp>
#include <weir/launch.hpp>
#include <weir/options.hpp>
#include <weir/orchestrator.hpp>
#include <weir/task.hpp>
#include <weir/tensor.hpp>

#define WEIR_SAME(c_number, cpp_number) \
    static_assert((c_number) == static_cast<int>(cpp_number), "weir.h and the C++ headers must agree")

WEIR_SAME(WEIR_OK, weir::ErrorCode::ok);
WEIR_SAME(WEIR_INVALID_ARGUMENT, weir::ErrorCode::invalid_argument);
WEIR_SAME(WEIR_TYPE_MISMATCH, weir::ErrorCode::type_mismatch);
WEIR_SAME(WEIR_OUT_OF_BOUNDS, weir::ErrorCode::out_of_bounds);
WEIR_SAME(WEIR_SCOPE_CLOSED, weir::ErrorCode::scope_closed);
WEIR_SAME(WEIR_SCOPE_MISUSE, weir::ErrorCode::scope_misuse);
WEIR_SAME(WEIR_FOREIGN_TASK, weir::ErrorCode::foreign_task);
WEIR_SAME(WEIR_WRONG_THREAD, weir::ErrorCode::wrong_thread);
WEIR_SAME(WEIR_CAPACITY, weir::ErrorCode::capacity);
WEIR_SAME(WEIR_KERNEL_FAILED, weir::ErrorCode::kernel_failed);
WEIR_SAME(WEIR_DEADLINE, weir::ErrorCode::deadline);
WEIR_SAME(WEIR_CANCELLED, weir::ErrorCode::cancelled);
WEIR_SAME(WEIR_OUT_OF_MEMORY, weir::ErrorCode::out_of_memory);
WEIR_SAME(WEIR_SYSTEM, weir::ErrorCode::system);
WEIR_SAME(WEIR_CONFIGURATION, weir::ErrorCode::configuration);
WEIR_SAME(WEIR_PROGRAM_NOT_FOUND, weir::ErrorCode::program_not_found);
WEIR_SAME(WEIR_PROGRAM_INVALID, weir::ErrorCode::program_invalid);
WEIR_SAME(WEIR_UNSUPPORTED, weir::ErrorCode::unsupported);

WEIR_SAME(WEIR_NONE, weir::DType::none);
WEIR_SAME(WEIR_F64, weir::DType::f64);
WEIR_SAME(WEIR_F32, weir::DType::f32);
WEIR_SAME(WEIR_F16, weir::DType::f16);
WEIR_SAME(WEIR_BF16, weir::DType::bf16);
WEIR_SAME(WEIR_I8, weir::DType::i8);
WEIR_SAME(WEIR_I16, weir::DType::i16);
WEIR_SAME(WEIR_I32, weir::DType::i32);
WEIR_SAME(WEIR_I64, weir::DType::i64);
WEIR_SAME(WEIR_U8, weir::DType::u8);
WEIR_SAME(WEIR_U16, weir::DType::u16);
WEIR_SAME(WEIR_U32, weir::DType::u32);
WEIR_SAME(WEIR_U64, weir::DType::u64);
WEIR_SAME(WEIR_BOOL, weir::DType::boolean);

WEIR_SAME(WEIR_IN, weir::Access::in);
WEIR_SAME(WEIR_OUT, weir::Access::out);
WEIR_SAME(WEIR_INOUT, weir::Access::inout);
WEIR_SAME(WEIR_COMMUTATIVE, weir::Access::commutative);
WEIR_SAME(WEIR_REDUCTION, weir::Access::reduction);

WEIR_SAME(WEIR_CORE_ANY, weir::CoreType::any);
WEIR_SAME(WEIR_CORE_AIC, weir::CoreType::aic);
WEIR_SAME(WEIR_CORE_AIV, weir::CoreType::aiv);
WEIR_SAME(WEIR_SLOT_AIC, weir::SubtaskSlot::aic);
WEIR_SAME(WEIR_SLOT_AIV0, weir::SubtaskSlot::aiv0);
WEIR_SAME(WEIR_SLOT_AIV1, weir::SubtaskSlot::aiv1);
WEIR_SAME(WEIR_EQUAL, weir::Comparison::equal);
WEIR_SAME(WEIR_NOT_EQUAL, weir::Comparison::not_equal);
WEIR_SAME(WEIR_LESS, weir::Comparison::less);
WEIR_SAME(WEIR_LESS_EQUAL, weir::Comparison::less_equal);
WEIR_SAME(WEIR_GREATER, weir::Comparison::greater);
WEIR_SAME(WEIR_GREATER_EQUAL, weir::Comparison::greater_equal);

WEIR_SAME(WEIR_AUTOMATIC, weir::ScopeMode::automatic);
WEIR_SAME(WEIR_MANUAL, weir::ScopeMode::manual);

WEIR_SAME(WEIR_TASK_WINDOW, weir::Resource::task_window);
WEIR_SAME(WEIR_CONSUMED_WINDOW, weir::Resource::consumed_window);
WEIR_SAME(WEIR_PAYLOAD, weir::Resource::payload);
WEIR_SAME(WEIR_HEAP, weir::Resource::heap);
WEIR_SAME(WEIR_DEP_POOL, weir::Resource::dep_pool);
WEIR_SAME(WEIR_TENSORMAP, weir::Resource::tensormap);
WEIR_SAME(WEIR_RESOURCE_COUNT, weir::kResources);

WEIR_SAME(WEIR_SIZES_AUTOMATIC, weir::SizePolicy::automatic);
WEIR_SAME(WEIR_SIZES_FIXED, weir::SizePolicy::fixed);
WEIR_SAME(WEIR_SIZES_GROWING, weir::SizePolicy::growing);

WEIR_SAME(WEIR_LOG_NOTE, weir::LogLevel::note);
WEIR_SAME(WEIR_LOG_WARNING, weir::LogLevel::warning);

WEIR_SAME(WEIR_MAX_AXES, weir::kMaxAxes);
WEIR_SAME(WEIR_MAX_TENSORS, weir::kMaxTensors);
WEIR_SAME(WEIR_MAX_SCALARS, weir::kMaxScalars);
WEIR_SAME(WEIR_MAX_AFTER, weir::Options::kMaxInlineTasks);
WEIR_SAME(WEIR_RINGS, weir::kRings);
WEIR_SAME(WEIR_MAX_BLOCKS, weir::kMaxBlocks);
WEIR_SAME(WEIR_MIN_PRIORITY, weir::kMinPriority);
WEIR_SAME(WEIR_MAX_PRIORITY, weir::kMaxPriority);

extern "C" {

const char* weir_status_name(weir_status status) {
    if (status < WEIR_OK || status > WEIR_UNSUPPORTED) return "unknown";
    return weir::to_string(static_cast<weir::ErrorCode>(status));
}

const char* weir_resource_name(weir_resource resource) {
    if (resource < 0 || resource >= WEIR_RESOURCE_COUNT) return "unknown";
    return weir::field_of(static_cast<weir::Resource>(resource));
}

const char* weir_dtype_name(weir_dtype dtype) {
    if (dtype < WEIR_NONE || dtype > WEIR_BOOL) return "none";
    return weir::name_of(static_cast<weir::DType>(dtype));
}

size_t weir_dtype_bytes(weir_dtype dtype) {
    if (dtype < WEIR_NONE || dtype > WEIR_BOOL) return 0;
    return weir::size_of(static_cast<weir::DType>(dtype));
}

uint32_t weir_api_version(void) { return WEIR_C_API_VERSION; }

}  // extern "C"
