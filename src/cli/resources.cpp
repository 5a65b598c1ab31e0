// SPDX-License-Identifier: Apache-2.0
#include "resources.hpp"

#include "units.hpp"

namespace weir::cli {

std::string amount_text(const RingResource& resource, std::uint64_t amount) {
    return resource.bytes ? bytes_text(amount) : grouped(amount);
}

nlohmann::ordered_json to_json(const RuntimeEnv& sizes) {
    nlohmann::ordered_json json;
    for (const RingResource& resource : kRingResources) json[resource.key] = (sizes.*resource.size).per_ring;
    json["tensormap_pool"] = sizes.tensormap_pool;
    return json;
}

nlohmann::ordered_json to_json(const ResourcePeaks& peaks) {
    nlohmann::ordered_json json;
    for (const RingResource& resource : kRingResources) json[resource.key] = peaks.*resource.peak;
    json["tensormap_pool"] = peaks.tensormap;
    return json;
}

}  // namespace weir::cli
