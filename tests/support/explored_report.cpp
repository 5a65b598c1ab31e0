// SPDX-License-Identifier: Apache-2.0
/// How an interleaving is printed.
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>

#include "explored_execution.hpp"

namespace weir::explored {

namespace {

constexpr std::size_t kMostEvents = 300;

const char* name_of(Operation operation) noexcept {
    constexpr const char* kNames[] = {
        "load",     "store", "exchange", "fetch_add", "fetch_sub", "fetch_or", "fetch_and",   "cas",
        "cas weak", "lock",  "unlock",   "park",      "unpark",    "pause",    "light fence", "heavy fence",
        "read",     "write", "start",    "join",      "wait",      "notify",   "clock",       "time"};
    return kNames[static_cast<std::size_t>(operation)];
}

/// "ready_ring.hpp:45" of a longer path.
std::string place_of(std::source_location site) {
    if (site.line() == 0) return "";
    const char* slash = std::strrchr(site.file_name(), '/');
    return std::string(slash != nullptr ? slash + 1 : site.file_name()) + ":" + std::to_string(site.line());
}

std::string what_of(const Event& event) {
    char text[96];
    switch (event.operation) {
        case Operation::lock:
        case Operation::unlock:
        case Operation::unpark:
        case Operation::wait:
        case Operation::notify_all:
            std::snprintf(text, sizeof text, "gate %d", event.number);
            break;
        case Operation::park:
            std::snprintf(text, sizeof text, "gate %d%s", event.number,
                          event.value == 0 ? ": waits" : (event.succeeded ? ": has a token" : ": timed out"));
            break;
        case Operation::pause:
        case Operation::light_fence:
        case Operation::heavy_fence:
        case Operation::start_thread:
        case Operation::join_thread:
        case Operation::read_clock:
        case Operation::pass_time:
            text[0] = '\0';
            break;
        case Operation::read_plain:
        case Operation::write_plain:
            text[0] = '\0';
            if (event.watched != nullptr)
                std::snprintf(text, sizeof text, "%s + %" PRIu64, event.watched, event.value);
            break;
        default:
            std::snprintf(text, sizeof text, "#%d %s %" PRIu64 "%s", event.number,
                          event.operation == Operation::load ? "is" : (event.succeeded ? ":=" : "failed, is"),
                          event.value, event.age != 0 ? " (not the newest value)" : "");
    }
    return text;
}

}  // namespace

std::string Execution::state_of_threads() const {
    std::string text;
    for (const auto& thread : threads_) {
        constexpr const char* kStates[] = {"can run",
                                           "waits for a mutex",
                                           "is parked",
                                           "is parked with a timeout",
                                           "waits to be notified",
                                           "waits to be notified with a timeout",
                                           "waits for a thread to end",
                                           "has finished"};
        text += "  " + thread->name + " " + kStates[static_cast<std::size_t>(thread->state)] + "\n";
    }
    return text;
}

std::string Execution::choices_text() const {
    std::string text;
    for (const std::uint32_t choice : picked_) text += (text.empty() ? "" : ".") + std::to_string(choice);
    return text;
}

std::string Execution::report() const {
    std::string text = message_ + "\ninterleaving (thread, operation, variable and value, source line):\n";
    const std::size_t skipped = events_.size() > kMostEvents ? events_.size() - kMostEvents : 0;
    if (skipped != 0) text += "  ... " + std::to_string(skipped) + " operations before\n";
    for (std::size_t i = skipped; i < events_.size(); ++i) {
        const Event& event = events_[i];
        char line[256];
        std::snprintf(line, sizeof line, "%5zu  %-14s %-11s %-34s %s %s\n", i + 1,
                      threads_[static_cast<std::size_t>(event.thread)]->name.c_str(),
                      name_of(event.operation), what_of(event).c_str(), place_of(event.site).c_str(),
                      event.site.function_name());
        text += line;
    }
    return text;
}

}  // namespace weir::explored
