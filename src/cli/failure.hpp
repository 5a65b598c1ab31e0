// SPDX-License-Identifier: Apache-2.0
/// What ends a command that loads a program: reported on stderr, and as JSON on stdout when that was asked
/// for.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <weir/error.hpp>

#include "session.hpp"

namespace weir::cli {

struct Failure {
    std::string code;
    std::string message;
    std::string site;  ///< "file.cpp:77" in the program; empty when the error belongs to no place there
    nlohmann::ordered_json run{};  ///< figures of the run that failed; null when none had begun
};

/// An error that the program ended with, and the place in it that it belongs to.
Failure failure_of(const Error& error, const RunArguments& arguments);
void report_failure(const RunArguments& arguments, const Failure& failure);

/// Loads and sets up; nothing, with a report, when that fails. Such errors are the command line's, not those
/// of a line.
std::optional<Session> set_up(const RunArguments& arguments);

}  // namespace weir::cli
