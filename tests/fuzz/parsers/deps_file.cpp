// SPDX-License-Identifier: Apache-2.0
// deps.json (src/analysis/deps_file.hpp): the input is the file.
#include "analysis/deps_file.hpp"
#include "analysis/file_errors.hpp"
#include "driver/memory_file.hpp"
#include "driver/parser_target.hpp"

namespace {

using namespace weir::analysis;
using weir::fuzz::require;

void check(const Deps& deps) {
    for (const DepsTask& task : deps.tasks) {
        require(task.kernel == kNone || task.kernel < deps.kernels.size(), "a kernel is in its list");
        require(task.site == kNone || task.site < deps.sites.size(), "a site is in its list");
    }
    std::uint32_t before = 0;
    for (const Access& access : deps.accesses) {
        require(access.task < deps.tasks.size() && access.task >= before, "accesses are sorted by task");
        require(access.first_step + access.step_count <= deps.steps.size(), "axes of a box are there");
        require(access.run > 0, "a run has bytes");
        before = access.task;
    }
    for (const Edge& edge : deps.edges)
        require(edge.producer < edge.consumer && edge.consumer < deps.tasks.size(), "edges lead forward");
    for (const ExplicitEdge& edge : deps.explicit_edges)
        require(edge.after < edge.task && edge.task < deps.tasks.size(), "a task waits for earlier ones");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const weir::fuzz::MemoryFile file;
    file.write(data, size);
    try {
        check(read_deps(file.path()));
    } catch (const FileDamaged& error) {
        require(weir::fuzz::contains(error.what(), file.path().string()), "a refusal names the file");
    }
    return 0;
}
