// SPDX-License-Identifier: Apache-2.0
/// Source lines that arrive as text and number, as the std::source_location that the C++ API works with.
///
/// A source_location is a pointer to a static record of the standard library. `source_line` keeps one such
/// record for every pair of file and line that the process has named: for ever, because tensors, tasks and
/// errors hold the pointer for as long as they like. What it takes is bounded by the number of source lines
/// that call.
#pragma once

#include <source_location>

namespace weir::capi {

/// The location of that line; the unset one for a null or empty file or a line below 1. Any thread. Finding a
/// line that the thread has named recently takes one comparison of text; a line new to the process allocates.
std::source_location source_line(const char* file, int line);

}  // namespace weir::capi
