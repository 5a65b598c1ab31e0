// SPDX-License-Identifier: Apache-2.0
#include "made_deps.hpp"

#include <algorithm>

namespace weir::test {

using namespace analysis;

std::uint32_t MadeDeps::task(const std::vector<Argument>& arguments, bool manual,
                             std::initializer_list<std::uint32_t> after, std::uint32_t line) {
    const auto row = static_cast<std::uint32_t>(deps_.tasks.size());
    const std::string site = "made.cpp:" + std::to_string(line);
    auto found = std::find(deps_.sites.begin(), deps_.sites.end(), site);
    if (found == deps_.sites.end()) found = deps_.sites.insert(deps_.sites.end(), site);
    DepsTask task;
    task.id = row + 1;
    task.kernel = 0;
    task.site = static_cast<std::uint32_t>(found - deps_.sites.begin());
    task.manual = manual;
    deps_.tasks.push_back(task);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const Argument& argument = arguments[i];
        deps_.buffers = std::max(deps_.buffers, argument.buffer + 1);
        Access access;
        access.task = row;
        access.argument = static_cast<std::uint32_t>(i);
        access.direction = argument.direction;
        access.no_dep = argument.no_dep;
        access.buffer = argument.buffer;
        access.offset = argument.offset;
        access.run = argument.run;
        access.step_count = static_cast<std::uint8_t>(argument.steps.size());
        access.first_step = deps_.steps.size();
        deps_.steps.insert(deps_.steps.end(), argument.steps.begin(), argument.steps.end());
        deps_.accesses.push_back(access);
    }
    for (const std::uint32_t earlier : after) deps_.explicit_edges.push_back({row, earlier});
    return row;
}

Deps made_stencil(std::uint32_t tasks, std::uint32_t width, std::uint32_t loose) {
    constexpr std::uint64_t kBlock = 64;
    MadeDeps made;
    for (std::uint32_t row = 0; row < tasks; ++row) {
        const std::uint32_t step = row / width;
        const std::uint32_t at = row % width;
        std::vector<MadeDeps::Argument> arguments = {
            {Direction::out, step % 3, at * kBlock, kBlock, {}, false}};
        for (std::uint32_t from = at == 0 ? 0 : at - 1; from <= std::min(at + 1, width - 1); ++from)
            arguments.push_back(
                {Direction::in, (step + 2) % 3, from * kBlock, kBlock, {}, row == loose && from == at + 1});
        made.task(arguments);
        if (step == 0) continue;
        const std::uint32_t above = row - width;
        for (std::uint32_t from = at == 0 ? above : above - 1; from <= above + (at + 1 < width ? 1 : 0);
             ++from)
            if (row != loose || from != above + 1) made.waited(from, row);
    }
    return std::move(made.deps());
}

Deps random_deps(std::mt19937_64& random, std::uint32_t tasks) {
    const auto below = [&](std::uint64_t bound) { return random() % bound; };
    MadeDeps made;
    const std::uint64_t count = 2 + below(tasks - 1);
    const bool quiet = below(3) == 0;  // no argument and no scope that does not wait
    for (std::uint64_t row = 0; row < count; ++row) {
        std::vector<MadeDeps::Argument> arguments;
        for (std::uint64_t i = 0; i < 1 + below(3); ++i) {
            MadeDeps::Argument argument{static_cast<Direction>(below(3)), below(2), below(12), 1 + below(4)};
            for (std::uint64_t axis = below(3); axis > 0; --axis)
                argument.steps.push_back({1 + below(3), static_cast<std::int64_t>(1 + below(7))});
            argument.no_dep = !quiet && below(4) == 0;
            arguments.push_back(argument);
        }
        const std::uint32_t added = made.task(arguments, !quiet && below(4) == 0);
        for (std::uint64_t named = below(3); named > 0 && added > 0; --named)
            made.deps().explicit_edges.push_back({added, static_cast<std::uint32_t>(below(added))});
    }
    return std::move(made.deps());
}

}  // namespace weir::test
