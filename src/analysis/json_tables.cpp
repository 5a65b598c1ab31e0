// SPDX-License-Identifier: Apache-2.0
#include "analysis/json_tables.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "analysis/table_handler.hpp"

namespace weir::analysis {

namespace {

using Kind = Cell::Kind;

constexpr std::uint64_t kMostMicroseconds =
    static_cast<std::uint64_t>(kMostTime) / static_cast<std::uint64_t>(kPicosecondsPerMicrosecond);

}  // namespace

std::string CellRef::shown() const {
    const Cell& cell = *cell_;
    constexpr std::size_t kMost = 40;
    switch (cell.kind) {
        case Kind::null:
            return "null";
        case Kind::boolean:
            return cell.whole != 0 ? "true" : "false";
        case Kind::whole:
            return fmt::format("{}", cell.whole);
        case Kind::negative:
            return fmt::format("{}", static_cast<std::int64_t>(cell.whole));
        case Kind::fraction:
            return fmt::format("{}", cell.fraction);
        case Kind::text:
            break;
        case Kind::list:
            return "a list";
        case Kind::object:
            return "an object";
    }
    const std::string& text = row_->texts_[cell.first];
    return text.size() > kMost ? fmt::format("\"{}...\"", text.substr(0, kMost))
                               : fmt::format("\"{}\"", text);
}

void CellRef::fail(const std::string& what) const {
    throw FileDamaged(fmt::format("'{}', line {}, field \"{}\", row {}, column \"{}\": {}", row_->file_,
                                  row_->line_, row_->table_, row_->number_, row_->columns_[column_], what));
}

std::uint64_t CellRef::whole() const {
    const Cell& cell = *cell_;
    if (cell.kind != Kind::whole) fail(shown() + " is no whole number from 0");
    return cell.whole;
}

std::uint32_t CellRef::index(std::uint64_t bound, const char* of) const {
    const std::uint64_t number = whole();
    if (number >= bound) fail(fmt::format("{} is too much; there are {} {}", number, bound, of));
    return static_cast<std::uint32_t>(number);
}

std::uint32_t CellRef::optional_index(std::uint64_t bound, const char* of) const {
    return is_null() ? 0xffffffffU : index(bound, of);
}

bool CellRef::truth() const {
    const Cell& cell = *cell_;
    const bool number = cell.kind == Kind::whole && cell.whole <= 1;
    if (cell.kind != Kind::boolean && !number) fail(shown() + " is neither true nor false");
    return cell.whole != 0;
}

const std::string& CellRef::text() const {
    const Cell& cell = *cell_;
    if (cell.kind != Kind::text) fail(shown() + " is no text");
    return row_->texts_[cell.first];
}

Time CellRef::optional_time() const {
    const Cell& cell = *cell_;
    double value = 0;
    switch (cell.kind) {
        case Kind::null:
            return kUnknownTime;
        case Kind::whole:
            if (cell.whole <= kMostMicroseconds)
                return static_cast<Time>(cell.whole) * kPicosecondsPerMicrosecond;
            value = static_cast<double>(cell.whole);
            break;
        case Kind::negative:
            value = static_cast<double>(static_cast<std::int64_t>(cell.whole));
            break;
        case Kind::fraction:
            value = cell.fraction;
            break;
        default:
            fail(shown() + " is no time in microseconds");
    }
    if (std::abs(value) > static_cast<double>(kMostMicroseconds))
        fail(fmt::format("{} us is more than {} us, the longest time that a recording has", shown(),
                         kMostMicroseconds));
    return std::llround(value * static_cast<double>(kPicosecondsPerMicrosecond));
}

Time CellRef::time() const {
    const Time value = optional_time();
    if (!known(value)) fail("null where a time must stand");
    return value;
}

std::span<const ListToken> CellRef::list() const {
    const Cell& cell = *cell_;
    if (cell.kind != Kind::list) fail(shown() + " is no list");
    return std::span(row_->tokens_).subspan(cell.first, cell.count);
}

CellRef CellRef::member(const char* name) const {
    static const Cell none;
    if (cell_->kind != Kind::object) fail(shown() + " is no object");
    for (std::size_t i = cell_->first; i < cell_->first + cell_->count; ++i)
        if (row_->texts_[row_->member_names_[i]] == name) return {*row_, column_, row_->members_[i]};
    return {*row_, column_, none};
}

const nlohmann::json& SmallValues::at(const std::string& field) const {
    static const nlohmann::json none;
    const auto found = values_.find(field);
    return found != values_.end() ? *found : none;
}

void SmallValues::fail(const std::string& field, const std::string& what) const {
    throw FileDamaged(fmt::format("'{}', field \"{}\": {}", file_, field, what));
}

std::vector<std::string> SmallValues::texts(const std::string& field) const {
    const nlohmann::json& list = at(field);
    if (!list.is_array()) fail(field, has(field) ? "it is no list of texts" : "it is missing");
    std::vector<std::string> texts;
    texts.reserve(list.size());
    for (const nlohmann::json& entry : list) {
        if (!entry.is_string()) fail(field, fmt::format("entry {} is no text", texts.size()));
        texts.push_back(entry.get<std::string>());
    }
    return texts;
}

bool SmallValues::truth(const std::string& field) const {
    if (!at(field).is_boolean()) fail(field, has(field) ? "it is neither true nor false" : "it is missing");
    return at(field).get<bool>();
}

std::uint64_t SmallValues::whole(const std::string& field) const {
    if (!at(field).is_number_unsigned())
        fail(field, has(field) ? "it is no whole number from 0" : "it is missing");
    return at(field).get<std::uint64_t>();
}

std::vector<std::uint32_t> SmallValues::optional_indices(const std::string& field,
                                                         std::uint64_t bound) const {
    const nlohmann::json& list = at(field);
    if (!list.is_array()) fail(field, has(field) ? "it is no list of numbers" : "it is missing");
    std::vector<std::uint32_t> numbers;
    numbers.reserve(list.size());
    for (const nlohmann::json& entry : list) {
        if (!entry.is_null() && (!entry.is_number_unsigned() || entry.get<std::uint64_t>() >= bound))
            fail(field, fmt::format("entry {} is neither null nor a number below {}", numbers.size(), bound));
        numbers.push_back(entry.is_null() ? 0xffffffffU : entry.get<std::uint32_t>());
    }
    return numbers;
}

SmallValues read_tables(const std::filesystem::path& file, const TableFormat& format) {
    CountedFile input(file);
    TableHandler handler(file.string(), format, input);
    nlohmann::json::sax_parse(CountedIterator(input), CountedIterator(), &handler);
    return handler.finish();
}

}  // namespace weir::analysis
