// SPDX-License-Identifier: Apache-2.0
/// What a call threw, and the source lines that its message must name.
#pragma once

#include <source_location>
#include <string>
#include <string_view>

#include <weir/weir.hpp>

namespace weir::test {

struct Caught {
    ErrorCode code = ErrorCode::ok;  ///< ok: nothing was thrown
    std::string message{};
    std::uint_least32_t line = 0;  ///< of Error::site()
};

/// Calls `body`; anything but weir::Error passes through.
template <class Body>
Caught caught(Body&& body) {
    try {
        body();
    } catch (const Error& error) {
        return {error.code(), error.what(), error.site().line()};
    }
    return {};
}

/// "file.cpp:77" for a line of the calling file.
inline std::string at_line(std::uint_least32_t line,
                           std::source_location here = std::source_location::current()) {
    const std::string_view path = here.file_name();
    return std::string(path.substr(path.find_last_of('/') + 1)) + ":" + std::to_string(line);
}

}  // namespace weir::test
