// SPDX-License-Identifier: Apache-2.0
/// JSON files of a recording that hold large tables: an object whose fields are small values or tables, a
/// table being a list of rows and a row a list of cells, with the names of the cells in a field before it:
///
///     {"format":"weir-swimlane","version":1,"task_columns":["ring","id"],"tasks":[[0,1],[0,2]]}
///
/// The file is read once, from front to back, a row at a time: nothing but the small values and one row is
/// held here. Small values are those that the reader asks for by name, together at most kMostSmallValues;
/// other fields are passed over, so that a file may have more than this reader knows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "analysis/file_errors.hpp"
#include "analysis/recorded_time.hpp"

namespace weir::analysis {

/// A kernel and a source site each take one or two; a program has some thousands of either.
inline constexpr std::uint64_t kMostSmallValues = 4'000'000;

/// One value of a row.
struct Cell {
    enum class Kind : std::uint8_t { null, boolean, whole, negative, fraction, text, list, object };
    Kind kind = Kind::null;
    std::uint64_t whole = 0;  ///< whole, boolean; negative: in two's complement
    double fraction = 0;
    std::size_t first = 0;  ///< of a text, of the tokens of a list, of the members of an object
    std::size_t count = 0;  ///< tokens, members
};

/// A list in a row, as it is read: brackets and whole numbers.
struct ListToken {
    enum class Kind : std::uint8_t { open, close, number } kind;
    std::int64_t number;
};

class Row;

/// A cell, or a member of one, with its place for messages. Every access throws FileDamaged, with file, line,
/// row and column, when it is something else.
class CellRef {
public:
    [[nodiscard]] bool is_null() const noexcept { return cell_->kind == Cell::Kind::null; }
    [[nodiscard]] std::uint64_t whole() const;
    /// Below `bound`; `of` says what there are so many of: "kernels".
    [[nodiscard]] std::uint32_t index(std::uint64_t bound, const char* of) const;
    /// The same, or the largest number for null.
    [[nodiscard]] std::uint32_t optional_index(std::uint64_t bound, const char* of) const;
    [[nodiscard]] bool truth() const;
    [[nodiscard]] const std::string& text() const;
    /// Microseconds, whole or with a fraction; kUnknownTime for null.
    [[nodiscard]] Time optional_time() const;
    [[nodiscard]] Time time() const;
    [[nodiscard]] std::span<const ListToken> list() const;
    /// Of an object; null when it has no such member.
    [[nodiscard]] CellRef member(const char* name) const;
    [[noreturn]] void fail(const std::string& what) const;

private:
    friend class Row;
    CellRef(const Row& row, std::size_t column, const Cell& cell)
        : row_(&row), cell_(&cell), column_(column) {}
    [[nodiscard]] std::string shown() const;

    const Row* row_;
    const Cell* cell_;
    std::size_t column_;
};

/// The row that is being read. Columns are named by their place in what the reader asked for.
class Row {
public:
    [[nodiscard]] CellRef operator[](std::size_t column) const {
        static constexpr Cell kNull;
        return {*this, column, places_[column] == kNowhere ? kNull : cells_[places_[column]]};
    }
    /// Counted from 0.
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

private:
    friend class TableHandler;
    friend class CellRef;
    static constexpr std::size_t kNowhere = ~std::size_t{0};

    std::string file_;
    std::string table_;
    std::uint64_t line_ = 0;
    std::uint64_t number_ = 0;
    std::vector<std::string> columns_;  // asked for
    std::vector<std::size_t> places_;   // of those in a row of this file
    std::vector<Cell> cells_;
    std::vector<Cell> members_;              // of objects in cells
    std::vector<std::size_t> member_names_;  // in the texts, one for each member
    std::vector<std::string> texts_;
    std::size_t text_count_ = 0;
    std::vector<ListToken> tokens_;
};

/// The small values of a file by name; null where the file has none.
class SmallValues {
public:
    [[nodiscard]] const nlohmann::json& at(const std::string& field) const;
    [[nodiscard]] bool has(const std::string& field) const { return values_.contains(field); }
    [[nodiscard]] std::vector<std::string> texts(const std::string& field) const;
    [[nodiscard]] bool truth(const std::string& field) const;
    [[nodiscard]] std::uint64_t whole(const std::string& field) const;
    /// A list of numbers below `bound`, or null, for which the largest number stands.
    [[nodiscard]] std::vector<std::uint32_t> optional_indices(const std::string& field,
                                                              std::uint64_t bound) const;
    [[noreturn]] void fail(const std::string& field, const std::string& what) const;

private:
    friend class TableHandler;
    nlohmann::json values_ = nlohmann::json::object();
    std::string file_;
};

/// What a reader wants of a file.
struct TableFormat {
    struct Table {
        std::string name;
        std::string columns_field;         ///< field with the names of the columns
        std::vector<std::string> columns;  ///< that the reader needs; others may be there
        /// Called where the table begins, with the small values that stand before it.
        std::function<void(const SmallValues&)> begin;
        std::function<void(const Row&)> row;
        /// Columns behind `columns` that a file need not have: null then.
        std::vector<std::string> more = {};
    };
    std::string format;         ///< of field "format"
    std::uint64_t version = 1;  ///< newest that the reader knows
    std::vector<std::string> small;
    std::vector<Table> tables;
};

/// Reads the file and returns its small values. Throws FileMissing, FileDamaged.
SmallValues read_tables(const std::filesystem::path& file, const TableFormat& format);

}  // namespace weir::analysis
