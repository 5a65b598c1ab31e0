// SPDX-License-Identifier: Apache-2.0
#include "analysis/table_handler.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace weir::analysis {

namespace {

using nlohmann::json;

/// Tokens of one row, lists in cells included: no row of ours has more than some tens.
constexpr std::size_t kMostCells = 1024;
constexpr std::uint64_t kMostRows = std::numeric_limits<std::uint32_t>::max() - 1;

}  // namespace

TableHandler::TableHandler(std::string file, const TableFormat& format, const CountedFile& input)
    : format_(format), input_(input), seen_(format.tables.size()) {
    small_.file_ = file;
    row_.file_ = std::move(file);
}

void TableHandler::fail(const std::string& what) const {
    throw FileDamaged(fmt::format("'{}', line {}: {}", row_.file_, input_.line(), what));
}

void TableHandler::fail_field(const std::string& what) const {
    const std::string row = where_ >= Where::row ? fmt::format(", row {}", row_.number_) : "";
    throw FileDamaged(
        fmt::format("'{}', line {}, field \"{}\"{}: {}", row_.file_, input_.line(), field_, row, what));
}

SmallValues TableHandler::finish() {
    check_small();
    for (std::size_t i = 0; i < seen_.size(); ++i)
        if (!seen_[i]) small_.fail(format_.tables[i].name, "it is missing");
    return std::move(small_);
}

/// Refuses what is another kind of file, or newer, before anything else is looked at.
void TableHandler::check_small() {
    const json& format = small_.at("format");
    if (!format.is_string() || format != format_.format)
        small_.fail("format", fmt::format("this is no {} file; it must be \"{}\" and stand before all tables",
                                          format_.format, format_.format));
    const json& version = small_.at("version");
    if (!version.is_number_unsigned())
        small_.fail("version", "it must be a whole number and stand before all tables");
    const auto number = version.get<std::uint64_t>();
    if (number > format_.version)
        small_.fail("version", fmt::format("{} is newer than {}, which this weir reads; use a newer weir",
                                           number, format_.version));
    if (number == 0) small_.fail("version", "0 is no version");
}

bool TableHandler::key(string_t& name) {
    if (where_ == Where::value) {
        if (kept_) keys_.back() = name;
        return true;
    }
    if (where_ == Where::passed) return true;
    if (where_ == Where::object) {
        row_.member_names_.push_back(add_text(name));
        return true;
    }
    field_ = name;
    const auto& tables = format_.tables;
    const auto found =
        std::find_if(tables.begin(), tables.end(), [&](const auto& table) { return table.name == name; });
    if (found != tables.end()) {
        table_ = static_cast<std::size_t>(found - tables.begin());
        begin_table();
        return true;
    }
    where_ = Where::value;
    kept_ = name == "format" || name == "version" ||
            std::find(format_.small.begin(), format_.small.end(), name) != format_.small.end() ||
            std::any_of(tables.begin(), tables.end(),
                        [&](const auto& table) { return table.columns_field == name; });
    if (kept_ && small_.has(name)) fail_field("it stands here a second time");
    return true;
}

void TableHandler::begin_table() {
    where_ = Where::fields;
    if (seen_[table_]) fail_field("it stands here a second time");
    seen_[table_] = true;
    check_small();
    const TableFormat::Table& table = format_.tables[table_];
    if (!small_.has(table.columns_field))
        fail_field(fmt::format("\"{}\" must stand before it", table.columns_field));
    const std::vector<std::string> names = small_.texts(table.columns_field);
    if (names.size() > kMostCells) small_.fail(table.columns_field, "these are too many columns");
    row_.places_.clear();
    row_.columns_ = table.columns;
    row_.columns_.insert(row_.columns_.end(), table.more.begin(), table.more.end());
    for (const std::string& column : row_.columns_) {
        const auto place = std::find(names.begin(), names.end(), column);
        if (place == names.end()) {
            if (row_.places_.size() < table.columns.size())
                small_.fail(table.columns_field, fmt::format("column \"{}\" is missing", column));
            row_.places_.push_back(Row::kNowhere);
            continue;
        }
        if (std::find(place + 1, names.end(), column) != names.end())
            small_.fail(table.columns_field, fmt::format("column \"{}\" stands there twice", column));
        row_.places_.push_back(static_cast<std::size_t>(place - names.begin()));
    }
    width_ = names.size();
    row_.table_ = table.name;
    row_.number_ = 0;
    if (table.begin) table.begin(small_);
    where_ = Where::table;
    depth_ = 0;
}

