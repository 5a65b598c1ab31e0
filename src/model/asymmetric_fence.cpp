// SPDX-License-Identifier: Apache-2.0
#include "model/asymmetric_fence.hpp"

#ifndef WEIR_SYNC_EXPLORED

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace weir::sync::detail {

namespace {

bool register_membarrier() noexcept {
    const long supported = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
    if (supported < 0 || (supported & MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0) return false;
    return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

}  // namespace

const bool kHasMembarrier = register_membarrier();

void membarrier_all() noexcept { syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0); }

void full_fence() noexcept {
#if WEIR_UNDER_TSAN
    static std::atomic<int> word{0};
    word.fetch_add(1, std::memory_order_seq_cst);  // a locked operation is a full barrier on this machine
#else
    std::atomic_thread_fence(std::memory_order_seq_cst);  // see the header
#endif
}

}  // namespace weir::sync::detail

#endif
