// SPDX-License-Identifier: Apache-2.0
#include "machine.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string_view>

namespace weir::cli {
namespace {

/// The rest of the line "key : value" of a file of /proc; empty when there is none.
std::string value_of(const char* file, const std::string& key) {
    std::ifstream input(file);
    for (std::string line; std::getline(input, line);) {
        if (!line.starts_with(key)) continue;
        const std::size_t colon = line.find(':');
        const std::size_t start = line.find_first_not_of(" \t", colon + 1);
        if (colon != std::string::npos && start != std::string::npos) return line.substr(start);
    }
    return {};
}

std::uint64_t kibibytes_of(const std::string& key) {
    std::uint64_t kibibytes = 0;
    std::istringstream(value_of("/proc/meminfo", key)) >> kibibytes;
    return kibibytes * 1024;
}

int cores_in_affinity_mask() {
    constexpr int kMaxCores = 1 << 16;  // more than any kernel is configured for
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> mask(CPU_ALLOC(kMaxCores),
                                                                [](cpu_set_t* set) { CPU_FREE(set); });
    const std::size_t bytes = CPU_ALLOC_SIZE(kMaxCores);
    if (mask == nullptr || sched_getaffinity(0, bytes, mask.get()) != 0) return 0;
    return CPU_COUNT_S(bytes, mask.get());
}

/// Whether a list such as "cpu,cpuacct" names the controller; the empty list of version 2 names the empty
/// one.
bool names(std::string_view list, std::string_view controller) {
    for (;;) {
        const std::size_t comma = list.find(',');
        if (list.substr(0, comma) == controller) return true;
        if (comma == std::string_view::npos) return false;
        list.remove_prefix(comma + 1);
    }
}

/// Folder of this process's control group for a controller of version 1, or of version 2 when `controller` is
/// empty.
std::filesystem::path control_group(const std::string& controller) {
    std::ifstream groups("/proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {
        const std::size_t first = line.find(':');
        const std::size_t second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        if (!names(std::string_view(line).substr(first + 1, second - first - 1), controller)) continue;
        std::filesystem::path folder = std::filesystem::path("/sys/fs/cgroup") / controller;
        return folder / std::filesystem::path(line.substr(second + 1)).relative_path();
    }
    return {};
}

/// Calls `read` for the control group and for all above it, up to the root of its hierarchy.
template <class Read>
void for_each_group(const std::string& controller, const Read& read) {
    const std::filesystem::path root = std::filesystem::path("/sys/fs/cgroup") / controller;
    std::filesystem::path folder = control_group(controller);
    while (!folder.empty() && folder.string().size() >= root.string().size()) {
        read(folder);
        if (folder == root || folder == folder.parent_path()) return;
        folder = folder.parent_path();
    }
}

std::optional<double> quota_in_cores() {
    std::optional<double> smallest;
    const auto take = [&](double quota, double period) {
        if (quota > 0 && period > 0) smallest = std::min(smallest.value_or(quota / period), quota / period);
    };
    for_each_group("", [&](const std::filesystem::path& folder) {
        double quota = 0;
        double period = 0;
        std::ifstream input(folder / "cpu.max");
        if (input >> quota >> period) take(quota, period);  // "max 100000" means no quota and is not read
    });
    for_each_group("cpu", [&](const std::filesystem::path& folder) {
        double quota = 0;
        double period = 0;
        std::ifstream quota_file(folder / "cpu.cfs_quota_us");
        std::ifstream period_file(folder / "cpu.cfs_period_us");
        if (quota_file >> quota && period_file >> period) take(quota, period);
    });
    return smallest;
}

std::optional<std::uint64_t> memory_limit(std::uint64_t machine_bytes) {
    std::uint64_t smallest = machine_bytes;
    const auto take = [&](const std::filesystem::path& file) {
        std::uint64_t limit = 0;
        std::ifstream input(file);
        if (input >> limit) smallest = std::min(smallest, limit);
    };
    for_each_group("", [&](const std::filesystem::path& folder) { take(folder / "memory.max"); });
    for_each_group("memory",
                   [&](const std::filesystem::path& folder) { take(folder / "memory.limit_in_bytes"); });
    if (smallest == machine_bytes) return std::nullopt;
    return smallest;
}

}  // namespace

Machine read_machine() {
    Machine machine;
    machine.cpu_model = value_of("/proc/cpuinfo", "model name");
    if (machine.cpu_model.empty()) machine.cpu_model = "unknown";
    machine.cores_online = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
    machine.cores_affinity = cores_in_affinity_mask();
    machine.cores_quota = quota_in_cores();
    machine.memory_bytes = kibibytes_of("MemTotal");
    machine.memory_available_bytes = kibibytes_of("MemAvailable");
    machine.memory_limit_bytes = memory_limit(machine.memory_bytes);
    return machine;
}

std::uint64_t resident_bytes() {
    std::uint64_t total_pages = 0;
    std::uint64_t resident_pages = 0;
    std::ifstream("/proc/self/statm") >> total_pages >> resident_pages;
    return resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

nlohmann::ordered_json to_json(const Machine& machine) {
    nlohmann::ordered_json json;
    json["cpu_model"] = machine.cpu_model;
    json["cores_online"] = machine.cores_online;
    json["cores_affinity"] = machine.cores_affinity;
    json["cores_quota"] = nullptr;
    if (machine.cores_quota) json["cores_quota"] = *machine.cores_quota;
    json["memory_bytes"] = machine.memory_bytes;
    json["memory_available_bytes"] = machine.memory_available_bytes;
    json["memory_limit_bytes"] = nullptr;
    if (machine.memory_limit_bytes) json["memory_limit_bytes"] = *machine.memory_limit_bytes;
    return json;
}

}  // namespace weir::cli