void TableHandler::begin_row() {
    row_.line_ = input_.line();
    row_.cells_.clear();
    row_.text_count_ = 0;
    row_.tokens_.clear();
    row_.members_.clear();
    row_.member_names_.clear();
    where_ = Where::row;
}

void TableHandler::end_row() {
    if (row_.cells_.size() != width_)
        fail_field(fmt::format("{} cells, but \"{}\" has {} columns", row_.cells_.size(),
                               format_.tables[table_].columns_field, width_));
    if (row_.number_ == kMostRows) fail_field("these are too many rows");
    format_.tables[table_].row(row_);
    ++row_.number_;
    where_ = Where::table;
}

void TableHandler::scalar_in_list(const Cell& cell) {
    if (cell.kind != Cell::Kind::whole && cell.kind != Cell::Kind::negative)
        fail_field("a list in a row holds whole numbers and lists only");
    if (cell.kind == Cell::Kind::whole && cell.whole > std::numeric_limits<std::int64_t>::max())
        fail_field(fmt::format("{} is too large", cell.whole));
    row_.tokens_.push_back({ListToken::Kind::number, static_cast<std::int64_t>(cell.whole)});
    if (row_.tokens_.size() > kMostCells) fail_field("the list is too long");
}

void TableHandler::add_cell(const Cell& cell) {
    if (row_.cells_.size() == width_) fail_field(fmt::format("more than {} cells", width_));
    row_.cells_.push_back(cell);
}

std::size_t TableHandler::add_text(const std::string& text) {
    const std::size_t place = row_.text_count_++;
    if (place == kMostCells) fail_field("these are too many texts");
    if (place == row_.texts_.size()) row_.texts_.emplace_back();
    row_.texts_[place] = text;
    return place;
}

bool TableHandler::scalar(const Cell& cell, json value) {
    switch (where_) {
        case Where::outside:
            fail("this is no JSON object");
        case Where::fields:
        case Where::table:
            fail_field("it is no list of rows, each a list of cells");
        case Where::value:
            if (kept_) keep(std::move(value), false);
            if (depth_ == 0) value_ends();
            return true;
        case Where::row:
            add_cell(cell);
            return true;
        case Where::list:
            scalar_in_list(cell);
            return true;
        case Where::object:
            row_.members_.push_back(cell);
            return true;
        case Where::passed:
            return true;
    }
    return true;
}

void TableHandler::keep(json value, bool opens) {
    if (++small_count_ > kMostSmallValues)
        fail_field(fmt::format("more than {} values outside the tables", kMostSmallValues));
    json* place = nullptr;
    if (parents_.empty()) {
        place = &small_.values_[field_];
        *place = std::move(value);
    } else if (parents_.back()->is_array()) {
        parents_.back()->push_back(std::move(value));
        place = &parents_.back()->back();
    } else {
        place = &(*parents_.back())[keys_.back()];
        *place = std::move(value);
    }
    if (!opens) return;
    parents_.push_back(place);
    keys_.emplace_back();
}

void TableHandler::value_ends() {
    where_ = Where::fields;
    if (kept_ && (field_ == "format" || field_ == "version") && small_.has("format") && small_.has("version"))
        check_small();
}

bool TableHandler::null() { return scalar({}, nullptr); }

bool TableHandler::boolean(bool value) {
    return scalar({.kind = Cell::Kind::boolean, .whole = value ? 1U : 0U}, value);
}

