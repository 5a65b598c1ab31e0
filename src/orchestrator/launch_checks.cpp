// SPDX-License-Identifier: Apache-2.0
/// What a program can do wrong when it submits a task of several kernels or blocks, or with a predicate.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "orchestrator/orchestrator_core.hpp"

namespace weir::detail {

namespace {

[[noreturn]] void refuse(const SubmitRequest& request, ErrorCode code, const std::string& text) {
    const std::string task =
        request.kernel == nullptr
            ? fmt::format("submit_mixed at {}", format_site(request.site))
            : fmt::format("submit of kernel \"{}\" at {}", request.kernel->name, format_site(request.site));
    throw Error(code, fmt::format("{}: {}", task, text), request.site);
}

void check_slots(const SubtaskKernels& kernels, const SubmitRequest& request) {
    for (std::size_t i = 0; i < kSubtaskSlots; ++i) {
        if (kernels[i] == nullptr) continue;
        const auto slot = static_cast<SubtaskSlot>(i);
        const CoreType wanted = slot == SubtaskSlot::aic ? CoreType::aic : CoreType::aiv;
        const CoreType given = kernels[i]->core_type;
        if (given != CoreType::any && given != wanted)
            refuse(request, ErrorCode::invalid_argument,
                   fmt::format("{}: kernel \"{}\" is made for {} cores; put it in a slot of that type, or "
                               "register it with core_type {} or any",
                               name_of(slot), kernels[i]->name, weir::name_of(given), weir::name_of(wanted)));
    }
}

/// Integers that an integer type can hold; 0 and 1 for bool.
struct IntegerRange {
    std::int64_t low;
    std::uint64_t high;
};

template <class T>
constexpr IntegerRange range_of_type() noexcept {
    return {static_cast<std::int64_t>(std::numeric_limits<T>::min()),
            static_cast<std::uint64_t>(std::numeric_limits<T>::max())};
}

/// Null range of floating types: low above high.
IntegerRange range_of(DType dtype) noexcept {
    switch (dtype) {
        case DType::i8:
            return range_of_type<std::int8_t>();
        case DType::i16:
            return range_of_type<std::int16_t>();
        case DType::i32:
            return range_of_type<std::int32_t>();
        case DType::i64:
            return range_of_type<std::int64_t>();
        case DType::u8:
            return range_of_type<std::uint8_t>();
        case DType::u16:
            return range_of_type<std::uint16_t>();
        case DType::u32:
            return range_of_type<std::uint32_t>();
        case DType::u64:
            return range_of_type<std::uint64_t>();
        case DType::boolean:
            return {0, 1};
        default:
            return {1, 0};
    }
}

bool is_floating(DType dtype) noexcept {
    return dtype == DType::f64 || dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16;
}

/// The constant in the class of the element type; false when that type cannot hold it.
bool convert(PredicateConstant constant, DType dtype, std::uint64_t& bits) noexcept {
    using Kind = PredicateConstant::Kind;
    const auto floating = std::bit_cast<double>(constant.bits);
    const auto integer = static_cast<std::int64_t>(constant.bits);
    if (is_floating(dtype)) {
        bits = std::bit_cast<std::uint64_t>(constant.kind == Kind::floating ? floating
                                            : constant.kind == Kind::signed_integer
                                                ? static_cast<double>(integer)
                                                : static_cast<double>(constant.bits));
        return true;
    }
    const IntegerRange range = range_of(dtype);
    bits = constant.bits;
    switch (constant.kind) {
        case Kind::signed_integer:
            return integer < 0 ? integer >= range.low : constant.bits <= range.high;
        case Kind::unsigned_integer:
            return constant.bits <= range.high;
        case Kind::floating:
            break;
    }
    // Whole numbers inside the 64-bit ranges only: any other has no integer to be converted to.
    constexpr double kTwo63 = 9223372036854775808.0;
    if (!(floating >= -kTwo63 && floating < 2 * kTwo63) ||
        floating != static_cast<double>(static_cast<__int128>(floating)))
        return false;
    const auto whole = static_cast<__int128>(floating);
    bits = static_cast<std::uint64_t>(whole);
    return whole >= range.low && whole <= static_cast<__int128>(range.high);
}

std::string text_of(PredicateConstant constant) {
    using Kind = PredicateConstant::Kind;
    if (constant.kind == Kind::floating) return fmt::format("{}", std::bit_cast<double>(constant.bits));
    if (constant.kind == Kind::unsigned_integer) return fmt::format("{}", constant.bits);
    return fmt::format("{}", static_cast<std::int64_t>(constant.bits));
}

}  // namespace

void OrchestratorCore::check_launch(const SubtaskKernels& kernels, const SubmitRequest& request) {
    if (request.kernel == nullptr)
        refuse(request, ErrorCode::invalid_argument,
               "aic, aiv0 and aiv1 are all empty; a mixed task has a kernel in at least one of them");
    const Options& options = *request.options;
    check_slots(kernels, request);
    const std::int64_t blocks = options.block_count();
    if (blocks < 1 || blocks > kMaxBlocks)
        refuse(request, ErrorCode::invalid_argument,
               fmt::format("blocks is {}, but it must be from 1 to {}", blocks, kMaxBlocks));
    if (options.starts_together()) {
        const ResourceShape shape = shape_of(kernels);
        const auto subtasks = static_cast<std::uint32_t>(std::count_if(
            kernels.begin(), kernels.end(), [](const auto* kernel) { return kernel != nullptr; }));
        const std::uint32_t most = std::min(limits_.blocks_together[static_cast<std::size_t>(shape)],
                                            limits_.calls_together / subtasks);
        if (blocks > most)
            refuse(request, ErrorCode::invalid_argument,
                   fmt::format("sync_start with blocks {}, but platform \"{}\" starts at most {} blocks of "
                               "shape {} with {} kernels together; use fewer blocks, or leave sync_start out",
                               blocks, limits_.platform, most, weir::name_of(shape), subtasks));
    }
    if (const PredicateOption* option = options.predicate_value()) check_predicate(*option, request);
}

void OrchestratorCore::check_predicate(const PredicateOption& option, const SubmitRequest& request) {
    const AnyTensor& tensor = option.tensor;
    if (tensor.empty())
        refuse(request, ErrorCode::invalid_argument,
               "predicate: there is no tensor; make it with external, allocate or a submit's output");
    if (!fast_.valid(tensor.identity().scope_tag))
        scope_closed(tensor,
                     fmt::format("submit of kernel \"{}\" at {}: predicate", request.kernel->name,
                                 format_site(request.site)),
                     request.site);
    if (size_of(tensor.dtype()) == 0)
        refuse(request, ErrorCode::type_mismatch, "predicate: the tensor has no element type");
    if (static_cast<std::size_t>(option.comparison) > static_cast<std::size_t>(Comparison::greater_equal))
        refuse(request, ErrorCode::invalid_argument,
               fmt::format("predicate: comparison {} is none; use one of Comparison",
                           static_cast<int>(option.comparison)));
    if (option.index.ndim() != tensor.ndim())
        refuse(
            request, ErrorCode::out_of_bounds,
            fmt::format("predicate: {} indices for a tensor of {} axes", option.index.ndim(), tensor.ndim()));
    for (int axis = 0; axis < tensor.ndim(); ++axis)
        if (option.index[axis] < 0 || option.index[axis] >= tensor.extent(axis))
            refuse(request, ErrorCode::out_of_bounds,
                   fmt::format("predicate: index {} of axis {} is outside 0..{}", option.index[axis], axis,
                               tensor.extent(axis) - 1));
    std::uint64_t bits = 0;
    if (!convert(option.constant, tensor.dtype(), bits))
        refuse(request, ErrorCode::type_mismatch,
               fmt::format("predicate: the constant {} is no value of the tensor's element type {}",
                           text_of(option.constant), weir::name_of(tensor.dtype())));
}

std::uint64_t OrchestratorCore::constant_of(const PredicateOption& option) noexcept {
    std::uint64_t bits = 0;
    static_cast<void>(convert(option.constant, option.tensor.dtype(), bits));
    return bits;
}

AnyTensor OrchestratorCore::element_of(const PredicateOption& option) noexcept {
    TensorRecord record = option.tensor.record();
    std::int64_t offset = 0;
    for (int axis = 0; axis < option.tensor.ndim(); ++axis)
        offset += option.index[axis] * option.tensor.stride(axis);
    record.data += offset * static_cast<std::int64_t>(size_of(record.type()));
    record.elements = 1;
    record.ndim = 1;
    record.contiguous = 1;
    record.axes[0] = {1, 1};
    TensorIdentity identity = option.tensor.identity();
    identity.key = geometry_key(record);
    return {record, identity};
}

}  // namespace weir::detail
