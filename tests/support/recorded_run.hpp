// SPDX-License-Identifier: Apache-2.0
/// The JSON files that a recorded run has left in a directory, with columns by name.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "json/json_text.hpp"
#include "recorded_scopes.hpp"

namespace weir::test {

using Json = nlohmann::ordered_json;

inline Json read_json(const std::filesystem::path& path) {
    std::ifstream file(path);
    return parse_json(std::string(std::istreambuf_iterator<char>(file), {}));
}

/// The rows of a table, each an object.
inline std::vector<Json> rows_of(const Json& file, const std::string& columns, const std::string& table) {
    std::vector<Json> rows;
    for (const Json& values : file.at(table)) {
        Json row = Json::object();
        for (std::size_t i = 0; i < values.size(); ++i)
            row[file.at(columns).at(i).get<std::string>()] = values.at(i);
        rows.push_back(std::move(row));
    }
    return rows;
}

/// A directory that runs record to.
class RecordedRun {
public:
    [[nodiscard]] CallConfig config(std::optional<int> level = {}, bool swimlane = true,
                                    bool deps = false) const {
        CallConfig config;
        config.enable_swimlane = swimlane;
        config.enable_dep_gen = deps;
        config.record_level = level;
        config.record_directory = directory_.path().string();
        return config;
    }
    [[nodiscard]] std::filesystem::path path(const char* name) const { return directory_.path() / name; }
    [[nodiscard]] Json run() const { return read_json(path("run.json")); }
    [[nodiscard]] Json swimlane() const { return read_json(path("swimlane.json")); }
    [[nodiscard]] Json deps() const { return read_json(path("deps.json")); }
    [[nodiscard]] std::vector<Json> tasks() const { return rows_of(swimlane(), "task_columns", "tasks"); }
    /// Nothing but these files is there.
    [[nodiscard]] std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(directory_.path()))
            names.push_back(entry.path().filename().string());
        std::sort(names.begin(), names.end());
        return names;
    }

private:
    TemporaryDirectory directory_;
};

}  // namespace weir::test
