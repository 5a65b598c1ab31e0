// SPDX-License-Identifier: Apache-2.0
#include "platform/chip/core_threads.hpp"

#include <string>
#include <system_error>

#include <weir/error.hpp>

#include "model/clock.hpp"
#include "model/kernel_timing.hpp"
#include "platform/thread_role.hpp"
#include "scheduler/placement.hpp"

namespace weir::chip {

/// What a core does, on one host thread.
class CoreThreads::Calls {
public:
    Calls(CoreThreads& threads, ThreadContext& self) noexcept : threads_(threads), self_(self) {}

    void run(Cores::Core& core) noexcept {
        if (!threads_.compute_) return;
        const std::uint64_t start = now_ticks();
        threads_.scheduler_.run_dispatched(self_, *core.order.task, core.order.call);
        core.busy_ticks += now_ticks() - start;
    }
    [[nodiscard]] std::uint32_t cohort(const Order& order) const noexcept {
        const LaunchRecord* const launch = launch_of(*order.task);
        return launch != nullptr && launch->starts_together() ? launch->calls() : 0;
    }
    [[nodiscard]] bool go_on(Cores::Core& core, bool cancelled) noexcept {
        if (!threads_.compute_) return true;
        CohortStacks& stacks = threads_.scheduler_.stacks();
        if (core.stack == nullptr)
            core.stack = &stacks.take_one();
        else
            core.stack->cancelled = cancelled;
        const std::uint64_t start = now_ticks();
        threads_.scheduler_.resume_call(self_, *core.order.task, *launch_of(*core.order.task), *core.stack,
                                        core.order.call);
        core.busy_ticks += now_ticks() - start;
        if (core.stack->state != CohortStack::State::returned) return false;
        stacks.give_back_one(*core.stack);
        core.stack = nullptr;
        return true;
    }
    [[nodiscard]] bool cancelled() const { return threads_.scheduler_.control().stopped(); }
    void wake_owner(int owner) noexcept { threads_.control_idle_.wake(owner); }
    void wake_hosts() noexcept { threads_.idle_.wake_all(); }

private:
    CoreThreads& threads_;
    ThreadContext& self_;
};

CoreThreads::CoreThreads(Cores& cores, Scheduler& scheduler, ControlIdle& control_idle, int threads,
                         bool compute)
    : cores_(cores), scheduler_(scheduler), control_idle_(control_idle), compute_(compute), idle_(threads) {
    threads_.reserve(static_cast<std::size_t>(threads));
    try {
        for (int host = 0; host < threads; ++host) threads_.emplace_back([this, host] { serve(host); });
    } catch (const std::system_error& error) {
        stop();
        throw Error(ErrorCode::system, std::string("starting a thread for a chip's cores failed: ") +
                                           error.what() +
                                           "; ask for fewer threads or raise the process's limits");
    }
}

CoreThreads::~CoreThreads() { stop(); }

void CoreThreads::stop() noexcept {
    stopping_.store(true, std::memory_order_relaxed);  // relaxed: before the look at who is parked by idle-1
    idle_.wake_all();
    for (sync::Thread& thread : threads_) thread.join();
    threads_.clear();
}

bool CoreThreads::serve_all(Calls& calls, int first) noexcept {
    bool did = false;
    for (int i = 0; i < cores_.count(); ++i) did |= cores_.serve((first + i) % cores_.count(), calls);
    return did;
}

bool CoreThreads::something_to_do() noexcept {
    // Relaxed: for a thread about to park ordered by idle-1, else the next look will do.
    if (stopping_.load(std::memory_order_relaxed)) return true;
    for (int core = 0; core < cores_.count(); ++core)
        if (cores_.has_news(core)) return true;
    return false;
}

bool CoreThreads::finds_something_by_waiting() noexcept {
    const std::uint64_t end = now_ticks() + ticks_of_ns(kSpinNs);
    do {
        sync::yield();
        if (something_to_do()) return true;
    } while (now_ticks() < end);
    return false;
}

void CoreThreads::serve(int host) noexcept {
    sync::name_this_thread("weir-cores");
    ThreadRole::enter_worker();
    Calls calls(*this, scheduler_.thread(host + 1));
    // Not all from the same core on: they would meet at each turn.
    const int first = host % cores_.count();
    // Relaxed: seen at the next look; parking looks again.
    while (!stopping_.load(std::memory_order_relaxed)) {
        if (serve_all(calls, first) || finds_something_by_waiting()) continue;
        idle_.enter(host);
        if (something_to_do())
            idle_.leave(host);
        else
            idle_.park(host);
    }
}

}  // namespace weir::chip
