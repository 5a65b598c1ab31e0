// SPDX-License-Identifier: Apache-2.0
/// The runtime's own orchestrator, scheduler and worker threads on tiny rings. Kernels and memory are the
/// test's; memory that is watched is checked for data races.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <weir/weir.hpp>

#include "config/sizes.hpp"
#include "explored.hpp"
#include "memory/arena.hpp"
#include "model/run_control.hpp"
#include "orchestrator/orchestrator_core.hpp"
#include "platform/cpu/worker_threads.hpp"
#include "ring_start.hpp"
#include "scheduler/placement.hpp"
#include "scheduler/scheduler.hpp"

namespace weir::explored {

/// Looks for data races in the memory of the first rings.
inline void watch_rings(Schedule& schedule, const Sizes& sizes, const ArenaLayout& layout, const Arena& arena,
                        std::size_t rings) {
    for (std::size_t r = 0; r < rings; ++r) {
        const ArenaLayout::Ring& ring = layout.ring[r];
        schedule.watch("entries", arena.at<TaskEntry>(ring.entries), sizes.ring[r].consumed_window);
        schedule.watch("slots", arena.at<TaskSlot>(ring.slots), sizes.ring[r].task_window);
        schedule.watch("dependency pool", arena.at<DepEntry>(ring.deps), sizes.ring[r].dep_pool);
        schedule.watch("payload", arena.at<std::byte>(ring.payload), sizes.ring[r].payload);
        schedule.watch("heap", arena.at<std::byte>(ring.heap), sizes.ring[r].heap);
    }
}

class ExploredRuntime {
public:
    /// The smallest sizes that are valid, and running numbers that pass 2^32 with the third task.
    static RuntimeEnv tiny() {
        RuntimeEnv env;
        env.ring_task_window = 4;
        env.ring_consumed_window = 4;
        env.ring_payload = largest_payload();
        env.ring_heap = 1024;
        env.ring_dep_pool = 4;
        env.tensormap_pool = 64;
        return env;
    }

    /// `stacks`: for calls that start together. `dispatcher`: what runs the tasks, if not the threads.
    ExploredRuntime(Schedule& schedule, int threads, const RuntimeEnv& env = tiny(), std::uint32_t stacks = 4,
                    Dispatcher* dispatcher = nullptr)
        : schedule_(schedule),
          sizes_(resolve_sizes(env)),
          layout_(lay_out(sizes_, threads)),
          arena_(layout_),
          scheduler_(threads, arena_.at<sync::Atomic<TaskSlot*>>(layout_.ready_rings), control_, dispatcher,
                     stacks),
          core_(sizes_, layout_, arena_, scheduler_, 1, (std::uint64_t{1} << 32U) - 2,
                LaunchLimits{"explored", {stacks, stacks, stacks}, stacks},
                [](std::uint32_t id) { return "kernel " + std::to_string(id); }) {
        watch_rings(schedule, sizes_, layout_, arena_, 2);
        control_.reset(detail::RunControl::Clock::time_point::max());
    }

    /// A kernel that is always handed over, because it is declared to be long.
    template <class F>
    auto kernel(std::string name, F function, CoreType core_type = CoreType::any) {
        using Description = detail::Signature<F>;
        using Of = detail::KernelOf<typename Description::parameters>;
        detail::KernelRecord& record = kernels_.emplace_back();
        Of::template describe<F, Description::kTakesInfo>(record);
        auto holder = std::make_shared<const F>(std::move(function));
        record.object = holder.get();
        record.holder = std::move(holder);
        record.name = std::move(name);
        record.id = static_cast<std::uint32_t>(kernels_.size()) + 1;
        record.runtime_serial = 1;
        record.samples_countdown = 1U << 30U;
        record.timing = std::make_shared<detail::KernelTiming>();
        record.timing->declare(ticks_of_ns(1'000'000));
        record.core_type = core_type;
        return typename Of::type(&record);
    }

    /// A thread that starts the runtime's worker threads, which park at once when they have nothing to do,
    /// runs the program, and ends them.
    void add_program(std::function<void(Orchestrator&)> program) {
        schedule_.thread("program", [this, program = std::move(program)] {
            const cpu::WorkerThreads workers(scheduler_, {.spin_ns = 0});
            run(program);
        });
    }
    /// From a thread that is the runtime's thread 0. A run that is stopped before it begins has no program.
    void run(const std::function<void(Orchestrator&)>& program) {
        failure_.clear();
        try {
            core_.begin_run({});
        } catch (const Error& error) {
            failure_ = error.what();
            return;
        }
        try {
            program(core_.api());
        } catch (const Error& error) {
            failure_ = error.what();
        }
        core_.end_run(result_);
    }
    /// Ready rings of so many places (a power of two), whose indices pass 2^32 with the third task; what they
    /// do not hold goes through the overflow queue. Before any task is submitted.
    void shrink_ready_rings(std::uint64_t places) noexcept {
        auto* const slots = arena_.at<sync::Atomic<TaskSlot*>>(layout_.ready_rings);
        for (int i = 0; i < scheduler_.threads(); ++i) {
            ReadyRing& ring = scheduler_.thread(i).ready;
            ring.attach(slots + static_cast<std::uint64_t>(i) * kReadyRingSlots, places);
            ring_start::start_at(ring, (std::uint64_t{1} << 32U) - 2);
        }
    }

    [[nodiscard]] detail::OrchestratorCore& core() noexcept { return core_; }
    [[nodiscard]] Scheduler& scheduler() noexcept { return scheduler_; }
    [[nodiscard]] detail::RunControl& control() noexcept { return control_; }
    [[nodiscard]] const RunResult& result() const noexcept { return result_; }
    /// What the program threw, or nothing.
    [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

private:
    Schedule& schedule_;
    Sizes sizes_;
    ArenaLayout layout_;
    Arena arena_;
    detail::RunControl control_;
    Scheduler scheduler_;
    detail::OrchestratorCore core_;
    std::deque<detail::KernelRecord> kernels_;
    RunResult result_;
    std::string failure_;
};

}  // namespace weir::explored
