// SPDX-License-Identifier: Apache-2.0
/// The data of a report page as bytes: a header in JSON, then tables column by column. report/src/data reads
/// them.
///
///     "WEIRPAGE"                8 bytes
///     version                   4 bytes, little endian: 1
///     length of the header      4 bytes, little endian
///     header                    JSON, UTF-8; its field "tables" lists the tables and their columns
///     columns                   one after the other, in the order of that list
///
/// In the page these bytes are compressed (zlib, RFC 1950) and written as base64.
///
///     {"name":"tasks","rows":2,"columns":[
///         {"name":"end","bytes":3,"wide":true,"nulls":false,"signed":false,"base":"column","of":"start"}]}
///
/// A column has `bytes` bytes: a number for each row, as a varint (seven bits a byte, lowest first, the top
/// bit set in all but the last byte). For a value v that is counted from b the number is
///
///     n = v - b;  if "signed": 2n when n >= 0, -2n - 1 else;  if "nulls": plus 1, and 0 stands for null
///
/// where b is, by "base"
///
///     zero       0
///     previous   the last value of this column that is not null; 0 at first
///     column     the value of column `of` in the same row, or as previous when that is null
///     group      the last value of this column in a row with the same value of column `of`; 0 at first
///
/// `of` stands before the column in the same table. Base and sign are what makes the column shortest; most
/// numbers then are one byte, or two. "wide" says that values may have more than 31 bits, or are times. Every
/// value is below 2^51 in either direction, so that a double holds n as well.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace weir::analysis {

inline constexpr std::string_view kReportMagic = "WEIRPAGE";
inline constexpr std::uint32_t kReportVersion = 1;
inline constexpr std::int64_t kNullCell = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t kMostCell = (std::int64_t{1} << 51) - 1;

class ReportTables {
public:
    /// The table that columns are added to from here on.
    void begin(const std::string& name, std::size_t rows);
    /// `of`: columns of the table that values may be close to, and `groups`: those with whose value they go
    /// on. Values that are null or in the range of 31 bits, and not negative, unless `wide`. Throws
    /// FileDamaged for a value that the format cannot hold.
    void add(const std::string& name, std::vector<std::int64_t> values, bool wide,
             const std::vector<std::string>& of = {}, const std::vector<std::string>& groups = {});

    /// Rows of all tables.
    [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }
    /// Everything, before compression. `header` gets the field "tables".
    [[nodiscard]] std::string bytes(nlohmann::json header) const;

private:
    struct Column {
        std::string name;
        std::vector<std::int64_t> values;
    };
    [[nodiscard]] const std::vector<std::int64_t>& values_of(const std::string& name) const;

    nlohmann::json tables_ = nlohmann::json::array();
    std::vector<Column> columns_;  // of the table that was begun last
    std::string bytes_;
    std::uint64_t rows_ = 0;
};

}  // namespace weir::analysis
