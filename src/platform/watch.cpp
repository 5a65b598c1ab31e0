// SPDX-License-Identifier: Apache-2.0
#include "platform/watch.hpp"

#include <signal.h>
#include <unistd.h>

#include <bit>
#include <mutex>
#include <system_error>

#include <fmt/format.h>

#include <weir/error.hpp>

namespace weir::detail {

namespace {

using live_page::ThreadState;

constexpr std::int64_t kSampleNs = 100'000'000;
/// Looks for the account that a request has asked for, and the time between two of them.
constexpr int kMostLooks = 50;
constexpr std::int64_t kLookNs = 2'000'000;

/// Requests of the process by signals.
std::atomic<std::uint64_t> requests{0};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "a signal handler counts them");

void count_request(int /*signal*/) {
    requests.fetch_add(1, std::memory_order_relaxed);  // relaxed: a count on its own
}

std::uint64_t seen_requests() noexcept {
    return requests.load(std::memory_order_relaxed);  // relaxed: a count on its own
}

std::uint64_t now_ns() noexcept {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count());
}

}  // namespace

Watch::Watch(Scheduler& scheduler, const OrchestratorCore& orchestrator, Names names,
             std::string_view platform)
    : scheduler_(scheduler),
      orchestrator_(orchestrator),
      names_(std::move(names)),
      page_(static_cast<std::uint64_t>(scheduler.threads()), platform),
      threads_(static_cast<std::size_t>(scheduler.threads())),
      dumps_(seen_requests()) {
    sample(false);
    try {
        thread_ = sync::Thread([this] { loop(); });
    } catch (const std::system_error& error) {
        throw Error(ErrorCode::system,
                    fmt::format("starting the thread that watches the runtime failed: {}; raise the "
                                "process's limits",
                                error.what()));
    }
}

Watch::~Watch() {
    stopping_.store(true, std::memory_order_relaxed);  // relaxed: ordered by sync-1
    wake_.unpark();
    thread_.join();
    sampled_ = run_;  // no run goes on, and nobody else is left
    take_account();
    look_at_threads();
    sampled_.state = live_page::RunState::ended;
    page_.write(sampled_, threads_);
}

void Watch::run_begins(std::string_view program) {
    const std::lock_guard lock(mutex_);
    run_.state = live_page::RunState::running;
    ++run_.runs;
    run_.began_ns = now_ns();
    set_text(run_.program, program);
}

void Watch::run_ended() {
    const std::lock_guard lock(mutex_);
    run_.state = live_page::RunState::none;
}

void Watch::dump_on_signal(int signal) {
    struct sigaction action {};
    action.sa_handler = &count_request;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    if (sigaction(signal, &action, nullptr) != 0)
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("dump_on_signal: {} is no signal that can be handled; use SIGUSR1 or SIGUSR2",
                                signal));
}

void Watch::loop() noexcept {
    sync::name_this_thread("weir-watch");
    // Relaxed: ordered by sync-1 for who was woken; else seen at the next look.
    while (!stopping_.load(std::memory_order_relaxed)) {
        try {
            const std::uint64_t wanted = seen_requests();
            sample(wanted != dumps_);
            if (wanted != dumps_) dump();
            dumps_ = wanted;
        } catch (const std::bad_alloc&) {
            // The next sample may find memory again.
        }
        wake_.park(kSampleNs);
    }
}

void Watch::sample(bool fresh) {
    {
        const std::lock_guard lock(mutex_);
        sampled_ = run_;
    }
    if (sampled_.state == live_page::RunState::running) {
        take_account();
        const std::uint64_t before = account_.told_ns;
        scheduler_.ask_to_tell();
        if (fresh)
            for (int i = 0; i < kMostLooks && account_.told_ns == before; ++i) {
                wake_.park(kLookNs);
                take_account();
            }
    }
    take_account();
    look_at_threads();
    page_.write(sampled_, threads_);
}

void Watch::take_account() {
    // One that is being written is taken the next time.
    static_cast<void>(book_.read(account_));
    live_page::PageRun& page = sampled_;
    page.told_ns = account_.told_ns;
    page.submitted = account_.tasks;
    page.in_place = account_.tasks_in_place;
    page.times_held_back = account_.times_held_back;
    page.held_back_ns = account_.held_back_ns;
    page.wait = static_cast<std::uint64_t>(account_.wait);
    page.wait_since_ns = account_.wait_since_ns;
    page.wait_resource = account_.wait_resource;
    page.wait_ring = account_.wait_ring;
    set_text(page.wait_site, account_.wait == ProgramWait::space ? site_text(account_.wait_site) : "");
    std::uint64_t in_flight = 0;
    page.rings = account_.rings;
    for (const live_page::PageRing& ring : page.rings) in_flight += ring.next_number - ring.first_unreleased;
    page.completed = page.submitted - std::min(in_flight, page.submitted);
}

void Watch::look_at_threads() {
    sampled_.sampled_ns = now_ns();
    sampled_.ready = scheduler_.ready_tasks();
    sampled_.running = sampled_.parked = 0;
    for (int i = 0; i < scheduler_.threads(); ++i) {
        ThreadContext& context = scheduler_.thread(i);
        live_page::PageThread& thread = threads_[static_cast<std::size_t>(i)];
        thread = {};
        thread.tasks = context.tasks.load(std::memory_order_relaxed);  // relaxed: a count on its own
        // Relaxed: a picture that may be one task old.
        const KernelRecord* kernel = context.running.kernel.load(std::memory_order_relaxed);
        std::uint64_t site = context.running.site.load(std::memory_order_relaxed);  // as above
        std::string name;
        if (kernel != nullptr) {
            name = kernel->name;
            thread.task = context.running.ref.load(std::memory_order_relaxed);  // as above
        } else if (i == 0) {
            const RunningInline running = orchestrator_.running_inline();
            name = names_.kernel(running.kernel);
            site = running.site;
        }
        if (!name.empty()) {
            thread.state = ThreadState::running;
            ++sampled_.running;
            set_text(thread.kernel, name);
            set_text(thread.site, site_text(site));
        } else if (i == 0) {
            thread.state = ThreadState::program;
        }
    }
    scheduler_.idle().for_each_parked([this](int index) {
        threads_[static_cast<std::size_t>(index)].state = ThreadState::parked;
        ++sampled_.parked;
    });
}

}  // namespace weir::detail
