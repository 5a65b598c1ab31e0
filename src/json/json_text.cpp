// SPDX-License-Identifier: Apache-2.0
#include "json/json_text.hpp"

#include <cstddef>

#include <nlohmann/json.hpp>

namespace weir {

nlohmann::ordered_json parse_json(std::string_view text) { return nlohmann::ordered_json::parse(text); }

std::string json_text(const nlohmann::ordered_json& value, int indent) {
    return value.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string json_text(const nlohmann::json& value, int indent) {
    return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string quoted_json(std::string_view text) { return json_text(nlohmann::json(text)); }

std::string shown_json(const nlohmann::ordered_json& value) {
    constexpr std::size_t kMost = 40;
    std::string text = json_text(value);
    if (text.size() > kMost) text.replace(kMost, std::string::npos, "...");
    return text;
}

}  // namespace weir
