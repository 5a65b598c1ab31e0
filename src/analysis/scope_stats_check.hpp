// SPDX-License-Identifier: Apache-2.0
/// What holds between the boundaries of one recording, whichever form they are read from.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "model/scope_recording.hpp"

namespace weir::analysis {

class ScopeOrder {
public:
    /// `has_additions`: the boundaries have the counters that Weir adds to the schema.
    explicit ScopeOrder(bool has_additions) noexcept : has_additions_(has_additions) {}

    /// Returns what is wrong with the next boundary, with the field's name first; nothing when it fits.
    [[nodiscard]] std::string take(const scope_recording::Boundary& boundary);
    /// Scopes that have not closed yet, innermost last.
    [[nodiscard]] const std::vector<std::string>& open() const noexcept { return open_; }

private:
    [[nodiscard]] std::string nest(const scope_recording::Boundary& boundary);

    bool has_additions_;
    std::vector<std::string> open_;
    std::array<scope_recording::Counters, kRings> before_{};
    std::array<bool, kRings> seen_{};
};

}  // namespace weir::analysis
