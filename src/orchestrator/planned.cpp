// SPDX-License-Identifier: Apache-2.0
/// The orchestrator while it plans: see plan_sink.hpp.
#include <fmt/format.h>

#include "orchestrator/orchestrator_core.hpp"

namespace weir::detail {

namespace {

/// Where owned memory seems to begin: an address at which no process has memory. Places of two rings may
/// coincide, since each owner is a space of its own.
constexpr std::uintptr_t kPlannedMemory = std::uintptr_t{1} << 48U;

std::byte* planned_address(std::uint64_t heap_position) noexcept {
    return reinterpret_cast<std::byte*>(kPlannedMemory + heap_position);
}

}  // namespace

void OrchestratorCore::plan_into(PlanSink* sink) noexcept {
    plan_ = sink;
    planned_heap_ = {};
}

Task OrchestratorCore::plan_task(const Submit& submit) {
    const SubmitRequest& request = *submit.request;
    TaskRing& target = ring(submit.ring);
    std::uint64_t& heap_head = planned_heap_[static_cast<std::size_t>(submit.ring)];
    const TaskRef ref(submit.ring, target.next_number);
    const Request needs = exact_needs(submit);
    RingPosition before = position(submit.ring);
    before.heap_head = heap_head;
    ++tasks_;
    ++target.next_number;
    target.settle();
    OpenScope& scope = scopes_.top();
    for (std::size_t i = 0; i < request.argument_count; ++i) {
        const ArgumentRef& argument = request.arguments[i];
        if (argument.tensor != nullptr) continue;
        TensorRecord record = row_major_record(nullptr, argument.dtype, *argument.shape, request.site);
        record.data = planned_address(heap_head);
        heap_head += HeapRing::round_up(record.elements * size_of(argument.dtype));
        request.outputs[i] = AnyTensor(record, {geometry_key(record), scope.tag, ref.word(), scope.site});
    }
    const bool built_in = request.kernel == &allocate_ || request.kernel == &barrier_;
    try {
        plan_->submitted({ref, request, needs, before, submit.waits_for_tensors, built_in, scopes_});
    } catch (const Error& error) {
        scheduler_.control().fail(error.code(), error.what(), error.site());
        throw;
    }
    if (needs.heap_bytes != 0 && scope.first_owner == 0) {
        scope.first_owner = ref.number();
        scope.first_heap_begin = before.heap_head;
    }
    return Task(ref, fast_.runtime_serial);
}

void OrchestratorCore::call_planned(const Scheduler::KernelCall& call) {
    if (scheduler_.control().stopped()) scheduler_.control().rethrow();
    in_kernel_ = true;
    const int status = scheduler_.call_kernel(self_, call, false);
    in_kernel_ = false;
    if (status != 0) scheduler_.control().rethrow();
}

void* OrchestratorCore::plan_access(const TensorRecord& element, std::uint64_t owner, Access access,
                                    std::source_location site) {
    void* place = plan_->accessed({element, owner, access != Access::in, site, scopes_});
    if (place != nullptr) return place;
    const std::string text = fmt::format(
        "get at {}: a task would have written this element, but no task is run to find out sizes; they are "
        "exact up to here",
        format_site(site));
    scheduler_.control().fail(ErrorCode::cancelled, text, site);
    throw Error(ErrorCode::cancelled, text, site);
}

}  // namespace weir::detail
