// SPDX-License-Identifier: Apache-2.0
/// The public classes forward to the core.
#include <weir/runtime.hpp>

#include <new>

#include <fmt/format.h>

#include "model/resource_shape.hpp"
#include "platform/runtime_core.hpp"

namespace weir {

const std::string& TaskInfo::kernel_name() const noexcept { return kernel_->name; }

bool TaskInfo::stop_requested() const noexcept { return control_->stop_requested(); }

int TaskInfo::block_index() const noexcept {
    const detail::LaunchedTaskInfo* launched = detail::LaunchedTaskInfo::of(*this);
    return launched != nullptr ? launched->block_index : 0;
}

int TaskInfo::block_count() const noexcept {
    const detail::LaunchedTaskInfo* launched = detail::LaunchedTaskInfo::of(*this);
    return launched != nullptr ? launched->block_count : 1;
}

SubtaskSlot TaskInfo::subtask_slot() const noexcept {
    const detail::LaunchedTaskInfo* launched = detail::LaunchedTaskInfo::of(*this);
    return launched != nullptr ? launched->slot : detail::slot_of(kernel_->core_type);
}

void TaskInfo::barrier() const {
    const detail::LaunchedTaskInfo* launched = detail::LaunchedTaskInfo::of(*this);
    if (launched != nullptr && launched->barrier != nullptr) launched->barrier(*launched);
}

Runtime::Runtime(const RuntimeConfig& config, std::source_location site) try
    : core_(std::make_unique<detail::RuntimeCore>(config)) {
} catch (const Error& error) {
    if (site.line() == 0) throw;
    throw Error(error.code(), fmt::format("Runtime at {}: {}", format_site(site), error.what()), site);
} catch (const std::bad_alloc&) {
    throw Error(
        ErrorCode::out_of_memory,
        fmt::format("{}{}the system refused memory for the runtime's own records; free memory, or raise the "
                    "process's limit",
                    site.line() == 0 ? "" : "Runtime at " + format_site(site), site.line() == 0 ? "" : ": "),
        site);
}

Runtime::~Runtime() = default;

namespace {

/// The Invoke function of kernels that take a TaskView.
int invoke_view(const void* object, const detail::TensorRecord* const* tensors, const std::uint64_t* scalars,
                const TaskInfo& info) {
    return (*static_cast<const std::function<int(const TaskView&)>*>(object))(
        TaskView(tensors, scalars, info));
}

detail::KernelRecord view_kernel(std::string name, std::function<int(const TaskView&)> function) {
    detail::KernelRecord record;
    auto holder = std::make_shared<const std::function<int(const TaskView&)>>(std::move(function));
    record.invoke = &invoke_view;
    record.object = holder.get();
    record.holder = std::move(holder);
    record.name = std::move(name);
    return record;
}

}  // namespace

AnyKernel Runtime::kernel(std::string name, std::vector<TensorParameter> tensors, std::size_t scalars,
                          std::function<int(const TaskView&)> function, const KernelOptions& options) {
    const auto fail = [&](const std::string& text) {
        throw Error(ErrorCode::invalid_argument, fmt::format("kernel \"{}\": {}", name, text));
    };
    if (!function) fail("the function is empty");
    if (tensors.empty() || tensors.size() > kMaxTensors)
        fail(fmt::format("{} tensors, but a kernel takes 1 to {}", tensors.size(), kMaxTensors));
    if (scalars > kMaxScalars)
        fail(fmt::format("{} scalars, but a kernel takes at most {}", scalars, kMaxScalars));
    for (const TensorParameter& parameter : tensors)
        if (parameter.access == Access::commutative || parameter.access == Access::reduction)
            throw Error(ErrorCode::unsupported,
                        fmt::format("kernel \"{}\": access \"{}\" is not in this version; use inout", name,
                                    name_of(parameter.access)));
    detail::KernelRecord record = view_kernel(std::move(name), std::move(function));
    record.tensors = std::move(tensors);
    record.scalar_count = static_cast<std::uint32_t>(scalars);
    return AnyKernel(add_kernel(std::move(record), options));
}

AnyKernel Runtime::kernel_any(std::string name, std::function<int(const TaskView&)> function,
                              const KernelOptions& options) {
    if (!function)
        throw Error(ErrorCode::invalid_argument, fmt::format("kernel \"{}\": the function is empty", name));
    detail::KernelRecord record = view_kernel(std::move(name), std::move(function));
    record.any_arguments = true;
    return AnyKernel(add_kernel(std::move(record), options));
}

detail::KernelRecord* Runtime::add_kernel(detail::KernelRecord&& record, const KernelOptions& options) {
    return core_->add_kernel(std::move(record), options);
}

RunResult Runtime::run(const Program& program, const CallConfig& config) {
    RunResult result;
    core_->run(program, config, result);
    return result;
}

void Runtime::run(const Program& program, const CallConfig& config, RunResult& result) {
    core_->run(program, config, result);
}

RunHandle Runtime::submit(Program program, const CallConfig& config) {
    return RunHandle(core_->submit(std::move(program), config));
}

Plan Runtime::plan(const Program& program, const CallConfig& config, const PlanOptions& options) {
    return core_->plan(program, config, options);
}

void Runtime::watch() { core_->watch(); }

void dump_on_signal(int signal) { detail::Watch::dump_on_signal(signal); }

int Runtime::threads() const noexcept { return core_->threads(); }
const RuntimeEnv& Runtime::sizes() const noexcept { return core_->env(); }
SizesInForce Runtime::sizes_in_force(const CallConfig& config) const { return core_->sizes_in_force(config); }
std::uint64_t Runtime::reserved_bytes() const noexcept { return core_->reserved_bytes(); }
std::uint64_t Runtime::touched_bytes() const { return core_->touched_bytes(); }

RunResult RunHandle::wait() {
    std::unique_lock lock(state_->mutex);
    state_->ended_changed.wait(lock, [this] { return state_->ended; });
    if (state_->failure) throw Error(*state_->failure);
    if (state_->foreign_error) std::rethrow_exception(state_->foreign_error);
    return state_->result;
}

RunResult RunHandle::result() const {
    const std::lock_guard lock(state_->mutex);
    return state_->result;
}

bool RunHandle::wait_for(std::chrono::nanoseconds timeout) {
    std::unique_lock lock(state_->mutex);
    return state_->ended_changed.wait_for(lock, timeout, [this] { return state_->ended; });
}

bool RunHandle::done() const {
    const std::lock_guard lock(state_->mutex);
    return state_->ended;
}

void RunHandle::cancel() {
    const std::lock_guard lock(state_->mutex);
    state_->cancelled = true;
    if (state_->core != nullptr && state_->started) state_->core->cancel();
}

std::string RunHandle::report() const {
    const std::lock_guard lock(state_->mutex);
    return state_->core != nullptr && state_->started ? state_->core->report() : std::string();
}

}  // namespace weir
