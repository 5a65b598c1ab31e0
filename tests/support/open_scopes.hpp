// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <source_location>
#include <vector>

#include <weir/weir.hpp>

namespace weir::test {

/// A number of nested scopes, closed from the inside out, also while an exception unwinds.
class OpenScopes {
public:
    OpenScopes() = default;
    OpenScopes(Orchestrator& orchestrator, int count, ScopeMode mode = ScopeMode::automatic) {
        for (int i = 0; i < count; ++i) open(orchestrator, mode);
    }
    ~OpenScopes() {
        while (!scopes_.empty()) scopes_.pop_back();
    }
    OpenScopes(const OpenScopes&) = delete;
    OpenScopes& operator=(const OpenScopes&) = delete;

    void open(Orchestrator& orchestrator, ScopeMode mode = ScopeMode::automatic,
              std::source_location site = std::source_location::current()) {
        scopes_.push_back(std::make_unique<Scope>(orchestrator, mode, site));
    }
    void close_last() { scopes_.pop_back(); }

private:
    std::vector<std::unique_ptr<Scope>> scopes_;
};

}  // namespace weir::test
