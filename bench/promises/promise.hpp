// SPDX-License-Identifier: Apache-2.0
//
// What the measurements of promises share. Each prints one line of JSON: lists of seconds, or plain figures.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <weir/weir.hpp>

namespace weir::promises {

using Clock = std::chrono::steady_clock;

template <class Function>
double seconds_of(Function&& function) {
    const auto begin = Clock::now();
    function();
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

inline RuntimeConfig with_threads(int threads) {
    RuntimeConfig config;
    config.threads = threads;
    return config;
}

/// How often a measurement is repeated: the first argument, or `otherwise`.
inline int repeats(int argc, char** argv, int otherwise) {
    return argc > 1 ? std::max(1, std::atoi(argv[1])) : otherwise;
}

/// A line of /proc/self/status in KiB, such as "VmRSS:" or "VmHWM:".
inline std::uint64_t status_kib(const std::string& name) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(name)) return std::strtoull(line.c_str() + name.size(), nullptr, 10);
    }
    std::fprintf(stderr, "/proc/self/status has no line %s; mount /proc to measure memory\n", name.c_str());
    std::exit(1);
}

/// One JSON object, printed field by field.
class Json {
public:
    Json() { std::printf("{"); }
    ~Json() { std::printf("}\n"); }
    Json(const Json&) = delete;
    Json& operator=(const Json&) = delete;

    void list(const char* name, const std::vector<double>& values) {
        key(name);
        const char* separator = "[";
        for (const double value : values) {
            std::printf("%s%.9g", separator, value);
            separator = ",";
        }
        std::printf("]");
    }
    void number(const char* name, double value) {
        key(name);
        std::printf("%.9g", value);
    }

private:
    void key(const char* name) {
        std::printf("%s\"%s\":", separator_, name);
        separator_ = ",";
    }
    const char* separator_ = "";
};

}  // namespace weir::promises
