// SPDX-License-Identifier: Apache-2.0
#include "analysis/counted_file.hpp"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "analysis/file_errors.hpp"

namespace weir::analysis {

CountedFile::CountedFile(const std::filesystem::path& file) : stream_(file, std::ios::binary), name_(file) {
    if (stream_) return;
    const int error = errno;
    throw FileMissing(
        fmt::format("'{}' cannot be opened: {}", file.string(), std::system_category().message(error)));
}

void CountedFile::fill() {
    next_ = filled_ = 0;
    if (stream_.eof()) return;
    stream_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    filled_ = static_cast<std::size_t>(stream_.gcount());
    if (stream_.bad() || (filled_ == 0 && !stream_.eof()))
        throw FileDamaged(fmt::format("'{}', line {}: reading failed", name_.string(), line_));
}

}  // namespace weir::analysis
