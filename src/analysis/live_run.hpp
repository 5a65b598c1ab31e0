// SPDX-License-Identifier: Apache-2.0
/// The page of a process that runs (model/live_page.hpp), read from outside.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/file_errors.hpp"
#include "model/live_page.hpp"

namespace weir::analysis {

struct LiveRun {
    live_page::PageRun run;
    std::vector<live_page::PageThread> threads;
};

/// A text of a page, without what cannot be printed.
template <std::size_t Bytes>
std::string text_of(const live_page::Text<Bytes>& text) {
    std::string printed;
    for (const char letter : text) {
        if (letter == '\0') break;
        printed += letter >= ' ' && letter <= '~' ? letter : '?';
    }
    return printed;
}

class LivePageReader {
public:
    /// Maps a page. Throws FileMissing when it cannot be opened, FileDamaged when it is none of this version.
    explicit LivePageReader(const std::filesystem::path& path);
    LivePageReader(const LivePageReader&) = delete;
    LivePageReader& operator=(const LivePageReader&) = delete;
    ~LivePageReader();

    [[nodiscard]] const live_page::PageHead& head() const noexcept { return head_; }
    /// Nothing: it is being written at each of some looks, as by a process that was stopped or killed
    /// meanwhile. It works also when the file is gone.
    [[nodiscard]] std::optional<LiveRun> read() const;
    /// Whether the process that made the page still runs.
    [[nodiscard]] bool process_runs() const;

private:
    live_page::PageHead head_;
    const std::byte* memory_ = nullptr;
    std::size_t bytes_ = 0;
};

/// Where a process has its page: of its first watched runtime, or of the one with that number. Throws
/// FileMissing when there is no such process, it has no page, or another user's page cannot be read; the text
/// says which.
std::filesystem::path find_live_page(pid_t pid, int runtime);

}  // namespace weir::analysis
