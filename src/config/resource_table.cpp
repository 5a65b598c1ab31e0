// SPDX-License-Identifier: Apache-2.0
#include "config/resource_table.hpp"

#include <algorithm>
#include <bit>
#include <cctype>

#include <fmt/format.h>

#include <weir/error.hpp>

#include "config/size_text.hpp"

namespace weir {

namespace {

/// "1,234,567".
std::string grouped(std::uint64_t number) {
    std::string text = fmt::format("{}", number);
    for (std::size_t place = text.size(); place > 3; place -= 3) text.insert(place - 3, 1, ',');
    return text;
}

/// Powers of two as such where the number says little: "2^29", "2^31-1".
std::string bound_text(std::uint64_t number) {
    constexpr std::uint64_t kFirstAsPower = std::uint64_t{1} << 20U;
    if (number < kFirstAsPower) return grouped(number);
    if (std::has_single_bit(number)) return fmt::format("2^{}", std::countr_zero(number));
    if (std::has_single_bit(number + 1)) return fmt::format("2^{}-1", std::countr_zero(number + 1));
    return grouped(number);
}

std::string default_text(const ResourceRow& row) {
    if (row.fallback.per_slot)
        return fmt::format("{} {}x task window", row.fallback.amount,
                           std::string_view(row.unit) == "bytes" ? "bytes " : "");
    constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
    if (row.fallback.amount % kMiB == 0) return fmt::format("{} MiB", row.fallback.amount / kMiB);
    return fmt::format("{} {}", grouped(row.fallback.amount), row.unit);
}

std::string valid_text(const ResourceRow& row) {
    switch (row.rule) {
        case SizeRule::power_of_two:
            return fmt::format("power of two, {} to {}", bound_text(row.low), bound_text(row.high));
        case SizeRule::window_at_least:
            return fmt::format("power of two, task window to {}", bound_text(row.high));
        case SizeRule::any:
            break;
    }
    return fmt::format("{} to {} {}", bound_text(row.low), bound_text(row.high), row.unit);
}

std::string valid_values_text(const ResourceRow& row) {
    const std::string fallback = row.fallback.per_slot
                                     ? fmt::format("{} x {}", row.fallback.amount, kResourceRows[0].field)
                                     : fmt::format("{}", row.fallback.amount);
    return fmt::format("{}; default {}", rule_text(row, kResourceRows[0].field), fallback);
}

std::string variable_name(const ResourceRow& row) {
    std::string name = kVariablePrefix + std::string(row.field);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
    return name;
}

using Texts = std::array<std::string, kResources>;

Texts texts_of(std::string (*text_of)(const ResourceRow&)) {
    Texts texts;
    std::transform(kResourceRows.begin(), kResourceRows.end(), texts.begin(), text_of);
    return texts;
}

}  // namespace

const char* field_of(Resource resource) noexcept { return row_of(resource).field; }
const char* unit_of(Resource resource) noexcept { return row_of(resource).unit; }
const char* label_of(Resource resource) noexcept { return row_of(resource).label; }
const char* holds_of(Resource resource) noexcept { return row_of(resource).holds; }
bool per_ring(Resource resource) noexcept { return row_of(resource).per_ring(); }

const char* valid_values_of(Resource resource) {
    static const Texts texts = texts_of(valid_values_text);
    return texts[static_cast<std::size_t>(resource)].c_str();
}

const char* variable_of(Resource resource) {
    static const Texts texts = texts_of(variable_name);
    return texts[static_cast<std::size_t>(resource)].c_str();
}

std::string rule_text(const ResourceRow& row, const std::string& window) {
    switch (row.rule) {
        case SizeRule::power_of_two:
            return fmt::format("a power of two from {} to {}", row.low, row.high);
        case SizeRule::window_at_least:
            return fmt::format("a power of two from {} to {}", window, row.high);
        case SizeRule::any:
            break;
    }
    return fmt::format("from {} to {} {}", row.low, row.high, row.unit);
}

std::string size_table() {
    std::string text =
        "| field | default | valid | taken by a task | given back |\n| --- | --- | --- | --- | --- |\n";
    for (const ResourceRow& row : kResourceRows)
        text += fmt::format("| `{}` | {} | {} | {} | {} |\n", row.field, default_text(row), valid_text(row),
                            row.taken, row.given_back);
    return text;
}

void RuntimeEnv::set(Resource resource, const RingValues& given) noexcept {
    const ResourceRow& row = row_of(resource);
    if (row.per_ring())
        this->*row.values = given;
    else
        this->*row.shared_value = given.per_ring[0];
}

void ResourcePeaks::raise(const ResourcePeaks& other) noexcept {
    const auto larger = [](std::uint64_t& mine, std::uint64_t theirs) { mine = std::max(mine, theirs); };
    for (const ResourceRow& row : kResourceRows) {
        if (!row.per_ring()) larger(this->*row.shared_peak, other.*row.shared_peak);
        for (std::size_t ring = 0; row.per_ring() && ring < kRings; ++ring)
            larger((this->*row.peaks)[ring], (other.*row.peaks)[ring]);
    }
}

std::uint64_t ResourcePeaks::peak(Resource resource, int ring) const noexcept {
    const ResourceRow& row = row_of(resource);
    return row.per_ring() ? (this->*row.peaks)[static_cast<std::size_t>(ring)] : this->*row.shared_peak;
}

}  // namespace weir
