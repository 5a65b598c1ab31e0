// SPDX-License-Identifier: Apache-2.0
/// Seed and size of a random test: WEIR_SEED and WEIR_PROGRAMS override what the test would take.
#pragma once

#include <charconv>
#include <cstdint>
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

}  // namespace weir::fuzz
