// SPDX-License-Identifier: Apache-2.0
/// Lists of names that rows refer to by index.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analysis/json_tables.hpp"
#include "analysis/recording.hpp"

namespace weir::analysis {

/// Field "kernels": [{"name":"add","core_type":"cpu"}, ...].
std::vector<KernelName> read_kernels(const SmallValues& values);

/// Gives each new name the next index.
class NameIndex {
public:
    explicit NameIndex(std::vector<std::string>& names) : names_(names) {}
    std::uint32_t operator()(const std::string& name) {
        const auto [place, added] = index_.try_emplace(name, static_cast<std::uint32_t>(names_.size()));
        if (added) names_.push_back(name);
        return place->second;
    }

private:
    std::vector<std::string>& names_;
    std::unordered_map<std::string, std::uint32_t> index_;
};

}  // namespace weir::analysis
