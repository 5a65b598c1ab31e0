// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <thread>

#include "analysis/live_run.hpp"
#include "commands.hpp"
#include "top_report.hpp"

namespace weir::cli {
namespace {

using analysis::LivePageReader;
using analysis::LiveRun;

void show(const TopArguments& arguments, const LivePageReader& page, const LiveRun& live,
          const std::optional<LiveRun>& before) {
    fmt::print("{}", arguments.json ? top_json(page.head(), live) : top_text(page.head(), live, before));
    std::fflush(stdout);
}

ExitStatus watch(const TopArguments& arguments, const LivePageReader& page) {
    std::optional<LiveRun> before;
    for (;;) {
        // Asked first: what is read behind its end is the last that the process has written.
        const bool runs = page.process_runs();
        const std::optional<LiveRun> live = page.read();
        if (!live) {
            print_error(fmt::format("process {} {} while it wrote its page; nothing can be read from it",
                                    page.head().pid, runs ? "was stopped" : "ended"));
            return kRunFailed;
        }
        show(arguments, page, *live, before);
        if (!runs || live->run.state == live_page::RunState::ended) {
            if (!arguments.json) fmt::print("process {} has ended\n", page.head().pid);
            return kDone;
        }
        if (arguments.once || std::ferror(stdout) != 0) return kDone;
        if (!arguments.json) fmt::print("\n");
        before = live;
        std::this_thread::sleep_for(arguments.interval);
    }
}

}  // namespace

ExitStatus top_command(const TopArguments& arguments) {
    try {
        const LivePageReader page(analysis::find_live_page(arguments.pid, arguments.runtime));
        return watch(arguments, page);
    } catch (const analysis::FileMissing& error) {
        throw UsageError(error.what());
    }
}

}  // namespace weir::cli
