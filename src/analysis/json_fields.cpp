// SPDX-License-Identifier: Apache-2.0
#include "analysis/json_fields.hpp"

#include <cmath>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "json/json_text.hpp"

namespace weir::analysis {

namespace {

using OrderedJson = nlohmann::ordered_json;

}  // namespace

JsonFields::JsonFields(const std::string& text, std::string where) : where_(std::move(where)) {
    try {
        object_ = parse_json(text);
    } catch (const OrderedJson::exception& error) {
        // "[json.exception.parse_error.101] parse error at line 1, column 2: what is wrong"
        const std::string_view told = error.what();
        const std::size_t tag = told.find("] ");
        throw FileDamaged(fmt::format("{}: this is no JSON object, or the file is cut off: {}", where_,
                                      tag == told.npos ? told : told.substr(tag + 2)));
    }
    if (!object_.is_object())
        throw FileDamaged(fmt::format("{}: this is no JSON object: {}", where_, shown_json(object_)));
}

JsonFields::JsonFields(OrderedJson object, std::string where)
    : object_(std::move(object)), where_(std::move(where)) {
    if (!object_.is_object())
        throw FileDamaged(fmt::format("{}: {} is no object", where_, shown_json(object_)));
}

bool JsonFields::given(const char* field) const { return has(field) && !at(field).is_null(); }

const OrderedJson& JsonFields::at(const char* field) const {
    const auto found = object_.find(field);
    if (found == object_.end()) fail(field, "it is missing");
    return *found;
}

void JsonFields::fail(const char* field, const std::string& what) const {
    throw FileDamaged(fmt::format("{}, field \"{}\": {}", where_, field, what));
}

std::uint64_t JsonFields::count(const char* field) const {
    const OrderedJson& value = at(field);
    if (!value.is_number_unsigned())
        fail(field, fmt::format("{} is no whole number from 0", shown_json(value)));
    return value.get<std::uint64_t>();
}

bool JsonFields::truth(const char* field) const {
    const OrderedJson& value = at(field);
    if (!value.is_boolean()) fail(field, fmt::format("{} is neither true nor false", shown_json(value)));
    return value.get<bool>();
}

std::string JsonFields::text(const char* field) const {
    const OrderedJson& value = at(field);
    if (!value.is_string()) fail(field, fmt::format("{} is no text", shown_json(value)));
    return value.get<std::string>();
}

std::array<std::uint64_t, kRings> JsonFields::of_rings(const char* field) const {
    const OrderedJson& value = at(field);
    if (!value.is_array() || value.size() != kRings)
        fail(field, fmt::format("{} is no list of {} numbers, one for each ring", shown_json(value), kRings));
    std::array<std::uint64_t, kRings> numbers{};
    for (std::size_t ring = 0; ring < kRings; ++ring) {
        if (!value[ring].is_number_unsigned())
            fail(field, fmt::format("{} is no whole number from 0", shown_json(value[ring])));
        numbers[ring] = value[ring].get<std::uint64_t>();
    }
    return numbers;
}

Time JsonFields::time(const char* field) const {
    const OrderedJson& value = at(field);
    if (!value.is_number()) fail(field, fmt::format("{} is no time in microseconds", shown_json(value)));
    const auto picoseconds = value.get<double>() * static_cast<double>(kPicosecondsPerMicrosecond);
    if (std::abs(picoseconds) > static_cast<double>(kMostTime))
        fail(field, fmt::format("{} us is longer than a recording can be", shown_json(value)));
    return std::llround(picoseconds);
}

JsonFields JsonFields::object(const char* field) const {
    return {at(field), fmt::format("{}, field \"{}\"", where_, field)};
}

std::vector<JsonFields> JsonFields::objects(const char* field) const {
    const OrderedJson& value = at(field);
    if (!value.is_array()) fail(field, fmt::format("{} is no list", shown_json(value)));
    std::vector<JsonFields> all;
    for (const OrderedJson& entry : value)
        all.emplace_back(entry, fmt::format("{}, field \"{}\", entry {}", where_, field, all.size()));
    return all;
}

std::vector<std::string> JsonFields::names() const {
    std::vector<std::string> names;
    for (const auto& [name, value] : object_.items()) names.push_back(name);
    return names;
}

}  // namespace weir::analysis
