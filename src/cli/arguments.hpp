// SPDX-License-Identifier: Apache-2.0
/// The command line: which command, and its options as checked values.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include <weir/config.hpp>

#include "exit_status.hpp"

namespace weir::cli {

struct RunArguments {
    std::string program;
    RuntimeConfig config;
    std::map<std::string, std::string> settings;
    int repeats = 1;
    std::optional<std::chrono::nanoseconds> deadline;
    bool check = false;
    bool json = false;
    bool help_parameters = false;
};

struct InfoArguments {
    RuntimeConfig config;
    bool json = false;
};

struct ListArguments {
    bool json = false;
};

struct DemoArguments {
    RuntimeConfig config;
};

/// A command to carry out, or the exit status when help or the version was asked for and has been printed.
using Arguments = std::variant<RunArguments, InfoArguments, ListArguments, DemoArguments, ExitStatus>;

/// Throws UsageError.
Arguments parse_arguments(int count, const char* const* words);

}  // namespace weir::cli
