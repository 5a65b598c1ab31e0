// SPDX-License-Identifier: Apache-2.0
//
// The program around every measured runtime. A runtime is one file that defines `peer_name` and `make_peer`;
// linked with the library peer_harness, which holds `main`, it becomes an executable with this command line:
//
//   --pattern P --tasks N --threads T --mode empty|check|work --iterations K --repeat R
//
// It runs the pattern once to warm up and then R times, and prints one line of JSON:
//
//   runtime, pattern, mode, threads, tasks, iterations
//   ns_per_task         per repeat: from before the first submission until all tasks have run
//   submit_ns_per_task  per repeat: of these, spent in the submitting loop
//   checksum_ok         mode check: all data equal those of serial execution after each repeat; else null
//   share_elsewhere     of the tasks of the last repeat, run by threads other than the submitting one; null
//                       where the runtime does not tell
//   peak_rss_kib        peak resident memory of the process
//
// Exit status: 0 done, 1 the data differ from serial execution or the runtime failed, 2 usage.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "patterns/kernel.hpp"
#include "patterns/pattern.hpp"

namespace weir::peers {

using Clock = std::chrono::steady_clock;

/// What stays the same for all runs of the process.
struct Setup {
    patterns::Pattern pattern;
    std::uint64_t tasks;
    patterns::Mode mode;
    unsigned threads;
    std::span<patterns::Datum> data;
};

/// A started runtime with its threads; construction and destruction are not timed.
class Peer {
public:
    virtual ~Peer() = default;

    /// Submits all tasks in program order, returns when all of them have run and the runtime has given back
    /// what it holds for them. The result is the time spent in submitting.
    virtual Clock::duration run() = 0;

    /// Of the tasks of the last run, the share that threads other than the submitting one ran.
    virtual std::optional<double> share_elsewhere() const { return std::nullopt; }
};

/// The runtime's name in tables.
std::string_view peer_name();

std::unique_ptr<Peer> make_peer(const Setup& setup);

}  // namespace weir::peers
