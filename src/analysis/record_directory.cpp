// SPDX-License-Identifier: Apache-2.0
#include "analysis/record_directory.hpp"

#include <utility>

#include <fmt/format.h>

#include "analysis/deps_file.hpp"
#include "analysis/file_errors.hpp"
#include "analysis/run_file.hpp"
#include "analysis/swimlane_file.hpp"

namespace weir::analysis {

namespace {

constexpr const char* kRun = "run.json";
constexpr const char* kSwimlane = "swimlane.json";
constexpr const char* kDeps = "deps.json";
constexpr const char* kPartial = "recording.partial";

bool is_there(const std::filesystem::path& file) {
    std::error_code ignored;
    return std::filesystem::exists(file, ignored);
}

}  // namespace

RecordDirectory::RecordDirectory(std::filesystem::path path) : path_(std::move(path)) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(path_, ignored))
        throw FileMissing(fmt::format(
            "'{}' is no directory; give the one that was given to 'weir run --record'", path_.string()));
    const bool whole = is_there(path_ / kRun) || is_there(path_ / kSwimlane) || is_there(path_ / kDeps);
    if (!whole && is_there(path_ / kPartial)) partial_ = files_of_partial(path_ / kPartial);
}

bool RecordDirectory::has_run() const { return partial_ || is_there(path_ / kRun); }
bool RecordDirectory::has_swimlane() const {
    return partial_ ? partial_->swimlane : is_there(path_ / kSwimlane);
}
bool RecordDirectory::has_deps() const { return partial_ ? partial_->deps : is_there(path_ / kDeps); }

std::filesystem::path RecordDirectory::need(const char* name, const char* option) const {
    std::filesystem::path file = path_ / name;
    if (!is_there(file))
        throw FileMissing(fmt::format("'{}' has no {}; record it with 'weir run PROGRAM --record {}{}'",
                                      path_.string(), name, path_.string(), option));
    return file;
}

RecordedRun RecordDirectory::run() const {
    return partial_ ? read_partial_run(path_ / kPartial) : read_run(need(kRun, ""));
}
Swimlane RecordDirectory::swimlane() const {
    if (partial_ && partial_->swimlane) return read_partial_swimlane(path_ / kPartial);
    return read_swimlane(need(kSwimlane, " --enable-swimlane"));
}
Deps RecordDirectory::deps() const {
    if (partial_ && partial_->deps) return read_partial_deps(path_ / kPartial);
    return read_deps(need(kDeps, " --enable-dep-gen"));
}

}  // namespace weir::analysis
