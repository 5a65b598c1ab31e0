// SPDX-License-Identifier: Apache-2.0
/// What `weir sweep` varies, and the grid of all combinations.
///
/// A key is, as the option names it:
///     control_threads, clusters, ...         a field of the chip (chip_field_ranges())
///     ring_heap, ..., tensormap_pool         a size, the same for every ring (field_of(Resource))
///     ring_heaps, ...                        one for each ring, A:B:C:D; 0 leaves what the singular says
///     set.NAME                               a parameter of the program
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <weir/resources.hpp>

namespace weir::cli {

/// Points that a grid may have at most.
inline constexpr std::size_t kMostPoints = 1024;

struct VariedKey {
    enum class Kind { chip_field, size, sizes_of_rings, setting };
    Kind kind = Kind::chip_field;
    std::string name;                           ///< as it was given: "ring_heap", "set.n"
    Resource resource = Resource::task_window;  ///< of a size
    std::vector<std::string> values;            ///< as they were given, at least one
};

class SweepGrid {
public:
    /// From the values of --vary. Throws UsageError for what is no KEY=VALUE,..., for a key that is unknown
    /// or there twice, for a value that its key cannot have or that is there twice, and for a grid without a
    /// point or with more than kMostPoints. The program's parameters and the rules between sizes are not
    /// known here.
    explicit SweepGrid(const std::vector<std::string>& varied = {});

    [[nodiscard]] const std::vector<VariedKey>& keys() const noexcept { return keys_; }
    [[nodiscard]] std::size_t points() const noexcept;
    /// The value of each key at a point; the last key changes fastest.
    [[nodiscard]] std::vector<std::string> values(std::size_t point) const;
    /// The options of `weir run` that make the point.
    [[nodiscard]] std::vector<std::string> options(std::size_t point) const;

private:
    std::vector<VariedKey> keys_;
};

}  // namespace weir::cli
