// SPDX-License-Identifier: Apache-2.0
/// Makes one call of a family of functions fail, chosen by its number. The functions themselves are replaced
/// in the test's executable, which asks `fails()` at each call.
#pragma once

#include <atomic>
#include <cstdint>

namespace weir::faults {

/// Which calls fail once the chosen one is reached.
enum class Failing { once, from_then_on };
/// Whose calls are counted.
enum class Counting { this_thread, all_threads };

class CallFault {
public:
    /// From here on calls are counted from 1, and the `number`-th fails. Not while another thread calls.
    void arm(std::uint64_t number, Failing failing, Counting counting = Counting::this_thread) noexcept {
        number_ = number;
        failing_ = failing;
        calls_ = 0;
        fired_ = false;
        everywhere_ = counting == Counting::all_threads;
        thread_ = &kMarker;
    }
    /// Ends it; whether a call failed since `arm`.
    bool disarm() noexcept {
        thread_ = nullptr;
        everywhere_ = false;
        return fired_;
    }
    /// Counts one call, and tells whether it has to fail.
    bool fails() noexcept {
        if (thread_ != &kMarker && !everywhere_) return false;
        const std::uint64_t call = ++calls_;
        const bool chosen = failing_ == Failing::once ? call == number_ : call >= number_;
        if (chosen) fired_ = true;
        return chosen;
    }
    [[nodiscard]] std::uint64_t calls() const noexcept { return calls_; }

private:
    inline static thread_local const char kMarker = 0;  ///< its address names the thread
    std::atomic<const char*> thread_{nullptr};
    std::atomic<bool> everywhere_{false};
    std::atomic<std::uint64_t> calls_{0};
    std::atomic<bool> fired_{false};
    std::uint64_t number_ = 0;
    Failing failing_ = Failing::once;
};

}  // namespace weir::faults
