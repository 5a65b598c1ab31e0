// SPDX-License-Identifier: Apache-2.0
// CallConfig from bytes (weir/wire.hpp), and the sizes in it.
#include <algorithm>

#include <weir/error.hpp>
#include <weir/wire.hpp>

#include "config/sizes.hpp"
#include "driver/parser_target.hpp"

namespace {

using weir::fuzz::require;

void check(const weir::CallConfig& config) {
    try {
        const weir::ResolvedSizes resolved = weir::resolve({.call = config.runtime_env});
        require(resolved.warnings.empty(), "what a call asks for is taken or refused");
    } catch (const weir::Error& error) {
        require(error.code() == weir::ErrorCode::configuration, "a refusal of sizes is about configuration");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const std::byte> bytes = std::as_bytes(std::span(data, size));
    try {
        const weir::CallConfig config = weir::call_config_from_wire(bytes);
        const weir::CallConfigWire again = weir::to_wire(config);
        require(std::equal(bytes.begin(), bytes.end(), again.begin(), again.end()),
                "what is accepted is given back byte by byte");
        check(config);
    } catch (const weir::Error& error) {
        require(error.code() == weir::ErrorCode::invalid_argument, "a refusal is about the argument");
        require(weir::fuzz::contains(error.what(), "CallConfig from bytes: "), "a refusal names what it is");
    }
    return 0;
}
