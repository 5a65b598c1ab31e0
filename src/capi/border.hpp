// SPDX-License-Identifier: Apache-2.0
/// Where C++ ends: every function of weir.h runs its body in `guarded`, which turns exceptions into a status
/// and keeps their message for weir_last_error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <stdexcept>
#include <string>

#include <weir/weir.h>
#include <weir/error.hpp>

namespace weir::capi {

/// Ends a run with the status that its program returned.
class ProgramStatus : public std::runtime_error {
public:
    explicit ProgramStatus(weir_status status);
    [[nodiscard]] weir_status status() const noexcept { return status_; }

private:
    weir_status status_;
};

/// Keeps the exception that is being handled as this thread's last error, and returns its status.
weir_status keep_current_exception() noexcept;

/// From here on, errors of this thread count as its program's own. Called where a program begins.
void begin_program() noexcept;

/// Throws the program's last error on this thread again if it has that status; else ProgramStatus.
[[noreturn]] void throw_program_status(weir_status status);

/// Runs the body of a function of the C API.
template <class Body>
weir_status guarded(Body&& body) noexcept {
    try {
        body();
        return WEIR_OK;
    } catch (...) {
        return keep_current_exception();
    }
}

/// An error that the C API itself has found. The message is put behind the source line.
[[noreturn]] void throw_error(ErrorCode code, const std::string& message, std::source_location site = {});

/// An argument that C++ would not have let through.
[[noreturn]] void throw_invalid(const std::string& message, std::source_location site = {});

/// `what` names function and parameter: "weir_submit: args".
template <class T>
T& required(T* pointer, const char* what, std::source_location site = {}) {
    if (pointer == nullptr) throw_invalid(std::string(what) + " is NULL; it must point at something", site);
    return *pointer;
}

/// Refuses a struct whose head says another size or version than this library's.
void check_head(std::uint32_t struct_bytes, std::uint32_t version, std::size_t bytes, const char* what,
                std::source_location site);

/// A struct that the caller passes: not null, and initialised with its WEIR_..._INIT.
template <class Struct>
Struct& checked(Struct* pointer, const char* what, std::source_location site = {}) {
    Struct& object = required(pointer, what, site);
    check_head(object.struct_bytes, object.version, sizeof object, what, site);
    return object;
}

}  // namespace weir::capi
