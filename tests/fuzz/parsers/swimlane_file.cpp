// SPDX-License-Identifier: Apache-2.0
// swimlane.json (src/analysis/swimlane_file.hpp): the input is the file.
#include "analysis/swimlane_file.hpp"
#include "analysis/file_errors.hpp"
#include "driver/memory_file.hpp"
#include "driver/parser_target.hpp"

namespace {

using namespace weir::analysis;
using weir::fuzz::require;

template <typename List>
void check_index(std::uint32_t index, const List& list) {
    require(index == kNone || index < list.size(), "an index is in its list");
}

void check(const Swimlane& lane) {
    for (const Execution& row : lane.executions) {
        check_index(row.kernel, lane.kernels);
        check_index(row.site, lane.sites);
        check_index(row.scope, lane.scopes);
        require(row.ring < weir::kRings, "a ring is one of those that there are");
        require(!row.ran() || row.start <= row.end, "work ends after it starts");
    }
    for (std::size_t i = 0; i < lane.scopes.size(); ++i) {
        check_index(lane.scopes[i].site, lane.sites);
        require(lane.scopes[i].parent == kNone || lane.scopes[i].parent < i,
                "a scope comes after its parent");
    }
    for (const Phase& phase : lane.phases) {
        check_index(phase.name, lane.phase_names);
        require(phase.begin <= phase.end, "a phase ends after it begins");
    }
    for (const Instant& instant : lane.instants) {
        check_index(instant.what, lane.instant_names);
        check_index(instant.site, lane.sites);
    }
    require((lane.backwards == 0) == lane.first_backwards.empty(), "times that run backwards are named");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const weir::fuzz::MemoryFile file;
    file.write(data, size);
    try {
        check(read_swimlane(file.path()));
    } catch (const FileDamaged& error) {
        require(weir::fuzz::contains(error.what(), file.path().string()), "a refusal names the file");
    }
    return 0;
}
