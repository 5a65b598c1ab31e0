// SPDX-License-Identifier: Apache-2.0
/// Planning: `plan`, and the sizes of a run whose memory has a limit.
#include <fmt/format.h>
#include <unistd.h>

#include "plan/limit.hpp"
#include "plan/planner.hpp"
#include "platform/cpu/limits.hpp"
#include "platform/runtime_core.hpp"

namespace weir::detail {

namespace {

/// Where sizes that nobody has set end: what is larger can only be a mistake.
std::uint64_t memory_of_machine() noexcept {
    return static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
           static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

[[noreturn]] void fail(const char* field, std::int64_t value, const std::string& valid) {
    throw Error(ErrorCode::configuration,
                fmt::format("{} of a simulated schedule is {}, but it must be {}", field, value, valid));
}

/// Refuses what says something of the cpu platform; fills in what the chip counts with.
void check_chip(ScheduleModel& model, chip::Simulating* simulating) {
    const ScheduleModel defaults;
    const auto refuse = [](bool set, const char* field, const char* instead) {
        if (set)
            throw Error(
                ErrorCode::configuration,
                fmt::format("{} of a simulated schedule is set, but the platform is a chip, whose own "
                            "clock is simulated; leave it out, and set {}",
                            field, instead));
    };
    refuse(model.threads.has_value(), "threads", "ChipOptions::chip_fields[\"control_threads\"]");
    refuse(model.submit != defaults.submit, "submit",
           "ChipOptions::chip_fields[\"submit_ns\"] and [\"submit_tensor_ns\"]");
    refuse(!model.kernel_times.empty(), "kernel_times", "ChipOptions::kernel_times_file");
    refuse(!model.kernel_medians.empty(), "kernel_medians", "ChipOptions::kernel_medians");
    refuse(model.kernel != defaults.kernel, "kernel",
           "ChipOptions::chip_fields[\"aic_kernel_ns\"] and [\"aiv_kernel_ns\"]");
    if (simulating == nullptr)
        throw Error(
            ErrorCode::configuration,
            "a schedule is simulated on a chip's virtual clock with kernel times that are stated, but "
            "in this runtime kernels take the time of the machine; make one on the virtual clock, "
            "without host_time_factor");
    model.kernel_times = simulating->kernel_times().file;
    model.kernel_medians = simulating->kernel_times().medians;
}

/// Refuses a model that cannot be; fills in what it leaves open.
void check_cpu(ScheduleModel& model, int threads) {
    if (!model.threads) model.threads = threads;
    if (*model.threads < 1 || *model.threads > cpu::kMostThreads)
        fail("threads", *model.threads, fmt::format("from 1 to {}", cpu::kMostThreads));
    const auto most = static_cast<std::int64_t>(kMostKernelNs);
    for (const auto& [field, time] : {std::pair("submit", model.submit), std::pair("kernel", model.kernel)})
        if (time.count() < 0 || time.count() > most)
            fail(field, time.count(), fmt::format("from 0 to {} nanoseconds", most));
}

}  // namespace

RuntimeCore::RunSizes RuntimeCore::sizes_of_run(const Program& program, const CallConfig& config,
                                                const SizesInForce& asked,
                                                RunControl::Clock::time_point deadline) {
    RunSizes run{asked, {}};
    for (std::size_t resource = 0; resource < kResources; ++resource)
        for (std::size_t ring = 0; ring < kRings; ++ring)
            run.growth.may_grow[resource][ring] =
                may_change(config.size_policy,
                           asked.sources[resource][per_ring(static_cast<Resource>(resource)) ? ring : 0]);
    if (config.memory_limit == 0) {
        run.growth.memory_limit = memory_of_machine();
        run.growth.limit_is = "this machine has";
        return run;
    }
    Planner planner(Planner::Setup{});
    plan_now(program, deadline, planner);
    const Plan plan = planner.take();
    run.sizes = with_reserved_bytes(fit_into_limit(asked, plan, config.size_policy, config.memory_limit));
    run.growth.memory_limit = config.memory_limit;
    run.growth.limit_was_planned = plan.exact;
    if (!plan.exact) sizes_.note_unplanned(config.memory_limit, plan.ends_at);
    return run;
}

Plan RuntimeCore::plan(const Program& program, const CallConfig& config, const PlanOptions& options) {
    refuse_nested("Runtime::plan");
    if (!program)
        throw Error(ErrorCode::invalid_argument, "Runtime::plan: the program is empty; pass a function");
    Planner::Setup setup{options.simulate, {}};
    if (setup.simulate) check_model(*setup.simulate);
    if (options.with_data)
        setup.call = [this](const Scheduler::KernelCall& call, const LaunchRequest* launch) {
            orchestrator_.call_planned(call, launch);
        };
    Planner planner(std::move(setup));
    {
        const Turn turn(*this);
        plan_now(program, deadline_of(config), planner);
    }
    Plan plan = planner.take();
    if (options.simulate) simulate(program, config, options, planner, plan);
    return plan;
}

void RuntimeCore::check_model(ScheduleModel& model) {
    constexpr std::uint64_t kMostOnCpu = 250'000;
    constexpr std::uint64_t kMostOnChip = 50'000;
    if (platform_ != nullptr)
        check_chip(model, platform_->simulating());
    else
        check_cpu(model, threads());
    if (!model.most_tasks) model.most_tasks = platform_ != nullptr ? kMostOnChip : kMostOnCpu;
    if (*model.most_tasks == 0) fail("most_tasks", 0, "at least 1");
}

void RuntimeCore::plan_now(const Program& program, RunControl::Clock::time_point deadline, Planner& planner) {
    control_.reset(deadline);
    control_.watch();
    struct Planning {
        OrchestratorCore& orchestrator;
        Planning(OrchestratorCore& core, Planner& sink) noexcept : orchestrator(core) {
            core.plan_into(&sink);
        }
        ~Planning() { orchestrator.plan_into(nullptr); }
    } const planning(orchestrator_, planner);
    RunResult result;
    const std::exception_ptr thrown = call(program, result, nullptr, nullptr);
    if (planner.ended()) return;
    if (thrown) std::rethrow_exception(thrown);
    control_.rethrow();
}

}  // namespace weir::detail
