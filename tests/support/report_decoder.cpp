// SPDX-License-Identifier: Apache-2.0
#include "support/report_decoder.hpp"

#include <zlib.h>

#include <stdexcept>

#include "analysis/report_encoding.hpp"

namespace weir::test {
namespace {

using analysis::kNullCell;
using Values = DecodedReport::Values;

std::uint64_t take_number(std::string_view& bytes, std::size_t count) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < count; ++i)
        number |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes.at(i))) << (8 * i);
    bytes.remove_prefix(count);
    return number;
}

std::uint64_t take_varint(std::string_view& bytes) {
    std::uint64_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
        const std::uint64_t byte = take_number(bytes, 1);
        number |= (byte & 0x7f) << shift;
        if (byte < 0x80) return number;
    }
}

Values decode_column(std::string_view bytes, std::size_t rows, const nlohmann::json& column,
                     const std::map<std::string, Values>& table) {
    const std::string base = column.at("base");
    const Values* const other = column.contains("of") ? &table.at(column.at("of")) : nullptr;
    std::map<std::int64_t, std::int64_t> last;
    std::int64_t previous = 0;
    Values values;
    for (std::size_t row = 0; row < rows; ++row) {
        std::uint64_t number = take_varint(bytes);
        if (column.at("nulls") && number-- == 0) {
            values.push_back(kNullCell);
            continue;
        }
        std::int64_t value = static_cast<std::int64_t>(number);
        if (column.at("signed")) value = number % 2 == 0 ? value / 2 : -(value + 1) / 2;
        if (base == "previous") value += previous;
        if (base == "column") value += (*other)[row] == kNullCell ? previous : (*other)[row];
        if (base == "group") value += last[(*other)[row]];
        if (base == "group") last[(*other)[row]] = value;
        previous = value;
        values.push_back(value);
    }
    if (!bytes.empty()) throw std::runtime_error("bytes are left in column " + column.at("name").dump());
    return values;
}

}  // namespace

DecodedReport decode_report(std::string_view bytes) {
    if (bytes.substr(0, 8) != analysis::kReportMagic) throw std::runtime_error("no report");
    bytes.remove_prefix(8);
    if (take_number(bytes, 4) != analysis::kReportVersion) throw std::runtime_error("another version");
    const std::size_t length = take_number(bytes, 4);
    DecodedReport report;
    report.header = nlohmann::json::parse(bytes.substr(0, length));
    bytes.remove_prefix(length);
    for (const nlohmann::json& table : report.header.at("tables")) {
        auto& columns = report.tables[table.at("name")];
        for (const nlohmann::json& column : table.at("columns")) {
            const std::size_t size = column.at("bytes");
            columns[column.at("name")] =
                decode_column(bytes.substr(0, size), table.at("rows"), column, columns);
            bytes.remove_prefix(size);
        }
    }
    if (!bytes.empty()) throw std::runtime_error("bytes are left behind the tables");
    return report;
}

std::string decode_report_text(std::string_view text) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string compressed;
    std::uint32_t group = 0;
    int bits = 0;
    for (const char digit : text) {
        if (digit == '=') break;
        group = group << 6U | static_cast<std::uint32_t>(kDigits.find(digit));
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        compressed += static_cast<char>(group >> bits & 0xff);
    }
    std::string bytes(std::size_t{1} << 26, '\0');
    uLongf size = bytes.size();
    if (uncompress(reinterpret_cast<Bytef*>(bytes.data()), &size,
                   reinterpret_cast<const Bytef*>(compressed.data()), compressed.size()) != Z_OK)
        throw std::runtime_error("no zlib stream");
    bytes.resize(size);
    return bytes;
}

}  // namespace weir::test
