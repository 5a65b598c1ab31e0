// SPDX-License-Identifier: Apache-2.0
#include "capi/border.hpp"

#include <exception>
#include <new>
#include <string>

namespace weir::capi {

namespace {

/// What weir_last_error and its companions tell.
struct LastError {
    weir_status status = WEIR_OK;
    std::string message;
    std::source_location site;
    std::exception_ptr exception;  ///< empty when the error is older than the program
};
thread_local LastError last_error;

weir_status keep(weir_status status, const char* message, std::source_location site) {
    last_error.status = status;
    last_error.site = site;
    last_error.exception = std::current_exception();
    last_error.message = message;
    return status;
}

weir_status classify_current_exception() {
    try {
        throw;
    } catch (const Error& error) {
        return keep(static_cast<weir_status>(error.code()), error.what(), error.site());
    } catch (const ProgramStatus& error) {
        return keep(error.status(), error.what(), {});
    } catch (const std::bad_alloc&) {
        return keep(WEIR_OUT_OF_MEMORY, "the system refused memory; free some and try again", {});
    } catch (const std::exception& error) {
        return keep(WEIR_SYSTEM, error.what(), {});
    } catch (...) {
        return keep(WEIR_SYSTEM, "a callback threw an object that is no std::exception", {});
    }
}

std::string message_for(weir_status status) {
    std::string message = "the program returned status " + std::to_string(status);
    if (status >= WEIR_INVALID_ARGUMENT && status <= WEIR_UNSUPPORTED)
        message += std::string(" (") + to_string(static_cast<ErrorCode>(status)) + ")";
    return message;
}

}  // namespace

ProgramStatus::ProgramStatus(weir_status status) : std::runtime_error(message_for(status)), status_(status) {}

weir_status keep_current_exception() noexcept {
    try {
        return classify_current_exception();
    } catch (...) {
        // There is no memory for the message; `keep` has set the status before it copies the text.
        last_error.message.clear();
        return last_error.status;
    }
}

void begin_program() noexcept { last_error.exception = nullptr; }

void throw_program_status(weir_status status) {
    if (last_error.status == status && last_error.exception) std::rethrow_exception(last_error.exception);
    throw ProgramStatus(status);
}

void throw_error(ErrorCode code, const std::string& message, std::source_location site) {
    throw Error(code, site.line() == 0 ? message : format_site(site) + ": " + message, site);
}

void throw_invalid(const std::string& message, std::source_location site) {
    throw_error(ErrorCode::invalid_argument, message, site);
}

void check_head(std::uint32_t struct_bytes, std::uint32_t version, std::size_t bytes, const char* what,
                std::source_location site) {
    if (version != WEIR_C_API_VERSION) {
        throw_invalid(
            std::string(what) + " has version " + std::to_string(version) + ", this library has version " +
                std::to_string(WEIR_C_API_VERSION) +
                "; initialise the struct with its WEIR_..._INIT and compile against this library's weir.h",
            site);
    }
    if (struct_bytes != bytes) {
        throw_invalid(std::string(what) + " has struct_bytes " + std::to_string(struct_bytes) +
                          ", its version " + std::to_string(version) + " has " + std::to_string(bytes) +
                          "; initialise the struct with its WEIR_..._INIT",
                      site);
    }
}

}  // namespace weir::capi

extern "C" {

const char* weir_last_error(void) { return weir::capi::last_error.message.c_str(); }

weir_status weir_last_error_status(void) { return weir::capi::last_error.status; }

void weir_last_error_site(const char** file, int* line) {
    const std::source_location site = weir::capi::last_error.site;
    if (file != nullptr) *file = site.file_name();
    if (line != nullptr) *line = static_cast<int>(site.line());
}

}  // extern "C"
