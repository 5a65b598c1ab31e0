// SPDX-License-Identifier: Apache-2.0
/// The orchestrator while its run plans or is recorded (observe/run_recorder.hpp): what `submit_with` does
/// besides, and a short way for tasks that would take the inlined submit if nobody listened.
#include <algorithm>

#include "model/region.hpp"
#include "orchestrator/orchestrator_core.hpp"
#include "orchestrator/submit_recording.hpp"

namespace weir::detail {

using recording::head_of;
using recording::Kind;

namespace {

/// Submits between two looks at what a ring holds.
constexpr std::uint64_t kSubmitsPerOccupancy = 16;

Region region_of(const TensorRecord& record) noexcept {
    const auto bytes = static_cast<std::int64_t>(size_of(record.type()));
    std::array<RegionAxis, kMaxAxes> axes;
    for (std::size_t i = 0; i < record.ndim; ++i)
        axes[i] = {record.axes[i].extent, record.axes[i].stride * bytes};
    return normalize(reinterpret_cast<std::uintptr_t>(record.data), static_cast<std::uint64_t>(bytes),
                     {axes.data(), record.ndim});
}

std::uint8_t flags_of(Access access, bool no_dep) noexcept {
    const std::uint8_t direction = access == Access::in    ? recording::kReads
                                   : access == Access::out ? recording::kWrites
                                                           : recording::kReads | recording::kWrites;
    return static_cast<std::uint8_t>(direction | (no_dep ? recording::kNoDep : 0));
}

/// Told of each access to a region that the current one meets.
template <class OnSeen>
struct SeenAccess {
    OnSeen on_seen;
    void seen(AccessRef access, bool completed) { on_seen(access, completed); }
};

}  // namespace

void OrchestratorCore::listen(RunRecorder* recorder) noexcept {
    if (recorder == nullptr && records_tasks()) {
        for (TaskRing& r : rings_) record_occupancy(r);
        if (scheduler_.control().stopped()) {
            const std::uint64_t now = events_->clock().now();
            events_->instant(recording::What::failed, 0, 0, {}, now, now);
        }
    }
    if (recorder == nullptr && events_ != nullptr) events_->program_is_over();
    if (recorder != nullptr) recorder->program_begins();
    events_ = recorder;
    occupied_ = {};
    submits_seen_ = 0;
    const bool tasks = recorder != nullptr && recorder->level() >= kTasksLevel;
    records_tasks_ = tasks;
    unusual_ = tasks || plan_ != nullptr || early_;
    // Where there is a dispatcher it tells of what runs.
    for (int i = 0; i < scheduler_.threads(); ++i)
        // Relaxed: see ThreadContext::recorder.
        scheduler_.thread(i).recorder.store(tasks && dispatcher_ == nullptr ? &recorder->thread(i) : nullptr,
                                            std::memory_order_relaxed);
    if (tasks && recorder->dependencies()) {
        recorded_released_ = {};
        const auto dropped = [](void* to, TaskRef task) {
            static_cast<RunRecorder*>(to)->events().push<2>({head_of(Kind::completed), task.word()});
        };
        map_.watch(dropped, recorder);
    } else {
        map_.watch(nullptr, nullptr);
    }
}

Task OrchestratorCore::submit_unusual(const SubmitRequest& request) {
    if (early_ && request.kernel != &allocate_ && request.kernel != &barrier_) return submit_early(request);
    if (plan_ != nullptr) {
        check_call(request.site);
        settle();
        Submit submit;
        if (!examine(request, std::min(request.argument_count, kMaxTensors), submit)) {
            check_request(request);
            NoSubmitRecording recording;
            if (asks_for_launch(request)) return submit_launch(alone(request), request, recording);
        }
        return plan_task(submit);
    }
    if (!records_tasks_) {
        NoSubmitRecording recording;
        return submit_with(request, recording);
    }
    if (runs_at_once(request)) return run_at_once(request);
    SubmitRecording recording(*events_, *reasons_);
    const Task task = submit_with(request, recording);
    record_occupancy_sometimes();
    return task;
}

void OrchestratorCore::record_occupancy_sometimes() noexcept {
    if (++submits_seen_ % kSubmitsPerOccupancy == 0) record_occupancy(ring(scopes_.ring()));
}

bool OrchestratorCore::runs_at_once(const SubmitRequest& request) noexcept {
    // Relaxed: the gate equals this thread's word only if this thread wrote it; attention: see RunControl.
    if (fast_.gate.load(std::memory_order_relaxed) != this_thread_word() || events_->dependencies() ||
        fast_.attention->load(std::memory_order_relaxed) != RunControl::kWatch)  // as above
        return false;
    KernelRecord* const kernel = request.kernel;
    if (kernel == nullptr || !request.typed || request.options != nullptr ||
        kernel->runtime_serial != fast_.runtime_serial || !kernel->runs_in_place)
        return false;
    for (std::size_t i = 0; i < request.argument_count; ++i) {
        const ArgumentRef& argument = request.arguments[i];
        if (argument.tensor == nullptr || argument.tensor->dtype() != argument.dtype ||
            !fast_.valid(argument.tensor->identity().scope_tag))
            return false;
    }
    return --kernel->samples_countdown != 0;
}

Task OrchestratorCore::run_at_once(const SubmitRequest& request) {
    const KernelRecord& kernel = *request.kernel;
    std::array<const TensorRecord*, kMaxTensors> tensors;
    for (std::size_t i = 0; i < request.argument_count; ++i)
        tensors[i] = &request.arguments[i].tensor->record();
    const TaskRef ref(fast_.ring, (*fast_.next_number)++);
    const std::uint64_t head = head_of(Kind::in_place) | events_->names_of(kernel, request.site);
    // Relaxed: while the kernel runs the gate is shut, so that a call from inside it is noticed.
    const std::uintptr_t thread = fast_.gate.load(std::memory_order_relaxed);
    fast_.gate.store(0, std::memory_order_relaxed);  // as above
    const ArgumentCounts counts{static_cast<std::uint32_t>(request.argument_count),
                                static_cast<std::uint32_t>(request.scalar_count)};
    const std::uint64_t start = events_->clock().now();
    const int status = scheduler_.call_kernel(
        self_, {kernel, tensors.data(), request.scalars, counts, ref, request.site, nullptr}, false);
    events_->events().push<4>({head, ref.word(), start, events_->clock().now()});
    if (status != 0) {
        settle();
        shut_gate();
        scheduler_.control().rethrow();
    }
    fast_.gate.store(thread, std::memory_order_relaxed);  // as above
    return Task(ref, fast_.runtime_serial);
}

void OrchestratorCore::drop_recorded(const OpenScope& scope) noexcept {
    const std::uint64_t begin = events_->clock().now();
    if (recorder_ != nullptr) record_close(scope);
    if (events_->level() < kTasksLevel)
        drop_owners(scope, NoTaskRecording());
    else
        drop_owners(scope, TaskRecording(events_->thread(0)));
    events_->scope_closed(scopes_.depth(), begin);
    leave_scope();
}

void OrchestratorCore::discover_recorded(const Submit& submit, std::size_t index,
                                         SubmitRecording& recording) {
    using recording::EdgeKind;
    const bool writes = submit.request->arguments[index].access != Access::in;
    const auto on_seen = [&](AccessRef access, bool completed) {
        const TaskRef task = access.task();
        if (completed) {
            if (task.number() >= recorded_released_[static_cast<std::size_t>(task.ring())])
                events_->events().push<2>({head_of(Kind::completed), task.word()});
            return;
        }
        // Not asked again whether it has completed: an answer between the two would be told to nobody.
        producers_.add(ring(task.ring()), task.number(), true, false);
        const EdgeKind kind = !writes ? EdgeKind::raw : access.writes() ? EdgeKind::waw : EdgeKind::war;
        recording.reasons().explain(producers_.all().size(), {kind, static_cast<std::uint32_t>(index)});
    };
    SeenAccess<decltype(on_seen)> visitor{on_seen};
    map_.conflicts(submit.regions[index], writes, visitor);
}

void OrchestratorCore::record_dependencies(const LaunchSubmit& submit, TaskRef ref,
                                           SubmitRecording& recording) {
    events_->subtasks(ref.word(), submit.launch.kernels);
    record_dependencies(static_cast<const Submit&>(submit), ref, recording);
}

void OrchestratorCore::record_dependencies(const Submit& submit, TaskRef ref, SubmitRecording& recording) {
    if (!recording.dependencies()) return;
    record_released();
    EventBuffer& events = events_->events();
    events.push<2>({head_of(Kind::dep_task), ref.word()});
    const SubmitRequest& request = *submit.request;
    const auto named = [&](const Task& task) {
        events.push<2>({head_of(Kind::after), task.ref().word()});
        if (ring(task.ref().ring()).completed(task.ref().number()))
            events.push<2>({head_of(Kind::completed), task.ref().word()});
    };
    if (request.options != nullptr) {
        for (const Task& task : request.options->inline_tasks()) named(task);
        for (const Task& task : request.options->listed_tasks()) named(task);
    }
    for (std::size_t i = 0; i < request.argument_count; ++i) record_access(submit, i, recording);
}

void OrchestratorCore::record_access(const Submit& submit, std::size_t index,
                                     SubmitRecording& /*recording*/) {
    const SubmitRequest& request = *submit.request;
    const ArgumentRef& argument = request.arguments[index];
    const AnyTensor& tensor = argument.tensor != nullptr ? *argument.tensor : request.outputs[index];
    const Region region = region_of(tensor.record());
    const auto steps = static_cast<std::size_t>(region.step_count);
    std::array<std::uint64_t, 3 + 2 * kMaxRegionAxes> tail = {tensor.identity().owner, region.lo,
                                                              region.run_bytes};
    for (std::size_t i = 0; i < steps; ++i) {
        tail[3 + 2 * i] = region.steps[i].count;
        tail[4 + 2 * i] = region.steps[i].stride_bytes;
    }
    const auto a = static_cast<std::uint32_t>(index | steps << 8U);
    events_->events().push(head_of(Kind::access, flags_of(argument.access, argument.no_dep), a),
                           std::span(tail).first(3 + 2 * steps));
}

void OrchestratorCore::record_edge(const Producer& producer, bool waits, SubmitRecording& recording) {
    if (!recording.dependencies()) return;
    const bool completed = !waits && ring(producer.task.ring()).completed(producer.task.number());
    // A task in flight whose memory is kept, but that is not waited for, is no producer.
    if (!waits && !completed) return;
    EventBuffer& events = events_->events();
    const auto index = static_cast<std::size_t>(&producer - producers_.all().data());
    const ProducerReasons::Reason reason = recording.reasons().of(index);
    events.push<2>({head_of(Kind::edge, waits ? recording::kWaited : 0,
                            static_cast<std::uint32_t>(reason.kind), reason.argument),
                    producer.task.word()});
    if (completed) events.push<2>({head_of(Kind::completed), producer.task.word()});
}

void OrchestratorCore::record_released() noexcept {
    for (const TaskRing& r : rings_) {
        std::uint64_t& known = recorded_released_[static_cast<std::size_t>(r.index())];
        if (known == r.first_unreleased()) continue;
        known = r.first_unreleased();
        events_->events().push<2>(
            {head_of(Kind::released_until, 0, static_cast<std::uint32_t>(r.index())), known});
    }
}

void OrchestratorCore::record_occupancy(const TaskRing& r) noexcept {
    bool& occupied = occupied_[static_cast<std::size_t>(r.index())];
    if (r.empty() && !occupied) return;
    occupied = !r.empty();
    const std::uint64_t slots = r.next_number - r.first_unreleased();
    const std::uint64_t entries = r.next_number - r.first_unconsumed();
    events_->events().push<6>({head_of(Kind::occupancy, 0, static_cast<std::uint32_t>(r.index())),
                               events_->clock().now(), slots | entries << 32U, r.payload.used(),
                               r.heap.used(), r.deps.used() | map_.used() << 32U});
}

void OrchestratorCore::record_held_back(const Submit& submit, Resource resource,
                                        std::uint64_t begin) noexcept {
    const std::uint64_t end = events_->clock().now();
    events_->instant(recording::What::held_back, static_cast<int>(resource), submit.ring,
                     submit.request->site, begin, end);
    events_->step(recording::Phase::held_back, begin, end);
    record_occupancy(ring(submit.ring));
}

bool OrchestratorCore::publish_recorded(const Submit& submit, TaskRef ref, TaskSlot& slot,
                                        SubmitRecording& recording) {
    const bool owner = submit.needs.heap_bytes != 0;
    const bool ready = Lifecycle::publish(slot);
    recording.shipped(ref, *submit.request->kernel, ready ? recording::kReady : 0, owner,
                      !submit.waits_for_tensors, submit.request->site);
    return ready;
}

}  // namespace weir::detail
