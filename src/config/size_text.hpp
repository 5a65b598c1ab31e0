// SPDX-License-Identifier: Apache-2.0
/// Sizes as text: in environment variables and in options of the command.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <weir/config.hpp>

namespace weir {

inline constexpr const char* kVariablePrefix = "PTO2_";

/// Parses by the rules of `parse_size`; the reason when the text is refused, nothing when it is good.
std::optional<std::string> parse_size_text(Resource resource, std::string_view text, RingValues& values);

/// A text of somebody else's, for a message: cut after 80 characters, control characters replaced.
std::string quoted(std::string_view text);

/// What the environment says of sizes.
struct SizeEnvironment {
    struct Setting {
        RingValues values;
        bool list = false;  ///< one number for each ring
        std::string text;
    };
    std::array<std::optional<Setting>, kResources> settings;
    /// Each names a variable, its text and the reason why it was not used.
    std::vector<std::string> warnings;
};

/// Reads variables "NAME=text" up to a null pointer. One that begins with PTO2_ and is not known, and one
/// whose text is no size, becomes a warning.
SizeEnvironment read_environment(const char* const* variables);

}  // namespace weir
