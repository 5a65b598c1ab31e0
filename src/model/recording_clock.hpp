// SPDX-License-Identifier: Apache-2.0
/// Where the time stamps of a recording come from: the processor's counter where it runs at one rate on all
/// cores, whatever they do, else the system's steady clock; or a function, for platforms that have a time of
/// their own. A stamp is a count of ticks since some moment. Any thread.
#pragma once

#include <cstdint>

#include "model/clock.hpp"

namespace weir {

class RecordingClock {
public:
    enum class Kind : std::uint8_t { tsc, steady, given };
    using Function = std::uint64_t (*)(const void* source) noexcept;

    /// The best one of this machine.
    RecordingClock() noexcept;
    /// Ticks are what `function(source)` returns, `ticks_per_second` of them a second. Both live as long as
    /// the clock.
    RecordingClock(Function function, const void* source, double ticks_per_second) noexcept
        : kind_(Kind::given), function_(function), source_(source), ticks_per_second_(ticks_per_second) {}

    [[nodiscard]] Kind kind() const noexcept { return kind_; }
    [[nodiscard]] std::uint64_t now() const noexcept {
        return function_ == nullptr ? now_ticks() : function_(source_);
    }
    /// As far as it is known before a recording has measured it; exact unless the clock is the counter.
    [[nodiscard]] double ticks_per_second() const noexcept { return ticks_per_second_; }

private:
    Kind kind_;
    Function function_ = nullptr;  ///< null: the counter
    const void* source_ = nullptr;
    double ticks_per_second_;
};

/// "tsc", "steady", "virtual".
const char* to_string(RecordingClock::Kind kind) noexcept;

/// Whether the processor says that its counter runs at one rate in all states.
bool counter_is_invariant() noexcept;

}  // namespace weir
