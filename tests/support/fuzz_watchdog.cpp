// SPDX-License-Identifier: Apache-2.0
#include "fuzz_watchdog.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace weir::fuzz {

Watchdog::Watchdog(int seconds_max) : seconds_max_(seconds_max), thread_([this] { watch(); }) {}

Watchdog::~Watchdog() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void Watchdog::begin(const FuzzProgram& program, std::string where) {
    const std::lock_guard lock(mutex_);
    ++runs_;
    program_ = &program;
    where_ = std::move(where);
}

void Watchdog::end() {
    const std::lock_guard lock(mutex_);
    program_ = nullptr;
}

void Watchdog::watch() {
    std::unique_lock lock(mutex_);
    while (!stop_) {
        const std::uint64_t runs = runs_;
        const bool busy = program_ != nullptr;
        changed_.wait_for(lock, std::chrono::seconds(seconds_max_), [&] { return stop_; });
        if (stop_ || !busy || runs != runs_ || program_ == nullptr) continue;
        std::fprintf(stderr, "one run took more than %d s: %s\n%s", seconds_max_, where_.c_str(),
                     to_text(*program_).c_str());
        std::abort();
    }
}

}  // namespace weir::fuzz
