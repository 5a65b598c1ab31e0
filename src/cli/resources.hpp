// SPDX-License-Identifier: Apache-2.0
/// The rings' resources: one row each gives option, size and peak, so that commands, reports and JSON name
/// the same.
#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include <weir/config.hpp>

namespace weir::cli {

/// A resource that every ring has.
struct RingResource {
    const char* key;     ///< in JSON, and with dashes as an option
    const char* option;  ///< "--ring-heap"
    const char* name;    ///< in reports, with the unit that its size counts
    const char* valid;   ///< what values it takes, and the default
    bool bytes;
    RingValues RuntimeEnv::*size;
    std::array<std::uint64_t, kRings> ResourcePeaks::*peak;
};

inline constexpr std::array<RingResource, 5> kRingResources = {{
    {"ring_task_window", "--ring-task-window", "task window, slots",
     "a power of two, at least 4; default 16384", false, &RuntimeEnv::ring_task_window,
     &ResourcePeaks::task_window},
    {"ring_consumed_window", "--ring-consumed-window", "consumed window, entries",
     "a power of two, at least the task window; default 4 x task window", false,
     &RuntimeEnv::ring_consumed_window, &ResourcePeaks::consumed_window},
    {"ring_payload", "--ring-payload", "payload", "bytes; default 512 x task window", true,
     &RuntimeEnv::ring_payload, &ResourcePeaks::payload_bytes},
    {"ring_heap", "--ring-heap", "heap", "bytes, at least 1024; default 268435456", true,
     &RuntimeEnv::ring_heap, &ResourcePeaks::heap_bytes},
    {"ring_dep_pool", "--ring-dep-pool", "dependency pool, entries", "4 to 2147483647; default 16384", false,
     &RuntimeEnv::ring_dep_pool, &ResourcePeaks::dep_pool},
}};

inline constexpr const char* kTensormapOption = "--tensormap-pool";
inline constexpr const char* kTensormapName = "TensorMap pool, entries";

/// An amount of the resource, with a unit when it counts bytes.
std::string amount_text(const RingResource& resource, std::uint64_t amount);

nlohmann::ordered_json to_json(const RuntimeEnv& sizes);
nlohmann::ordered_json to_json(const ResourcePeaks& peaks);

}  // namespace weir::cli
