// SPDX-License-Identifier: Apache-2.0
/// The list of resources whose sizes can be set: one entry each. Fields of RuntimeEnv and ResourcePeaks, the
/// enumeration, environment variables, options of the command, rules, messages, the wire form and the table
/// in docs/sizes.md are all made from it, so an entry here is a resource everywhere. (weir.h, for C, names
/// its fields itself, and the page of `weir top` has a version for so many: the compiler asks for both.)
#pragma once

#include <cstddef>
#include <cstdint>

#include <weir/export.hpp>

/// RING: every ring has its own; fields `ring_<name>` and `ring_<name>s` of RuntimeEnv. SHARED: one for all
/// rings. The columns:
///     name         in `Resource`; SHARED: and the field of RuntimeEnv
///     peak         field of ResourcePeaks
///     label, unit  in reports
///     holds        what is kept there, for people who see it for the first time
///     rule         any or power_of_two, or window_at_least: a power of two that is not below the task window
///     low, high    smallest and largest valid value
///     default      fixed(n), or per_slot(n): n times the task window, within low and high
///     taken, given when a task takes of it and how much; when that comes back (for docs/sizes.md)
/// The task window comes first: others are derived from it.
#define WEIR_RESOURCES(RING, SHARED)                                                                        \
    RING(task_window, task_window, "task window", "slots", "tasks that have not finished", power_of_two, 4, \
         kMostSlots, fixed(16384), "one slot", "RELEASED, in order")                                        \
    RING(consumed_window, consumed_window, "consumed window", "entries",                                    \
         "tasks that have not finished, and those whose memory may still be used", window_at_least, 4,      \
         kMostSlots, per_slot(4), "one entry", "CONSUMED, in order")                                        \
    RING(payload, payload_bytes, "payload", "bytes", "arguments of tasks that have not finished", any,      \
         kLargestTaskBytes, kMost32, per_slot(512),                                                         \
         "16 bytes and 16 an axis for each tensor, 8 for each scalar, 8 for a name; 72 for a task of "      \
         "several kernels or blocks, or with a predicate",                                                  \
         "RELEASED, in order")                                                                              \
    RING(heap, heap_bytes, "heap", "bytes", "outputs that the runtime allocates, until their scope closes", \
         any, 1024, kMostAddressable, fixed(268435456),                                                     \
         "its allocated outputs, each rounded up to 64 bytes", "CONSUMED, in order")                        \
    RING(dep_pool, dep_pool, "dependency pool", "entries", "which task waits for which", any,               \
         kSmallestDepPool, kMost31, fixed(16384),                                                           \
         "one for each task that it waits for or whose memory it uses", "RELEASED, in order")               \
    SHARED(tensormap, tensormap_pool, tensormap, "TensorMap pool", "entries",                               \
           "which task reads and writes which part of a tensor", any, kSmallestTensorMap, kMost31,          \
           fixed(65536),                                                                                    \
           "two for each tensor argument at most, three for one with more than two axes; fewer when the "   \
           "region is known",                                                                               \
           "when the access is dead and the pool is short, or with its owner's memory")

namespace weir {

/// A resource that a run can be short of.
enum class Resource : std::uint8_t {
#define WEIR_RING(name, ...) name,
    WEIR_RESOURCES(WEIR_RING, WEIR_RING)
#undef WEIR_RING
};

inline constexpr std::size_t kResources = 0
#define WEIR_RING(...) +1  // NOLINT(bugprone-macro-parentheses): a term
    WEIR_RESOURCES(WEIR_RING, WEIR_RING)
#undef WEIR_RING
    ;

/// Name of the field of RuntimeEnv that sets it: "ring_heap". With dashes behind "--" it is the option of the
/// command.
WEIR_API const char* field_of(Resource resource) noexcept;
/// The environment variable that sets it: "PTO2_RING_HEAP". The first call allocates.
WEIR_API const char* variable_of(Resource resource);
/// "slots", "entries" or "bytes".
WEIR_API const char* unit_of(Resource resource) noexcept;
/// "dependency pool".
WEIR_API const char* label_of(Resource resource) noexcept;
/// "arguments of tasks that have not finished": what is kept there.
WEIR_API const char* holds_of(Resource resource) noexcept;
/// Whether every ring has its own.
WEIR_API bool per_ring(Resource resource) noexcept;
/// What values are valid and which one is the default, as text: "a power of two from 4 to 536870912; default
/// 16384". The first call allocates.
WEIR_API const char* valid_values_of(Resource resource);

}  // namespace weir
