// SPDX-License-Identifier: Apache-2.0
#include "session.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <utility>

#include "commands.hpp"
#include "kernel_medians.hpp"
#include "platforms.hpp"
#include "resources.hpp"
#include "top_report.hpp"
#include "units.hpp"

namespace weir::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// One line on a terminal, written over itself, while something takes long; nothing when stderr is no
/// terminal.
class Progress {
public:
    void show(const std::string& text) {
        if (!terminal_) return;
        fmt::print(stderr, "\r{}\x1b[K", text);
        shown_ = true;
    }
    Progress() = default;
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress() {
        if (shown_) std::fputs("\r\x1b[K", stderr);
    }

private:
    bool terminal_ = isatty(STDERR_FILENO) == 1;
    bool shown_ = false;
};

/// Medians are an option of the virtual clock; elsewhere they are for the plan.
RuntimeConfig config_of(const RunArguments& arguments, const KernelMedians& medians) {
    RuntimeConfig config = arguments.runtime.config;
    if (config.platform != kCpuPlatform && config.chip.clock == ChipClock::virtual_time)
        config.chip.kernel_medians = medians;
    return config;
}

[[noreturn]] void stuck(const RunHandle& handle, std::chrono::nanoseconds deadline) {
    std::string report = handle.report();
    while (report.ends_with('\n')) report.pop_back();
    throw RunStuck(fmt::format(
        "deadline: the run did not end within {} s after its deadline of {}: {}\n"
        "a kernel that can take long has to look at TaskInfo::stop_requested() and return when it is true",
        kGracePeriod.count(), duration_text(deadline),
        report.empty() ? "no task is running, the program itself does not return"
                       : "these tasks do not return\n" + report));
}

}  // namespace

Session::Session(const RunArguments& arguments)
    : library_(find_program(arguments.program)),
      values_(library_.parameters(), arguments.settings),
      sizes_(arguments.runtime.sizes),
      medians_(read_kernel_medians(arguments.kernel_times_from)),
      config_(config_of(arguments, medians_)),
      // No line of this command is at fault.
      runtime_(config_, std::source_location{}),
      instance_(library_.create(runtime_, values_)) {}

void Session::watch() {
    try {
        runtime_.watch();
        dump_on_signal(SIGUSR1);
        page_.emplace(analysis::find_live_page(getpid(), 1));
    } catch (const std::exception& error) {
        print_error(fmt::format("{}; the run goes on", error.what()));
    }
}

bool Session::wait(RunHandle& handle, const std::optional<std::chrono::nanoseconds>& limit) const {
    constexpr std::chrono::nanoseconds kStep = std::chrono::seconds(1);
    Progress progress;
    std::optional<analysis::LiveRun> before;
    const Clock::time_point start = Clock::now();
    for (;;) {
        const std::chrono::nanoseconds elapsed = Clock::now() - start;
        if (limit && elapsed >= *limit) return handle.done();
        const std::chrono::nanoseconds rest = limit ? *limit - elapsed : kStep;
        if (handle.wait_for(std::min(kStep, rest))) return true;
        std::string text =
            fmt::format("running for {} s",
                        std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - start).count());
        const std::optional<analysis::LiveRun> live = page_ ? page_->read() : std::nullopt;
        if (live) text += ": " + progress_text(*live, before);
        before = live;
        progress.show(text);
    }
}

Measurement Session::run(CallConfig call, bool check) {
    instance_->prepare();
    call.runtime_env = sizes_;
    ProgramInstance& instance = *instance_;
    RunHandle handle =
        runtime_.submit([&instance](Orchestrator& orchestrator) { instance.run(orchestrator); }, call);
    std::optional<std::chrono::nanoseconds> limit;
    if (call.deadline) limit = *call.deadline + kGracePeriod;
    if (!wait(handle, limit)) stuck(handle, *call.deadline);
    Measurement measurement;
    try {
        measurement.result = handle.wait();
    } catch (...) {
        failed_run_ = handle.result();
        throw;
    }
    if (check) measurement.check = instance_->check();
    return measurement;
}

RunArguments Session::for_plan(const RunArguments& arguments) {
    RunArguments planned = arguments;
    RuntimeConfig& config = planned.runtime.config;
    if (config.platform == kCpuPlatform || config.chip.clock != ChipClock::wall) return planned;
    config.chip.clock = ChipClock::virtual_time;
    config.threads.reset();
    if (planned.plan.simulate) std::swap(config.chip.kernel_times_file, planned.plan.simulate->kernel_times);
    return planned;
}

Plan Session::plan(const std::optional<std::chrono::nanoseconds>& deadline, const PlanOptions& options) {
    instance_->prepare();
    CallConfig call;
    call.deadline = deadline;
    PlanOptions asked = options;
    if (asked.simulate && config_.platform == kCpuPlatform) asked.simulate->kernel_medians = medians_;
    asked.restore = [this] { instance_->prepare(); };
    return runtime_.plan([this](Orchestrator& orchestrator) { instance_->run(orchestrator); }, call, asked);
}

std::uint64_t Session::use(const Plan::Table& sizes, bool lower_bounds, std::uint64_t limit) {
    CallConfig call;
    call.runtime_env = sizes_;
    const SizesInForce given = runtime_.sizes_in_force(call);
    const auto size = [&](Resource resource, int ring) {
        const std::uint64_t value = given.value(resource, ring);
        const std::uint64_t planned =
            sizes[static_cast<std::size_t>(resource)][static_cast<std::size_t>(ring)].value;
        if (given.source(resource, ring) >= SizeSource::call) return value;
        return lower_bounds ? std::max(value, planned) : planned;
    };
    RuntimeEnv env;
    for (const Resource resource : all_resources()) {
        RingValues values;
        for (int ring = 0; ring < values_of(resource); ++ring) {
            std::uint64_t& value = values.per_ring[static_cast<std::size_t>(ring)];
            value = size(resource, ring);
            // An option may have set the window that this one must not be below.
            if (resource == Resource::consumed_window)
                value = std::max(value, size(Resource::task_window, ring));
        }
        env.set(resource, values);
    }
    call.runtime_env = env;
    const std::uint64_t bytes = runtime_.sizes_in_force(call).memory_bytes;
    if (limit == 0 || bytes <= limit) sizes_ = env;
    return bytes;
}

void leave_at_once(ExitStatus status) {
    std::fflush(nullptr);
    _exit(status);
}

}  // namespace weir::cli
