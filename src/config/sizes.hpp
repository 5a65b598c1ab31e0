// SPDX-License-Identifier: Apache-2.0
/// From what is asked for to the sizes in force: one resolver for every source.
///
/// For each resource and ring on its own the strongest source that says something decides:
///
///     call per ring > call > environment per ring > environment > runtime > built in       (SizeSource)
///
/// "Per ring" are the plural field, and a singular field or variable whose rings differ; 0 says nothing. The
/// task window is decided first, since other resources are derived from it or bounded by it.
///
/// A value that is not valid is an error when the program gave it (call, runtime) and a warning when the
/// environment did: then the next source decides. A consumed window that is below a task window of somebody
/// stronger (call, environment, runtime) gives way to the next source: it was chosen beside another one.
#pragma once

#include <string>
#include <vector>

#include <weir/config.hpp>

#include "config/resource_table.hpp"
#include "config/size_text.hpp"
#include "model/sizes.hpp"

namespace weir {

/// The payload of the largest task.
std::uint64_t largest_payload() noexcept;

/// What sizes can come from, besides the defaults.
struct SizeSources {
    RuntimeEnv call{};
    SizeEnvironment environment{};
    RuntimeEnv runtime{};
};

struct ResolvedSizes {
    SizesInForce in_force;  ///< `reserved_bytes` and `memory_bytes` are left 0
    std::vector<std::string> warnings;
};

/// Throws configuration, naming field, ring, value, rule and the nearest valid value. Takes no memory of the
/// runtime's and changes nothing.
ResolvedSizes resolve(const SizeSources& sources);

/// The sizes that a runtime made with `env` alone has.
Sizes resolve_sizes(const RuntimeEnv& env);

Sizes to_sizes(const SizesInForce& in_force) noexcept;

/// The same as the caller writes them, every value filled in.
RuntimeEnv to_env(const Sizes& sizes) noexcept;

/// "ring_task_window 16384 (default), ring_heap 1024,2048,4096,8192 (call per ring), ...".
std::string describe(const SizesInForce& in_force);

/// The sizes with what some grew to.
Sizes with_growth(Sizes sizes, const std::vector<GrownSize>& grown) noexcept;

/// Which sizes grew, and the line for a shell with which they would not.
std::string growth_text(const std::vector<GrownSize>& grown, const SizesInForce& in_force);

}  // namespace weir
