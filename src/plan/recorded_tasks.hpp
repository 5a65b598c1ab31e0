// SPDX-License-Identifier: Apache-2.0
/// Tasks that have been submitted to a plan and can still be run: for a program that reads what a task has
/// written. Only what a read needs is run: the tasks that write the element, and all that these wait for, one
/// after the other in program order, on the calling thread.
///
/// Those that they wait for include earlier readers of what they write. So each task that runs finds its
/// arguments as in a run of all tasks: whoever would have changed them before has run, and nobody has who
/// would have come later and had to wait for it.
///
/// Owned memory is zeroed when it is first needed, and stays while its scope is open or a task that has not
/// run names it. A task takes some 120 bytes and 130 for each tensor until it has run; one that nobody ever
/// reads from stays until the plan has ended.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "orchestrator/plan_sink.hpp"
#include "scheduler/scheduler.hpp"

namespace weir {

class RecordedTasks {
public:
    /// Runs a task; throws when it has failed or when the run is to end. The request is null for one call of
    /// one kernel.
    using Call = std::function<void(const Scheduler::KernelCall&, const detail::LaunchRequest*)>;

    explicit RecordedTasks(Call call) : call_(std::move(call)) {}

    /// `waits_for`: the earlier tasks, of this plan, that it must not overtake.
    void add(const detail::PlannedTask& task, std::vector<detail::TaskRef> waits_for);
    /// The scope of an owner has closed.
    void forget(detail::TaskRef owner) { memory_.erase(owner.word()); }
    /// Runs these and whatever they wait for, but for what has run.
    void run(std::span<const detail::TaskRef> wanted);
    /// Where an element of an open tensor lies. `owner`: TaskRef word; 0: external memory.
    [[nodiscard]] void* place(const detail::TensorRecord& element, std::uint64_t owner);

    [[nodiscard]] std::uint64_t ran() const noexcept { return ran_; }

private:
    /// The blocks of one owner: where the program was told that they are, and where they are.
    class Memory {
    public:
        Memory(const std::byte* planned, std::uint64_t bytes) noexcept : planned_(planned), bytes_(bytes) {}
        std::byte* real(const std::byte* planned);

    private:
        struct Free {
            void operator()(std::byte* begin) const noexcept;
        };
        const std::byte* planned_;
        std::uint64_t bytes_;
        std::unique_ptr<std::byte, Free> real_;
    };
    struct Argument {
        detail::TensorRecord record;
        std::shared_ptr<Memory> memory;  ///< null: external memory
    };
    struct Recorded {
        std::uint64_t order = 0;
        const detail::KernelRecord* kernel = nullptr;
        detail::TaskRef ref;
        std::source_location site;
        const char* name = nullptr;
        std::vector<detail::TaskRef> waits_for;
        std::vector<Argument> arguments;
        std::vector<std::uint64_t> scalars;
        std::optional<detail::LaunchRequest> launch;
        bool wanted = false;
    };

    [[nodiscard]] Recorded& at(detail::TaskRef ref);
    void run(Recorded& task);

    Call call_;
    std::array<std::deque<Recorded>, kRings> tasks_;
    std::array<std::uint64_t, kRings> first_{};  ///< running number of the first of each
    std::unordered_map<std::uint64_t, std::shared_ptr<Memory>> memory_;  ///< of open owners
    std::uint64_t submitted_ = 0;
    std::uint64_t ran_ = 0;
};

}  // namespace weir
