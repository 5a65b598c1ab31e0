// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <weir/runtime.hpp>

#include "commands.hpp"
#include "machine.hpp"
#include "resources.hpp"
#include "units.hpp"

namespace weir::cli {
namespace {

using Json = nlohmann::ordered_json;

/// A runtime as the options describe it, and what it costs.
struct Facts {
    Machine machine = read_machine();
    int threads = 0;
    RuntimeEnv sizes;
    std::uint64_t reserved_bytes = 0;
    std::uint64_t resident_without = 0;
    std::uint64_t resident_with = 0;
};

Facts collect(const RuntimeConfig& config) {
    Facts facts;
    facts.resident_without = resident_bytes();
    const Runtime runtime(config, std::source_location{});  // no line of this command is at fault
    facts.threads = runtime.threads();
    facts.sizes = runtime.sizes();
    facts.reserved_bytes = runtime.reserved_bytes();
    facts.resident_with = resident_bytes();
    return facts;
}

const char* source_of(const RuntimeConfig& config, const RingResource& resource, std::size_t ring) {
    return (config.runtime_env.*resource.size).per_ring[ring] != 0 ? "option" : "default";
}
const char* source_of_tensormap(const RuntimeConfig& config) {
    return config.runtime_env.tensormap_pool != 0 ? "option" : "default";
}

std::string machine_text(const Machine& machine) {
    std::string text = "machine\n";
    text += report_line("processor", machine.cpu_model);
    text += report_line(
        "cores", fmt::format("{} online, {} in this process's affinity mask, {}", machine.cores_online,
                             machine.cores_affinity,
                             machine.cores_quota ? fmt::format("quota of {:g} cores", *machine.cores_quota)
                                                 : "no quota of processor time"));
    text += report_line("memory", fmt::format("{}, of it {} available", bytes_text(machine.memory_bytes),
                                              bytes_text(machine.memory_available_bytes)));
    if (machine.memory_limit_bytes)
        text += report_line("memory limit", bytes_text(*machine.memory_limit_bytes));
    return text;
}

/// The sizes of a resource: one value when all rings agree, else one for each.
std::string sizes_text(const Facts& facts, const RuntimeConfig& config, const RingResource& resource) {
    const auto& sizes = (facts.sizes.*resource.size).per_ring;
    bool same = true;
    for (std::size_t ring = 1; ring < kRings; ++ring) {
        same = same && sizes[ring] == sizes[0] &&
               std::string_view(source_of(config, resource, ring)) == source_of(config, resource, 0);
    }
    if (same)
        return fmt::format("{} each ({})", amount_text(resource, sizes[0]), source_of(config, resource, 0));
    std::string text;
    for (std::size_t ring = 0; ring < kRings; ++ring) {
        text += fmt::format("{}{} ({})", ring == 0 ? "" : ", ", amount_text(resource, sizes[ring]),
                            source_of(config, resource, ring));
    }
    return text;
}

std::string info_text(const Facts& facts, const RuntimeConfig& config) {
    std::string text = fmt::format("weir {}\n{}", WEIR_VERSION_STRING, machine_text(facts.machine));
    text += "platforms\n";
    text += report_line("cpu", "worker threads of this machine");
    text += "runtime\n";
    text += report_line("threads", fmt::format("{} ({})", facts.threads,
                                               config.threads ? "option" : "default: cores usable"));
    text += fmt::format("sizes of the {} rings\n", kRings);
    for (const RingResource& resource : kRingResources)
        text += report_line(resource.name, sizes_text(facts, config, resource));
    text += report_line(kTensormapName, fmt::format("{} in all ({})", grouped(facts.sizes.tensormap_pool),
                                                    source_of_tensormap(config)));
    text += "memory that these sizes take\n";
    text += report_line("address space reserved", bytes_text(facts.reserved_bytes));
    text += report_line(
        "resident", fmt::format("{} for the process, {} of it without a runtime; pages are taken as they are "
                                "first used",
                                bytes_text(facts.resident_with), bytes_text(facts.resident_without)));
    return text;
}

Json info_json(const Facts& facts, const RuntimeConfig& config) {
    Json json;
    json["weir"] = WEIR_VERSION_STRING;
    json["machine"] = to_json(facts.machine);
    json["platforms"] = {"cpu"};
    json["threads"] = {{"value", facts.threads}, {"source", config.threads ? "option" : "default"}};
    json["sizes"] = to_json(facts.sizes);
    json["sources"] = Json::object();
    for (const RingResource& resource : kRingResources) {
        Json sources = Json::array();
        for (std::size_t ring = 0; ring < kRings; ++ring)
            sources.push_back(source_of(config, resource, ring));
        json["sources"][resource.key] = sources;
    }
    json["sources"]["tensormap_pool"] = source_of_tensormap(config);
    json["reserved_bytes"] = facts.reserved_bytes;
    json["resident_bytes"] = facts.resident_with;
    json["resident_bytes_without_runtime"] = facts.resident_without;
    return json;
}

}  // namespace

ExitStatus info_command(const InfoArguments& arguments) {
    const Facts facts = collect(arguments.config);
    if (arguments.json) {
        fmt::print("{}\n", info_json(facts, arguments.config).dump(2));
    } else {
        fmt::print("{}", info_text(facts, arguments.config));
    }
    return kDone;
}

}  // namespace weir::cli
