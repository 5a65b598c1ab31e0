// SPDX-License-Identifier: Apache-2.0
/// The file of KernelTimes: read in one pass, so that a field that stands there twice is seen, and nesting
/// that no good file has costs nothing.
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <weir/error.hpp>
#include <weir/kernel.hpp>

#include "config/kernel_times.hpp"
#include "config/size_text.hpp"

namespace weir {

namespace {

constexpr const char* kFields =
    "\"constant\", \"tensorI.elements\", \"tensorI.bytes\", \"tensorI.extentA\" or \"scalarI.TYPE\" (f64, "
    "f32, i8 to i64, u8 to u64, bool)";

/// Takes `word` off the front of the text.
bool take(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word)) return false;
    text.remove_prefix(word.size());
    return true;
}

/// Takes a number below `limit` off the front, written without zeros before it.
bool take(std::string_view& text, std::size_t limit, std::uint8_t& number) {
    unsigned value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    const auto digits = static_cast<std::size_t>(result.ptr - text.data());
    if (result.ec != std::errc{} || value >= limit || (digits > 1 && text.front() == '0')) return false;
    number = static_cast<std::uint8_t>(value);
    text.remove_prefix(digits);
    return true;
}

DType scalar_type(std::string_view name) {
    for (auto number = static_cast<std::uint8_t>(DType::f64);
         number <= static_cast<std::uint8_t>(DType::boolean); ++number) {
        const auto type = static_cast<DType>(number);
        if (type != DType::f16 && type != DType::bf16 && name == name_of(type)) return type;
    }
    return DType::none;
}

std::optional<TimeTerm> term_of(std::string_view field) {
    TimeTerm term;
    if (take(field, "scalar")) {
        if (!take(field, kMaxScalars, term.index) || !take(field, ".")) return std::nullopt;
        term.quantity = TimeTerm::Quantity::scalar;
        term.type = scalar_type(field);
        return term.type != DType::none ? std::optional(term) : std::nullopt;
    }
    if (!take(field, "tensor") || !take(field, kMaxTensors, term.index) || !take(field, "."))
        return std::nullopt;
    if (field == "elements") return term;
    term.quantity = TimeTerm::Quantity::bytes;
    if (field == "bytes") return term;
    term.quantity = TimeTerm::Quantity::extent;
    const bool good = take(field, "extent") && take(field, std::size_t{kMaxAxes}, term.axis) && field.empty();
    return good ? std::optional(term) : std::nullopt;
}

class TimesReader final : public nlohmann::json_sax<nlohmann::json> {
public:
    TimesReader(std::string_view text, const std::string& file, KernelTimes::Table& times)
        : text_(text), file_(file), times_(times) {}

    bool null() override { return no_number("null"); }
    bool boolean(bool value) override { return no_number(value ? "true" : "false"); }
    bool number_integer(number_integer_t value) override { return number(static_cast<double>(value)); }
    bool number_unsigned(number_unsigned_t value) override { return number(static_cast<double>(value)); }
    bool number_float(number_float_t value, const string_t&) override { return number(value); }
    bool string(string_t& value) override { return no_number("\"" + weir::quoted(value) + "\""); }
    bool binary(binary_t&) override { return no_number("this"); }
    bool start_array(std::size_t) override { return no_number("a list"); }
    bool end_array() override { return true; }

