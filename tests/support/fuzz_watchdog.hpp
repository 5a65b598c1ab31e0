// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "fuzz_program.hpp"

namespace weir::fuzz {

/// Ends the process with the text of the program when one run takes too long: a lost wake-up must not pass as
/// a killed test without a trace.
class Watchdog {
public:
    explicit Watchdog(int seconds_max);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    /// The program must live until `end`.
    void begin(const FuzzProgram& program, std::string where);
    void end();

private:
    void watch();

    int seconds_max_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stop_ = false;
    std::uint64_t runs_ = 0;  ///< begun so far
    const FuzzProgram* program_ = nullptr;
    std::string where_;
    std::thread thread_;
};

}  // namespace weir::fuzz
