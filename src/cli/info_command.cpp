// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <weir/runtime.hpp>

#include "commands.hpp"
#include "json/json_text.hpp"
#include "machine.hpp"
#include "platforms.hpp"
#include "resources.hpp"
#include "units.hpp"

namespace weir::cli {
namespace {

using Json = nlohmann::ordered_json;

/// A runtime as the options describe it, and what it costs.
struct Facts {
    Machine machine = read_machine();
    int threads = 0;
    SizesInForce sizes;
    std::uint64_t resident_without = 0;
    std::uint64_t resident_with = 0;
};

Facts collect(const RuntimeArguments& arguments) {
    Facts facts;
    facts.resident_without = resident_bytes();
    const Runtime runtime(arguments.config, std::source_location{});  // no line of this command is at fault
    facts.threads = runtime.threads();
    CallConfig call;
    call.runtime_env = arguments.sizes;
    facts.sizes = runtime.sizes_in_force(call);
    facts.resident_with = resident_bytes();
    return facts;
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
std::string sizes_text(const SizesInForce& sizes, Resource resource) {
    const auto text = [&](int ring, const char* behind) {
        return fmt::format("{}{} ({})", amount_text(resource, sizes.value(resource, ring)), behind,
                           source_text(sizes, resource, ring));
    };
    if (!per_ring(resource)) return text(0, " in all");
    std::string all = text(0, "");
    bool same = true;
    for (int ring = 1; ring < kRings; ++ring) {
        same = same && text(ring, "") == text(0, "");
        all += ", " + text(ring, "");
    }
    return same ? text(0, " each") : all;
}

std::string info_text(const Facts& facts, const RuntimeConfig& config) {
    std::string text = fmt::format("weir {}\n{}", WEIR_VERSION_STRING, machine_text(facts.machine));
    text += platforms_text();
    text += "runtime\n";
    text += report_line("threads", fmt::format("{} ({})", facts.threads,
                                               config.threads ? "option" : "default: cores usable"));
    text += fmt::format("sizes of the {} rings\n", kRings);
    for (const Resource resource : all_resources())
        text += report_line(name_of(resource), sizes_text(facts.sizes, resource));
    text += "memory that these sizes take\n";
    text += report_line("address space reserved", bytes_text(facts.sizes.reserved_bytes));
    text += report_line("with every page in use", bytes_text(facts.sizes.memory_bytes));
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
    json["platforms"] = platforms_json();
    json["threads"] = {{"value", facts.threads}, {"source", config.threads ? "option" : "default"}};
    json["sizes"] = sizes_json(facts.sizes);
    json["sources"] = sources_json(facts.sizes);
    json["reserved_bytes"] = facts.sizes.reserved_bytes;
    json["memory_bytes"] = facts.sizes.memory_bytes;
    json["resident_bytes"] = facts.resident_with;
    json["resident_bytes_without_runtime"] = facts.resident_without;
    return json;
}

}  // namespace

ExitStatus info_command(const InfoArguments& arguments) {
    const Facts facts = collect(arguments.runtime);
    if (arguments.json) {
        fmt::print("{}\n", json_text(info_json(facts, arguments.runtime.config), 2));
    } else {
        fmt::print("{}", info_text(facts, arguments.runtime.config));
    }
    return kDone;
}

}  // namespace weir::cli
