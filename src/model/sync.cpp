// SPDX-License-Identifier: Apache-2.0
#include "model/sync.hpp"

#ifndef WEIR_SYNC_EXPLORED

#include <cerrno>
#include <ctime>

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace weir::sync {

namespace {

/// Sleeps while the word is 0. A spurious return is fine: every caller looks at the word again.
long futex_wait(Atomic<std::uint32_t>& word, const timespec* timeout) noexcept {
    return syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAIT_PRIVATE, 0U, timeout,
                   nullptr, 0);
}

}  // namespace

bool Parker::park(std::int64_t timeout_ns) noexcept {
    // sync-1 acquire: with the release in unpark, what the waker did before is visible to the woken thread.
    while (token_.exchange(0, std::memory_order_acquire) == 0) {
        if (timeout_ns < 0) {
            futex_wait(token_, nullptr);
            continue;
        }
        constexpr std::int64_t kNsPerSecond = 1'000'000'000;
        const timespec timeout{timeout_ns / kNsPerSecond, timeout_ns % kNsPerSecond};
        if (futex_wait(token_, &timeout) == -1 && errno == ETIMEDOUT)
            return token_.exchange(0, std::memory_order_acquire) != 0;  // sync-1
    }
    return true;
}

void Parker::unpark() noexcept {
    token_.store(1, std::memory_order_release);  // sync-1
    syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&token_), FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

void name_this_thread(const char* name) noexcept { pthread_setname_np(pthread_self(), name); }

}  // namespace weir::sync

#endif
