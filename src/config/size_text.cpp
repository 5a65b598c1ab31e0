// SPDX-License-Identifier: Apache-2.0
#include "config/size_text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include <weir/error.hpp>

#include "config/resource_table.hpp"

namespace weir {

namespace {

constexpr std::uint64_t kMostInteger = std::numeric_limits<std::uint64_t>::max();
/// Letters that a misspelt name may differ by to be taken for a known one.
constexpr std::size_t kMostTypos = 4;

std::optional<std::string> parse_number(std::string_view text, std::uint64_t low, std::uint64_t& number) {
    const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), [](char symbol) {
        return symbol >= '0' && symbol <= '9';
    });
    if (!digits)
        return "this is no plain whole number; give digits only, without sign, blank, suffix (K, M) or "
               "hexadecimal form";
    const auto status = std::from_chars(text.data(), text.data() + text.size(), number).ec;
    if (status != std::errc{} || number < low)
        return fmt::format("give a whole number from {} to {}", low, kMostInteger);
    return std::nullopt;
}

/// Letters to insert, delete or exchange to get from one word to the other.
std::size_t distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < to.size(); ++j) {
            const std::size_t exchanged = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({exchanged, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

std::string unknown_text(std::string_view name) {
    std::string names;
    std::string nearest;
    std::size_t least = kMostTypos + 1;
    for (const ResourceRow& row : kResourceRows) {
        const std::string known = variable_of(row.resource);
        names += (names.empty() ? "" : ", ") + known;
        // A name that is much too long is no typing error, and would make this slow.
        if (name.size() > known.size() + kMostTypos) continue;
        if (const std::size_t typos = distance(name, known); typos < least) {
            least = typos;
            nearest = known;
        }
    }
    if (!nearest.empty())
        return fmt::format("{}: there is no such variable, it was ignored; did you mean {}?", quoted(name),
                           nearest);
    return fmt::format("{}: there is no such variable, it was ignored; there are {}", quoted(name), names);
}

}  // namespace

std::string quoted(std::string_view text) {
    constexpr std::size_t kMostShown = 80;
    std::string shown(text.substr(0, kMostShown));
    for (char& symbol : shown)
        if (static_cast<unsigned char>(symbol) < ' ' || symbol == '\x7f') symbol = '?';
    return text.size() > kMostShown ? shown + "..." : shown;
}

std::optional<std::string> parse_size_text(Resource resource, std::string_view text, RingValues& values) {
    const auto commas = static_cast<std::size_t>(std::count(text.begin(), text.end(), ','));
    if (commas == 0 || !per_ring(resource)) {
        std::uint64_t number = 0;
        if (auto reason = parse_number(text, 1, number)) return reason;
        values = number;
        return std::nullopt;
    }
    if (commas != kRings - 1)
        return fmt::format("give one value for every ring, or exactly {} separated by commas, not {}", kRings,
                           commas + 1);
    RingValues read;
    for (std::uint64_t& number : read.per_ring) {
        const std::size_t end = std::min(text.find(','), text.size());
        if (auto reason = parse_number(text.substr(0, end), 0, number)) return reason;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    values = read;
    return std::nullopt;
}

RingValues parse_size(Resource resource, std::string_view text) {
    RingValues values;
    if (const auto reason = parse_size_text(resource, text, values))
        throw Error(ErrorCode::configuration, fmt::format("'{}': {}", quoted(text), *reason));
    return values;
}

SizeEnvironment read_environment(const char* const* variables) {
    SizeEnvironment environment;
    for (; variables != nullptr && *variables != nullptr; ++variables) {
        const std::string_view variable = *variables;
        if (!variable.starts_with(kVariablePrefix)) continue;
        const std::size_t sign = std::min(variable.find('='), variable.size());
        const std::string_view name = variable.substr(0, sign);
        const std::string_view text = variable.substr(std::min(sign + 1, variable.size()));
        const auto row =
            std::find_if(kResourceRows.begin(), kResourceRows.end(),
                         [&](const ResourceRow& known) { return variable_of(known.resource) == name; });
        if (row == kResourceRows.end()) {
            environment.warnings.push_back(unknown_text(name));
            continue;
        }
        SizeEnvironment::Setting setting;
        setting.list = text.find(',') != std::string_view::npos;
        setting.text = quoted(text);
        if (const auto reason = parse_size_text(row->resource, text, setting.values))
            environment.warnings.push_back(
                fmt::format("{} '{}': {}; it was ignored", name, setting.text, *reason));
        else
            environment.settings[static_cast<std::size_t>(row->resource)] = setting;
    }
    return environment;
}

}  // namespace weir
