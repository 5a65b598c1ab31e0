// SPDX-License-Identifier: Apache-2.0
#include "memory/touched.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include <weir/error.hpp>

namespace weir {

namespace {

/// Where the mapping begins whose first line this is: "7f0012345000-7f0012346000 rw-p ...".
std::optional<std::uintptr_t> begin_of_mapping(std::string_view line) {
    std::uintptr_t begin = 0;
    const auto [end, status] = std::from_chars(line.data(), line.data() + line.size(), begin, 16);
    const auto length = static_cast<std::size_t>(end - line.data());
    if (status != std::errc{} || length >= line.size() || line[length] != '-') return std::nullopt;
    return begin;
}

/// The number in "Pss:        12 kB", in bytes.
std::optional<std::uint64_t> bytes_in(std::string_view line) {
    constexpr std::string_view kField = "Pss:";
    if (!line.starts_with(kField)) return std::nullopt;
    line.remove_prefix(std::min(line.find_first_not_of(' ', kField.size()), line.size()));
    std::uint64_t kib = 0;
    if (std::from_chars(line.data(), line.data() + line.size(), kib).ec != std::errc{}) return std::nullopt;
    return kib * 1024;
}

}  // namespace

std::uint64_t touched_bytes(const std::byte* begin, std::uint64_t bytes) {
    std::ifstream mappings("/proc/self/smaps");
    if (!mappings)
        throw Error(ErrorCode::system, "reading /proc/self/smaps failed; mount /proc to see touched memory");
    const auto first = reinterpret_cast<std::uintptr_t>(begin);
    std::uint64_t touched = 0;
    bool inside = false;
    for (std::string line; std::getline(mappings, line);) {
        if (const auto place = begin_of_mapping(line)) {
            inside = *place >= first && *place - first < bytes;
        } else if (inside) {
            touched += bytes_in(line).value_or(0);
        }
    }
    return touched;
}

}  // namespace weir
