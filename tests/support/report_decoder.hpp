// SPDX-License-Identifier: Apache-2.0
/// Reads the data of a report page back, as report_encoding.hpp describes it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace weir::test {

struct DecodedReport {
    using Values = std::vector<std::int64_t>;
    nlohmann::json header;
    std::map<std::string, std::map<std::string, Values>> tables;  ///< kNullCell for null
};

/// Bytes before compression. Throws std::runtime_error when they are not what the format says.
DecodedReport decode_report(std::string_view bytes);

/// Undoes base64 and zlib.
std::string decode_report_text(std::string_view text);

}  // namespace weir::test
