// SPDX-License-Identifier: Apache-2.0
#include "recording/recording_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "json/json_text.hpp"

namespace weir::recording {

namespace {

using Json = nlohmann::ordered_json;

/// Longer first lines are not looked at.
constexpr std::size_t kMostHeadBytes = std::size_t{1} << 20U;
/// What a clock may tick a second.
constexpr double kLeastHz = 1;
constexpr double kMostHz = 1e12;

/// The library turns every number into any type, and some of them are none of that type.
template <class Number>
Number whole(const std::string& path, const Json& object, const char* field) {
    using Limits = std::numeric_limits<Number>;
    const Json& value = object.at(field);
    const bool fits = value.is_number_unsigned()
                          ? std::in_range<Number>(value.get<std::uint64_t>())
                          : value.is_number_integer() && std::in_range<Number>(value.get<std::int64_t>());
    if (!fits)
        throw BadRecording(fmt::format(
            "'{}': the first line is damaged: {} is {}, but it must be a whole number from {} to {}", path,
            field, shown_json(value), Limits::min(), Limits::max()));
    return value.get<Number>();
}

RunHead head_from(const std::string& path, const Json& json) {
    RunHead head;
    head.weir = json.at("weir").get<std::string>();
    if (json.at("program").is_string()) head.program = json.at("program").get<std::string>();
    head.platform = json.at("platform").get<std::string>();
    head.clock = json.at("clock").get<std::string>();
    head.clock_hz = json.at("clock_hz").get<double>();
    if (!(head.clock_hz >= kLeastHz && head.clock_hz <= kMostHz))
        throw BadRecording(
            fmt::format("'{}': the first line is damaged: clock_hz is {}, but it must be from {:g} to "
                        "{:g}",
                        path, head.clock_hz, kLeastHz, kMostHz));
    head.start = whole<std::uint64_t>(path, json, "start");
    head.level = whole<int>(path, json, "level");
    head.swimlane = json.at("swimlane").get<bool>();
    head.dependencies = json.at("dependencies").get<bool>();
    head.scope_stats = json.at("scope_stats").get<bool>();
    head.sizes = json_text(json.at("sizes"));
    for (const Json& thread : json.at("threads"))
        head.threads.push_back({whole<int>(path, thread, "index"), thread.at("role").get<std::string>()});
    for (const Json& core : json.at("cores"))
        head.cores.push_back({whole<int>(path, core, "index"), core.at("type").get<std::string>(),
                              whole<int>(path, core, "cluster"), whole<int>(path, core, "thread")});
    return head;
}

}  // namespace

std::string to_line(const RunHead& head) {
    Json json;
    json[kVersionField] = kVersion;
    json["weir"] = head.weir;
    json["program"] = head.program.empty() ? Json(nullptr) : Json(head.program);
    json["platform"] = head.platform;
    json["clock"] = head.clock;
    json["clock_hz"] = head.clock_hz;
    json["start"] = head.start;
    json["level"] = head.level;
    json["swimlane"] = head.swimlane;
    json["dependencies"] = head.dependencies;
    json["scope_stats"] = head.scope_stats;
    json["sizes"] = parse_json(head.sizes);
    json["threads"] = Json::array();
    for (const RunHead::Thread& thread : head.threads)
        json["threads"].push_back({{"index", thread.index}, {"role", thread.role}});
    json["cores"] = Json::array();
    for (const RunHead::Core& core : head.cores)
        json["cores"].push_back(
            {{"index", core.index}, {"type", core.type}, {"cluster", core.cluster}, {"thread", core.thread}});
    return json_text(json) + "\n";
}

RecordingFile::RecordingFile(const std::string& path) : path_(path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) throw std::system_error(errno, std::system_category(), "opening '" + path + "' failed");
    struct stat status {};
    int error = ::fstat(file, &status) == 0 ? 0 : errno;
    if (error == 0 && status.st_size > 0) {
        size_ = static_cast<std::uint64_t>(status.st_size);
        void* const memory = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
        if (memory == MAP_FAILED)
            error = errno;
        else
            data_ = static_cast<const std::byte*>(memory);
    }
    ::close(file);
    if (error != 0) throw std::system_error(error, std::system_category(), "reading '" + path + "' failed");
    try {
        read_head(path);
    } catch (...) {
        if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
        throw;
    }
}

RecordingFile::~RecordingFile() {
    if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

void RecordingFile::read_head(const std::string& path) {
    const std::string_view text(reinterpret_cast<const char*>(data_),
                                std::min<std::size_t>(size_, kMostHeadBytes));
    const std::size_t end = text.find('\n');
    const std::string start = fmt::format("{{\"{}\":", kVersionField);
    if (end == std::string_view::npos || !text.starts_with(start))
        throw BadRecording(
            fmt::format("'{}' is no recording of a run: it does not begin with {}", path, start));
    try {
        const Json json = parse_json(text.substr(0, end));
        const int version = whole<int>(path, json, kVersionField);
        if (version != kVersion)
            throw BadRecording(
                fmt::format("'{}' has version {} of recordings, but this Weir reads version {}; "
                            "read it with the Weir that wrote it",
                            path, version, kVersion));
        head_ = head_from(path, json);
    } catch (const Json::exception& error) {
        throw BadRecording(fmt::format("'{}': the first line is damaged: {}", path, error.what()));
    }
    head_bytes_ = end + 1;
}

std::vector<RecordingFile::Piece> RecordingFile::pieces_by_thread() const {
    std::vector<Piece> pieces;
    for_each_piece([&](const Piece& piece) { pieces.push_back(piece); });
    std::stable_sort(pieces.begin(), pieces.end(),
                     [](const Piece& one, const Piece& other) { return one.thread < other.thread; });
    return pieces;
}

void RecordingFile::damaged(const std::byte* place) const {
    throw BadRecording(fmt::format("'{}' is damaged: there is no event at byte {}", path_, place - data_));
}

}  // namespace weir::recording
