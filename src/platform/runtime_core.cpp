// SPDX-License-Identifier: Apache-2.0
#include "platform/runtime_core.hpp"

#include <atomic>
#include <mutex>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "memory/touched.hpp"
#include "model/kernel_ids.hpp"
#include "observe/run_recording.hpp"
#include "observe/scope_stats.hpp"
#include "platform/cpu/cpus.hpp"
#include "platform/cpu/limits.hpp"
#include "platform/thread_role.hpp"
#include "scheduler/placement.hpp"

namespace weir::detail {

namespace {

std::uint64_t next_runtime_serial() noexcept {
    static std::atomic<std::uint64_t> serial{0};
    return serial.fetch_add(1, std::memory_order_relaxed) + 1;  // relaxed: only uniqueness matters
}

int thread_count(const RuntimeConfig& config) {
    if (config.first_task_number < 1 || config.first_task_number > TaskRef::kNumberMask / 2)
        throw Error(
            ErrorCode::configuration,
            fmt::format("first_task_number is {}, but it must be from 1 to 2^60", config.first_task_number));
    if (config.platform != "cpu" && config.chip.clock == ChipClock::virtual_time) return 1;
    if (!config.threads) return cpu::usable_cores();
    if (*config.threads < 1 || *config.threads > cpu::kMostThreads)
        throw Error(ErrorCode::configuration,
                    fmt::format("threads is {}, but it must be from 1 to {}; leave it out to use all cores",
                                *config.threads, cpu::kMostThreads));
    return *config.threads;
}

/// For the calls of one task that start together.
std::uint32_t stacks_of(const chip::Platform* platform) noexcept {
    return platform != nullptr ? platform->limits().calls_together : kCohortStacks;
}

/// Adds what went wrong, if anything, to what went wrong before.
template <class Finish>
void add_failure(std::string& text, const Finish& finish) {
    try {
        finish();
    } catch (const Error& error) {
        text += (text.empty() ? "" : "; ") + std::string(error.what());
    }
}

}  // namespace

RunControl::Clock::time_point RuntimeCore::deadline_of(const CallConfig& config) {
    if (!config.deadline) return RunControl::Clock::time_point::max();
    const auto now = RunControl::Clock::now();
    const auto room = RunControl::Clock::time_point::max() - now;
    return *config.deadline < room ? now + *config.deadline : RunControl::Clock::time_point::max();
}

RuntimeCore::RuntimeCore(const RuntimeConfig& config)
    : sizes_(config, environ),
      env_(to_env(to_sizes(sizes_.of_runtime()))),
      serial_(next_runtime_serial()),
      threads_(thread_count(config)),
      platform_name_(config.platform),
      in_force_(with_reserved_bytes(sizes_.of_runtime())),
      memory_(to_sizes(in_force_)),
      reserved_bytes_(in_force_.reserved_bytes),
      ready_rings_(std::make_unique<CacheLine[]>(static_cast<std::size_t>(threads_) * kReadyRingSlots *
                                                 sizeof(void*) / sizeof(CacheLine))),
      platform_(chip::make_platform(config)),
      scheduler_(threads_, reinterpret_cast<sync::Atomic<TaskSlot*>*>(ready_rings_.get()), control_,
                 platform_.get(), stacks_of(platform_.get())),
      orchestrator_(to_sizes(in_force_), memory_.layout(), memory_.arena(), scheduler_, serial_,
                    config.first_task_number, platform_ != nullptr ? platform_->limits() : cpu::kLaunchLimits,
                    [this](std::uint32_t id) { return name_of_kernel(id); }) {
    static_cast<void>(ticks_per_us());
    if (platform_ != nullptr) {
        platform_->attach(scheduler_);
        return;
    }
    workers_.emplace(scheduler_,
                     cpu::WorkerOptions{.pin = config.pin, .crowded = threads_ > cpu::usable_cores()});
}

SizesInForce RuntimeCore::with_reserved_bytes(SizesInForce sizes) {
    const ArenaLayout layout = lay_out(to_sizes(sizes), 0);
    sizes.reserved_bytes = layout.total;
    sizes.memory_bytes = layout.memory_bytes();
    return sizes;
}

SizesInForce RuntimeCore::sizes_in_force(const CallConfig& config) const {
    return with_reserved_bytes(sizes_.of_call(config));
}

void RuntimeCore::lay_out_rings(const Sizes& sizes, bool limited) {
    if (limited)
        memory_.fit_exactly(sizes);
    else
        memory_.fit(sizes);
    orchestrator_.attach(sizes, memory_.layout(), memory_.arena());
    reserved_bytes_.store(memory_.bytes(), std::memory_order_relaxed);  // relaxed: see reserved_bytes
}

void RuntimeCore::use(const SizesInForce& sizes, bool limited) {
    // A chip begins each run with empty rings and no trace of the run before: where in a ring a payload lies,
    // and what the TensorMap still knows, may hold the program back at another moment.
    const bool anew = platform_ != nullptr;
    const Sizes wanted = to_sizes(sizes);
    if (anew || wanted != to_sizes(in_force_) || (limited && !memory_.has_exactly(wanted)))
        lay_out_rings(wanted, limited);
    if (noted_ && sizes == in_force_) return;
    in_force_ = sizes;
    sizes_.note(in_force_);
    noted_ = true;
}

RuntimeCore::~RuntimeCore() {
    {
        std::unique_lock lock(runs_mutex_);
        ending_ = true;
        queue_changed_.notify_all();
        turn_changed_.wait(lock, [this] { return serving_ == tickets_; });
    }
    if (driver_.joinable()) driver_.join();
    watch_.reset();
    if (platform_ != nullptr) platform_->detach();
}

KernelRecord* RuntimeCore::add_kernel(KernelRecord&& record, const KernelOptions& options) {
    const std::lock_guard lock(kernels_mutex_);
    record.id = static_cast<std::uint32_t>(kernels_.size()) + kFirstKernelId;
    record.runtime_serial = serial_;
    record.timing = std::make_shared<KernelTiming>();
    record.samples_countdown = 1;
    record.core_type = options.core_type;
    record.runs_in_place = threads_ == 1 && platform_ == nullptr;
    if (options.cost_ns != 0) {
        record.timing->declare(ticks_of_ns(options.cost_ns));
        record.timing->declared_ns = options.cost_ns;
        // On a chip the cores run all kernels, however short.
        if (platform_ == nullptr && is_short(*record.timing)) record.runs_in_place = true;
    }
    kernels_.push_back(std::move(record));
    return &kernels_.back();
}

std::string RuntimeCore::name_of_kernel(std::uint32_t id) {
    if (id < kFirstKernelId) return id == kAllocateId ? "allocate" : "barrier_task";
    const std::lock_guard lock(kernels_mutex_);
    return kernels_[id - kFirstKernelId].name;
}

void RuntimeCore::refuse_nested(const char* call) {
    const OrchestratorCore* program = ThreadRole::program();
    if (ThreadRole::is_worker() || (program != nullptr && program->in_kernel()))
        throw Error(
            ErrorCode::wrong_thread,
            fmt::format("{} was called from inside a kernel; start runs from the program's own threads",
                        call));
    if (program == &orchestrator_)
        throw Error(
            ErrorCode::wrong_thread,
            fmt::format(
                "{} was called from inside a program of the same runtime, which would wait for itself; "
                "start it after the run, or use a second runtime",
                call));
}

std::uint64_t RuntimeCore::draw_ticket() {
    const std::lock_guard lock(runs_mutex_);
    return tickets_++;
}

void RuntimeCore::wait_for_turn(std::uint64_t ticket) {
    std::unique_lock lock(runs_mutex_);
    turn_changed_.wait(lock, [&] { return serving_ == ticket; });
}

void RuntimeCore::next_turn() {
    const std::lock_guard lock(runs_mutex_);
    ++serving_;
    turn_changed_.notify_all();
}

std::uint64_t RuntimeCore::touched_bytes() {
    refuse_nested("Runtime::touched_bytes");
    const Turn turn(*this);
    return weir::touched_bytes(memory_.arena().at<std::byte>(0), memory_.bytes());
}

void RuntimeCore::run(const Program& program, const CallConfig& config, RunResult& result) {
    result = {};
    refuse_nested("Runtime::run");
    if (!program)
        throw Error(ErrorCode::invalid_argument, "Runtime::run: the program is empty; pass a function");
    static_cast<void>(recording_options(config));
    const SizesInForce asked = sizes_in_force(config);
    const Turn turn(*this);
    const auto deadline = deadline_of(config);
    const RunSizes sizes = sizes_of_run(program, config, asked, deadline);
    control_.reset(deadline);
    execute(program, config, sizes, result);
}

RecordedMachine RuntimeCore::recorded_machine() const {
    return platform_ != nullptr ? platform_->recorded_machine() : host_machine(scheduler_.threads());
}

RunRecorder& RuntimeCore::run_recorder() {
    if (run_recorder_ == nullptr)
        run_recorder_ = platform_ != nullptr ? platform_->make_recorder()
                                             : std::make_unique<RunRecorder>(scheduler_.threads());
    return *run_recorder_;
}

void RuntimeCore::execute(const Program& program, const CallConfig& config, const RunSizes& run,
                          RunResult& result) {
    const SizesInForce& sizes = run.sizes;
    use(sizes, config.memory_limit != 0);
    orchestrator_.grow_by(run.growth);
    const RecordingOptions options = recording_options(config);
    std::optional<ScopeStats> scope_stats;
    if (config.enable_scope_stats) scope_stats.emplace(config.record_directory, to_sizes(sizes));
    std::optional<RunRecording> recording;
    if (options.wanted) recording.emplace(config, options, sizes, recorded_machine(), run_recorder());
    RunRecorder* const events = recording ? recording->recorder() : nullptr;
    if (platform_ != nullptr) {
        platform_->record(events != nullptr && events->level() >= kTasksLevel ? events : nullptr);
        platform_->begin_run(orchestrator_.next_numbers());
    }
    if (events != nullptr && events->level() >= kTasksLevel) control_.watch();
    if (watch_ != nullptr) watch_->run_begins(config.program_name);
    const auto start = std::chrono::steady_clock::now();
    const std::exception_ptr thrown =
        call(program, result, scope_stats ? &scope_stats->recorder() : nullptr, events);
    result.elapsed = std::chrono::steady_clock::now() - start;
    if (watch_ != nullptr) watch_->run_ended();
    result.sizes = sizes;
    // What grew goes; the next run starts with its own sizes.
    if (orchestrator_.has_grown()) lay_out_rings(to_sizes(sizes), config.memory_limit != 0);
    std::string unwritten;
    if (platform_ != nullptr) add_failure(unwritten, [&] { platform_->end_run(result.chip); });
    // A deadline that passed while the last tasks ran: a kernel may have returned early because of it.
    const bool failed = control_.stopped();
    if (scope_stats)
        add_failure(unwritten,
                    [&] { scope_stats->finish(failed, with_growth(to_sizes(result.sizes), result.grown)); });
    if (recording)
        add_failure(unwritten, [&] {
            recording->finish(facts_of(result, failed, failed ? failure_text(thrown) : std::string(),
                                       orchestrator_.held_back().places()));
        });
    if (!failed && !unwritten.empty()) throw Error(ErrorCode::system, unwritten);
    sizes_.note_growth(result.grown, sizes);
    if (failed) end_in_error(thrown, unwritten);
}

std::string RuntimeCore::failure_text(const std::exception_ptr& thrown) {
    try {
        if (thrown) std::rethrow_exception(thrown);
        control_.rethrow();
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return "the program threw something that is no std::exception";
    }
    return {};
}

std::exception_ptr RuntimeCore::call(const Program& program, RunResult& result, ScopeRecorder* scopes,
                                     RunRecorder* events) {
    const ThreadRole::Running role(orchestrator_);
    orchestrator_.begin_run({}, scopes, events);
    std::exception_ptr thrown;
    try {
        program(orchestrator_.api());
    } catch (...) {
        thrown = std::current_exception();
        // Tasks that have not started belong to a program that gave up. The caller gets what it threw, so no
        // text is needed; memory for one may be what the program lacked.
        control_.fail(ErrorCode::cancelled, {}, {});
    }
    orchestrator_.end_run(result);
    return thrown;
}

void RuntimeCore::end_in_error(const std::exception_ptr& thrown, const std::string& besides) {
    try {
        if (thrown) std::rethrow_exception(thrown);
        control_.rethrow();
    } catch (const Error& error) {
        if (besides.empty()) throw;
        throw Error(error.code(), fmt::format("{}; besides, {}", error.what(), besides), error.site());
    }
    std::terminate();  // a run that has failed has an error to throw
}

std::shared_ptr<RunState> RuntimeCore::submit(Program program, const CallConfig& config) {
    refuse_nested("Runtime::submit");
    if (!program)
        throw Error(ErrorCode::invalid_argument, "Runtime::submit: the program is empty; pass a function");
    static_cast<void>(recording_options(config));
    auto state = std::make_shared<RunState>();
    state->program = std::move(program);
    state->config = config;
    state->sizes = sizes_in_force(config);
    state->core = this;
    const std::lock_guard lock(runs_mutex_);
    if (!driver_.joinable()) {
        try {
            driver_ = sync::Thread([this] { drive(); });
        } catch (const std::system_error& error) {
            throw Error(ErrorCode::system,
                        std::string("starting the runtime's driver thread failed: ") + error.what() +
                            "; raise the process's limits, or call Runtime::run, which needs no driver");
        }
    }
    queue_.push_back(state);
    state->ticket = tickets_++;  // last: a ticket that nobody uses would hold up all later runs
    queue_changed_.notify_all();
    return state;
}

void RuntimeCore::drive() {
    sync::name_this_thread("weir-driver");
    for (;;) {
        std::shared_ptr<RunState> state;
        {
            std::unique_lock lock(runs_mutex_);
            queue_changed_.wait(lock, [this] { return ending_ || !queue_.empty(); });
            if (queue_.empty()) return;
            state = std::move(queue_.front());
            queue_.pop_front();
        }
        wait_for_turn(state->ticket);
        drive_one(*state);
        next_turn();
    }
}

void RuntimeCore::drive_one(RunState& state) {
    RunResult result;
    std::optional<Error> failure;
    std::exception_ptr foreign_error;
    bool cancelled = false;
    // Before the run is seen as started: a cancel from then on must not be forgotten.
    const auto deadline = deadline_of(state.config);
    std::optional<RunSizes> sizes;
    try {
        sizes = sizes_of_run(state.program, state.config, state.sizes, deadline);
    } catch (const Error& error) {
        failure.emplace(error);
    } catch (...) {
        foreign_error = std::current_exception();
    }
    control_.reset(deadline);
    {
        const std::lock_guard lock(state.mutex);
        cancelled = state.cancelled;
        state.started = !cancelled;
    }
    try {
        if (cancelled) throw Error(ErrorCode::cancelled, "the run was cancelled before it started");
        if (sizes) execute(state.program, state.config, *sizes, result);
    } catch (const Error& error) {
        failure.emplace(error);
    } catch (...) {
        foreign_error = std::current_exception();
    }
    state.program = nullptr;
    const std::lock_guard lock(state.mutex);
    state.result = std::move(result);
    state.failure = std::move(failure);
    state.foreign_error = std::move(foreign_error);
    state.core = nullptr;
    state.ended = true;
    state.ended_changed.notify_all();
}

void RuntimeCore::cancel() {
    control_.fail(ErrorCode::cancelled, "the run was cancelled; tasks that had not started did not run", {});
}

}  // namespace weir::detail
