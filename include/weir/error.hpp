// SPDX-License-Identifier: Apache-2.0
/// What goes wrong, with a stable code and the source line of the submit that it belongs to.
#pragma once

#include <cstdint>
#include <source_location>
#include <stdexcept>
#include <string>

#include <weir/export.hpp>

namespace weir {

/// Stable numbers: the C API returns the same ones.
enum class ErrorCode : std::int32_t {
    ok = 0,
    invalid_argument = 1,  ///< a value outside its range, a null pointer, a misaligned buffer
    type_mismatch = 2,     ///< dtype, direction or number of arguments differ from the kernel's
    out_of_bounds = 3,     ///< a view that leaves its tensor
    scope_closed = 4,      ///< a tensor used after the scope that owned its memory closed
    scope_misuse = 5,      ///< scopes closed out of order, nested too deep, AUTO inside MANUAL
    foreign_task = 6,      ///< an explicit dependency on a later task or on one of another runtime
    wrong_thread = 7,    ///< an orchestrator used from inside a kernel, from another thread, or after its run
    capacity = 8,        ///< the verdict: the request can never fit in the ring as configured
    kernel_failed = 9,   ///< a kernel threw or returned a non-zero status
    deadline = 10,       ///< the run's deadline passed
    cancelled = 11,      ///< the run was cancelled
    out_of_memory = 12,  ///< the system refused the memory that the configuration asks for
    system = 13,         ///< another operating system call failed
    configuration = 14,  ///< a size or option that cannot be
    program_not_found = 15,  ///< no such program or library
    program_invalid = 16,    ///< a library that is no program, or one of another ABI version
    unsupported = 17,        ///< a feature that this version names but does not have
};

/// "capacity", "kernel_failed", ...
WEIR_API const char* to_string(ErrorCode code) noexcept;

/// Thrown on the thread that submits. `what()` says what is wrong, where, and what to do.
class WEIR_API Error : public std::runtime_error {
public:
    Error(ErrorCode code, const std::string& message, std::source_location site = {});

    [[nodiscard]] ErrorCode code() const noexcept { return code_; }
    /// The submit (or scope, or get) in the program that the error belongs to; line 0 when there is none.
    [[nodiscard]] std::source_location site() const noexcept { return site_; }

private:
    ErrorCode code_;
    std::source_location site_;
};

/// "file.cpp:77", the form used in every message; empty for an unset location.
WEIR_API std::string format_site(std::source_location site);

}  // namespace weir
