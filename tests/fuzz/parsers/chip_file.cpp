// SPDX-License-Identifier: Apache-2.0
// A user's own chip (src/config/chip_file.hpp): the input is the file.
#include <string>

#include <weir/error.hpp>

#include "config/chip_file.hpp"
#include "driver/parser_target.hpp"

using weir::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    try {
        const weir::Chip chip = weir::parse_chip(text, "some file");
        require(weir::wrong_with(chip).empty(), "what is accepted is a chip");
        require(!chip.name.empty(), "a chip has a name");
        require(chip.read_ns(0) == chip.register_read_min_ns &&
                    chip.read_ns(chip.core_count() - 1) == chip.register_read_max_ns,
                "reads cost from the least to the most");
    } catch (const weir::Error& error) {
        require(error.code() == weir::ErrorCode::configuration, "a refusal is one of configuration");
        require(weir::fuzz::contains(error.what(), "some file"), "a refusal names the file");
    }
    return 0;
}
