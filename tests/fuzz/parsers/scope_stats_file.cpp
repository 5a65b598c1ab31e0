// SPDX-License-Identifier: Apache-2.0
// Recordings of scopes (src/analysis/scope_stats_file.hpp), finished and partial ones: the input is the file.
#include <cstdio>
#include <filesystem>

#include <sys/mman.h>
#include <unistd.h>

#include "analysis/scope_stats_file.hpp"
#include "driver/parser_target.hpp"

namespace {

using weir::fuzz::require;
using weir::scope_recording::Boundary;

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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const MemoryFile file;
    file.write(data, size);
    std::uint64_t seen = 0;
    int open = 0;
    try {
        const auto head = weir::analysis::read_scope_stats(file.path(), [&](const Boundary& boundary) {
            ++seen;
            open += boundary.begins ? 1 : -1;
            require(open >= 0, "a scope closes after it has opened");
            require(boundary.depth >= 0, "a depth is no negative number");
        });
        require(head.partial || seen + head.dropped == head.total, "no boundary is missing");
        require(!head.partial || seen == head.total, "a partial file has what it counts");
    } catch (const weir::analysis::FileDamaged& error) {
        require(weir::fuzz::contains(error.what(), file.path().string()), "a refusal names the file");
    }
    return 0;
}
