// SPDX-License-Identifier: Apache-2.0
/// What a Watch writes on request: a line for each thread, and for each ring its oldest unfinished tasks.
#include <unistd.h>

#include <bit>

#include <fmt/format.h>

#include "observe/files.hpp"
#include "platform/watch.hpp"

namespace weir::detail {

namespace {

using live_page::ThreadState;

template <std::size_t Bytes>
const char* text_of(const live_page::Text<Bytes>& text) noexcept {
    return text.data();
}

std::string task_text(TaskRef task) { return fmt::format("{}:{}", task.ring(), task.number()); }

double seconds(std::uint64_t from_ns, std::uint64_t to_ns) noexcept {
    return to_ns > from_ns ? static_cast<double>(to_ns - from_ns) / 1e9 : 0;
}

}  // namespace

std::string site_text(std::uint64_t word) {
    const auto site = std::bit_cast<std::source_location>(static_cast<std::uintptr_t>(word));
    return word == 0 || site.line() == 0 ? "unknown" : format_site(site);
}

void Watch::dump() {
    const std::string all = text();
    static_cast<void>(write_all(STDERR_FILENO, std::as_bytes(std::span(all))));
}

std::string Watch::text() {
    const std::string program = text_of(sampled_.program);
    std::string text =
        fmt::format("weir: process {}{}: ", getpid(), program.empty() ? "" : ", program \"" + program + "\"");
    if (sampled_.state == live_page::RunState::running) {
        text += fmt::format("run {} goes on since {:.1f} s; {} tasks submitted, {} completed, {} ready\n",
                            sampled_.runs, seconds(sampled_.began_ns, sampled_.sampled_ns),
                            sampled_.submitted, sampled_.completed, sampled_.ready);
        text += program_line();
    } else {
        text += fmt::format("no run goes on; {} have ended\n", sampled_.runs);
    }
    for (int i = 0; i < scheduler_.threads(); ++i) text += thread_line(i);
    if (sampled_.state != live_page::RunState::running) return text;
    for (int i = 0; i < kRings; ++i) text += ring_lines(i);
    text += fmt::format("  the program's thread told of rings and scopes {:.1f} s ago\n",
                        seconds(account_.told_ns, sampled_.sampled_ns));
    return text;
}

std::string Watch::program_line() {
    std::string text = "  the program ";
    const double since = seconds(account_.wait_since_ns, sampled_.sampled_ns);
    switch (account_.wait) {
        case ProgramWait::nothing:
            text += "goes on";
            break;
        case ProgramWait::space:
            text += fmt::format("is held back since {:.1f} s at {}: {} of ring {} is short", since,
                                site_text(account_.wait_site),
                                field_of(static_cast<Resource>(account_.wait_resource)), account_.wait_ring);
            break;
        case ProgramWait::data:
            text += fmt::format("waits since {:.1f} s for data of task {}", since,
                                task_text(TaskRef(account_.wait_task)));
            break;
        case ProgramWait::tasks:
            text += fmt::format("waits since {:.1f} s for all tasks", since);
            break;
    }
    text += account_.depth == 0 ? "; no scope is open" : "; open scopes:";
    for (std::size_t i = 0; i < account_.depth && i < account_.scopes.size(); ++i)
        text += i == 0 ? " root" : ", " + site_text(account_.scopes[i].site);
    if (account_.depth > account_.scopes.size())
        text += fmt::format(", and {} more", account_.depth - account_.scopes.size());
    return text + "\n";
}

std::string Watch::scope_of(TaskRef task) {
    // The innermost open scope of its ring that was open when it was submitted.
    for (std::size_t depth = std::min<std::size_t>(account_.depth, account_.scopes.size()); depth-- > 0;) {
        if (std::min<std::size_t>(depth, kRings - 1) != static_cast<std::size_t>(task.ring())) continue;
        if (task.number() < account_.scopes[depth].first_number) continue;
        return depth == 0 ? "the root scope"
                          : "the scope opened at " + site_text(account_.scopes[depth].site);
    }
    return "a scope that has closed";
}

std::string Watch::thread_line(int index) {
    const live_page::PageThread& thread = threads_[static_cast<std::size_t>(index)];
    const std::string role = index == 0 ? "thread 0 (program)" : fmt::format("thread {}", index);
    switch (thread.state) {
        case ThreadState::running: {
            const TaskRef task(thread.task);
            const std::string which = thread.task == 0 ? "a task in its submit" : "task " + task_text(task);
            const std::string scope = thread.task == 0 ? "" : ", in " + scope_of(task);
            return fmt::format("  {} runs {}, kernel \"{}\", submitted at {}{}\n", role, which,
                               text_of(thread.kernel), text_of(thread.site), scope);
        }
        case ThreadState::parked:
            return fmt::format("  {} sleeps\n", role);
        case ThreadState::looking:
            return fmt::format("  {} looks for tasks\n", role);
        case ThreadState::program:
            break;
    }
    return fmt::format("  {} is in the program\n", role);
}

std::string Watch::ring_lines(int index) {
    const RunAccount::Ring& ring = account_.rings[static_cast<std::size_t>(index)];
    if (ring.next_number == ring.first_unconsumed) return "";
    std::string text = fmt::format("  ring {}: before {} all are released, before {} consumed; next is {}",
                                   index, ring.first_unreleased, ring.first_unconsumed, ring.next_number);
    for (std::size_t i = 0; i < kResources; ++i)
        if (ring.used[i] != 0)
            text += fmt::format(", {} {} of {}", field_of(static_cast<Resource>(i)), ring.used[i],
                                ring.capacity[i]);
    text += "\n";
    for (const RunAccount::Head& head : account_.heads[static_cast<std::size_t>(index)])
        if (head.ref != 0) text += head_line(head);
    return text;
}

std::string Watch::head_line(const RunAccount::Head& head) {
    const TaskRef task(head.ref);
    std::string text = fmt::format("    task {}, kernel \"{}\", submitted at {}, in {}: ", task_text(task),
                                   names_.of_id(static_cast<std::uint32_t>(head.kernel_id)),
                                   site_text(head.site), scope_of(task));
    if (head.state == static_cast<std::uint64_t>(TaskState::running)) return text + "runs\n";
    if (head.state == static_cast<std::uint64_t>(TaskState::ready)) return text + "is ready\n";
    if (head.waits_for == 0) return text + fmt::format("waits for {} tasks\n", head.missing);
    text += "waits for task " + task_text(TaskRef(head.waits_for));
    return text + (head.missing > 1 ? fmt::format(" and {} more\n", head.missing - 1) : "\n");
}

}  // namespace weir::detail
