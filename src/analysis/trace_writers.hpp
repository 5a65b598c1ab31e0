// SPDX-License-Identifier: Apache-2.0
/// Writes a trace for a viewer.
#pragma once

#include <functional>
#include <string_view>

#include "analysis/recording.hpp"
#include "analysis/trace.hpp"

namespace weir::analysis {

/// Takes the next bytes of the file.
using WriteBytes = std::function<void(std::string_view)>;

/// TracePacket messages for ui.perfetto.dev. Each track is a sequence of its own, with its own table of
/// names.
void write_perfetto(const Trace& trace, const Swimlane& lane, const WriteBytes& write);

/// {"traceEvents":[...]}, which chrome://tracing and ui.perfetto.dev open.
void write_chrome(const Trace& trace, const Swimlane& lane, const WriteBytes& write);

}  // namespace weir::analysis
