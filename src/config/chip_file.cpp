// SPDX-License-Identifier: Apache-2.0
#include "config/chip_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <weir/error.hpp>

#include "json/json_text.hpp"

namespace weir {

namespace {

using json = nlohmann::ordered_json;

[[noreturn]] void fail(const std::string& file, const std::string& what) {
    throw Error(ErrorCode::configuration, fmt::format("chip file '{}': {}", file, what));
}

/// Parses, and refuses a key that is given twice, of which the parser would take the last.
json parse_object(const std::string& text, const std::string& file) {
    std::set<std::string> keys;
    std::string twice;
    const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
        if (event == json::parse_event_t::key && depth == 1 && !keys.insert(parsed.get<std::string>()).second)
            twice = parsed.get<std::string>();
        return true;
    };
    json object;
    try {
        object = json::parse(text, watch);
    } catch (const json::exception& error) {
        fail(file, fmt::format("no JSON: {}", error.what()));
    }
    if (!object.is_object()) fail(file, fmt::format("{} is no JSON object", shown_json(object)));
    if (!twice.empty()) fail(file, fmt::format("{}: it is given twice", twice));
    return object;
}

std::string text_of(const json& value, const char* field, const std::string& file) {
    if (!value.is_string() || value.get<std::string>().empty())
        fail(file, fmt::format("{}: {} is no text", field, shown_json(value)));
    return value.get<std::string>();
}

void check_keys(const json& object, const std::string& file) {
    std::set<std::string> known = {"name", "like"};
    for (const ChipField& field : chip_fields()) known.insert(field.name);
    for (const auto& [key, value] : object.items()) {
        if (known.contains(key)) continue;
        std::string all;
        for (const std::string& name : known) all += (all.empty() ? "" : ", ") + name;
        fail(file, fmt::format("{}: no such field; there is: {}", key, all));
    }
}

Chip base_of(const json& object, const std::string& file) {
    if (!object.contains("like")) return {};
    const std::string like = text_of(object["like"], "like", file);
    if (const Chip* const chip = find_chip(like)) return *chip;
    std::string all;
    for (const Chip& chip : chips()) all += (all.empty() ? "" : ", ") + chip.name;
    fail(file, fmt::format("like: no chip \"{}\"; there is: {}", like, all));
}

}  // namespace

Chip parse_chip(const std::string& text, const std::string& file) {
    const json object = parse_object(text, file);
    check_keys(object, file);
    Chip chip = base_of(object, file);
    if (!object.contains("name")) fail(file, "name: it is missing");
    chip.name = text_of(object["name"], "name", file);
    for (const ChipField& field : chip_fields()) {
        if (!object.contains(field.name)) {
            if (object.contains("like")) continue;
            fail(file, fmt::format("{}: it is missing; give it, or name a chip to take it from: \"like\": "
                                   "\"{}\"",
                                   field.name, chips().front().name));
        }
        const json& value = object[field.name];
        if (!value.is_number_unsigned())
            fail(file, fmt::format("{}: {} is no whole number from {} to {}", field.name, shown_json(value),
                                   field.low, field.high));
        chip.*field.place = value.get<std::uint64_t>();
    }
    if (const std::string wrong = wrong_with(chip); !wrong.empty()) fail(file, wrong);
    return chip;
}

Chip read_chip_file(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) fail(file, fmt::format("it cannot be opened: {}", std::strerror(errno)));
    const std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
    if (stream.bad()) fail(file, fmt::format("it cannot be read: {}", std::strerror(errno)));
    return parse_chip(text, file);
}

}  // namespace weir
