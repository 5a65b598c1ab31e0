// SPDX-License-Identifier: Apache-2.0
/// A program as a shared library: it exports one versioned entry, written by WEIR_PROGRAM, and brings its
/// kernels along. `weir run NAME` and `weir run ./libmine.so` load it.
///
///     class Vector : public weir::ProgramInstance { ... };
///     WEIR_PROGRAM("vector", "f = (a+b+1)(a+b+2)+(a+b)", parameters,
///                  [](weir::Runtime& runtime, const weir::ParameterValues& values) -> weir::ProgramInstance*
///                  {
///                      return new Vector(runtime, values);
///                  })
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <weir/error.hpp>
#include <weir/export.hpp>
#include <weir/orchestrator.hpp>

namespace weir {

class Runtime;

/// Grows whenever ProgramEntry, ProgramInstance or a class that crosses their border changes.
inline constexpr std::uint32_t kProgramAbiVersion = 1;

/// A parameter of a program, set by `--set name=value`.
struct ProgramParameter {
    const char* name;
    const char* default_value;
    const char* help;
};

/// The values in force: defaults, and what was set over them.
class WEIR_API ParameterValues {
public:
    /// Error configuration when `settings` names a parameter that the program does not have.
    ParameterValues(std::span<const ProgramParameter> parameters,
                    const std::map<std::string, std::string>& settings);

    /// Each throws configuration, naming parameter and text, when the value does not parse or is outside
    /// [low, high].
    [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t low, std::int64_t high) const;
    [[nodiscard]] double number(std::string_view name, double low, double high) const;
    [[nodiscard]] const std::string& text(std::string_view name) const;
    /// One of `allowed`.
    [[nodiscard]] const std::string& choice(std::string_view name,
                                            std::span<const std::string_view> allowed) const;
    [[nodiscard]] const std::map<std::string, std::string, std::less<>>& all() const noexcept {
        return values_;
    }

private:
    std::map<std::string, std::string, std::less<>> values_;
};

/// What a comparison with the program's own reference found.
struct CheckResult {
    bool ok = false;
    std::string message;  ///< what was compared, and how far apart the results are
};

/// What a program knows about its work, for rates.
struct ProgramFigures {
    double flops = 0;  ///< floating-point operations of one run; 0: not meaningful
    double bytes = 0;  ///< bytes of memory that one run has to read and write at least; 0: not stated
};

/// A program with its data, ready to run.
class ProgramInstance {
public:
    ProgramInstance() = default;
    ProgramInstance(const ProgramInstance&) = delete;
    ProgramInstance& operator=(const ProgramInstance&) = delete;
    virtual ~ProgramInstance() = default;

    /// Puts the data into its initial state; called before each run, outside the measured time.
    virtual void prepare() = 0;
    /// Submits the tasks.
    virtual void run(Orchestrator& orchestrator) = 0;
    /// Compares the data after a run with the reference.
    [[nodiscard]] virtual CheckResult check() = 0;
    [[nodiscard]] virtual ProgramFigures figures() const = 0;
};

/// What the library exports under the name `weir_program_entry`.
struct ProgramEntry {
    std::uint32_t abi_version;
    std::uint32_t struct_bytes;
    const char* name;
    const char* summary;
    const ProgramParameter* parameters;
    std::uint64_t parameter_count;
    /// Registers kernels and allocates data; throws weir::Error.
    ProgramInstance* (*create)(Runtime& runtime, const ParameterValues& values);
};

}  // namespace weir

/// `parameters` is an array of weir::ProgramParameter with static storage.
#define WEIR_PROGRAM(program_name, program_summary, program_parameters, ...)                    \
    extern "C" WEIR_API const weir::ProgramEntry weir_program_entry;                            \
    const weir::ProgramEntry weir_program_entry = {                                             \
        weir::kProgramAbiVersion, sizeof(weir::ProgramEntry),    program_name, program_summary, \
        program_parameters,       std::size(program_parameters), __VA_ARGS__};
