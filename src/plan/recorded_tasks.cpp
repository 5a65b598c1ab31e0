// SPDX-License-Identifier: Apache-2.0
#include "plan/recorded_tasks.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "memory/byte_ring.hpp"

namespace weir {

namespace {

constexpr std::align_val_t kAlignment{HeapRing::kAlignment};

}  // namespace

void RecordedTasks::Memory::Free::operator()(std::byte* begin) const noexcept {
    ::operator delete(begin, kAlignment);
}

std::byte* RecordedTasks::Memory::real(const std::byte* planned) {
    if (!real_) {
        real_.reset(static_cast<std::byte*>(::operator new(bytes_, kAlignment)));
        std::memset(real_.get(), 0, bytes_);
    }
    return real_.get() + (planned - planned_);
}

void RecordedTasks::add(const detail::PlannedTask& task, std::vector<detail::TaskRef> waits_for) {
    const detail::SubmitRequest& request = task.request;
    const auto ring = static_cast<std::size_t>(task.ref.ring());
    if (tasks_[ring].empty()) first_[ring] = task.ref.number();
    Recorded& recorded = tasks_[ring].emplace_back();
    recorded.order = submitted_++;
    recorded.kernel = request.kernel;
    recorded.ref = task.ref;
    recorded.site = request.site;
    recorded.name = request.options != nullptr ? request.options->name_value() : nullptr;
    recorded.waits_for = std::move(waits_for);
    if (task.launch != nullptr) recorded.launch = *task.launch;
    recorded.scalars.assign(request.scalars, request.scalars + request.scalar_count);
    for (std::size_t i = 0; i < request.argument_count; ++i) {
        const detail::ArgumentRef& argument = request.arguments[i];
        const AnyTensor& tensor = argument.tensor != nullptr ? *argument.tensor : request.outputs[i];
        const std::uint64_t owner = tensor.identity().owner;
        std::shared_ptr<Memory> memory;
        if (owner != 0) {
            // The first output lies where the task's memory begins.
            std::shared_ptr<Memory>& known = memory_[owner];
            if (!known) known = std::make_shared<Memory>(tensor.record().data, task.needs.heap_bytes);
            memory = known;
        }
        recorded.arguments.push_back({tensor.record(), std::move(memory)});
    }
}

RecordedTasks::Recorded& RecordedTasks::at(detail::TaskRef ref) {
    const auto ring = static_cast<std::size_t>(ref.ring());
    return tasks_[ring][ref.number() - first_[ring]];
}

void RecordedTasks::run(std::span<const detail::TaskRef> wanted) {
    std::vector<Recorded*> slice;
    const auto want = [&](detail::TaskRef ref) {
        Recorded& task = at(ref);
        if (!std::exchange(task.wanted, true)) slice.push_back(&task);
    };
    for (const detail::TaskRef ref : wanted) want(ref);
    for (std::size_t i = 0; i < slice.size(); ++i)
        for (const detail::TaskRef ref : slice[i]->waits_for) want(ref);
    std::sort(slice.begin(), slice.end(),
              [](const Recorded* one, const Recorded* other) { return one->order < other->order; });
    for (Recorded* task : slice) run(*task);
}

void RecordedTasks::run(Recorded& task) {
    std::vector<const detail::TensorRecord*> tensors;
    for (Argument& argument : task.arguments) {
        if (argument.memory) argument.record.data = argument.memory->real(argument.record.data);
        tensors.push_back(&argument.record);
    }
    const detail::LaunchRequest* const launch = task.launch ? &*task.launch : nullptr;
    const std::size_t seen = launch != nullptr ? launch->kernel_arguments : tensors.size();
    const detail::ArgumentCounts counts{static_cast<std::uint32_t>(seen),
                                        static_cast<std::uint32_t>(task.scalars.size())};
    ++ran_;
    call_({*task.kernel, tensors.data(), task.scalars.data(), counts, task.ref, task.site, task.name},
          launch);
    task.arguments = {};
    task.waits_for = {};
    task.scalars = {};
}

void* RecordedTasks::place(const detail::TensorRecord& element, std::uint64_t owner) {
    return owner == 0 ? element.data : memory_.at(owner)->real(element.data);
}

}  // namespace weir
