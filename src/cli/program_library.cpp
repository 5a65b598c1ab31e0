// SPDX-License-Identifier: Apache-2.0
#include "program_library.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <fmt/format.h>
#include <link.h>

#include <algorithm>
#include <numeric>

namespace weir::cli {
namespace {

constexpr const char* kEntrySymbol = "weir_program_entry";

[[noreturn]] void invalid(const std::filesystem::path& file, const std::string& reason) {
    throw Error(ErrorCode::program_invalid, fmt::format("'{}' is no program: {}", file.string(), reason));
}

void* open_library(const std::filesystem::path& file) {
    std::error_code status;
    if (!std::filesystem::exists(file, status)) {
        throw Error(
            ErrorCode::program_not_found,
            fmt::format("there is no file '{}'; check the path, or see 'weir list' for the shipped programs",
                        file.string()));
    }
    if (!std::filesystem::is_regular_file(file, status)) invalid(file, "it is not a regular file");
    // A path without '/' would be searched for in the system's library folders.
    void* library = dlopen(std::filesystem::absolute(file).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        invalid(
            file,
            fmt::format("the system cannot load it as a library ({}); build it as a shared library for this "
                        "machine, linked with libweir",
                        dlerror()));
    }
    return library;
}

/// The address of the entry, which must be data of at least the size of its two version fields.
const void* find_entry(const std::filesystem::path& file, void* library) {
    void* address = dlsym(library, kEntrySymbol);
    if (address == nullptr) {
        invalid(
            file,
            fmt::format("the library exports no symbol '{}'; write WEIR_PROGRAM(...) from <weir/program.hpp> "
                        "in one of its files",
                        kEntrySymbol));
    }
    Dl_info info{};
    const ElfW(Sym)* symbol = nullptr;
    const int found =
        dladdr1(address, &info, reinterpret_cast<void**>(const_cast<ElfW(Sym)**>(&symbol)), RTLD_DL_SYMENT);
    if (found != 0 && symbol != nullptr) {
        const bool is_data = (symbol->st_info & 0xfU) == STT_OBJECT;
        if (!is_data || symbol->st_size < 2 * sizeof(std::uint32_t))
            invalid(file, fmt::format("its symbol '{}' is not written by WEIR_PROGRAM(...)", kEntrySymbol));
    }
    return address;
}

const ProgramEntry* check_entry(const std::filesystem::path& file, const void* address) {
    const auto* entry = static_cast<const ProgramEntry*>(address);
    if (entry->abi_version != kProgramAbiVersion) {
        invalid(file,
                fmt::format(
                    "it was built for program ABI version {}, and this weir ({}) has version {}; build it "
                    "again with the headers of this weir",
                    entry->abi_version, WEIR_VERSION_STRING, kProgramAbiVersion));
    }
    if (entry->struct_bytes != sizeof(ProgramEntry)) {
        invalid(
            file,
            fmt::format("its entry has {} bytes, and {} in program ABI version {}; build it again with the "
                        "headers of this weir ({})",
                        entry->struct_bytes, sizeof(ProgramEntry), kProgramAbiVersion, WEIR_VERSION_STRING));
    }
    const bool parameters_given = entry->parameters != nullptr || entry->parameter_count == 0;
    if (entry->name == nullptr || entry->summary == nullptr || entry->create == nullptr || !parameters_given)
        invalid(file, "its entry has a null name, summary, parameter list or create function");
    for (std::uint64_t i = 0; i < entry->parameter_count; ++i) {
        const ProgramParameter& parameter = entry->parameters[i];
        if (parameter.name == nullptr || parameter.default_value == nullptr || parameter.help == nullptr)
            invalid(file, fmt::format("its parameter {} has a null name, default value or help", i));
    }
    return entry;
}

/// Insertions, deletions and replacements that turn one word into the other.
std::size_t edit_distance(const std::string& from, const std::string& to) {
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < to.size(); ++j) {
            const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

[[noreturn]] void no_such_program(const std::string& program) {
    std::vector<std::string> names;
    for (const std::filesystem::path& file : shipped_programs()) names.push_back(file.stem().string());
    if (names.empty()) {
        throw Error(
            ErrorCode::program_not_found,
            fmt::format(
                "no program '{}': no programs are installed in '{}'; give the path of a library, such "
                "as ./{}.so",
                program, shipped_programs_folder().string(), program));
    }
    const auto nearest =
        std::min_element(names.begin(), names.end(), [&](const auto& left, const auto& right) {
            return edit_distance(program, left) < edit_distance(program, right);
        });
    const bool similar = edit_distance(program, *nearest) <= std::max<std::size_t>(1, program.size() / 3);
    throw Error(ErrorCode::program_not_found,
                fmt::format("no program '{}'{}; there are {}; a library is given by a path with '/' or '.so'",
                            program, similar ? fmt::format(", did you mean '{}'?", *nearest) : "",
                            fmt::join(names, ", ")));
}

}  // namespace

ProgramLibrary::ProgramLibrary(const std::filesystem::path& file)
    : file_(file), library_(open_library(file)), entry_(check_entry(file, find_entry(file, library_))) {}

std::unique_ptr<ProgramInstance> ProgramLibrary::create(Runtime& runtime,
                                                        const ParameterValues& values) const {
    std::unique_ptr<ProgramInstance> instance(entry_->create(runtime, values));
    if (instance == nullptr)
        invalid(file_, "its create function returned a null pointer instead of throwing an Error");
    return instance;
}

void* ProgramLibrary::symbol(const char* name) const noexcept { return dlsym(library_, name); }

std::filesystem::path shipped_programs_folder() {
    const std::filesystem::path command = std::filesystem::read_symlink("/proc/self/exe");
    return command.parent_path().parent_path() / "lib/weir/programs";
}

std::vector<std::filesystem::path> shipped_programs() {
    std::vector<std::filesystem::path> files;
    std::error_code status;
    for (const auto& item : std::filesystem::directory_iterator(shipped_programs_folder(), status)) {
        if (item.path().extension() == ".so") files.push_back(item.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::filesystem::path find_program(const std::string& program) {
    if (program.find('/') != std::string::npos || program.ends_with(".so")) return program;
    std::filesystem::path file = shipped_programs_folder() / (program + ".so");
    std::error_code status;
    if (program.empty() || !std::filesystem::exists(file, status)) no_such_program(program);
    return file;
}

}  // namespace weir::cli