    bool start_object(std::size_t) override {
        if (depth_ == 2) return no_number("an object");
        ++depth_;
        return true;
    }
    bool key(string_t& name) override {
        if (depth_ == 1) {
            const auto [place, added] = times_.try_emplace(name);
            if (!added) fail(fmt::format("kernel \"{}\" is there twice; leave one", weir::quoted(name)));
            kernel_ = &*place;
            return true;
        }
        field_ = name;
        term_ = term_of(name);
        if (!term_ && name != "constant")
            fail_field(fmt::format("this is no quantity of a task; there are {}", kFields));
        if (std::find(fields_.begin(), fields_.end(), name) != fields_.end())
            fail_field("it is there twice; leave one");
        fields_.push_back(name);
        return true;
    }
    bool end_object() override {
        if (--depth_ == 1 && fields_.empty())
            fail(fmt::format("kernel \"{}\": the function is empty; give it {}", weir::quoted(kernel_->first),
                             kFields));
        fields_.clear();
        return true;
    }
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::json::exception& error) override {
        // Of the position only what has been read is text.
        const std::string_view before = text_.substr(0, position == 0 ? 0 : position - 1);
        const auto line = std::count(before.begin(), before.end(), '\n') + 1;
        const std::size_t line_start = before.rfind('\n');
        const std::size_t column =
            before.size() - (line_start == std::string_view::npos ? 0 : line_start + 1) + 1;
        constexpr int kNumberTooLarge = 406;
        fail(fmt::format("line {}, column {}: {}", line, column,
                         error.id == kNumberTooLarge ? "the number is too large"
                                                     : "this is no JSON; give an object like "
                                                       "{\"gemm\": 25000}, nanoseconds by kernel"));
    }

private:
    [[noreturn]] void fail(const std::string& what) const {
        throw Error(ErrorCode::configuration, fmt::format("'{}', {}", file_, what));
    }
    [[noreturn]] void fail_field(const std::string& what) const {
        if (depth_ < 2) fail(fmt::format("kernel \"{}\": {}", weir::quoted(kernel_->first), what));
        fail(fmt::format("kernel \"{}\", field \"{}\": {}", weir::quoted(kernel_->first),
                         weir::quoted(field_), what));
    }
    bool no_number(const std::string& shown) const {
        if (depth_ == 0)
            fail(fmt::format("{} is no object; give one like {{\"gemm\": 25000}}, nanoseconds by kernel",
                             shown));
        if (depth_ == 1)
            fail_field(fmt::format(
                "{} is neither a number of nanoseconds nor an object with a function's terms", shown));
        fail_field(fmt::format("{} is no number of nanoseconds", shown));
    }
    bool number(double value) {
        if (depth_ == 0) return no_number(fmt::format("{}", value));
        if (!(value >= 0 && value <= static_cast<double>(kMostKernelNs)))
            fail_field(
                fmt::format("{} nanoseconds cannot be; give a number from 0 to {}", value, kMostKernelNs));
        KernelTime& time = kernel_->second;
        if (depth_ == 1 || !term_) {
            time.constant = value;
        } else {
            term_->coefficient = value;
            time.terms.push_back(*term_);
        }
        return true;
    }

    std::string_view text_;
    const std::string& file_;
    KernelTimes::Table& times_;
    KernelTimes::Table::value_type* kernel_ = nullptr;
    int depth_ = 0;
    std::string field_;
    std::optional<TimeTerm> term_;  ///< nothing: the constant
    std::vector<std::string> fields_;
};

[[noreturn]] void cannot_read(const std::string& file, const std::string& why) {
    throw Error(ErrorCode::configuration, fmt::format("kernel times '{}' cannot be read: {}", file, why));
}

}  // namespace

KernelTimes KernelTimes::parse(std::string_view text, std::string file) {
    KernelTimes times;
    times.file_ = std::move(file);
    TimesReader reader(text, times.file_, times.times_);
    nlohmann::json::sax_parse(text.begin(), text.end(), &reader);
    return times;
}

KernelTimes KernelTimes::read(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) cannot_read(file, std::strerror(errno));
    std::string text(kMostKernelTimesBytes + 1, '\0');
    errno = 0;
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (stream.bad() || (stream.gcount() == 0 && errno != 0))
        cannot_read(file, errno != 0 ? std::strerror(errno) : "the system gave no reason");
    text.resize(static_cast<std::size_t>(stream.gcount()));
    if (text.size() > kMostKernelTimesBytes)
        cannot_read(file, fmt::format("it has more than {} bytes", kMostKernelTimesBytes));
    return parse(text, file);
}

}  // namespace weir
