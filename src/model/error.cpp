// SPDX-License-Identifier: Apache-2.0
#include <weir/error.hpp>

#include <string_view>

namespace weir {

const char* to_string(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::ok:
            return "ok";
        case ErrorCode::invalid_argument:
            return "invalid_argument";
        case ErrorCode::type_mismatch:
            return "type_mismatch";
        case ErrorCode::out_of_bounds:
            return "out_of_bounds";
        case ErrorCode::scope_closed:
            return "scope_closed";
        case ErrorCode::scope_misuse:
            return "scope_misuse";
        case ErrorCode::foreign_task:
            return "foreign_task";
        case ErrorCode::wrong_thread:
            return "wrong_thread";
        case ErrorCode::capacity:
            return "capacity";
        case ErrorCode::kernel_failed:
            return "kernel_failed";
        case ErrorCode::deadline:
            return "deadline";
        case ErrorCode::cancelled:
            return "cancelled";
        case ErrorCode::out_of_memory:
            return "out_of_memory";
        case ErrorCode::system:
            return "system";
        case ErrorCode::configuration:
            return "configuration";
        case ErrorCode::program_not_found:
            return "program_not_found";
        case ErrorCode::program_invalid:
            return "program_invalid";
        case ErrorCode::unsupported:
            return "unsupported";
    }
    return "unknown";
}

Error::Error(ErrorCode code, const std::string& message, std::source_location site)
    : std::runtime_error(message), code_(code), site_(site) {}

std::string format_site(std::source_location site) {
    if (site.line() == 0) return {};
    std::string_view file = site.file_name();
    if (const auto slash = file.rfind('/'); slash != std::string_view::npos) file.remove_prefix(slash + 1);
    return std::string(file) + ":" + std::to_string(site.line());
}

}  // namespace weir
