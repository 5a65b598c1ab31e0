// SPDX-License-Identifier: Apache-2.0
#include "analysis/whole_file.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace weir::analysis {

WholeFile::WholeFile(std::filesystem::path file)
    : file_(std::move(file)), unfinished_(file_.string() + ".new") {
    stream_.open(unfinished_, std::ios::binary | std::ios::trunc);
    if (!stream_) fail();
}

WholeFile::~WholeFile() {
    if (published_) return;
    stream_.close();
    std::error_code ignored;
    std::filesystem::remove(unfinished_, ignored);
}

void WholeFile::fail() const {
    const int error = errno;
    throw std::runtime_error(
        fmt::format("'{}' cannot be written: {}", file_.string(), std::system_category().message(error)));
}

void WholeFile::write(std::string_view bytes) {
    stream_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!stream_) fail();
    bytes_ += bytes.size();
}

void WholeFile::publish() {
    stream_.close();
    if (!stream_) fail();
    std::error_code error;
    std::filesystem::rename(unfinished_, file_, error);
    if (error)
        throw std::runtime_error(fmt::format("'{}' cannot be written: {}", file_.string(), error.message()));
    published_ = true;
}

}  // namespace weir::analysis
