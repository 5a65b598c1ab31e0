// SPDX-License-Identifier: Apache-2.0
/// The orchestrator while it plans: see plan_sink.hpp.
#include <cstring>
#include <vector>

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
    unusual_ = sink != nullptr || early_;
    planned_heap_ = {};
}

Task OrchestratorCore::plan_task(const Submit& submit, const LaunchRequest* launch) {
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
        plan_->submitted({ref, request, needs, before, submit.waits_for_tensors, built_in, scopes_, launch});
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

void OrchestratorCore::call_planned(const Scheduler::KernelCall& call, const LaunchRequest* launch) {
    if (scheduler_.control().stopped()) scheduler_.control().rethrow();
    if (launch != nullptr && launch->starts_together()) scheduler_.stacks().require(call.site);
    in_kernel_ = true;
    bool failed = false;
    if (launch == nullptr) {
        failed = scheduler_.call_kernel(self_, call, false) != 0;
    } else {
        call_planned_launch(call, *launch);
        failed = scheduler_.control().stopped();
    }
    in_kernel_ = false;
    if (failed) scheduler_.control().rethrow();
}

void OrchestratorCore::call_planned_launch(const Scheduler::KernelCall& call, const LaunchRequest& launch) {
    std::uint64_t bytes =
        sizeof(LaunchRecord) + sizeof call.name + call.counts.scalars * sizeof(std::uint64_t);
    for (std::size_t i = 0; i < launch.kernel_arguments; ++i) bytes += call.tensors[i]->bytes();
    std::vector<std::uint64_t> payload(bytes / sizeof(std::uint64_t));
    TaskEntry entry;
    entry.number = call.ref.number();
    entry.site = call.site;
    TaskSlot slot{};
    slot.entry = &entry;
    slot.kernel = &call.kernel;
    slot.ring = static_cast<std::uint8_t>(call.ref.ring());
    slot.tensor_count = static_cast<std::uint8_t>(launch.kernel_arguments);
    slot.scalar_count = static_cast<std::uint8_t>(call.counts.scalars);
    slot.payload = reinterpret_cast<std::byte*>(payload.data());
    slot.flags = kHasLaunch | kHasName;
    LaunchRecord& record = launch.write(slot.payload);
    record.one_thread = true;
    // The element lies where its memory is now.
    if (record.predicate.element != nullptr)
        record.predicate.element = call.tensors[launch.kernel_arguments]->data;
    std::byte* place = slot.payload + sizeof(LaunchRecord);
    const auto append = [&place](const void* from, std::size_t count) {
        if (count != 0) std::memcpy(place, from, count);
        place += count;
    };
    append(&call.name, sizeof call.name);
    append(call.scalars, call.counts.scalars * sizeof(std::uint64_t));
    for (std::size_t i = 0; i < launch.kernel_arguments; ++i)
        append(call.tensors[i], call.tensors[i]->bytes());
    scheduler_.run_calls(self_, slot);
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
