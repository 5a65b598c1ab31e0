// SPDX-License-Identifier: Apache-2.0
// Pages of runs that go on (src/analysis/live_run.hpp), and what `weir top` makes of them: the input is the
// page.
#include "analysis/live_run.hpp"
#include "cli/top_report.hpp"
#include "driver/memory_file.hpp"
#include "driver/parser_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using weir::fuzz::require;
    static const weir::fuzz::MemoryFile file;
    file.write(data, size);
    try {
        const weir::analysis::LivePageReader page(file.path());
        require(weir::live_page::bytes_of(page.head().threads) == size, "a page is as long as it says");
        const auto live = page.read();
        if (!live) return 0;
        require(live->threads.size() == page.head().threads, "every thread is there");
        const std::string json = weir::cli::top_json(page.head(), *live);
        require(json.ends_with("}\n") && json.find('\n') == json.size() - 1, "an object is a line");
        require(!weir::cli::top_text(page.head(), *live, live).empty(), "there is something to show");
        static_cast<void>(weir::cli::progress_text(*live, live));
        static_cast<void>(page.process_runs());
    } catch (const weir::analysis::FileDamaged& error) {
        require(weir::fuzz::contains(error.what(), file.path().string()), "a refusal names the file");
    }
    return 0;
}
