// SPDX-License-Identifier: Apache-2.0
/// The file of a page (model/live_page.hpp): /dev/shm/weir-UID/PID, for further runtimes of the process
/// PID.2, PID.3 and so on. Only its user can read it. It appears whole, and goes with the runtime; those of
/// processes that died without that are removed by the next one that makes a page.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/live_page.hpp"
#include "model/sequence_lock.hpp"

namespace weir {

/// Copies as much of `from` as there is room for.
template <std::size_t Bytes>
void set_text(live_page::Text<Bytes>& text, std::string_view from) noexcept {
    text = {};
    const std::size_t bytes = from.size() < Bytes ? from.size() : Bytes - 1;
    for (std::size_t i = 0; i < bytes; ++i) text[i] = from[i];
}

class LivePage {
public:
    /// Throws system.
    LivePage(std::uint64_t threads, std::string_view platform);
    LivePage(const LivePage&) = delete;
    LivePage& operator=(const LivePage&) = delete;
    ~LivePage();

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// One thread at a time. As many threads as the page was made for.
    void write(const live_page::PageRun& run, std::span<const live_page::PageThread> threads) noexcept;

private:
    void place(const std::string& directory);

    std::string path_;
    std::vector<std::uint64_t> words_;  ///< a copy to write from
    std::uint64_t* memory_ = nullptr;
    std::size_t bytes_;
};

}  // namespace weir
