// SPDX-License-Identifier: Apache-2.0
/// Resources in options, reports and JSON: every name is that of their list in weir/resources.hpp.
#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include <weir/config.hpp>

namespace weir::cli {

/// In the order of the list.
std::array<Resource, kResources> all_resources();

/// "--ring-heap".
std::string option_of(Resource resource);
/// "heap", "dependency pool, entries": with the unit, unless amounts are shown with one.
std::string name_of(Resource resource);
/// An amount of it, with a unit when it counts bytes.
std::string amount_text(Resource resource, std::uint64_t amount);
/// Values that the resource has: one for each ring, or one.
int values_of(Resource resource);

/// Where a size comes from, for people: "default", "option", "PTO2_RING_HEAP".
std::string source_text(const SizesInForce& sizes, Resource resource, int ring);

/// By field: an array over the rings, or one number.
nlohmann::ordered_json sizes_json(const SizesInForce& sizes);
nlohmann::ordered_json peaks_json(const ResourcePeaks& peaks);
/// The same with "default", "environment" or "option" in place of numbers.
nlohmann::ordered_json sources_json(const SizesInForce& sizes);

}  // namespace weir::cli
