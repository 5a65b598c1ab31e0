// SPDX-License-Identifier: Apache-2.0
#include "process_census.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <unistd.h>

namespace weir::faults {

namespace {

namespace fs = std::filesystem;

inline constexpr auto kLongestWait = std::chrono::seconds(30);

std::uint64_t entries_of(const char* folder) {
    std::uint64_t count = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder)) ++count;
    return count;
}

/// Threads that have not begun to end. One that has been joined may still be listed for a moment, but the
/// system had marked it as ending before whoever joined it went on.
std::uint64_t threads_that_live() {
    constexpr std::uint64_t kExiting = 0x4;  // PF_EXITING, of the flags in stat
    constexpr int kFieldsBetween = 6;        // from the state to the flags
    std::uint64_t count = 0;
    for (const auto& task : fs::directory_iterator("/proc/self/task")) {
        std::ifstream input(task.path() / "stat");
        std::string text;
        std::getline(input, text);
        // Behind the name, which may hold anything.
        const std::size_t name_end = text.rfind(')');
        if (name_end == std::string::npos) continue;  // it has gone meanwhile
        std::istringstream fields(text.substr(name_end + 1));
        std::string skipped;
        for (int i = 0; i < kFieldsBetween; ++i) fields >> skipped;
        std::uint64_t flags = 0;
        fields >> flags;
        if ((flags & kExiting) == 0) ++count;
    }
    return count;
}

/// The number after "key:" in a file of /proc; 0 when the file or the key is not there.
std::uint64_t number_of(const fs::path& file, const std::string& key) {
    std::ifstream input(file);
    for (std::string word; input >> word;) {
        std::uint64_t number = 0;
        if (word == key + ":" && input >> number) return number;
    }
    return 0;
}

}  // namespace

Census take_census() {
    Census census;
    census.threads = threads_that_live();
    census.files = entries_of("/proc/self/fd");
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);)
        if (line.find("memfd:weir-heap") != std::string::npos) ++census.heap_mappings;
    return census;
}

Census settled_census(const Census& before) {
    const auto end = std::chrono::steady_clock::now() + kLongestWait;
    for (;;) {
        const Census now = take_census();
        if (now == before || std::chrono::steady_clock::now() > end) return now;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

std::string to_text(const Census& census) {
    return std::to_string(census.threads) + " threads, " + std::to_string(census.files) + " open files, " +
           std::to_string(census.heap_mappings) + " heap mappings";
}

std::uint64_t resident_bytes() {
    std::uint64_t total = 0;
    std::uint64_t resident = 0;
    std::ifstream("/proc/self/statm") >> total >> resident;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::uint64_t worker_sleeps() {
    std::uint64_t sleeps = 0;
    for (const auto& task : fs::directory_iterator("/proc/self/task")) {
        std::string name;
        std::getline(std::ifstream(task.path() / "comm") >> std::ws, name);
        if (name == "weir-worker") sleeps += number_of(task.path() / "status", "voluntary_ctxt_switches");
    }
    return sleeps;
}

}  // namespace weir::faults
