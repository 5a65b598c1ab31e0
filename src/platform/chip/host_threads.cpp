// SPDX-License-Identifier: Apache-2.0
#include "platform/chip/host_threads.hpp"

#include <string>
#include <system_error>
#include <utility>

#include <weir/error.hpp>

#include "model/clock.hpp"
#include "model/kernel_timing.hpp"
#include "platform/chip/host_loop.hpp"
#include "platform/cpu/cpus.hpp"
#include "platform/thread_role.hpp"
#include "scheduler/placement.hpp"

namespace weir::chip {

namespace {

/// After so long a round begins anew, since control threads may have something to do.
constexpr std::uint64_t kRoundNs = 20'000;

}  // namespace

/// One of them: what a round is (serve_until), and what a core does (Cores::serve).
class HostThreads::Host {
public:
    Host(HostThreads& threads, int index) noexcept
        : threads_(threads),
          loops_(threads.loops_),
          cores_(threads.cores_),
          scheduler_(threads.scheduler_),
          self_(scheduler_.thread(index)),
          // Not all from the same one on: they would meet at each turn.
          first_loop_(index % loops_.count()),
          next_core_(index % cores_.count()) {}

    template <class Done>
    [[nodiscard]] bool serve(const Done& done) noexcept {
        const std::uint64_t begin = now_ticks();
        bool did = false;
        for (int i = 0; i < loops_.count() && !done(); ++i)
            did |= loops_.serve((first_loop_ + i) % loops_.count());
        for (int i = 0; i < cores_.count() && !done(); ++i) {
            const int core = std::exchange(next_core_, (next_core_ + 1) % cores_.count());
            if (!cores_.serve(core, *this)) continue;
            did = true;
            if (now_ticks() - begin > ticks_of_ns(kRoundNs)) break;
        }
        return did;
    }
    [[nodiscard]] bool something_to_do() noexcept {
        for (int core = 0; core < cores_.count(); ++core)
            if (cores_.has_news(core)) return true;
        for (int thread = 0; thread < loops_.count(); ++thread)
            if (loops_.something_to_do(thread)) return true;
        return false;
    }

    void run(Cores::Core& core) noexcept {
        if (!threads_.compute_) return;
        const std::uint64_t start = now_ticks();
        scheduler_.run_dispatched(self_, *core.order.task, core.order.call);
        core.busy_ticks += now_ticks() - start;
    }
    [[nodiscard]] std::uint32_t cohort(const Order& order) const noexcept {
        const LaunchRecord* const launch = launch_of(*order.task);
        return launch != nullptr && launch->starts_together() ? launch->calls() : 0;
    }
    [[nodiscard]] bool go_on(Cores::Core& core, bool cancelled) noexcept {
        if (!threads_.compute_) return true;
        CohortStacks& stacks = scheduler_.stacks();
        if (core.stack == nullptr)
            core.stack = &stacks.take_one();
        else
            core.stack->cancelled = cancelled;
        const std::uint64_t start = now_ticks();
        scheduler_.resume_call(self_, *core.order.task, *launch_of(*core.order.task), *core.stack,
                               core.order.call);
        core.busy_ticks += now_ticks() - start;
        if (core.stack->state != CohortStack::State::returned) return false;
        stacks.give_back_one(*core.stack);
        core.stack = nullptr;
        return true;
    }
    [[nodiscard]] bool cancelled() const { return scheduler_.control().stopped(); }
    void finished() noexcept { scheduler_.idle().wake_one(); }
    void may_go_on(int cores) noexcept {
        for (int i = 0; i < cores; ++i) scheduler_.idle().wake_one();
    }

private:
    HostThreads& threads_;
    ControlLoops& loops_;
    Cores& cores_;
    Scheduler& scheduler_;
    ThreadContext& self_;
    int first_loop_, next_core_;
};

HostThreads::HostThreads(ControlLoops& loops, Cores& cores, Scheduler& scheduler, bool compute, bool pin)
    : loops_(loops), cores_(cores), scheduler_(scheduler), compute_(compute), pin_(pin) {
    threads_.reserve(static_cast<std::size_t>(scheduler.threads()));
    try {
        for (int host = 1; host < scheduler.threads(); ++host)
            threads_.emplace_back([this, host] { serve(host); });
    } catch (const std::system_error& error) {
        stop();
        throw Error(ErrorCode::system, std::string("starting a host thread of a chip failed: ") +
                                           error.what() +
                                           "; ask for fewer threads or raise the process's limits");
    }
}

HostThreads::~HostThreads() { stop(); }

void HostThreads::stop() noexcept {
    end_run();
    gate_.stop();
    for (sync::Thread& thread : threads_) thread.join();
    threads_.clear();
}

void HostThreads::serve(int host) noexcept {
    sync::name_this_thread("weir-chip");
    if (pin_) cpu::pin_this_thread(host);
    ThreadRole::enter_worker();
    Host work(*this, host);
    std::uint64_t seen = 0;
    while (gate_.enter(seen)) {
        serve_until(scheduler_.idle(), host, work, [this] { return gate_.over(); });
        gate_.leave();
    }
}

void HostThreads::wait(const TaskEntry& entry, TaskState wanted) noexcept {
    Host work(*this, 0);
    // What wakes it when what it waits for has come (idle-2).
    scheduler_.idle().await(&entry);
    serve_until(scheduler_.idle(), 0, work, [&] {
        // release-1, release-2: the state that the waterline will read.
        return reached(entry.state.load(std::memory_order_acquire), wanted) || scheduler_.control().asked();
    });
    scheduler_.idle().await(nullptr);
}

}  // namespace weir::chip
