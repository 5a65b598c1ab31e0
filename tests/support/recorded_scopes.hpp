// SPDX-License-Identifier: Apache-2.0
/// A directory that goes at its end, and the recording of scopes that a run has left there.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <weir/weir.hpp>

#include "analysis/scope_stats_file.hpp"

namespace weir::test {

class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string name = (std::filesystem::temp_directory_path() / "weir-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed for " + name);
        path_ = name;
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

    [[nodiscard]] std::filesystem::path scope_stats() const {
        return path_ / "scope_stats/scope_stats.jsonl";
    }
    [[nodiscard]] std::filesystem::path partial() const { return path_ / "scope_stats/scope_stats.partial"; }
    /// Records a run's scopes here.
    [[nodiscard]] CallConfig recording() const {
        CallConfig config;
        config.enable_scope_stats = true;
        config.record_directory = path_.string();
        return config;
    }

private:
    std::filesystem::path path_;
};

struct RecordedScopes {
    analysis::ScopeStatsHead head;
    std::vector<scope_recording::Boundary> boundaries;

    /// The `index`-th scope, counted as they open, at its begin, or at its end.
    [[nodiscard]] const scope_recording::Boundary& scope(std::size_t index, bool begin) const {
        std::size_t opened = 0;
        std::vector<std::size_t> open;
        for (const scope_recording::Boundary& each : boundaries) {
            if (each.begins) open.push_back(opened++);
            if (open.back() == index && each.begins == begin) return each;
            if (!each.begins) open.pop_back();
        }
        throw std::out_of_range("there is no scope " + std::to_string(index));
    }
};

inline RecordedScopes read_scopes(const std::filesystem::path& file) {
    RecordedScopes scopes;
    scopes.head = analysis::read_scope_stats(
        file, [&](const scope_recording::Boundary& boundary) { scopes.boundaries.push_back(boundary); });
    return scopes;
}

inline std::string read_text(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace weir::test
