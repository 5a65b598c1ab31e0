// SPDX-License-Identifier: Apache-2.0
#include "platform/cpu/cpus.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <memory>
#include <string>

#include <hwloc.h>
#include <sched.h>

namespace weir::cpu {

namespace {

/// Cores that a quota of the form "MICROSECONDS PERIOD" or "max PERIOD" allows.
double quota_of(std::istream& file) {
    std::string quota;
    double period = 0;
    if (!(file >> quota >> period) || quota == "max" || period <= 0)
        return std::numeric_limits<double>::infinity();
    return std::stod(quota) / period;
}

/// The tightest quota of this process's cgroup (version 2) and those above it.
double cgroup_cores() {
    double cores = std::numeric_limits<double>::infinity();
    std::ifstream membership("/proc/self/cgroup");
    std::string line;
    while (std::getline(membership, line)) {
        if (line.rfind("0::", 0) != 0) continue;
        for (std::string path = line.substr(3);; path.resize(path.rfind('/'))) {
            std::ifstream file("/sys/fs/cgroup" + path + "/cpu.max");
            if (file) cores = std::min(cores, quota_of(file));
            if (path.empty() || path.find('/') == std::string::npos) break;
        }
    }
    return cores;
}

int cores_in_mask() {
    // The kernel refuses a set that is too small for its number of cores, so try larger ones.
    for (std::size_t cores = CPU_SETSIZE; cores <= 1U << 20U; cores *= 2) {
        cpu_set_t* set = CPU_ALLOC(cores);
        if (set == nullptr) break;
        const std::size_t bytes = CPU_ALLOC_SIZE(cores);
        CPU_ZERO_S(bytes, set);
        const bool known = sched_getaffinity(0, bytes, set) == 0;
        const int count = known ? CPU_COUNT_S(bytes, set) : 0;
        CPU_FREE(set);
        if (known) return count;
    }
    return 1;
}

}  // namespace

int usable_cores() {
    const double quota = std::ceil(cgroup_cores());
    const int mask = cores_in_mask();
    return std::max(1, quota < mask ? static_cast<int>(quota) : mask);
}

bool pin_this_thread(int index) {
    hwloc_topology_t topology = nullptr;
    if (hwloc_topology_init(&topology) != 0) return false;
    const std::unique_ptr<std::remove_pointer_t<hwloc_topology_t>, void (*)(hwloc_topology_t)> owner(
        topology, hwloc_topology_destroy);
    // Only cores that the process may use.
    hwloc_topology_set_flags(topology,
                             HWLOC_TOPOLOGY_FLAG_IS_THISSYSTEM | HWLOC_TOPOLOGY_FLAG_RESTRICT_TO_CPUBINDING);
    if (hwloc_topology_load(topology) != 0) return false;
    const int cores = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE);
    const hwloc_obj_type_t type = cores > 0 ? HWLOC_OBJ_CORE : HWLOC_OBJ_PU;
    const int count = hwloc_get_nbobjs_by_type(topology, type);
    if (count <= 0) return false;
    const hwloc_obj* const core = hwloc_get_obj_by_type(topology, type, static_cast<unsigned>(index % count));
    return hwloc_set_cpubind(topology, core->cpuset, HWLOC_CPUBIND_THREAD) == 0;
}

}  // namespace weir::cpu
