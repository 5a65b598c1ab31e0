// SPDX-License-Identifier: Apache-2.0
// The PROGRAM of a command line (src/cli/program_library.hpp): a shipped program by name, or a path.
#include "cli/program_library.hpp"
#include "driver/parser_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using weir::fuzz::contains;
    using weir::fuzz::require;
    const std::string name(weir::fuzz::word_of(data, size));
    const bool is_path = contains(name, "/") || name.ends_with(".so");
    try {
        const std::filesystem::path file = weir::cli::find_program(name);
        require(!is_path || file == name, "a path is taken as it is");
        require(is_path || std::filesystem::exists(file), "a name that is accepted has a file");
    } catch (const weir::Error& error) {
        require(!is_path, "a path is looked at when it is loaded, not before");
        require(error.code() == weir::ErrorCode::program_not_found, "what is no name is not found");
        require(contains(error.what(), name), "a refusal names what was asked for");
    }
    return 0;
}
