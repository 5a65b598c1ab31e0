// SPDX-License-Identifier: Apache-2.0
/// JSON to and from text. The library's reader and writer are templates that take a compiler seconds wherever
/// they are used, so they are used in one place.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace weir {

/// Throws nlohmann::ordered_json::parse_error for text that is no JSON.
[[nodiscard]] nlohmann::ordered_json parse_json(std::string_view text);

/// On one line, or on many, indented by `indent` blanks a level. What is no UTF-8 becomes U+FFFD.
[[nodiscard]] std::string json_text(const nlohmann::ordered_json& value, int indent = -1);
[[nodiscard]] std::string json_text(const nlohmann::json& value, int indent = -1);

/// The text as a JSON string, with its quotes.
[[nodiscard]] std::string quoted_json(std::string_view text);

/// For messages: on one line, cut off where it is long.
[[nodiscard]] std::string shown_json(const nlohmann::ordered_json& value);

}  // namespace weir
