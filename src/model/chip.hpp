// SPDX-License-Identifier: Apache-2.0
/// Chips as numbers: how many cores and control threads one has, and what each of its steps costs. Chips
/// differ in these numbers only; nothing asks which chip it is.
///
/// A cluster is one matrix core (AIC) and two vector cores (AIV). Cores are numbered AIC 0..C-1, then AIV
/// C..3C-1, so cluster i has cores i, C+i and 2C+i.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace weir {

/// What a core can run.
enum class CoreKind : std::uint8_t { aic, aiv };

/// Cores of a cluster: its AIC and its two AIV.
inline constexpr int kClusterCores = 3;

struct Chip {
    std::string name;
    std::uint64_t clusters = 0;
    std::uint64_t control_threads = 0;  ///< one of them the orchestrator
    std::uint64_t counter_hz = 0;
    // Costs in nanoseconds; what each means: chip_fields().
    std::uint64_t register_read_min_ns = 0;
    std::uint64_t register_read_max_ns = 0;
    std::uint64_t pass_ns = 0;
    std::uint64_t complete_ns = 0;
    std::uint64_t dispatch_ns = 0;
    std::uint64_t start_ns = 0;
    std::uint64_t next_ns = 0;
    std::uint64_t submit_ns = 0;
    std::uint64_t submit_tensor_ns = 0;
    std::uint64_t aic_kernel_ns = 0;
    std::uint64_t aiv_kernel_ns = 0;

    [[nodiscard]] int cluster_count() const noexcept { return static_cast<int>(clusters); }
    [[nodiscard]] int core_count() const noexcept { return cluster_count() * kClusterCores; }
    [[nodiscard]] int threads() const noexcept { return static_cast<int>(control_threads); }
    [[nodiscard]] CoreKind type_of(int core) const noexcept {
        return core < cluster_count() ? CoreKind::aic : CoreKind::aiv;
    }
    [[nodiscard]] int cluster_of(int core) const noexcept { return core % cluster_count(); }
    /// The core in a place of a cluster: 0 its AIC, 1 and 2 its AIV.
    [[nodiscard]] int core_of(int cluster, int place) const noexcept {
        return place * cluster_count() + cluster;
    }
    /// What reading the status register of a core takes: the least for core 0, the most for the last one, and
    /// evenly in between.
    [[nodiscard]] std::uint64_t read_ns(int core) const noexcept;
    /// How long a kernel takes that nothing else is known of.
    [[nodiscard]] std::uint64_t kernel_ns(CoreKind type) const noexcept {
        return type == CoreKind::aic ? aic_kernel_ns : aiv_kernel_ns;
    }
    friend bool operator==(const Chip&, const Chip&) = default;
};

/// One number of a chip: where it is kept, what it may be, and where the built-in value comes from.
struct ChipField {
    const char* name;
    std::uint64_t Chip::*place;
    std::uint64_t low;
    std::uint64_t high;
    const char* meaning;
    const char* source;
};

/// A platform is named by its chip and this.
inline constexpr const char* kPlatformSuffix = "sim";

/// Every number of a chip, in the order of their declaration.
std::span<const ChipField> chip_fields() noexcept;

/// The chips that are built in.
std::span<const Chip> chips() noexcept;
/// The built-in chip of that name, or null.
const Chip* find_chip(std::string_view name) noexcept;

/// The first thing that is wrong with a chip's numbers, as "field: what, and what would be right"; empty:
/// nothing.
std::string wrong_with(const Chip& chip);

}  // namespace weir
