// SPDX-License-Identifier: Apache-2.0
/// The file that a recording goes to while its run goes on: open for writing, empty, and locked, so that no
/// two runs record to one directory at the same time.
#pragma once

#include <filesystem>
#include <string>

#include "observe/files.hpp"

namespace weir {

class PartialFile {
public:
    /// Makes `record_directory/folder`, and the file `name` in it. `what`: what is recorded, such as "its
    /// scope statistics"; `option`: what a run leaves out to do without. Throws configuration when the
    /// directory cannot be used, or another run is recording there; system when the system refuses for a
    /// reason of its own, such as a full disk.
    PartialFile(std::string record_directory, const std::filesystem::path& folder, const char* name,
                const char* what, const char* option);

    [[nodiscard]] int number() const noexcept { return file_.number(); }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// Where `name` lies, beside it.
    [[nodiscard]] std::string beside(const char* name) const {
        return (std::filesystem::path(path_).parent_path() / name).string();
    }
    /// Throws for what was tried and failed with this errno.
    [[noreturn]] void refuse(const std::string& what, int error) const;
    void remove() noexcept;

private:
    std::string record_directory_;
    std::string path_;
    const char* option_;
    FileHandle file_;
};

}  // namespace weir
