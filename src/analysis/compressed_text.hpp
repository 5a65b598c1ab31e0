// SPDX-License-Identifier: Apache-2.0
/// Bytes as text that a page can hold.
#pragma once

#include <string>
#include <string_view>

namespace weir::analysis {

/// Compressed with zlib (RFC 1950). Throws std::bad_alloc.
std::string zlib_compressed(std::string_view bytes);

/// Base64 (RFC 4648) without line ends.
std::string base64(std::string_view bytes);

}  // namespace weir::analysis
