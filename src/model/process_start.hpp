// SPDX-License-Identifier: Apache-2.0
/// When a process started, which tells it from a later one of the same number.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>

namespace weir {

/// Field 22 of a process's `stat` below /proc (proc(5)): clock ticks since the system started. 0: there is no
/// such process, or it does not say. Any thread.
inline std::uint64_t process_start(const std::string& process) {
    constexpr std::size_t kMostBytes = 4096;
    std::ifstream file("/proc/" + process + "/stat");
    std::string text(kMostBytes, '\0');
    // A process that ends between opening and reading reads as nothing.
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    // The name in the second field may hold anything; the fields behind it are numbers.
    std::size_t place = text.rfind(')');
    for (int field = 2; field < 22 && place != std::string::npos; ++field) place = text.find(' ', place + 1);
    std::uint64_t start = 0;
    if (place != std::string::npos)
        std::from_chars(text.data() + place + 1, text.data() + text.size(), start);
    return start;
}

}  // namespace weir
