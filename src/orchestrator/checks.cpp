// SPDX-License-Identifier: Apache-2.0
/// What a program can do wrong at a submit. All checks come before anything has changed.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "orchestrator/orchestrator_core.hpp"

namespace weir::detail {

namespace {

std::string at(std::source_location site) { return format_site(site); }

/// The scope a message is about; the root scope is opened by no line of the program.
std::string name_scope(std::uint64_t tag, std::source_location site) {
    if (site.line() == 0) return "the root scope of its run";
    return fmt::format("the scope of depth {} opened at {}", tag % kMaxScopes, at(site));
}

/// Owners among the arguments, each once: what takes an entry of the dependency pool in any case.
std::uint64_t count_owners(const SubmitRequest& request) noexcept {
    std::array<std::uint64_t, kMaxTensors + 1> owners{};
    auto end = owners.begin();
    for (std::size_t i = 0; i < request.argument_count; ++i) {
        const AnyTensor* tensor = request.arguments[i].tensor;
        if (tensor == nullptr || tensor->identity().owner == 0) continue;
        if (std::find(owners.begin(), end, tensor->identity().owner) == end)
            *end++ = tensor->identity().owner;
    }
    return static_cast<std::uint64_t>(end - owners.begin());
}

std::string submit_of(const SubmitRequest& request) {
    return fmt::format("submit of kernel \"{}\" at {}", request.kernel->name, at(request.site));
}

}  // namespace

bool OrchestratorCore::in_kernel() const noexcept {
    // Relaxed: meaningful on the orchestrator's own thread only, which wrote it.
    return in_kernel_ || fast_.gate.load(std::memory_order_relaxed) != gate_;
}

void OrchestratorCore::check_call(std::source_location site) {
    const std::uintptr_t thread =
        thread_.load(std::memory_order_relaxed);  // relaxed: equal only if written here
    if (thread == 0)
        throw Error(
            ErrorCode::wrong_thread,
            fmt::format("the orchestrator was called at {} but its run has ended; submit from inside the "
                        "program that Runtime::run calls",
                        at(site)),
            site);
    if (thread != this_thread_word() || in_kernel())
        throw Error(
            ErrorCode::wrong_thread,
            fmt::format(
                "the orchestrator was called at {} from inside a kernel or from a thread that does not "
                "run the program; only the program itself may submit tasks",
                at(site)),
            site);
    // Relaxed: see RunControl.
    if (scheduler_.control().attention.load(std::memory_order_relaxed) != 0) [[unlikely]]
        attend();
}

void OrchestratorCore::check_request(const SubmitRequest& request, bool shared) {
    const KernelRecord* kernel = request.kernel;
    const auto fail = [&](ErrorCode code, const std::string& text) {
        throw Error(code, kernel == nullptr ? text : fmt::format("{}: {}", submit_of(request), text),
                    request.site);
    };
    if (kernel == nullptr)
        fail(ErrorCode::invalid_argument,
             fmt::format(
                 "submit at {}: the kernel handle is empty; register the kernel with Runtime::kernel first",
                 at(request.site)));
    if (kernel->runtime_serial != fast_.runtime_serial)
        fail(ErrorCode::invalid_argument, "the kernel belongs to another runtime; register it with this one");
    if (request.argument_count > kMaxTensors)
        fail(ErrorCode::invalid_argument,
             fmt::format(
                 "{} tensors, but a task takes at most {}; pass a view that spans several, or split the task",
                 request.argument_count, kMaxTensors));
    if (request.scalar_count > kMaxScalars)
        fail(ErrorCode::invalid_argument,
             fmt::format("{} scalars, but a task takes at most {}; pass them in a tensor",
                         request.scalar_count, kMaxScalars));
    if (request.argument_count == 0 && kernel != &barrier_)
        fail(ErrorCode::invalid_argument,
             "no tensors; a task takes at least one (for a pure ordering point use "
             "barrier_task)");
    if (!kernel->any_arguments) {
        if (request.argument_count != kernel->tensors.size() || request.scalar_count != kernel->scalar_count)
            fail(ErrorCode::type_mismatch,
                 fmt::format("{} tensors and {} scalars, but the kernel takes {} and {}",
                             request.argument_count, request.scalar_count, kernel->tensors.size(),
                             kernel->scalar_count));
    }
    for (std::size_t i = 0; i < request.argument_count; ++i) {
        const ArgumentRef& argument = request.arguments[i];
        if (argument.access == Access::commutative || argument.access == Access::reduction)
            fail(ErrorCode::unsupported,
                 fmt::format("argument {} has access \"{}\", which this version does not have; "
                             "use inout",
                             i, name_of(argument.access)));
        const DType given = argument.tensor != nullptr ? argument.tensor->dtype() : argument.dtype;
        if (!kernel->any_arguments) {
            const TensorParameter& parameter = kernel->tensors[i];
            if (argument.access != parameter.access && !(shared && argument.access != Access::in))
                fail(ErrorCode::type_mismatch,
                     fmt::format("argument {} is passed as {}, but the kernel takes it as {}", i,
                                 name_of(argument.access), name_of(parameter.access)));
            if (argument.tensor != nullptr && argument.tensor->empty()) {
                // reported below
            } else if (parameter.dtype != DType::none && given != parameter.dtype) {
                fail(ErrorCode::type_mismatch,
                     fmt::format("argument {} has element type {}, but the kernel takes {}", i,
                                 weir::name_of(given), weir::name_of(parameter.dtype)));
            }
        }
        if (argument.tensor != nullptr)
            check_tensor(*argument.tensor, i, request);
        else
            static_cast<void>(row_major_record(nullptr, argument.dtype, *argument.shape, request.site));
    }
    if (request.options != nullptr) check_tasks(*request.options, request);
}

void OrchestratorCore::check_tensor(const AnyTensor& tensor, std::size_t index,
                                    const SubmitRequest& request) {
    if (tensor.empty())
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("{}: argument {} is no tensor; make it with external, allocate or a submit's output",
                        submit_of(request), index),
            request.site);
    if (!fast_.valid(tensor.identity().scope_tag))
        scope_closed(tensor, fmt::format("{}: argument {}", submit_of(request), index), request.site);
}

