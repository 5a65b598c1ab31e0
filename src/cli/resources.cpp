// SPDX-License-Identifier: Apache-2.0
#include "resources.hpp"

#include <algorithm>
#include <string_view>

#include "units.hpp"

namespace weir::cli {
namespace {

using Json = nlohmann::ordered_json;

bool counts_bytes(Resource resource) { return std::string_view(unit_of(resource)) == "bytes"; }

/// One value of each ring, or the one that all share.
template <class Value>
Json by_field(Value&& value) {
    Json json;
    for (const Resource resource : all_resources()) {
        Json& place = json[field_of(resource)];
        if (!per_ring(resource)) {
            place = value(resource, 0);
            continue;
        }
        place = Json::array();
        for (int ring = 0; ring < kRings; ++ring) place.push_back(value(resource, ring));
    }
    return json;
}

bool from_environment(SizeSource source) {
    return source == SizeSource::environment || source == SizeSource::environment_per_ring;
}

/// This command gives a runtime no sizes but those of options.
const char* source_word(SizeSource source) {
    if (source == SizeSource::built_in) return "default";
    if (source == SizeSource::memory_limit) return "memory limit";
    return from_environment(source) ? "environment" : "option";
}

}  // namespace

std::array<Resource, kResources> all_resources() {
    std::array<Resource, kResources> all{};
    for (std::size_t i = 0; i < kResources; ++i) all[i] = static_cast<Resource>(i);
    return all;
}

std::string option_of(Resource resource) {
    std::string name = std::string("--") + field_of(resource);
    std::replace(name.begin(), name.end(), '_', '-');
    return name;
}

std::string name_of(Resource resource) {
    return counts_bytes(resource) ? label_of(resource)
                                  : std::string(label_of(resource)) + ", " + unit_of(resource);
}

std::string amount_text(Resource resource, std::uint64_t amount) {
    return counts_bytes(resource) ? bytes_text(amount) : grouped(amount);
}

int values_of(Resource resource) { return per_ring(resource) ? kRings : 1; }

std::string source_text(const SizesInForce& sizes, Resource resource, int ring) {
    const SizeSource source = sizes.source(resource, ring);
    return from_environment(source) ? variable_of(resource) : source_word(source);
}

Json sizes_json(const SizesInForce& sizes) {
    return by_field([&](Resource resource, int ring) { return sizes.value(resource, ring); });
}

Json peaks_json(const ResourcePeaks& peaks) {
    return by_field([&](Resource resource, int ring) { return peaks.peak(resource, ring); });
}

Json sources_json(const SizesInForce& sizes) {
    return by_field([&](Resource resource, int ring) { return source_word(sizes.source(resource, ring)); });
}

}  // namespace weir::cli
