// SPDX-License-Identifier: Apache-2.0
/// weir_orchestrator: which thread may use it, and the scopes that its program has open.
#include <algorithm>
#include <string>

#include "capi/border.hpp"
#include "capi/handles.hpp"

using weir::capi::throw_error;

void weir_orchestrator::run(weir::Orchestrator& orchestrator, weir_program_function program, void* user) {
    struct Ending {
        weir_orchestrator& handle;
        ~Ending() {
            handle.close_all_scopes();
            // Relaxed: a thread compares it with its own word, and that one only the thread itself stores.
            handle.thread_.store(0, std::memory_order_relaxed);
        }
    };
    orchestrator_ = &orchestrator;
    // Relaxed for the same reason.
    thread_.store(weir::detail::this_thread_word(), std::memory_order_relaxed);
    const Ending ending{*this};
    weir::capi::begin_program();
    const int status = program(this, user);
    if (status != 0) weir::capi::throw_program_status(status);
    check_all_ended();
}

weir::Orchestrator& weir_orchestrator::get(std::source_location site) const {
    // Relaxed: only this thread stores the word that makes the comparison true.
    if (thread_.load(std::memory_order_relaxed) != weir::detail::this_thread_word()) {
        throw_error(
            weir::ErrorCode::wrong_thread,
            "the orchestrator is used outside its program: after the program returned or from another "
            "thread; submit from the thread that the program was called on, while it runs",
            site);
    }
    return *orchestrator_;
}

std::uint64_t weir_orchestrator::open_scope(weir::ScopeMode mode, std::source_location site) {
    // With the root scope there is one depth more than places, so the runtime refuses before the places run
    // out.
    OpenScope& place = open_[open_count_];
    place.scope.emplace(get(site), mode, site);
    place.site = site;
    place.end_asked = false;
    place.name = ++last_scope_name_;
    ++open_count_;
    return place.name;
}

void weir_orchestrator::close_scope(std::uint64_t scope, std::source_location site) {
    get(site);
    int index = open_count_ - 1;
    while (index >= 0 && open_[index].name != scope) --index;
    if (index < 0) {
        throw_error(
            weir::ErrorCode::scope_misuse,
            "weir_scope_end: the program has no such scope open; pass the number that weir_scope_begin "
            "wrote, once",
            site);
    }
    open_[index].end_asked = true;
    open_[index].scope->close(site);  // throws unless it is the innermost
    open_[index].scope.reset();
    open_count_ = index;
}

void weir_orchestrator::check_all_ended() const {
    // A scope that could not be ended, because the run has failed, must not hide why it has.
    const auto* const end = open_ + open_count_;
    const auto left_open = [](const OpenScope& place) { return !place.end_asked; };
    const auto* const left = std::find_if(open_, end, left_open);
    if (left == end) return;
    throw_error(weir::ErrorCode::scope_misuse,
                "the program returned and left " + std::to_string(std::count_if(left, end, left_open)) +
                    " scopes open, the outermost from this line; end each with weir_scope_end",
                left->site);
}

void weir_orchestrator::close_all_scopes() noexcept {
    while (open_count_ > 0) open_[--open_count_].scope.reset();
}
