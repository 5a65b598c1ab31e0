// SPDX-License-Identifier: Apache-2.0
/// Messages in the wire format of Protocol Buffers, as far as a trace needs it.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::analysis {

/// Fields stand in the order in which they are added; a repeated field is added several times.
class ProtoMessage {
public:
    /// uint32, uint64, int32, int64, enum: negative numbers are those of 64 bits.
    void number(std::uint32_t field, std::uint64_t value) {
        tag(field, 0);
        varint(value);
    }
    void fixed64(std::uint32_t field, std::uint64_t value) {
        tag(field, 1);
        for (unsigned shift = 0; shift < 64; shift += 8) bytes_.push_back(static_cast<char>(value >> shift));
    }
    void real(std::uint32_t field, double value) { fixed64(field, std::bit_cast<std::uint64_t>(value)); }
    void text(std::uint32_t field, std::string_view value) {
        tag(field, 2);
        varint(value.size());
        bytes_ += value;
    }
    void message(std::uint32_t field, const ProtoMessage& value) { text(field, value.bytes_); }

    [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
    [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }
    void clear() noexcept { bytes_.clear(); }

private:
    void tag(std::uint32_t field, std::uint32_t type) { varint(std::uint64_t{field} << 3U | type); }
    void varint(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7U) bytes_.push_back(static_cast<char>(value | 0x80U));
        bytes_.push_back(static_cast<char>(value));
    }

    std::string bytes_;
};

}  // namespace weir::analysis