bool TableHandler::number_integer(number_integer_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    return scalar({.kind = value < 0 ? Cell::Kind::negative : Cell::Kind::whole, .whole = bits}, value);
}

bool TableHandler::number_unsigned(number_unsigned_t value) {
    return scalar({.kind = Cell::Kind::whole, .whole = value}, value);
}

bool TableHandler::number_float(number_float_t value, const string_t& /*text*/) {
    return scalar({.kind = Cell::Kind::fraction, .fraction = value}, value);
}

bool TableHandler::string(string_t& value) {
    if (where_ != Where::row && where_ != Where::object)
        return scalar({.kind = Cell::Kind::text}, std::move(value));
    return scalar({.kind = Cell::Kind::text, .first = add_text(value)}, nullptr);
}

bool TableHandler::binary(binary_t& /*value*/) { fail("JSON text has no binary values"); }

bool TableHandler::start_object(std::size_t /*size*/) {
    switch (where_) {
        case Where::outside:
            where_ = Where::fields;
            return true;
        case Where::value:
            if (kept_) keep(json::object(), true);
            ++depth_;
            return true;
        case Where::row:
            add_cell({.kind = Cell::Kind::object, .first = row_.members_.size()});
            where_ = Where::object;
            return true;
        case Where::object:
        case Where::passed:
            return start_passed();
        default:
            fail_field("an object stands where a list of cells should");
    }
}

bool TableHandler::end_object() {
    if (where_ == Where::fields) {
        where_ = Where::outside;
        return true;
    }
    if (where_ == Where::object) {
        row_.cells_.back().count = row_.members_.size() - row_.cells_.back().first;
        where_ = Where::row;
        return true;
    }
    return end_array();
}

/// A list or an object inside an object of a row counts as null.
bool TableHandler::start_passed() {
    if (where_ == Where::object) {
        row_.members_.emplace_back();
        depth_ = 0;
    }
    where_ = Where::passed;
    ++depth_;
    return true;
}

bool TableHandler::start_array(std::size_t /*size*/) {
    switch (where_) {
        case Where::outside:
            fail("this is no JSON object");
        case Where::fields:
            return true;
        case Where::value:
            if (kept_) keep(json::array(), true);
            ++depth_;
            return true;
        case Where::table:
            if (depth_++ > 0) begin_row();
            return true;
        case Where::row:
            add_cell({.kind = Cell::Kind::list, .first = row_.tokens_.size()});
            where_ = Where::list;
            depth_ = 1;
            return true;
        case Where::list:
            row_.tokens_.push_back({ListToken::Kind::open, 0});
            if (row_.tokens_.size() > kMostCells) fail_field("the list is too long");
            ++depth_;
            return true;
        case Where::object:
        case Where::passed:
            return start_passed();
    }
    return true;
}

bool TableHandler::end_array() {
    switch (where_) {
        case Where::value:
            if (kept_) {
                parents_.pop_back();
                keys_.pop_back();
            }
            if (--depth_ == 0) value_ends();
            return true;
        case Where::list:
            if (--depth_ > 0) {
                row_.tokens_.push_back({ListToken::Kind::close, 0});
                return true;
            }
            row_.cells_.back().count = row_.tokens_.size() - row_.cells_.back().first;
            where_ = Where::row;
            return true;
        case Where::passed:
            if (--depth_ == 0) where_ = Where::object;
            return true;
        case Where::row:
            end_row();
            depth_ = 1;
            return true;
        default:
            where_ = Where::fields;
            depth_ = 0;
            return true;
    }
}

bool TableHandler::parse_error(std::size_t /*position*/, const std::string& /*token*/,
                               const json::exception& error) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: what is wrong"
    std::string what = error.what();
    if (const std::size_t behind = what.find("] "); behind != std::string::npos) what.erase(0, behind + 2);
    fail(fmt::format("this is no JSON, or the file is cut off: {}", what));
}

}  // namespace weir::analysis
