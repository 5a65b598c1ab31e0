// SPDX-License-Identifier: Apache-2.0
/// Files that appear whole or not at all, and what it takes to say why one could not be written.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <sys/uio.h>

namespace weir {

/// Writes all bytes; returns 0, or the errno of the call that failed.
[[nodiscard]] int write_all(int file, std::span<const std::byte> bytes) noexcept;
/// The same for pieces, one behind the other, with as few calls as the system takes; uses `pieces` up.
[[nodiscard]] int write_all(int file, std::span<iovec> pieces) noexcept;

/// "No space left on device".
std::string errno_text(int error);

/// A file descriptor that is closed at its end.
class FileHandle {
public:
    explicit FileHandle(int number = -1) noexcept : number_(number) {}
    FileHandle(const FileHandle&) = delete;
    FileHandle& operator=(const FileHandle&) = delete;
    ~FileHandle() { static_cast<void>(close()); }

    [[nodiscard]] int number() const noexcept { return number_; }
    void reset(int number) noexcept {
        static_cast<void>(close());
        number_ = number;
    }
    /// Returns 0, or the errno of the close: some systems tell only then that a write has failed.
    [[nodiscard]] int close() noexcept;

private:
    int number_;
};

/// Text for a file under construction: it is written beside its place under the name of the place with
/// ".new", and takes its place by a rename. Without `commit` nothing is left. Not synchronized with the disk:
/// a machine that loses power may lose the file.
class NewFile {
public:
    /// Throws system.
    explicit NewFile(std::string path);
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    ~NewFile();

    /// Throws system.
    void write(std::string_view text);
    /// Takes the place of what was there. Throws system.
    void commit();

private:
    [[noreturn]] void fail(const char* call, int error);

    std::string path_;
    std::string new_path_;
    FileHandle file_;
};

}  // namespace weir
