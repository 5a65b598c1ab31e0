// SPDX-License-Identifier: Apache-2.0
/// Recorded dependencies made by a program of loops or by chance, for the check of them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

#include "analysis/recording.hpp"

namespace weir::test {

class MadeDeps {
public:
    struct Argument {
        analysis::Direction direction;
        std::uint64_t buffer;
        std::uint64_t offset;
        std::uint64_t run;
        std::vector<analysis::BoxStep> steps = {};
        bool no_dep = false;
    };

    MadeDeps() { deps_.kernels = {"k"}; }

    /// Row of the new task, at line `line` of "made.cpp". Producers waited for are not recorded by this.
    std::uint32_t task(const std::vector<Argument>& arguments, bool manual = false,
                       std::initializer_list<std::uint32_t> after = {}, std::uint32_t line = 0);
    void waited(std::uint32_t producer, std::uint32_t consumer) {
        deps_.edges.push_back({producer, consumer, analysis::EdgeKind::raw, true, analysis::kNone});
    }
    [[nodiscard]] analysis::Deps& deps() noexcept { return deps_; }
    [[nodiscard]] const analysis::Deps& deps() const noexcept { return deps_; }

private:
    analysis::Deps deps_;
};

/// A stencil over a row of `width` blocks of 64 bytes, three buffers in turn, `tasks` tasks, each of which
/// reads its neighbours and writes its own block, with what a runtime that waits for all of it would record.
/// The read of the right neighbour of task `loose` is marked no_dep, and is not waited for.
analysis::Deps made_stencil(std::uint32_t tasks, std::uint32_t width, std::uint32_t loose = analysis::kNone);

/// Up to `tasks` tasks with a few arguments in two small buffers, some of them marked no_dep, in MANUAL
/// scopes or naming others. Nothing is recorded as waited for.
analysis::Deps random_deps(std::mt19937_64& random, std::uint32_t tasks);

}  // namespace weir::test