void OrchestratorCore::scope_closed(const AnyTensor& tensor, const std::string& where,
                                    std::source_location site) {
    const TensorIdentity& identity = tensor.identity();
    throw Error(
        ErrorCode::scope_closed,
        fmt::format(
            "{} is a tensor that was valid in {}, which has closed; use it before that scope closes, or "
            "allocate it in an outer one",
            where, name_scope(identity.scope_tag, identity.scope_site)),
        site);
}

void OrchestratorCore::check_tasks(const Options& options, const SubmitRequest& request) {
    if (options.too_many_tasks())
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("{}: more than {} tasks given to after() one by one; pass them as a span",
                                submit_of(request), Options::kMaxInlineTasks),
                    request.site);
    if (options.priority_value() < kMinPriority || options.priority_value() > kMaxPriority)
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("{}: priority {} is outside {}..{}", submit_of(request),
                                options.priority_value(), kMinPriority, kMaxPriority),
                    request.site);
    const auto check = [&](const Task& task) {
        if (!task.ref().valid())
            throw Error(ErrorCode::foreign_task,
                        fmt::format("{}: depends on an empty task handle; use one that a submit returned",
                                    submit_of(request)),
                        request.site);
        if (task.runtime_serial() != fast_.runtime_serial)
            throw Error(
                ErrorCode::foreign_task,
                fmt::format(
                    "{}: depends on task {}:{} of another runtime; tasks can wait for tasks of their own "
                    "runtime only",
                    submit_of(request), task.ring(), task.number()),
                request.site);
        if (task.number() >= ring(task.ring()).next_number)
            throw Error(
                ErrorCode::foreign_task,
                fmt::format("{}: depends on task {}:{}, which has not been submitted yet; submit it first",
                            submit_of(request), task.ring(), task.number()),
                request.site);
    };
    for (const Task& task : options.inline_tasks()) check(task);
    for (const Task& task : options.listed_tasks()) check(task);
}

RingPosition OrchestratorCore::position(int ring_index) noexcept {
    const TaskRing& r = ring(ring_index);
    RingPosition position{r.next_number, r.heap.head(), false, 0, 0};
    if (const OpenScope* holder = scopes_.holder(ring_index)) {
        position.held = true;
        position.held_number = holder->first_owner;
        position.held_heap_begin = std::max(holder->first_heap_begin, r.heap.region_begin());
    }
    return position;
}

Request OrchestratorCore::exact_needs(const Submit& submit) noexcept {
    Request needs = submit.needs;
    if (needs.owners > kSmallestDepPool) needs.owners = count_owners(*submit.request);
    return needs;
}

void OrchestratorCore::check_capacity(const Submit& submit) {
    // The smallest valid dependency pool and TensorMap hold what most tasks need, and a payload the largest
    // one.
    if (submit.needs.heap_bytes == 0 && submit.needs.owners <= kSmallestDepPool &&
        submit.needs.tensormap_entries <= kSmallestTensorMap && scopes_.holder(submit.ring) == nullptr)
        return;
    const RingSizes& sizes = sizes_.ring[static_cast<std::size_t>(submit.ring)];
    // A request can be short of several resources, one after the other.
    while (const auto shortage =
               find_shortage(sizes, sizes_.tensormap, position(submit.ring), exact_needs(submit)))
        grow(*shortage, submit);
}

void OrchestratorCore::report_shortage(const Shortage& shortage, int ring_index, std::source_location site,
                                       const std::string& besides) {
    const char* unit = unit_of(shortage.resource);
    std::string text = fmt::format(
        "{} of ring {} is too small for the submit at {}: capacity {} {}, of which {} are held, and the "
        "request needs {} "
        "more",
        field_of(shortage.resource), ring_index, at(site), shortage.capacity, unit, shortage.occupied,
        shortage.requested);
    text += fmt::format("; the smallest value that would have been enough for this request is {} = {}",
                        field_of(shortage.resource), shortage.sufficient);
    if (const OpenScope* holder = scopes_.holder(ring_index); holder != nullptr && shortage.occupied != 0) {
        const TaskEntry& oldest = ring(ring_index).entry(holder->first_owner);
        text += fmt::format(
            "; the oldest that holds is task {}:{}, kernel \"{}\", submitted at {}, kept by {}: close that "
            "scope "
            "earlier, or open one around the tasks whose memory can go",
            ring_index, holder->first_owner, name_of_kernel_(oldest.kernel_id), at(oldest.site),
            name_scope(holder->tag, holder->site));
    }
    text += besides;
    if (events_ != nullptr) {
        const std::uint64_t now = events_->clock().now();
        events_->instant(recording::What::verdict, static_cast<int>(shortage.resource), ring_index, site, now,
                         now);
    }
    scheduler_.control().fail(ErrorCode::capacity, text, site);
    throw Error(ErrorCode::capacity, text, site);
}

}  // namespace weir::detail
