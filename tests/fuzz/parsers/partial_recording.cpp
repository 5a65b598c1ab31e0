// SPDX-License-Identifier: Apache-2.0
// recording.partial (src/analysis/partial_recording.hpp): the input is the file. It is read as each of the
// files that it is made into.
#include "analysis/partial_recording.hpp"
#include "analysis/file_errors.hpp"
#include "driver/memory_file.hpp"
#include "driver/parser_target.hpp"

namespace {

using namespace weir::analysis;
using weir::fuzz::require;

/// A file is taken or refused by name, and refusing one form says nothing of another.
template <class Read>
void try_one(const std::filesystem::path& path, Read&& read) {
    try {
        read();
    } catch (const FileDamaged& error) {
        require(weir::fuzz::contains(error.what(), path.string()), "a refusal names the file");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const weir::fuzz::MemoryFile file;
    file.write(data, size);
    const std::filesystem::path path = file.path();
    try_one(path, [&] { static_cast<void>(files_of_partial(path)); });
    try_one(path, [&] {
        const RecordedRun run = read_partial_run(path);
        require(run.partial, "the run is told to be partial");
        require(run.makespan >= 0 && run.makespan <= kMostTime, "a run takes some time");
    });
    try_one(path, [&] {
        const Swimlane lane = read_partial_swimlane(path);
        for (const Execution& row : lane.executions)
            require(row.ring < weir::kRings && (!row.ran() || row.start <= row.end),
                    "work ends after it starts");
        require((lane.backwards == 0) == lane.first_backwards.empty(), "times that run backwards are named");
    });
    try_one(path, [&] {
        const Deps deps = read_partial_deps(path);
        require(!deps.complete, "nothing follows from what is missing in a partial file");
        for (const auto& edge : deps.edges)
            require(edge.producer < deps.tasks.size() && edge.consumer < deps.tasks.size(),
                    "an edge has two ends");
    });
    return 0;
}
