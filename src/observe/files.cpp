// SPDX-License-Identifier: Apache-2.0
#include "observe/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <weir/error.hpp>

namespace weir {

int write_all(int file, std::span<const std::byte> bytes) noexcept {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        // A file that takes nothing and names no error is as full as one that says so.
        if (written == 0) return ENOSPC;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return 0;
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
