// SPDX-License-Identifier: Apache-2.0
/// The memory behind a runtime's rings: an arena that grows when a run needs more than those before it, and
/// otherwise stays where it is.
#pragma once

#include <cstdint>
#include <memory>

#include "memory/arena.hpp"
#include "model/sizes.hpp"

namespace weir {

class RingMemory {
public:
    /// Throws configuration or out_of_memory.
    explicit RingMemory(const Sizes& sizes);

    /// Zeroes the arena, or maps another one when this one is too small: of each resource as much as any run
    /// has asked for so far, or just `sizes` when the system refuses that. Nobody may use the arena
    /// meanwhile. Throws configuration or out_of_memory, leaving everything as it was.
    void fit(const Sizes& sizes);

    /// The same with an arena that has exactly these sizes, so that not more than they come to is ever
    /// touched.
    void fit_exactly(const Sizes& sizes);
    [[nodiscard]] bool has_exactly(const Sizes& sizes) const noexcept { return capacity_ == sizes; }

    [[nodiscard]] const ArenaLayout& layout() const noexcept { return layout_; }
    [[nodiscard]] const Arena& arena() const noexcept { return *arena_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return arena_->bytes(); }

private:
    void map(const Sizes& sizes);

    Sizes capacity_{};
    ArenaLayout layout_;
    std::unique_ptr<Arena> arena_;
};

}  // namespace weir
