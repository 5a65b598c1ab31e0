// SPDX-License-Identifier: Apache-2.0
/// What the submit pipeline tells a recording, as a type: SubmitRecording, or NoSubmitRecording, with which
/// the compiler leaves nothing of it.
#pragma once

#include <array>
#include <cstdint>
#include <source_location>

#include <weir/kernel.hpp>

#include "memory/task_ring.hpp"
#include "observe/run_recorder.hpp"

namespace weir {

/// The first reason why each producer of the current submit is one, by its place in the list of producers.
/// Reasons behind the last place are not kept.
struct ProducerReasons {
    struct Reason {
        recording::EdgeKind kind = recording::EdgeKind::scope;
        std::uint32_t argument = recording::kNoArgument;
    };
    static constexpr std::size_t kPlaces = 4096;
    std::array<Reason, kPlaces> reasons{};
    std::size_t known = 0;

    void clear() noexcept { known = 0; }
    /// The list now has `count` producers; those that are new have this reason.
    void explain(std::size_t count, Reason reason) noexcept {
        for (; known < count; ++known)
            if (known < kPlaces) reasons[known] = reason;
    }
    [[nodiscard]] Reason of(std::size_t index) const noexcept {
        return index < known && index < kPlaces ? reasons[index] : Reason();
    }
};

class SubmitRecording {
public:
    static constexpr bool kOn = true;

    SubmitRecording(RunRecorder& to, ProducerReasons& reasons) noexcept
        : to_(to), reasons_(reasons), submitted_(to.clock().now()), mark_(submitted_) {
        to.count_submit();
    }

    [[nodiscard]] bool dependencies() const noexcept { return to_.dependencies(); }
    [[nodiscard]] RunRecorder& recorder() noexcept { return to_; }
    [[nodiscard]] ProducerReasons& reasons() noexcept { return reasons_; }

    /// The time since the last step, or `resume`, belongs to this one.
    void step(recording::Phase phase) noexcept {
        if (to_.level() < kPhasesLevel) return;
        const std::uint64_t now = to_.clock().now();
        to_.step(phase, mark_, now);
        mark_ = now;
    }
    void resume() noexcept {
        if (to_.level() >= kPhasesLevel) mark_ = to_.clock().now();
    }
    /// The thread begins to look for tasks to run instead.
    void look() noexcept { to_.thread(0).look(); }

    void kernel_begins() noexcept { started_ = to_.clock().now(); }
    /// The task has run at its submit.
    void ran_in_place(const detail::TaskRef& task, const detail::KernelRecord& kernel, bool owner,
                      bool manual, std::source_location site) noexcept {
        to_.events().push<5>({head(recording::Kind::in_place_late, flags(owner, manual), kernel, site),
                              task.word(), submitted_, started_, to_.clock().now()});
    }
    /// The task has been published; `ready`: nothing was left to wait for. To be called before another thread
    /// is told of it.
    void shipped(const detail::TaskRef& task, const detail::KernelRecord& kernel, std::uint8_t more_flags,
                 bool owner, bool manual, std::source_location site) noexcept {
        const auto all = static_cast<std::uint8_t>(flags(owner, manual) | more_flags);
        to_.events().push<4>(
            {head(recording::Kind::submit, all, kernel, site), task.word(), submitted_, to_.clock().now()});
    }

private:
    static std::uint8_t flags(bool owner, bool manual) noexcept {
        return static_cast<std::uint8_t>((owner ? recording::kOwner : 0) | (manual ? recording::kManual : 0));
    }
    std::uint64_t head(recording::Kind kind, std::uint8_t flags, const detail::KernelRecord& kernel,
                       std::source_location site) noexcept {
        return recording::head_of(kind, flags) | to_.names_of(kernel, site);
    }

    RunRecorder& to_;
    ProducerReasons& reasons_;
    std::uint64_t submitted_;
    std::uint64_t mark_;
    std::uint64_t started_ = 0;
};

/// The empty twin.
class NoSubmitRecording {
public:
    static constexpr bool kOn = false;

    void step(recording::Phase /*phase*/) noexcept {}
    void resume() noexcept {}
    void look() noexcept {}
    void kernel_begins() noexcept {}
    void ran_in_place(const detail::TaskRef& /*task*/, const detail::KernelRecord& /*kernel*/, bool /*owner*/,
                      bool /*manual*/, std::source_location /*site*/) noexcept {}
};

}  // namespace weir
