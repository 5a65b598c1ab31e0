// SPDX-License-Identifier: Apache-2.0
/// What a virtual clock has to do with recordings; see virtual_clock.hpp.
#include <algorithm>

#include "platform/chip/clusters.hpp"
#include "platform/chip/virtual_clock.hpp"

namespace weir::chip {

namespace {

/// Virtual time is told in nanoseconds.
constexpr double kTicksPerSecond = 1e9;

}  // namespace

std::unique_ptr<RunRecorder> VirtualClock::make_recorder() {
    const auto now = [](const void* clock) noexcept {
        return static_cast<const VirtualClock*>(clock)->told();
    };
    auto recorder =
        std::make_unique<RunRecorder>(chip_.threads(), RecordingClock(now, this, kTicksPerSecond));
    recorder->wait_for_room();
    return recorder;
}

void VirtualClock::record(RunRecorder* recorder) noexcept {
    recorded_ = recorder != nullptr;
    for (std::size_t index = 0; index < loops_.size(); ++index) {
        const int thread = recorded_thread(chip_, static_cast<int>(index));
        loops_[index].record(recorder != nullptr ? &recorder->thread(thread) : nullptr);
    }
}

/// Whole passes that a thread has slept over.
void VirtualClock::note_passes(std::size_t index, Time passes) noexcept {
    ThreadRecorder* const recorder = loops_[index].recorder();
    if (recorder != nullptr && passes != 0 && passes != kNever) recorder->found_nothing(passes);
}

/// What each control thread did behind its last step.
void VirtualClock::end_recording(Time makespan) noexcept {
    if (!recorded_) return;
    told_ = makespan;
    for (std::size_t index = 0; index < loops_.size(); ++index) {
        Thread& thread = threads_[index];
        if (!thread.active) continue;
        if (thread.sleeps && makespan > thread.slept)
            note_passes(index, std::min((makespan - thread.slept) / thread.pass, thread.passes));
        loops_[index].recorder()->idle_until(loops_[index].anything_under_way(), told());
    }
}

}  // namespace weir::chip
