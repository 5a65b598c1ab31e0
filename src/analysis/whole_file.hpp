// SPDX-License-Identifier: Apache-2.0
/// A file that appears whole, by a rename, or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace weir::analysis {

class WholeFile {
public:
    /// Throws std::runtime_error when it cannot be made.
    explicit WholeFile(std::filesystem::path file);
    WholeFile(const WholeFile&) = delete;
    WholeFile& operator=(const WholeFile&) = delete;
    /// Removes what was written unless it was published.
    ~WholeFile();

    void write(std::string_view bytes);
    /// Makes the file appear. Throws std::runtime_error when writing or this has failed.
    void publish();
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    [[noreturn]] void fail() const;

    std::filesystem::path file_;
    std::filesystem::path unfinished_;
    std::ofstream stream_;
    std::uint64_t bytes_ = 0;
    bool published_ = false;
};

}  // namespace weir::analysis
