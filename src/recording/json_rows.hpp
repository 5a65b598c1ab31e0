// SPDX-License-Identifier: Apache-2.0
/// Text for files of many rows, put together without looking up formats, and handed on in large pieces.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "recording/run_files.hpp"

namespace weir::recording {

class JsonRows {
public:
    explicit JsonRows(const Sink& sink) : sink_(sink) { text_.reserve(kPiece + kRoom); }
    JsonRows(const JsonRows&) = delete;
    JsonRows& operator=(const JsonRows&) = delete;

    void text(std::string_view text) {
        text_ += text;
        if (text_.size() > kPiece) flush();
    }
    /// "name":[ on a line of its own, then rows, then `end_table`.
    void begin_table(std::string_view name) {
        text(",\n\"");
        text(name);
        text("\":[");
        first_ = true;
    }
    void end_table() { text("\n]"); }

    /// A row: begin_row, values, end_row.
    void begin_row() {
        text(first_ ? "\n[" : ",\n[");
        first_ = false;
        first_value_ = true;
    }
    void end_row() { text("]"); }
    void number(std::uint64_t value) {
        separate();
        digits(value);
    }
    /// kNone as null.
    void index(std::uint32_t value) {
        if (value == kNone)
            raw("null");
        else
            number(value);
    }
    /// Nanoseconds as microseconds with three decimals.
    void us(std::int64_t ns) {
        separate();
        digits(static_cast<std::uint64_t>(ns) / 1000);
        const auto rest = static_cast<unsigned>(static_cast<std::uint64_t>(ns) % 1000);
        if (rest == 0) return;
        const char decimals[4] = {'.', static_cast<char>('0' + rest / 100),
                                  static_cast<char>('0' + rest / 10 % 10),
                                  static_cast<char>('0' + rest % 10)};
        text_.append(decimals, sizeof decimals);
    }
    /// A value as it stands.
    void raw(std::string_view value) {
        separate();
        text_ += value;
    }
    void flush() {
        sink_(text_);
        text_.clear();
    }

private:
    static constexpr std::size_t kPiece = std::size_t{1} << 16U;
    static constexpr std::size_t kRoom = 4096;

    void separate() {
        if (!first_value_) text_ += ',';
        first_value_ = false;
    }
    void digits(std::uint64_t value) {
        char place[24];
        const auto end = std::to_chars(place, place + sizeof place, value).ptr;
        text_.append(place, static_cast<std::size_t>(end - place));
    }

    const Sink& sink_;
    std::string text_;
    bool first_ = true;
    bool first_value_ = true;
};

}  // namespace weir::recording
