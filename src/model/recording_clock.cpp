// SPDX-License-Identifier: Apache-2.0
#include "model/recording_clock.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace weir {

namespace {

constexpr double kNanosecondsPerSecond = 1e9;

std::uint64_t steady_now(const void* /*source*/) noexcept {
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

}  // namespace

bool counter_is_invariant() noexcept {
#if defined(__x86_64__)
    constexpr unsigned kPowerManagement = 0x80000007U;
    constexpr unsigned kInvariant = 1U << 8U;
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    return __get_cpuid(kPowerManagement, &eax, &ebx, &ecx, &edx) != 0 && (edx & kInvariant) != 0;
#else
    return false;
#endif
}

RecordingClock::RecordingClock() noexcept
    : kind_(counter_is_invariant() ? Kind::tsc : Kind::steady),
      function_(kind_ == Kind::tsc ? nullptr : &steady_now),
      ticks_per_second_(kind_ == Kind::tsc ? static_cast<double>(ticks_per_us()) * 1e6
                                           : kNanosecondsPerSecond) {}

const char* to_string(RecordingClock::Kind kind) noexcept {
    switch (kind) {
        case RecordingClock::Kind::tsc:
            return "tsc";
        case RecordingClock::Kind::steady:
            return "steady";
        default:
            return "virtual";
    }
}

}  // namespace weir
