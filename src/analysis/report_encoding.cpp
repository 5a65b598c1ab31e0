// SPDX-License-Identifier: Apache-2.0
#include "analysis/report_encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "analysis/file_errors.hpp"
#include "json/json_text.hpp"

namespace weir::analysis {
namespace {

using Values = std::vector<std::int64_t>;

constexpr std::int64_t kMostNarrow = std::numeric_limits<std::int32_t>::max();

enum class Base : std::uint8_t { zero, previous, column, group };
constexpr const char* kBases[] = {"zero", "previous", "column", "group"};

struct Encoding {
    Base base = Base::zero;
    std::string of;
    const Values* other = nullptr;
    bool is_signed = false;
    std::uint64_t bytes = std::numeric_limits<std::uint64_t>::max();
};

/// Calls `visit` with each value less what it is counted from, or with kNullCell.
template <class Visit>
void visit_differences(const Values& values, const Encoding& encoding, Visit visit) {
    std::unordered_map<std::int64_t, std::int64_t> last;
    std::int64_t previous = 0;
    for (std::size_t row = 0; row < values.size(); ++row) {
        const std::int64_t value = values[row];
        if (value == kNullCell) {
            visit(kNullCell);
            continue;
        }
        std::int64_t from = 0;
        switch (encoding.base) {
            case Base::zero:
                break;
            case Base::previous:
                from = previous;
                break;
            case Base::column:
                from = (*encoding.other)[row] == kNullCell ? previous : (*encoding.other)[row];
                break;
            case Base::group:
                from = std::exchange(last[(*encoding.other)[row]], value);
                break;
        }
        previous = value;
        visit(value - from);
    }
}

std::uint64_t varint_bytes(std::uint64_t number) {
    std::uint64_t bytes = 1;
    while (number >= 0x80) {
        number >>= 7U;
        ++bytes;
    }
    return bytes;
}

std::uint64_t zigzag(std::int64_t number) {
    return number >= 0 ? static_cast<std::uint64_t>(number) * 2
                       : static_cast<std::uint64_t>(-(number + 1)) * 2 + 1;
}

/// Fills in sign and length.
void measure(Encoding& encoding, const Values& values, bool nulls) {
    std::uint64_t as_signed = 0;
    std::uint64_t as_unsigned = 0;
    visit_differences(values, encoding, [&](std::int64_t difference) {
        if (difference == kNullCell) {
            ++as_signed;
            ++as_unsigned;
            return;
        }
        encoding.is_signed |= difference < 0;
        as_signed += varint_bytes(zigzag(difference) + (nulls ? 1 : 0));
        as_unsigned += varint_bytes(static_cast<std::uint64_t>(difference) + (nulls ? 1 : 0));
    });
    encoding.bytes = encoding.is_signed ? as_signed : as_unsigned;
}

void append(std::string& bytes, const Values& values, const Encoding& encoding, bool nulls) {
    visit_differences(values, encoding, [&](std::int64_t difference) {
        std::uint64_t number = 0;
        if (difference != kNullCell) {
            number = encoding.is_signed ? zigzag(difference) : static_cast<std::uint64_t>(difference);
            number += nulls ? 1 : 0;
        }
        for (; number >= 0x80; number >>= 7U) bytes += static_cast<char>((number & 0x7f) | 0x80);
        bytes += static_cast<char>(number);
    });
}

void append_number(std::string& bytes, std::uint64_t number) {
    for (unsigned byte = 0; byte < 4; ++byte) bytes += static_cast<char>(number >> (8 * byte) & 0xff);
}

/// A difference of two values has one bit more than they have, and its zigzag form another one.
void check(const std::string& name, const Values& values, bool wide) {
    const std::int64_t most = wide ? kMostCell : kMostNarrow;
    const std::int64_t least = wide ? -kMostCell : 0;
    for (std::size_t row = 0; row < values.size(); ++row)
        if (values[row] != kNullCell && (values[row] > most || values[row] < least))
            throw FileDamaged(
                fmt::format("the report cannot show {} {}, of row {}: it is out of the range of {} to {}",
                            name, values[row], row, least, most));
}

}  // namespace

void ReportTables::begin(const std::string& name, std::size_t rows) {
    tables_.push_back({{"name", name}, {"rows", rows}, {"columns", nlohmann::json::array()}});
    columns_.clear();
    rows_ += rows;
}

const Values& ReportTables::values_of(const std::string& name) const {
    return std::find_if(columns_.begin(), columns_.end(),
                        [&](const Column& column) { return column.name == name; })
        ->values;
}

void ReportTables::add(const std::string& name, Values values, bool wide, const std::vector<std::string>& of,
                       const std::vector<std::string>& groups) {
    check(name, values, wide);
    const bool nulls = std::find(values.begin(), values.end(), kNullCell) != values.end();
    std::vector<Encoding> candidates(2);
    candidates[1].base = Base::previous;
    for (const std::string& column : of) candidates.push_back({Base::column, column, &values_of(column)});
    for (const std::string& column : groups) candidates.push_back({Base::group, column, &values_of(column)});
    for (Encoding& candidate : candidates) measure(candidate, values, nulls);
    const Encoding& best =
        *std::min_element(candidates.begin(), candidates.end(),
                          [](const Encoding& a, const Encoding& b) { return a.bytes < b.bytes; });
    append(bytes_, values, best, nulls);
    nlohmann::json column = {
        {"name", name},   {"bytes", best.bytes},      {"wide", wide},
        {"nulls", nulls}, {"signed", best.is_signed}, {"base", kBases[static_cast<int>(best.base)]}};
    if (best.other != nullptr) column["of"] = best.of;
    tables_.back()["columns"].push_back(std::move(column));
    columns_.push_back({name, std::move(values)});
}

std::string ReportTables::bytes(nlohmann::json header) const {
    header["tables"] = tables_;
    const std::string text = json_text(header);
    std::string all(kReportMagic);
    append_number(all, kReportVersion);
    append_number(all, text.size());
    return all + text + bytes_;
}

}  // namespace weir::analysis
