// SPDX-License-Identifier: Apache-2.0
#include "observe/run_facts.hpp"

#include <algorithm>
#include <vector>

#include <nlohmann/json.hpp>

#include <weir/error.hpp>
#include <weir/resources.hpp>

#include "json/json_text.hpp"
#include "observe/run_recording.hpp"

namespace weir {

namespace {

using Json = nlohmann::ordered_json;

double us_of(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1000; }

/// One value of each ring, or the one that all share.
template <class Value>
std::string by_field(Value&& value) {
    Json json = Json::object();
    for (std::size_t i = 0; i < kResources; ++i) {
        const auto resource = static_cast<Resource>(i);
        Json& place = json[field_of(resource)];
        if (!per_ring(resource)) {
            place = value(resource, 0);
            continue;
        }
        place = Json::array();
        for (int ring = 0; ring < kRings; ++ring) place.push_back(value(resource, ring));
    }
    return json_text(json);
}

std::string base_name(std::source_location site) {
    const std::string text = format_site(site);
    const auto slash = text.rfind('/');
    return slash == std::string::npos ? text : text.substr(slash + 1);
}

Json site_json(std::source_location site) { return site.line() == 0 ? Json(nullptr) : Json(base_name(site)); }

Json ring_json(const HeldBackPlace& place) {
    return per_ring(place.resource) ? Json(place.ring) : Json(nullptr);
}

Json longest_json(const HeldBackPlace& place) {
    if (place.times == 0) return nullptr;
    return {{"site", site_json(place.site)},        {"times", place.times},
            {"us", us_of(place.held_back)},         {"longest_us", us_of(place.longest)},
            {"resource", field_of(place.resource)}, {"ring", ring_json(place)}};
}

Json places_json(std::span<const HeldBackPlace> places) {
    std::vector<HeldBackPlace> longest_first(places.begin(), places.end());
    std::stable_sort(
        longest_first.begin(), longest_first.end(),
        [](const HeldBackPlace& one, const HeldBackPlace& other) { return one.held_back > other.held_back; });
    Json json = Json::array();
    for (const HeldBackPlace& place : longest_first)
        json.push_back({{"site", site_json(place.site)},
                        {"resource", field_of(place.resource)},
                        {"ring", ring_json(place)},
                        {"times", place.times},
                        {"us", us_of(place.held_back)}});
    return json;
}

}  // namespace

std::string sizes_text(const SizesInForce& sizes) {
    return by_field([&](Resource resource, int ring) { return sizes.value(resource, ring); });
}

recording::RunFacts facts_of(const RunResult& result, bool fatal, const std::string& error,
                             std::span<const HeldBackPlace> places) {
    recording::RunFacts facts;
    facts.fatal = fatal;
    facts.error = error;
    // On a chip the time of the chip.
    facts.makespan_us = us_of(result.chip.control_threads != 0 ? result.chip.makespan : result.elapsed);
    facts.tasks = result.tasks;
    facts.tasks_in_place = result.tasks_in_place;
    facts.tasks_helped = result.tasks_helped;
    facts.times_held_back = result.times_held_back;
    facts.held_back_us = us_of(result.held_back);
    Json by = Json::object();
    for (std::size_t i = 0; i < kResources; ++i)
        by[field_of(static_cast<Resource>(i))] = us_of(result.held_back_by[i]);
    facts.held_back_by_us = json_text(by);
    facts.held_back_longest = json_text(longest_json(result.held_back_longest));
    facts.held_back_sites = json_text(places_json(places));
    facts.peaks = by_field([&](Resource resource, int ring) { return result.peaks.peak(resource, ring); });
    return facts;
}

}  // namespace weir
