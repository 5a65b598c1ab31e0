// SPDX-License-Identifier: Apache-2.0
/// Watches a runtime from a thread of its own: ten times a second it asks the program's thread to tell of its
/// run (observe/run_account.hpp), looks at what the other threads have in atomics, and writes both to a page
/// that `weir top` reads. On request, by a signal, it writes to standard error what every thread and the head
/// of every ring is doing.
///
///     signal handler --counts a request--> this thread --asks--> program's thread
///                                               |  <--account--        |
///                                               +--> page, standard error
///
/// The handler does nothing else, so that it may interrupt anything. A program's thread that sleeps is woken
/// to tell; one that is inside a kernel cannot, and the text says how old its account is.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "model/sync.hpp"
#include "observe/live_page.hpp"
#include "observe/run_account.hpp"
#include "orchestrator/orchestrator_core.hpp"
#include "scheduler/scheduler.hpp"

namespace weir::detail {

/// "file.cpp:77", or "unknown": the place whose std::source_location is that word.
std::string site_text(std::uint64_t word);

class Watch {
public:
    /// `kernel`: name of a KernelRecord by its address, "" when there is none there. `name_of_kernel`: by id.
    struct Names {
        std::function<std::string(std::uintptr_t)> kernel;
        std::function<std::string(std::uint32_t)> of_id;
    };
    /// Throws system. All that it is given outlives it.
    Watch(Scheduler& scheduler, const OrchestratorCore& orchestrator, Names names, std::string_view platform);
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch();

    [[nodiscard]] RunAccountBook& book() noexcept { return book_; }
    /// The thread that starts and ends runs.
    void run_begins(std::string_view program);
    void run_ended();

    /// From here on this signal makes every Watch of the process write its text. Throws invalid_argument.
    static void dump_on_signal(int signal);

private:
    void loop() noexcept;
    void sample(bool fresh);
    void look_at_threads();
    void take_account();
    void dump();
    std::string text();
    std::string thread_line(int index);
    std::string program_line();
    std::string ring_lines(int ring);
    std::string head_line(const RunAccount::Head& head);
    std::string scope_of(TaskRef task);

    Scheduler& scheduler_;
    const OrchestratorCore& orchestrator_;
    Names names_;
    LivePage page_;
    RunAccountBook book_;
    sync::Mutex mutex_;  ///< run_'s state, runs, began_ns and program
    live_page::PageRun run_;
    // The thread's own.
    RunAccount account_;
    live_page::PageRun sampled_;
    std::vector<live_page::PageThread> threads_;
    std::uint64_t dumps_;  ///< requests answered, or from before
    sync::Atomic<bool> stopping_{false};
    sync::Parker wake_;
    sync::Thread thread_;
};

}  // namespace weir::detail
