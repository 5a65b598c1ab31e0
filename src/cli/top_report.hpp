// SPDX-License-Identifier: Apache-2.0
/// What the page of a run says, for people and for programs.
#pragma once

#include <optional>
#include <string>

#include "analysis/live_run.hpp"

namespace weir::cli {

/// `before`: the look before this one, for rates.
std::string top_text(const live_page::PageHead& head, const analysis::LiveRun& live,
                     const std::optional<analysis::LiveRun>& before);
/// One line.
std::string top_json(const live_page::PageHead& head, const analysis::LiveRun& live);
/// "1,234 tasks submitted, 1,200 completed, 1,000 tasks/s; ring_heap of ring 1 is 80 % full; held back for 12
/// ms".
std::string progress_text(const analysis::LiveRun& live, const std::optional<analysis::LiveRun>& before);

}  // namespace weir::cli
