// SPDX-License-Identifier: Apache-2.0
/// What a fuzz target of a parser is: one function over bytes, in a file of its own in tests/fuzz/parsers,
/// with a folder of inputs of the same name in tests/fuzz/corpus. `./weir fuzz` links it with libFuzzer; the
/// ordinary tests link it with replay.cpp, which runs the inputs and variations of them.
///
/// A parser under test may refuse an input by the exception that its header names. Whatever else it throws,
/// or a property of its result that does not hold, ends the process, which is what a fuzzer looks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

/// The target; returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace weir::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// The bytes before the first zero: what a word of a command line can hold.
inline std::string_view word_of(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = text_of(data, size);
    return text.substr(0, text.find('\0'));
}

/// Parts between separators; n separators make n + 1 parts.
inline std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

/// Ends the process when a property does not hold.
inline void require(bool holds, const char* property) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", property);
    std::abort();
}

inline bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace weir::fuzz
