// SPDX-License-Identifier: Apache-2.0
#include "observe/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <weir/error.hpp>

namespace weir {

int write_all(int file, std::span<const std::byte> bytes) noexcept {
    iovec piece{const_cast<std::byte*>(bytes.data()), bytes.size()};  // only read
    return write_all(file, std::span(&piece, 1));
}

int write_all(int file, std::span<iovec> pieces) noexcept {
    constexpr std::size_t kMostPieces = IOV_MAX;
    for (;;) {
        while (!pieces.empty() && pieces.front().iov_len == 0) pieces = pieces.subspan(1);
        if (pieces.empty()) return 0;
        const auto count = static_cast<int>(std::min(pieces.size(), kMostPieces));
        const ssize_t written = ::writev(file, pieces.data(), count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        // A file that takes nothing and names no error is as full as one that says so.
        if (written == 0) return ENOSPC;
        auto left = static_cast<std::size_t>(written);
        for (iovec& piece : pieces) {
            const std::size_t taken = std::min(left, piece.iov_len);
            piece.iov_base = static_cast<std::byte*>(piece.iov_base) + taken;
            piece.iov_len -= taken;
            left -= taken;
            if (left == 0) break;
        }
    }
}

std::string errno_text(int error) { return std::system_category().message(error); }

int FileHandle::close() noexcept {
    const int number = std::exchange(number_, -1);
    return number < 0 || ::close(number) == 0 ? 0 : errno;
}

NewFile::NewFile(std::string path)
    : path_(std::move(path)),
      new_path_(path_ + ".new"),
      file_(::open(new_path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
    if (file_.number() < 0) fail("creating", errno);
}

NewFile::~NewFile() {
    if (file_.number() >= 0) {
        static_cast<void>(file_.close());
        ::unlink(new_path_.c_str());
    }
}

void NewFile::write(std::string_view text) {
    if (const int error = write_all(file_.number(), std::as_bytes(std::span(text))); error != 0)
        fail("writing", error);
}

void NewFile::commit() {
    int error = file_.close();
    const char* call = "writing";
    if (error == 0 && std::rename(new_path_.c_str(), path_.c_str()) != 0) {
        error = errno;
        call = "renaming";
    }
    if (error == 0) return;
    ::unlink(new_path_.c_str());
    fail(call, error);
}

void NewFile::fail(const char* call, int error) {
    throw Error(ErrorCode::system, fmt::format("{} '{}' failed: {}", call, new_path_, errno_text(error)));
}

}  // namespace weir
