// SPDX-License-Identifier: Apache-2.0
/// WEIR_RESOURCES as a table: for each resource its texts, its rule, and where it lies in RuntimeEnv, Sizes
/// and ResourcePeaks.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <weir/config.hpp>
#include <weir/kernel.hpp>
#include <weir/resources.hpp>

#include "model/launch_record.hpp"
#include "model/sizes.hpp"

namespace weir {

/// Entries are named by 32 bits: place in its ring times the number of rings.
inline constexpr std::uint64_t kMostSlots = std::uint64_t{1} << 29U;
static_assert(kMostSlots * kRings <= std::uint64_t{1} << 32U, "an entry's name must fit in 32 bits");
inline constexpr std::uint64_t kMost31 = 0x7fffffff;
/// A task's place in the payload is kept in 32 bits.
inline constexpr std::uint64_t kMost32 = 0xffffffff;
/// What a process can address with room to spare; more is a typing error, not a wish.
inline constexpr std::uint64_t kMostAddressable = std::uint64_t{1} << 46U;
/// The payload of the largest task: 32 tensors of 5 axes, 16 scalars, a name, a launch record.
inline constexpr std::uint64_t kLargestTaskBytes = kMaxTensors * detail::TensorRecord::bytes(kMaxAxes) +
                                                   kMaxScalars * sizeof(std::uint64_t) + sizeof(char*) +
                                                   sizeof(LaunchRecord);

enum class SizeRule : std::uint8_t { any, power_of_two, window_at_least };

/// A default: `amount`, or `amount` times the task window of the ring.
struct DefaultSize {
    std::uint64_t amount;
    bool per_slot;
};

struct ResourceRow {
    Resource resource;
    const char* field;
    const char* label;
    const char* unit;
    const char* holds;
    SizeRule rule;
    std::uint64_t low;
    std::uint64_t high;
    DefaultSize fallback;
    const char* taken;
    const char* given_back;
    // One of each pair is null.
    RingValues RuntimeEnv::*values;
    std::uint64_t RuntimeEnv::*shared_value;
    RingList RuntimeEnv::*list;  ///< null for a shared resource
    std::uint64_t RingSizes::*size;
    std::uint64_t Sizes::*shared_size;
    std::array<std::uint64_t, kRings> ResourcePeaks::*peaks;
    std::uint64_t ResourcePeaks::*shared_peak;

    [[nodiscard]] constexpr bool per_ring() const noexcept { return values != nullptr; }
    /// Rings that have a value of their own.
    [[nodiscard]] constexpr std::size_t rings() const noexcept {
        return per_ring() ? static_cast<std::size_t>(kRings) : 1;
    }
};

namespace resource_columns {
using enum SizeRule;
constexpr DefaultSize fixed(std::uint64_t amount) { return {amount, false}; }
constexpr DefaultSize per_slot(std::uint64_t amount) { return {amount, true}; }

inline constexpr std::array<ResourceRow, kResources> kRows = {{
#define WEIR_RING(name, peak, label, unit, holds, rule, low, high, fallback, taken, given) \
    {Resource::name,                                                                       \
     "ring_" #name,                                                                        \
     label,                                                                                \
     unit,                                                                                 \
     holds,                                                                                \
     rule,                                                                                 \
     low,                                                                                  \
     high,                                                                                 \
     fallback,                                                                             \
     taken,                                                                                \
     given,                                                                                \
     &RuntimeEnv::ring_##name,                                                             \
     nullptr,                                                                              \
     &RuntimeEnv::ring_##name##s,                                                          \
     &RingSizes::name,                                                                     \
     nullptr,                                                                              \
     &ResourcePeaks::peak,                                                                 \
     nullptr},
#define WEIR_SHARED(name, field, peak, label, unit, holds, rule, low, high, fallback, taken, given) \
    {Resource::name,                                                                                \
     #field,                                                                                        \
     label,                                                                                         \
     unit,                                                                                          \
     holds,                                                                                         \
     rule,                                                                                          \
     low,                                                                                           \
     high,                                                                                          \
     fallback,                                                                                      \
     taken,                                                                                         \
     given,                                                                                         \
     nullptr,                                                                                       \
     &RuntimeEnv::field,                                                                            \
     nullptr,                                                                                       \
     nullptr,                                                                                       \
     &Sizes::name,                                                                                  \
     nullptr,                                                                                       \
     &ResourcePeaks::peak},
    WEIR_RESOURCES(WEIR_RING, WEIR_SHARED)
#undef WEIR_RING
#undef WEIR_SHARED
}};
}  // namespace resource_columns

inline constexpr const std::array<ResourceRow, kResources>& kResourceRows = resource_columns::kRows;
static_assert(kResourceRows[0].resource == Resource::task_window, "others are derived from the first");

constexpr std::size_t index_of(Resource resource) noexcept { return static_cast<std::size_t>(resource); }

constexpr const ResourceRow& row_of(Resource resource) noexcept { return kResourceRows[index_of(resource)]; }

/// The size of a resource and a ring; of a shared resource whatever the ring.
constexpr std::uint64_t& size_in(Sizes& sizes, const ResourceRow& row, std::size_t ring) noexcept {
    return row.per_ring() ? sizes.ring[ring].*row.size : sizes.*row.shared_size;
}
constexpr std::uint64_t size_in(const Sizes& sizes, const ResourceRow& row, std::size_t ring) noexcept {
    return row.per_ring() ? sizes.ring[ring].*row.size : sizes.*row.shared_size;
}

/// Calls `visit(row, ring)` for each size: of each resource in each ring that has its own.
template <class Visit>
void for_each_size(Visit&& visit) {
    for (const ResourceRow& row : kResourceRows)
        for (std::size_t ring = 0; ring < row.rings(); ++ring) visit(row, ring);
}

/// "a power of two from 4 to 536870912", "1024 bytes to 70368744177664". `window` stands in a rule that
/// refers to the task window: its value, or the name of its field.
std::string rule_text(const ResourceRow& row, const std::string& window);

/// The table of docs/sizes.md, in Markdown.
std::string size_table();

}  // namespace weir
