// SPDX-License-Identifier: Apache-2.0
/// What a planner writes down of the submits: for simulated runs, and to run tasks whose data is read.
#include <chrono>

#include "model/kernel_timing.hpp"
#include "plan/planner.hpp"
#include "plan/recommend.hpp"

namespace weir {

std::uint32_t Planner::trace_index(detail::TaskRef task) const noexcept {
    const auto ring = static_cast<std::size_t>(task.ring());
    return traced_[ring][task.number() - first_[ring]];
}

std::uint64_t Planner::duration_of(const detail::PlannedTask& task) {
    if (task.built_in) return 0;
    if (task.launch == nullptr) return duration_of(task, *task.request.kernel);
    // The calls of a task count as one that takes as long as all of them one after the other.
    std::uint64_t sum = 0;
    for (const detail::KernelRecord* kernel : task.launch->kernels)
        if (kernel != nullptr) sum += duration_of(task, *kernel) * task.launch->blocks;
    return sum;
}

std::uint64_t Planner::duration_of(const detail::PlannedTask& task, const detail::KernelRecord& kernel) {
    const detail::SubmitRequest& request = task.request;
    if (times_ && times_->decide(kernel.name)) {
        std::array<const detail::TensorRecord*, kMaxTensors> tensors{};
        for (std::size_t i = 0; i < task.kernel_arguments(); ++i) {
            const detail::ArgumentRef& argument = request.arguments[i];
            tensors[i] =
                argument.tensor != nullptr ? &argument.tensor->record() : &request.outputs[i].record();
        }
        return nanoseconds(*times_, kernel.name, {tensors.data(), task.kernel_arguments()},
                           {request.scalars, request.scalar_count}, request.site);
    }
    if (kernel.timing->declared_ns != 0) return kernel.timing->declared_ns;
    if (!assumed_.contains(kernel.name)) assumed_.insert(kernel.name);
    return static_cast<std::uint64_t>(model_->kernel.count());
}

void Planner::trace(const detail::PlannedTask& task) {
    if (!trace_ || trace_->full()) return;
    const detail::SubmitRequest& request = task.request;
    TraceTask traced;
    traced.duration_ns = duration_of(task);
    traced.heap_bytes = task.needs.heap_bytes;
    traced.site = request.site;
    traced.scope = task.scopes.at(task.scopes.depth()).site;
    traced.payload_bytes = static_cast<std::uint32_t>(task.needs.payload_bytes);
    traced.tensormap_entries = static_cast<std::uint16_t>(task.needs.tensormap_entries);
    traced.ring = static_cast<std::uint8_t>(task.ref.ring());
    traced.priority =
        static_cast<std::int8_t>(request.options != nullptr ? request.options->priority_value() : 0);
    for (const Producer& producer : producers_)
        trace_->add_edge(trace_index(producer.task), producer.waits, producer.keeps);
    traced_[traced.ring].push_back(static_cast<std::uint32_t>(trace_->tasks().size()));
    trace_->submit(traced);
}

void Planner::trace_wait() {
    if (!trace_ || trace_->full()) return;
    for (const detail::TaskRef task : accessors_) trace_->add_edge(trace_index(task), true, false);
    trace_->wait();
}

void Planner::record(const detail::PlannedTask& task) {
    if (!tasks_) return;
    std::vector<detail::TaskRef> waits_for;
    for (const Producer& producer : producers_)
        if (producer.waits) waits_for.push_back(producer.task);
    tasks_->add(task, std::move(waits_for));
}

SimulatedSchedule Planner::schedule(Simulator& simulator) const {
    SimulatedSchedule schedule = recommend(simulator, smallest_);
    schedule.tasks = trace_->tasks().size();
    schedule.model = *model_;
    // Sizes that no run can be held back by are enough for this one. A schedule's may be larger, since it
    // counts what a payload ring skips and what the TensorMap holds by bounds.
    for (PlannedSizes* sizes : {&schedule.unhindered, &schedule.recommended})
        for (std::size_t resource = 0; resource < kResources; ++resource)
            for (std::size_t ring = 0; ring < kRings; ++ring)
                if (const PlannedSize& most = plan_.unhindered[resource][ring];
                    (*sizes)[resource][ring].value > most.value)
                    (*sizes)[resource][ring] = most;
    schedule.assumed.assign(assumed_.begin(), assumed_.end());
    return schedule;
}

}  // namespace weir
