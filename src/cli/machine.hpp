// SPDX-License-Identifier: Apache-2.0
/// What the machine has and what this process may use of it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace weir::cli {

struct Machine {
    std::string cpu_model;
    int cores_online = 0;
    int cores_affinity = 0;             ///< cores in this process's affinity mask
    std::optional<double> cores_quota;  ///< processor time that the control group allows, in cores
    std::uint64_t memory_bytes = 0;
    std::uint64_t memory_available_bytes = 0;
    std::optional<std::uint64_t>
        memory_limit_bytes;  ///< of the control group, when below the machine's memory
};

Machine read_machine();
/// Bytes of this process that are in memory.
std::uint64_t resident_bytes();

nlohmann::ordered_json to_json(const Machine& machine);

}  // namespace weir::cli
