// SPDX-License-Identifier: Apache-2.0
#include "analysis/compressed_text.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>

namespace weir::analysis {
namespace {

/// Columns of varints gain little from longer searches.
constexpr int kLevel = 6;
constexpr std::size_t kBlockBytes = std::size_t{1} << 16;

/// Ends the stream whatever happens.
struct Deflate {
    z_stream stream{};
    Deflate() {
        if (deflateInit(&stream, kLevel) != Z_OK) throw std::bad_alloc();
    }
    Deflate(const Deflate&) = delete;
    Deflate& operator=(const Deflate&) = delete;
    ~Deflate() { deflateEnd(&stream); }
};

}  // namespace

std::string zlib_compressed(std::string_view bytes) {
    Deflate deflater;
    z_stream& stream = deflater.stream;
    std::string compressed;
    std::array<char, kBlockBytes> block;
    int status = Z_OK;
    while (status != Z_STREAM_END) {
        if (stream.avail_in == 0) {
            // A stream counts in 32 bits.
            const std::size_t part =
                std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max() / 2);
            stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
            stream.avail_in = static_cast<uInt>(part);
            bytes.remove_prefix(part);
        }
        stream.next_out = reinterpret_cast<Bytef*>(block.data());
        stream.avail_out = static_cast<uInt>(block.size());
        status = deflate(&stream, bytes.empty() ? Z_FINISH : Z_NO_FLUSH);
        if (status == Z_STREAM_ERROR) throw std::bad_alloc();
        compressed.append(block.data(), block.size() - stream.avail_out);
    }
    return compressed;
}

std::string base64(std::string_view bytes) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = group << 8U | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k) text += k <= count ? kDigits[group >> (18 - 6 * k) & 0x3f] : '=';
    }
    return text;
}

}  // namespace weir::analysis
