// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <new>

#include "orchestrator/orchestrator_core.hpp"
#include "orchestrator/submit_recording.hpp"
#include "scheduler/placement.hpp"

namespace weir::detail {

using recording::Phase;

namespace {

bool writes(Access access) noexcept { return access != Access::in; }

/// Copies a record up to its last axis. The usual sizes are spelt out, so that no call is made for 32 or 48
/// bytes.
std::byte* append(std::byte* place, const TensorRecord& record) noexcept {
    switch (record.ndim) {
        case 1:
            std::memcpy(place, &record, TensorRecord::bytes(1));
            break;
        case 2:
            std::memcpy(place, &record, TensorRecord::bytes(2));
            break;
        case 3:
            std::memcpy(place, &record, TensorRecord::bytes(3));
            break;
        default:
            std::memcpy(place, &record, record.bytes());
            break;
    }
    return place + record.bytes();
}

/// Scalars, then the first tensors: as many as `count()` says, which is asked before each.
template <class Count>
[[gnu::always_inline]] inline void write_arguments(const SubmitRequest& request, const Count& count,
                                                   std::byte* place) noexcept {
    for (std::size_t i = 0; i < request.scalar_count; ++i, place += sizeof(std::uint64_t))
        std::memcpy(place, &request.scalars[i], sizeof(std::uint64_t));
    for (std::size_t i = 0; i < count(); ++i) {
        const AnyTensor* tensor = request.arguments[i].tensor;
        place = append(place, tensor != nullptr ? tensor->record() : request.outputs[i].record());
    }
}

}  // namespace

Task OrchestratorCore::submit(const SubmitRequest& request) {
    if (unusual_) [[unlikely]]
        return submit_unusual(request);
    NoSubmitRecording recording;
    return submit_with(request, recording);
}

template <class Recording>
Task OrchestratorCore::submit_with(const SubmitRequest& request, Recording& recording) {
    check_call(request.site);
    settle();
    Submit submit;
    if (!examine(request, std::min(request.argument_count, kMaxTensors), submit)) {
        check_request(request);
        if (asks_for_launch(request)) return submit_launch(alone(request), request, recording);
    }
    check_capacity(submit);
    poll_sometimes(submit);
    recording.step(Phase::arguments);
    ++tasks_;
    int budget = help_budget_;
    TaskRef ref;
    for (;;) {
        if (!discover(submit, recording)) {
            hold_back(submit, {true, Resource::tensormap, oldest_unreleased(), TaskState::released});
            recording.resume();
            continue;
        }
        recording.step(Phase::lookup);
        const bool in_place = producers_.waits() == 0 && runs_in_place(*request.kernel);
        if (!in_place) {
            recording.look();
            const bool helped = help(*request.kernel, budget);
            recording.resume();
            if (helped) continue;
            find_owners(submit);
        }
        if (!reserve(submit, !in_place)) {
            recording.resume();
            continue;
        }
        recording.step(Phase::reserve);
        if (in_place) {
            ref = run_in_place(submit, recording);
            update_gate();
        } else {
            shut_gate();
            ref = ship(submit, recording);
        }
        break;
    }
    return Task(ref, fast_.runtime_serial);
}

template Task OrchestratorCore::submit_with(const SubmitRequest& request, SubmitRecording& recording);

Task OrchestratorCore::submit_barrier(const SubmitRequest& request) {
    SubmitRequest barrier = request;
    barrier.kernel = &barrier_;
    return submit(barrier);
}

bool OrchestratorCore::examine(const SubmitRequest& request, std::size_t arguments, Submit& submit) {
    submit.request = &request;
    submit.ring = scopes_.ring();
    submit.waits_for_tensors = scopes_.top().mode == ScopeMode::automatic;
    const KernelRecord* kernel = request.kernel;
    // A typed submit agrees with its kernel but for what an AnyTensor may hold; everything else is looked at
    // closely.
    bool good = kernel != nullptr && kernel->runtime_serial == fast_.runtime_serial && request.typed &&
                request.options == nullptr;
    Request needs;
    if (request.options != nullptr && request.options->name_value() != nullptr)
        needs.payload_bytes += sizeof(char*);
    needs.payload_bytes += request.scalar_count * sizeof(std::uint64_t);
    for (std::size_t i = 0; i < arguments; ++i) {
        const ArgumentRef& argument = request.arguments[i];
        if (argument.tensor == nullptr) {
            const TensorRecord record =
                row_major_record(nullptr, argument.dtype, *argument.shape, request.site);
            needs.heap_bytes += HeapRing::round_up(record.elements * size_of(argument.dtype));
            needs.payload_bytes += record.bytes();
            needs.tensormap_entries += TensorMap::entries_needed(record);
        } else {
            const TensorRecord& record = argument.tensor->record();
            const TensorIdentity& identity = argument.tensor->identity();
            good = good && fast_.valid(identity.scope_tag) && record.type() == argument.dtype;
            needs.payload_bytes += record.bytes();
            needs.tensormap_entries += TensorMap::entries_needed(record);
            needs.owners += identity.owner != 0 ? 1 : 0;
        }
    }
    submit.needs = needs;
    return good;
}

void OrchestratorCore::add_task(TaskRef task) {
    TaskRing& producer_ring = ring(task.ring());
    if (!producer_ring.completed(task.number())) producers_.add(producer_ring, task.number(), true, false);
}

template <class Recording>
bool OrchestratorCore::discover(Submit& submit, Recording& recording) {
    const SubmitRequest& request = *submit.request;
    producers_.clear();
    if (request.options != nullptr) {
        for (const Task& task : request.options->inline_tasks()) add_task(task.ref());
        for (const Task& task : request.options->listed_tasks()) add_task(task.ref());
    }
    if constexpr (Recording::kOn) {
        recording.reasons().clear();
        recording.reasons().explain(producers_.all().size(),
                                    {recording::EdgeKind::by_name, recording::kNoArgument});
    }
    // With nothing in flight there is nothing to wait for.
    submit.discovered = anything_in_flight();
    if (!submit.discovered) return true;
    if (!map_.reserve(submit.needs.tensormap_entries)) return false;
    for (std::size_t i = 0; i < request.argument_count; ++i)
        if (request.arguments[i].tensor != nullptr) discover_tensor(submit, i, recording);
    return true;
}

template <class Recording>
void OrchestratorCore::discover_tensor(Submit& submit, std::size_t index, Recording& recording) {
    const ArgumentRef& argument = submit.request->arguments[index];
    const TensorIdentity& identity = argument.tensor->identity();
    submit.regions[index] = map_.locate(argument.tensor->record(), identity.key, identity.owner);
    if (!submit.waits_for_tensors || argument.no_dep) return;
    if constexpr (Recording::kOn) {
        if (recording.dependencies()) return discover_recorded(submit, index, recording);
    }
    map_.conflicts(submit.regions[index], writes(argument.access), [this](TaskRef task) { add_task(task); });
}

void OrchestratorCore::find_owners(const Submit& submit) {
    const SubmitRequest& request = *submit.request;
    for (std::size_t i = 0; i < request.argument_count; ++i) {
        const AnyTensor* tensor = request.arguments[i].tensor;
        if (tensor == nullptr || tensor->identity().owner == 0) continue;
        const TaskRef owner(tensor->identity().owner);
        producers_.add(ring(owner.ring()), owner.number(), false, true);
    }
}

bool OrchestratorCore::runs_in_place(const KernelRecord& kernel) {
    // A dispatcher's cores run all that there is to run; the runtime's own tasks are no work for a core.
    if (running_threads_ <= 1) return running_threads_ == 1 || &kernel == &allocate_ || &kernel == &barrier_;
    const KernelTiming& timing = *kernel.timing;
    if (is_short(timing)) return true;
    if (is_long(timing)) return false;
    if (in_place_left_ != 0) {
        --in_place_left_;
        return true;
    }
    const auto others = static_cast<std::uint64_t>(scheduler_.threads() - 1);
    if (!self_.ready.at_least(std::min(kReadyPerThread * others, kReadyRingSlots / 2))) return false;
    // The others are supplied. While they work off a part of it, do not look: the look costs a line that they
    // write.
    in_place_left_ = kReadyPerThread / 2 - 1;
    return true;
}

bool OrchestratorCore::help(const KernelRecord& kernel, int& budget) {
    if (producers_.waits() == 0 || budget <= 0 || is_long(*kernel.timing)) return false;
    // A short task would be cheaper in place: work off what is in front of it. One in between is worth a
    // hand-over, but less so while it waits: take a little of the work, so that what waits does not pile up.
    const std::uint64_t most = is_short(*kernel.timing) ? static_cast<std::uint64_t>(budget) : 1;
    in_kernel_ = true;
    const std::uint64_t ran = scheduler_.run_some(self_, most, true);
    in_kernel_ = false;
    tasks_helped_ += ran;
    budget -= static_cast<int>(ran);
    return ran != 0;
}

void OrchestratorCore::fill_entry(TaskEntry& entry, std::uint64_t number, const KernelRecord& kernel,
                                  int ring_index, std::source_location site) {
    entry.kernel_id = kernel.id;
    entry.regions = 0;
    entry.number = number;
    entry.heap_begin = ring(ring_index).heap.head();
    entry.previous_owner = 0;
    entry.site = site;
    entry.ring = static_cast<std::uint32_t>(ring_index);
}

void OrchestratorCore::enter_owner(TaskRef ref, std::uint64_t heap_begin) {
    OpenScope& scope = scopes_.top();
    ring(ref.ring()).entry(ref.number()).previous_owner = scope.last_owner;
    scope.last_owner = ref.number();
    if (scope.first_owner == 0) {
        scope.first_owner = ref.number();
        scope.first_heap_begin = heap_begin;
    }
}

void OrchestratorCore::take_outputs(const Submit& submit, TaskRef ref) {
    const SubmitRequest& request = *submit.request;
    TaskRing& target = ring(submit.ring);
    const OpenScope& scope = scopes_.top();
    for (std::size_t i = 0; i < request.argument_count; ++i) {
        const ArgumentRef& argument = request.arguments[i];
        if (argument.tensor != nullptr) continue;
        TensorRecord record = row_major_record(nullptr, argument.dtype, *argument.shape, request.site);
        record.data = target.heap.take(HeapRing::round_up(record.elements * size_of(argument.dtype)));
        request.outputs[i] = AnyTensor(record, {geometry_key(record), scope.tag, ref.word(), scope.site});
    }
}

template <class Recording>
TaskRef OrchestratorCore::run_in_place(Submit& submit, Recording& recording) {
    const SubmitRequest& request = *submit.request;
    TaskRing& target = ring(submit.ring);
    const TaskRef ref(submit.ring, target.next_number);
    const bool owner = submit.needs.heap_bytes != 0;
    if (owner || !target.empty()) {
        TaskEntry& entry = target.entry(ref.number());
        fill_entry(entry, ref.number(), *request.kernel, submit.ring, request.site);
        Lifecycle::submit_in_place(entry, owner);
        ++target.next_number;
        if (owner) {
            const std::uint64_t heap_begin = target.heap.head();
            take_outputs(submit, ref);
            enter_owner(ref, heap_begin);
            note_peaks(target);
        }
        target.ran_in_place(owner);
        // Behind a task that is in flight, or an owner, it stays in the ring.
        if (notes_all_peaks_ && !owner) [[unlikely]]
            note_peaks(target);
    } else {
        ++target.next_number;
        target.settle();
    }
    ++tasks_in_place_;
    if (scheduler_.control().stopped()) scheduler_.control().rethrow();
    if constexpr (Recording::kOn) record_dependencies(submit, ref, recording);
    std::array<const TensorRecord*, kMaxTensors> tensors;
    for (std::size_t i = 0; i < request.argument_count; ++i) {
        const AnyTensor* tensor = request.arguments[i].tensor;
        tensors[i] = tensor != nullptr ? &tensor->record() : &request.outputs[i].record();
    }
    KernelRecord& kernel = *request.kernel;
    if (kernel.samples_countdown != 0) --kernel.samples_countdown;
    const bool timed = kernel.samples_countdown == 0 || !kernel.timing->known();
    shut_gate();
    in_kernel_ = true;
    const char* name = request.options != nullptr ? request.options->name_value() : nullptr;
    const detail::ArgumentCounts counts{static_cast<std::uint32_t>(request.argument_count),
                                        static_cast<std::uint32_t>(request.scalar_count)};
    if (book_ != nullptr && !is_short(*kernel.timing)) [[unlikely]]
        tell();
    recording.kernel_begins();
    const int status = scheduler_.call_kernel(
        self_, {kernel, tensors.data(), request.scalars, counts, ref, request.site, name}, timed);
    in_kernel_ = false;
    recording.ran_in_place(ref, kernel, owner, !submit.waits_for_tensors, request.site);
    if (timed) {
        kernel.runs_in_place = scheduler_.threads() == 1 || is_short(*kernel.timing);
        kernel.samples_countdown =
            self_.generator.next(kernel.runs_in_place ? kInPlaceSampleRange : kShippedSampleRange);
    }
    if (status != 0) scheduler_.control().rethrow();
    return ref;
}

std::byte* OrchestratorCore::write_payload(const Submit& submit, TaskSlot& slot) {
    const SubmitRequest& request = *submit.request;
    PayloadRing& payload = ring(submit.ring).payload;
    std::byte* const begin = payload.take(submit.needs.payload_bytes);
    slot.payload_begin = static_cast<std::uint32_t>(payload.head() - submit.needs.payload_bytes);
    std::byte* place = begin;
    const char* name = request.options != nullptr ? request.options->name_value() : nullptr;
    slot.flags = name != nullptr ? kHasName : 0;
    if (name != nullptr) {
        std::memcpy(place, &name, sizeof name);
        place += sizeof name;
    }
    write_arguments(
        request, [&] { return request.argument_count; }, place);
    return begin;
}

std::byte* OrchestratorCore::write_payload(const LaunchSubmit& submit, TaskSlot& slot) {
    const SubmitRequest& request = *submit.request;
    PayloadRing& payload = ring(submit.ring).payload;
    std::byte* const begin = payload.take(submit.needs.payload_bytes);
    slot.payload_begin = static_cast<std::uint32_t>(payload.head() - submit.needs.payload_bytes);
    slot.tensor_count = static_cast<std::uint8_t>(submit.launch.kernel_arguments);
    submit.launch.write(begin);
    std::byte* place = begin + sizeof(LaunchRecord);
    const char* name = request.options != nullptr ? request.options->name_value() : nullptr;
    slot.flags = kHasLaunch | (submit.early ? kHasEarly : 0) | (name != nullptr ? kHasName : 0);
    if (submit.early) {
        new (place) EarlyRecord(submit.launch.calls());
        place += sizeof(EarlyRecord);
    }
    if (name != nullptr) {
        std::memcpy(place, &name, sizeof name);
        place += sizeof name;
    }
    write_arguments(
        request, [&] { return submit.launch.kernel_arguments; }, place);
    return begin;
}

template <class Recording>
inline void OrchestratorCore::hand_over(const Submit&, TaskSlot& slot, Recording&) {
    scheduler_.push(self_, slot);
}

template <class Submitted, class Recording>
TaskRef OrchestratorCore::ship(Submitted& submit, Recording& recording) {
    const SubmitRequest& request = *submit.request;
    TaskRing& target = ring(submit.ring);
    const TaskRef ref(submit.ring, target.next_number);
    const bool owner = submit.needs.heap_bytes != 0;
    TaskEntry& entry = target.entry(ref.number());
    TaskSlot& slot = target.slot(ref.number());
    __builtin_prefetch(&target.entry(ref.number() + 2), 1);  // which will be written soon
    __builtin_prefetch(&target.slot(ref.number() + 2), 1);
    fill_entry(entry, ref.number(), *request.kernel, submit.ring, request.site);
    Lifecycle::submit(entry, slot, owner);
    ++target.next_number;
    if (owner) {
        take_outputs(submit, ref);
        enter_owner(ref, entry.heap_begin);
    }
    slot.entry = &entry;
    slot.kernel = request.kernel;
    slot.ring = static_cast<std::uint8_t>(submit.ring);
    slot.priority =
        static_cast<std::int8_t>(request.options != nullptr ? request.options->priority_value() : 0);
    slot.tensor_count = static_cast<std::uint8_t>(request.argument_count);
    slot.scalar_count = static_cast<std::uint8_t>(request.scalar_count);
    slot.payload = write_payload(submit, slot);
    slot.deps_begin = static_cast<std::uint32_t>(target.deps.head());
    slot.deps = target.deps.position();
    slot.dep_count = static_cast<std::uint32_t>(producers_.all().size());
    recording.step(Phase::arguments);
    if constexpr (Recording::kOn) record_dependencies(submit, ref, recording);
    for (const Producer& producer : producers_.all()) {
        DepEntry& edge = *target.deps.take();
        const TaskRing& source = ring(producer.task.ring());
        TaskEntry& from = source.entry(producer.task.number());
        edge.consumer = &slot;
        edge.owner = producer.keeps != 0 ? &from : nullptr;
        if (producer.keeps != 0) Lifecycle::keep(from);
        // Asked again by number: since the producer was found it may have completed, a waterline may have
        // passed it, and its entry may be the very one that this task has taken.
        [[maybe_unused]] const bool waits =
            producer.waits != 0 && !source.completed(producer.task.number()) && Lifecycle::wire(from, edge);
        if constexpr (Recording::kOn) record_edge(producer, waits, recording);
    }
    tell_wired(submit, slot);
    recording.step(Phase::wire);
    for (std::size_t i = 0; i < request.argument_count; ++i) {
        const ArgumentRef& argument = request.arguments[i];
        const AnyTensor& tensor = argument.tensor != nullptr ? *argument.tensor : request.outputs[i];
        if (!submit.discovered || argument.tensor == nullptr)
            submit.regions[i] = map_.locate(tensor.record(), tensor.identity().key, tensor.identity().owner);
    }
    for (std::size_t i = 0; i < request.argument_count; ++i) {
        const ArgumentRef& argument = request.arguments[i];
        map_.record(submit.regions[i], ref, writes(argument.access),
                    submit.waits_for_tensors && !argument.no_dep);
    }
    note_peaks(target);
    recording.step(Phase::lookup);
    if constexpr (Recording::kOn) {
        if (publish_recorded(submit, ref, slot, recording)) hand_over(submit, slot, recording);
        recording.step(Phase::publish);
        if (events_->level() >= kQueuesLevel) record_occupancy(target);
    } else {
        if (Lifecycle::publish(slot)) hand_over(submit, slot, recording);
    }
    return ref;
}

template TaskRef OrchestratorCore::ship(LaunchSubmit& submit, NoSubmitRecording& recording);
template TaskRef OrchestratorCore::ship(LaunchSubmit& submit, SubmitRecording& recording);
template bool OrchestratorCore::discover(Submit& submit, NoSubmitRecording& recording);
template bool OrchestratorCore::discover(Submit& submit, SubmitRecording& recording);

}  // namespace weir::detail
