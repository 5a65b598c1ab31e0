// SPDX-License-Identifier: Apache-2.0
/// Seeds of a random test: WEIR_SEED and WEIR_PROGRAMS override what the test would take.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>

#include "model/sanitizers.hpp"

namespace weir::fuzz {

inline std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    if (text == nullptr) return otherwise;
    const std::string_view given(text);
    std::uint64_t value = 0;
    const auto [end, status] = std::from_chars(given.data(), given.data() + given.size(), value);
    if (status != std::errc{} || end != given.data() + given.size())
        throw std::runtime_error(std::string(name) + "='" + text + "' is no unsigned integer");
    return value;
}

/// Another one in every run, so that every run looks at other programs; WEIR_SEED repeats one.
inline std::uint64_t seed_of_run() {
    std::random_device device;
    return number_from_environment("WEIR_SEED", static_cast<std::uint64_t>(device()) << 16U | 1U);
}

/// Sanitizer builds are 10 to 30 times slower.
inline constexpr std::uint64_t kSlowdown = WEIR_UNDER_ASAN || WEIR_UNDER_TSAN ? 10 : 1;

/// One for each program, in ascending order; behind the largest number comes 0.
struct Seeds {
    struct Iterator {
        std::uint64_t seed;
        std::uint64_t operator*() const noexcept { return seed; }
        Iterator& operator++() noexcept {
            ++seed;
            return *this;
        }
        bool operator==(const Iterator&) const = default;
    };
    [[nodiscard]] Iterator begin() const noexcept { return {first}; }
    [[nodiscard]] Iterator end() const noexcept { return {first + count}; }
    /// Enough that what only some programs do has happened.
    [[nodiscard]] bool many() const noexcept { return count >= 100; }

    std::uint64_t first;
    std::uint64_t count;
};

/// For `programs`, and for a part of that under a sanitizer; prints the line that repeats them.
inline Seeds seeds_of_run(std::uint64_t programs, std::uint64_t fewer_under_sanitizers) {
    if (kSlowdown > 1) programs /= fewer_under_sanitizers;
    const Seeds seeds{seed_of_run(), number_from_environment("WEIR_PROGRAMS", programs)};
    const std::string line =
        "WEIR_SEED=" + std::to_string(seeds.first) + " WEIR_PROGRAMS=" + std::to_string(seeds.count) + "\n";
    std::fputs(line.c_str(), stderr);
    return seeds;
}

/// The end of a message about the program of one seed.
inline std::string how_to_repeat(std::uint64_t seed) {
    return "repeat with WEIR_SEED=" + std::to_string(seed) + " WEIR_PROGRAMS=1";
}

}  // namespace weir::fuzz
