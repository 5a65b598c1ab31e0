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

bool KernelFutex::wait(Atomic<std::uint32_t>& word, std::int64_t timeout_ns) noexcept {
    constexpr std::int64_t kNsPerSecond = 1'000'000'000;
    const timespec timeout{timeout_ns / kNsPerSecond, timeout_ns % kNsPerSecond};
    const long outcome = syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAIT_PRIVATE, 0U,
                                 timeout_ns < 0 ? nullptr : &timeout, nullptr, 0);
    return outcome == 0 || errno != ETIMEDOUT;
}

void KernelFutex::wake(Atomic<std::uint32_t>& word) noexcept {
    syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

void name_this_thread(const char* name) noexcept { pthread_setname_np(pthread_self(), name); }

}  // namespace weir::sync

#endif
