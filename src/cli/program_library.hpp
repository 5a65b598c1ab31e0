// SPDX-License-Identifier: Apache-2.0
/// Programs as shared libraries: where they are found, and what makes a library a program.
///
/// A name without '/' that does not end in ".so" is a shipped program, <prefix>/lib/weir/programs/NAME.so
/// beside this command's <prefix>/bin; anything else is a path.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <weir/program.hpp>

namespace weir::cli {

/// A loaded program. The library stays loaded until the process ends: kernels, their destructors and the
/// types of exceptions live in its code.
class ProgramLibrary {
public:
    /// Throws program_not_found or program_invalid; the message says what is wrong with the library and what
    /// to do.
    explicit ProgramLibrary(const std::filesystem::path& file);

    [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }
    [[nodiscard]] const char* name() const noexcept { return entry_->name; }
    [[nodiscard]] const char* summary() const noexcept { return entry_->summary; }
    [[nodiscard]] std::span<const ProgramParameter> parameters() const noexcept {
        return {entry_->parameters, static_cast<std::size_t>(entry_->parameter_count)};
    }
    /// Throws program_invalid when the program makes no instance.
    [[nodiscard]] std::unique_ptr<ProgramInstance> create(Runtime& runtime,
                                                          const ParameterValues& values) const;
    /// A further symbol that the library may export; nullptr when it does not.
    [[nodiscard]] void* symbol(const char* name) const noexcept;

private:
    std::filesystem::path file_;
    void* library_ = nullptr;
    const ProgramEntry* entry_ = nullptr;
};

/// Where the shipped programs are, relative to the running command.
std::filesystem::path shipped_programs_folder();
/// Files of the shipped programs, by name.
std::vector<std::filesystem::path> shipped_programs();
/// The library that a PROGRAM on the command line names; throws program_not_found naming those that exist.
std::filesystem::path find_program(const std::string& program);

}  // namespace weir::cli
