// SPDX-License-Identifier: Apache-2.0
// Recordings of scopes (src/analysis/scope_stats_file.hpp), finished and partial ones: the input is the file.
#include "analysis/scope_stats_file.hpp"
#include "driver/memory_file.hpp"
#include "driver/parser_target.hpp"

using weir::fuzz::require;
using weir::scope_recording::Boundary;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const weir::fuzz::MemoryFile file;
    file.write(data, size);
    std::uint64_t seen = 0;
    int open = 0;
    try {
        const auto head = weir::analysis::read_scope_stats(file.path(), [&](const Boundary& boundary) {
            ++seen;
            open += boundary.begins ? 1 : -1;
            require(open >= 0, "a scope closes after it has opened");
            require(boundary.depth >= 0, "a depth is no negative number");
        });
        require(head.partial || seen + head.dropped == head.total, "no boundary is missing");
        require(!head.partial || seen == head.total, "a partial file has what it counts");
    } catch (const weir::analysis::FileDamaged& error) {
        require(weir::fuzz::contains(error.what(), file.path().string()), "a refusal names the file");
    }
    return 0;
}
