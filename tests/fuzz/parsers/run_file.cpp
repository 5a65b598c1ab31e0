// SPDX-License-Identifier: Apache-2.0
// run.json (src/analysis/run_file.hpp): the input is the file.
#include "analysis/run_file.hpp"
#include "analysis/file_errors.hpp"
#include "driver/memory_file.hpp"
#include "driver/parser_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using weir::fuzz::require;
    static const weir::fuzz::MemoryFile file;
    file.write(data, size);
    try {
        const weir::analysis::RecordedRun run = weir::analysis::read_run(file.path());
        require(run.makespan >= 0 && run.makespan <= weir::analysis::kMostTime, "a run takes some time");
        require(run.threads.size() <= size && run.cores.size() <= size, "lists are no longer than the file");
    } catch (const weir::analysis::FileDamaged& error) {
        require(weir::fuzz::contains(error.what(), file.path().string()), "a refusal names the file");
    }
    return 0;
}
