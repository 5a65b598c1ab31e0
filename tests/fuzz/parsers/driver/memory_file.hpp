// SPDX-License-Identifier: Apache-2.0
/// The input of a fuzz target as a file, for parsers that read one.
#pragma once

#include <filesystem>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include "parser_target.hpp"

namespace weir::fuzz {

/// A file without a name in a folder, written anew for each input.
class MemoryFile {
public:
    MemoryFile() : file_(memfd_create("weir-fuzz", 0)) { require(file_ >= 0, "there is a file to write to"); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    ~MemoryFile() { close(file_); }

    void write(const std::uint8_t* data, std::size_t size) const {
        const bool written =
            ftruncate(file_, 0) == 0 && pwrite(file_, data, size, 0) == static_cast<ssize_t>(size);
        require(written, "the file holds the input");
    }
    [[nodiscard]] std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(file_); }

private:
    int file_;
};

}  // namespace weir::fuzz
