// SPDX-License-Identifier: Apache-2.0
/// Takes the events of a JSON parser and turns them into small values and rows (json_tables.hpp).
///
///     where_     outside --{--> fields --key of a table--> table --[--> row --[--> list
///                               |   ^
///                               +---+ key of anything else: value (kept, or passed over), until it is
///                               complete
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "analysis/counted_file.hpp"
#include "analysis/json_tables.hpp"

namespace weir::analysis {

class TableHandler : public nlohmann::json_sax<nlohmann::json> {
public:
    TableHandler(std::string file, const TableFormat& format, const CountedFile& input);

    /// After the last event: refuses a file that lacks a table.
    SmallValues finish();

    bool null() override;
    bool boolean(bool value) override;
    bool number_integer(number_integer_t value) override;
    bool number_unsigned(number_unsigned_t value) override;
    bool number_float(number_float_t value, const string_t& text) override;
    bool string(string_t& value) override;
    bool binary(binary_t& value) override;
    bool start_object(std::size_t size) override;
    bool key(string_t& name) override;
    bool end_object() override;
    bool start_array(std::size_t size) override;
    bool end_array() override;
    bool parse_error(std::size_t position, const std::string& token,
                     const nlohmann::json::exception& error) override;

private:
    enum class Where : std::uint8_t { outside, fields, value, table, row, list, object, passed };

    [[noreturn]] void fail(const std::string& what) const;
    [[noreturn]] void fail_field(const std::string& what) const;
    /// A value that is no list and no object.
    bool scalar(const Cell& cell, nlohmann::json value);
    void scalar_in_list(const Cell& cell);
    void add_cell(const Cell& cell);
    std::size_t add_text(const std::string& text);
    void keep(nlohmann::json value, bool opens);
    bool start_passed();
    void value_ends();
    void check_small();
    void begin_table();
    void begin_row();
    void end_row();

    const TableFormat& format_;
    const CountedFile& input_;
    Where where_ = Where::outside;
    std::string field_;
    std::vector<bool> seen_;  // tables
    std::size_t table_ = 0;   // that is read, index into the format
    std::size_t width_ = 0;   // cells in its rows
    SmallValues small_;
    bool kept_ = false;                     // the value is asked for
    std::vector<nlohmann::json*> parents_;  // of the next small value, innermost last
    std::vector<std::string> keys_;         // of objects among them
    std::uint64_t depth_ = 0;               // inside the value that is passed over, or of lists in a cell
    std::uint64_t small_count_ = 0;
    Row row_;
};

}  // namespace weir::analysis
