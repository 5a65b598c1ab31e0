// SPDX-License-Identifier: Apache-2.0
#include "sweep_grid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include <weir/chip.hpp>
#include <weir/task.hpp>

#include "command_table.hpp"
#include "exit_status.hpp"
#include "resources.hpp"
#include "values.hpp"

namespace weir::cli {
namespace {

constexpr std::string_view kSetting = "set.";
constexpr std::uint64_t kMostNumber = std::numeric_limits<std::uint64_t>::max();

std::vector<std::string> split(const std::string& text, char between) {
    std::vector<std::string> parts = {""};
    for (const char symbol : text) {
        if (symbol == between)
            parts.emplace_back();
        else
            parts.back() += symbol;
    }
    return parts;
}

std::string plural_of(Resource resource) { return std::string(field_of(resource)) + "s"; }

std::vector<std::string> known_keys() {
    std::vector<std::string> names;
    for (const ChipFieldRange& field : chip_field_ranges()) names.push_back(field.name);
    for (const Resource resource : all_resources()) {
        names.emplace_back(field_of(resource));
        if (per_ring(resource)) names.push_back(plural_of(resource));
    }
    names.push_back(std::string(kSetting) + "PARAMETER");
    return names;
}

void check_ring_list(const std::string& where, const std::string& value) {
    const std::vector<std::string> numbers = split(value, ':');
    if (numbers.size() != static_cast<std::size_t>(kRings))
        throw UsageError(
            fmt::format("{} '{}': give a number for each of the {} rings, such as 0:0:0:64; 0 leaves a "
                        "ring as it is",
                        where, value, kRings));
    for (const std::string& number : numbers) static_cast<void>(parse_integer(where, number, 0, kMostNumber));
}

/// Finds out what kind of key it is, and checks the values as far as the kind says something of them.
void classify(VariedKey& key, const std::string& where) {
    if (key.name.starts_with(kSetting) && key.name.size() > kSetting.size()) {
        key.kind = VariedKey::Kind::setting;
        return;
    }
    for (const ChipFieldRange& field : chip_field_ranges()) {
        if (field.name != key.name) continue;
        for (const std::string& value : key.values)
            static_cast<void>(parse_integer(where, value, field.low, field.high));
        return;
    }
    for (const Resource resource : all_resources()) {
        key.resource = resource;
        if (key.name == field_of(resource)) {
            key.kind = VariedKey::Kind::size;
            for (const std::string& value : key.values)
                static_cast<void>(parse_integer(where, value, 1, kMostNumber));
            return;
        }
        if (per_ring(resource) && key.name == plural_of(resource)) {
            key.kind = VariedKey::Kind::sizes_of_rings;
            for (const std::string& value : key.values) check_ring_list(where, value);
            return;
        }
    }
    throw UsageError(
        fmt::format("--vary: there is no key '{}'; there is: {}", key.name, joined(known_keys())));
}

VariedKey parse_key(const std::string& text) {
    const std::size_t sign = text.find('=');
    if (sign == std::string::npos || sign == 0)
        throw UsageError(
            fmt::format("--vary '{}': give KEY=VALUE,VALUE,..., such as --vary control_threads=2,3,4", text));
    VariedKey key;
    key.name = text.substr(0, sign);
    key.values = split(text.substr(sign + 1), ',');
    const std::string where = fmt::format("--vary {}", key.name);
    for (auto value = key.values.begin(); value != key.values.end(); ++value) {
        if (value->empty())
            throw UsageError(
                fmt::format("--vary '{}': a value is empty; give at least one, with commas between", text));
        if (std::find(key.values.begin(), value, *value) != value)
            throw UsageError(
                fmt::format("--vary '{}': the value {} is there twice; leave one", text, *value));
    }
    classify(key, where);
    return key;
}

}  // namespace

SweepGrid::SweepGrid(const std::vector<std::string>& varied) {
    std::size_t count = 1;
    for (const std::string& text : varied) {
        VariedKey key = parse_key(text);
        for (const VariedKey& other : keys_)
            if (other.name == key.name)
                throw UsageError(
                    fmt::format("--vary {}: it is given twice; give all values in one", key.name));
        count *= key.values.size();
        if (count > kMostPoints)
            throw UsageError(
                fmt::format("--vary {}: the grid has {} points or more, but at most {} are run; vary "
                            "less",
                            key.name, count, kMostPoints));
        keys_.push_back(std::move(key));
    }
}

std::size_t SweepGrid::points() const noexcept {
    if (keys_.empty()) return 0;
    std::size_t count = 1;
    for (const VariedKey& key : keys_) count *= key.values.size();
    return count;
}

std::vector<std::string> SweepGrid::values(std::size_t point) const {
    std::vector<std::string> values(keys_.size());
    for (std::size_t i = keys_.size(); i-- > 0;) {
        values[i] = keys_[i].values[point % keys_[i].values.size()];
        point /= keys_[i].values.size();
    }
    return values;
}

std::vector<std::string> SweepGrid::options(std::size_t point) const {
    const std::vector<std::string> chosen = values(point);
    std::vector<std::string> options;
    std::map<Resource, std::string> every_ring;
    std::map<Resource, std::string> of_rings;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        const VariedKey& key = keys_[i];
        switch (key.kind) {
            case VariedKey::Kind::chip_field:
                options.insert(options.end(), {"--chip-set", key.name + "=" + chosen[i]});
                break;
            case VariedKey::Kind::setting:
                options.insert(options.end(), {"--set", key.name.substr(kSetting.size()) + "=" + chosen[i]});
                break;
            case VariedKey::Kind::size:
                every_ring[key.resource] = chosen[i];
                break;
            case VariedKey::Kind::sizes_of_rings:
                of_rings[key.resource] = chosen[i];
                break;
        }
    }
    for (const auto& [resource, list] : of_rings) {
        const auto singular = every_ring.extract(resource);
        std::vector<std::string> numbers = split(list, ':');
        for (std::string& number : numbers)
            if (number == "0" && singular) number = singular.mapped();
        options.insert(options.end(), {option_of(resource), joined(numbers, ",")});
    }
    for (const auto& [resource, number] : every_ring)
        options.insert(options.end(), {option_of(resource), number});
    return options;
}

}  // namespace weir::cli
