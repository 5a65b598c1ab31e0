// SPDX-License-Identifier: Apache-2.0
#include "observe/partial_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <weir/error.hpp>

namespace weir {

namespace {

/// Whether the path or the rights to it are at fault, not the state that the system is in.
bool is_of_the_path(int error) noexcept {
    static constexpr std::array kErrors = {ENOENT, ENOTDIR, EACCES, EPERM,  EROFS,
                                           EEXIST, EISDIR,  ELOOP,  EINVAL, ENAMETOOLONG};
    for (const int of_path : kErrors)
        if (error == of_path) return true;
    return false;
}

}  // namespace

PartialFile::PartialFile(std::string record_directory, const std::filesystem::path& folder, const char* name,
                         const char* what, const char* option)
    : record_directory_(std::move(record_directory)), option_(option) {
    const std::filesystem::path place = std::filesystem::path(record_directory_) / folder;
    std::error_code error;
    std::filesystem::create_directories(place, error);
    if (error) refuse(fmt::format("making '{}'", place.string()), error.value());
    path_ = (place / name).string();
    // Not emptied before it is locked: it may be another run's.
    file_.reset(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (file_.number() < 0) refuse(fmt::format("opening '{}'", path_), errno);
    if (::flock(file_.number(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        throw Error(ErrorCode::configuration,
                    fmt::format("record_directory '{}': another run is recording {} there; give each run a "
                                "directory of its own",
                                record_directory_, what));
    if (::ftruncate(file_.number(), 0) != 0) refuse(fmt::format("emptying '{}'", path_), errno);
}

void PartialFile::refuse(const std::string& what, int error) const {
    throw Error(is_of_the_path(error) ? ErrorCode::configuration : ErrorCode::system,
                fmt::format("record_directory '{}': {} failed: {}; name a directory that can be written to, "
                            "with room in it, or run without {}",
                            record_directory_, what, errno_text(error), option_));
}

void PartialFile::remove() noexcept { ::unlink(path_.c_str()); }

}  // namespace weir
