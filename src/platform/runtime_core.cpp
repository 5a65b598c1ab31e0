// SPDX-License-Identifier: Apache-2.0
#include "platform/runtime_core.hpp"

#include <atomic>
#include <mutex>
#include <system_error>

#include <fmt/format.h>

#include "platform/cpu/cpus.hpp"
#include "platform/thread_role.hpp"
#include "scheduler/placement.hpp"

namespace weir::detail {

namespace {

/// Ids below are the runtime's own: allocate, barrier_task.
constexpr std::uint32_t kFirstKernelId = 2;
constexpr int kMostThreads = 4096;

std::uint64_t next_runtime_serial() noexcept {
    static std::atomic<std::uint64_t> serial{0};
    return serial.fetch_add(1, std::memory_order_relaxed) + 1;  // relaxed: only uniqueness matters
}

int thread_count(const RuntimeConfig& config) {
    if (config.platform != "cpu")
        throw Error(ErrorCode::configuration,
                    fmt::format("platform \"{}\" is not known; this version has \"cpu\"", config.platform));
    if (config.first_task_number < 1 || config.first_task_number > TaskRef::kNumberMask / 2)
        throw Error(
            ErrorCode::configuration,
            fmt::format("first_task_number is {}, but it must be from 1 to 2^60", config.first_task_number));
    if (!config.threads) return cpu::usable_cores();
    if (*config.threads < 1 || *config.threads > kMostThreads)
        throw Error(ErrorCode::configuration,
                    fmt::format("threads is {}, but it must be from 1 to {}; leave it out to use all cores",
                                *config.threads, kMostThreads));
    return *config.threads;
}

RunControl::Clock::time_point deadline_of(const CallConfig& config) {
    if (!config.deadline) return RunControl::Clock::time_point::max();
    const auto now = RunControl::Clock::now();
    const auto room = RunControl::Clock::time_point::max() - now;
    return *config.deadline < room ? now + *config.deadline : RunControl::Clock::time_point::max();
}

}  // namespace

RuntimeCore::RuntimeCore(const RuntimeConfig& config)
    : sizes_(resolve_sizes(config.runtime_env)),
      env_(to_env(sizes_)),
      serial_(next_runtime_serial()),
      layout_(lay_out(sizes_, thread_count(config))),
      arena_(layout_),
      scheduler_(thread_count(config), arena_.at<sync::Atomic<TaskSlot*>>(layout_.ready_rings), control_),
      orchestrator_(sizes_, layout_, arena_, scheduler_, serial_, config.first_task_number,
                    [this](std::uint32_t id) { return name_of_kernel(id); }),
      workers_(scheduler_, {.pin = config.pin, .crowded = scheduler_.threads() > cpu::usable_cores()}) {
    static_cast<void>(ticks_per_us());
}

RuntimeCore::~RuntimeCore() {
    {
        std::unique_lock lock(runs_mutex_);
        ending_ = true;
        queue_changed_.notify_all();
        turn_changed_.wait(lock, [this] { return serving_ == tickets_; });
    }
    if (driver_.joinable()) driver_.join();
}

KernelRecord* RuntimeCore::add_kernel(KernelRecord&& record, const KernelOptions& options) {
    const std::lock_guard lock(kernels_mutex_);
    record.id = static_cast<std::uint32_t>(kernels_.size()) + kFirstKernelId;
    record.runtime_serial = serial_;
    record.timing = std::make_shared<KernelTiming>();
    record.samples_countdown = 1;
    record.runs_in_place = scheduler_.threads() == 1;
    if (options.cost_ns != 0) {
        record.timing->declare(ticks_of_ns(options.cost_ns));
        record.runs_in_place = record.runs_in_place || is_short(*record.timing);
    }
    kernels_.push_back(std::move(record));
    return &kernels_.back();
}

std::string RuntimeCore::name_of_kernel(std::uint32_t id) {
    if (id < kFirstKernelId) return id == 0 ? "allocate" : "barrier_task";
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

RunResult RuntimeCore::run(const Program& program, const CallConfig& config) {
    refuse_nested("Runtime::run");
    if (!program)
        throw Error(ErrorCode::invalid_argument, "Runtime::run: the program is empty; pass a function");
    wait_for_turn(draw_ticket());
    struct Turn {
        RuntimeCore& core;
        ~Turn() { core.next_turn(); }
    } const turn{*this};
    control_.reset(deadline_of(config));
    return execute(program);
}

RunResult RuntimeCore::execute(const Program& program) {
    const auto start = std::chrono::steady_clock::now();
    const ThreadRole::Running role(orchestrator_);
    RunResult result;
    orchestrator_.begin_run({});
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
    result.elapsed = std::chrono::steady_clock::now() - start;
    if (thrown) std::rethrow_exception(thrown);
    // A deadline that passed while the last tasks ran: a kernel may have returned early because of it.
    static_cast<void>(control_.stopped());
    control_.rethrow();
    return result;
}

std::shared_ptr<RunState> RuntimeCore::submit(Program program, const CallConfig& config) {
    refuse_nested("Runtime::submit");
    if (!program)
        throw Error(ErrorCode::invalid_argument, "Runtime::submit: the program is empty; pass a function");
    auto state = std::make_shared<RunState>();
    state->program = std::move(program);
    state->config = config;
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
    control_.reset(deadline_of(state.config));
    {
        const std::lock_guard lock(state.mutex);
        cancelled = state.cancelled;
        state.started = !cancelled;
    }
    try {
        if (cancelled) throw Error(ErrorCode::cancelled, "the run was cancelled before it started");
        result = execute(state.program);
    } catch (const Error& error) {
        failure.emplace(error);
    } catch (...) {
        foreign_error = std::current_exception();
    }
    state.program = nullptr;
    const std::lock_guard lock(state.mutex);
    state.result = result;
    state.failure = std::move(failure);
    state.foreign_error = std::move(foreign_error);
    state.core = nullptr;
    state.ended = true;
    state.ended_changed.notify_all();
}

void RuntimeCore::cancel() {
    control_.fail(ErrorCode::cancelled, "the run was cancelled; tasks that had not started did not run", {});
}

std::string RuntimeCore::report() {
    std::string text;
    for (int i = 0; i < scheduler_.threads(); ++i) {
        const RunningTask& running = scheduler_.thread(i).running;
        // Relaxed: a picture that may be one task old.
        const KernelRecord* kernel = running.kernel.load(std::memory_order_relaxed);
        if (kernel == nullptr) continue;
        const TaskRef ref(running.ref.load(std::memory_order_relaxed));  // as above
        const auto site =
            std::bit_cast<std::source_location>(running.site.load(std::memory_order_relaxed));  // as above
        text += fmt::format("thread {} runs task {}:{}, kernel \"{}\", submitted at {}\n", i, ref.ring(),
                            ref.number(), kernel->name, format_site(site));
    }
    return text;
}

}  // namespace weir::detail
