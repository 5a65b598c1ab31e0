// SPDX-License-Identifier: Apache-2.0
/// The open scopes of a run, innermost last. Depth d uses ring min(d, kRings - 1).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <source_location>

#include <weir/detail/fast_path.hpp>
#include <weir/orchestrator.hpp>

namespace weir {

struct OpenScope {
    std::uint64_t tag = 0;  ///< serial << 6 | depth
    ScopeMode mode = ScopeMode::automatic;
    std::source_location site;
    std::uint64_t first_owner = 0;  ///< running number in the scope's ring; 0: none
    std::uint64_t last_owner = 0;   ///< head of the chain through TaskEntry::previous_owner
    std::uint64_t first_heap_begin = 0;
    std::uint64_t first_number = 0;  ///< running number that the next task of its ring had when it opened
};

class ScopeStack {
public:
    [[nodiscard]] int depth() const noexcept { return count_ - 1; }
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    [[nodiscard]] bool full() const noexcept { return count_ == detail::kMaxScopes; }
    [[nodiscard]] OpenScope& top() noexcept { return scopes_[static_cast<std::size_t>(count_ - 1)]; }
    [[nodiscard]] const OpenScope& at(int depth) const noexcept {
        return scopes_[static_cast<std::size_t>(depth)];
    }
    [[nodiscard]] static int ring_of(int depth) noexcept { return std::min(depth, kRings - 1); }
    [[nodiscard]] int ring() const noexcept { return ring_of(depth()); }

    OpenScope& push() noexcept {
        OpenScope& scope = scopes_[static_cast<std::size_t>(count_++)];
        scope = {};
        return scope;
    }
    void pop() noexcept { --count_; }

    /// The open scope that has the oldest owner of a ring, or null: held(r) of the capacity verdict.
    [[nodiscard]] const OpenScope* holder(int ring) const noexcept {
        const OpenScope* oldest = nullptr;
        const int last = ring == kRings - 1 ? depth() : std::min(ring, depth());
        for (int depth = ring; depth <= last; ++depth) {
            const OpenScope& scope = at(depth);
            if (scope.first_owner != 0 && (oldest == nullptr || scope.first_owner < oldest->first_owner))
                oldest = &scope;
        }
        return oldest;
    }

private:
    std::array<OpenScope, detail::kMaxScopes> scopes_;
    int count_ = 0;
};

}  // namespace weir
