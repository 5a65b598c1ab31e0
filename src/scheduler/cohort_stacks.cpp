// SPDX-License-Identifier: Apache-2.0
#include "scheduler/cohort_stacks.hpp"

#include <cassert>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include <weir/error.hpp>

namespace weir {

namespace {

std::size_t page_bytes() noexcept { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

/// A stack with its guard page.
std::size_t stride() noexcept { return kCohortStackBytes + page_bytes(); }

/// Where the record of a stack lies: on a cache line of its own, and the stack ends below it.
constexpr std::size_t kRecordOffset = kCohortStackBytes - (sizeof(CohortStack) + 63) / 64 * 64;

CohortStack* record_in(std::byte* memory, std::uint32_t index) noexcept {
    return reinterpret_cast<CohortStack*>(memory + index * stride() + page_bytes() + kRecordOffset);
}

}  // namespace

std::size_t CohortStacks::bytes(std::uint32_t count) noexcept { return count * stride(); }

CohortStacks::CohortStacks(std::uint32_t count) : count_(count) {
    void* place = mmap(nullptr, bytes(count), PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (place == MAP_FAILED)
        throw Error(ErrorCode::out_of_memory,
                    "reserving " + std::to_string(bytes(count)) +
                        " bytes of address space for stacks failed: " + std::strerror(errno) +
                        "; raise the process's limits of memory");
    memory_ = static_cast<std::byte*>(place);
    free_count_ = count;
}

void CohortStacks::require(std::source_location site) {
    if (usable_) return;
    // Small pages: a huge one would be charged for the first frame on it.
    madvise(memory_, count_ * stride(), MADV_NOHUGEPAGE);
    for (std::uint32_t i = 0; i < count_; ++i) {
        if (mprotect(memory_ + i * stride() + page_bytes(), kCohortStackBytes, PROT_READ | PROT_WRITE) == 0)
            continue;
        throw Error(ErrorCode::out_of_memory,
                    "submit at " + format_site(site) + ": stacks for calls that start together, " +
                        std::to_string(count_) + " of " + std::to_string(kCohortStackBytes) +
                        " bytes, failed: " + std::strerror(errno) +
                        "; raise the process's limits of memory and of mappings",
                    site);
    }
    usable_ = true;
}

CohortStacks::~CohortStacks() {
    assert(free_count_ == count_ && line_first_ == nullptr);
    for (std::uint32_t i = 0; i < made_; ++i) std::destroy_at(record_in(memory_, i));
    munmap(memory_, count_ * stride());
}

void CohortStacks::assign(LaunchRecord& launch) noexcept {
    CohortStack** end = &launch.cohort;
    for (std::uint32_t i = 0; i < launch.calls(); ++i) {
        CohortStack* const taken = take_free();
        *end = taken;
        end = &taken->next;
    }
    *end = nullptr;
    launch.cohort->place = launch.cohort;
}

CohortStack* CohortStacks::take_free() noexcept {
    CohortStack* const taken = free_ != nullptr ? free_ : make();
    free_ = taken->next;
    taken->state = CohortStack::State::fresh;
    taken->cancelled = false;
    --free_count_;
    return taken;
}

CohortStack& CohortStacks::take_one() noexcept {
    const std::lock_guard lock(mutex_);
    return *take_free();
}

void CohortStacks::give_back_one(CohortStack& stack) noexcept {
    const std::lock_guard lock(mutex_);
    stack.next = free_;
    free_ = &stack;
    ++free_count_;
}

CohortStack* CohortStacks::make() noexcept {
    assert(made_ < count_);
    std::byte* const stack = memory_ + made_ * stride() + page_bytes();
    return new (record_in(memory_, made_++)) CohortStack(stack, kRecordOffset);
}

bool CohortStacks::take_or_wait(TaskSlot& task, LaunchRecord& launch) noexcept {
    const std::lock_guard lock(mutex_);
    if (line_first_ == nullptr && launch.calls() <= free_count_) {
        assign(launch);
        return true;
    }
    task.next = nullptr;
    if (line_first_ == nullptr)
        line_first_ = &task;
    else
        line_last_->next = &task;
    line_last_ = &task;
    return false;
}

TaskSlot* CohortStacks::give_back(LaunchRecord& launch) noexcept {
    CohortStack* last = launch.cohort;
    while (last->next != nullptr) last = last->next;
    const std::lock_guard lock(mutex_);
    last->next = free_;
    free_ = launch.cohort;
    free_count_ += launch.calls();
    TaskSlot* const served = line_first_;
    TaskSlot* last_served = nullptr;
    while (line_first_ != nullptr && launch_of(*line_first_)->calls() <= free_count_) {
        assign(*launch_of(*line_first_));
        last_served = line_first_;
        line_first_ = line_first_->next;
    }
    if (last_served == nullptr) return nullptr;
    last_served->next = nullptr;
    return served;
}

}  // namespace weir
