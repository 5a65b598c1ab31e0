// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cassert>
#include <cstdint>
#include <thread>
#include <vector>

#include <weir/weir.hpp>

namespace weir::test {

/// Makes sure that a ring is full once, whatever the threads do: submits a task window of tasks of which none
/// ends before the program's own thread has run one. That thread runs handed-over tasks only while it is held
/// back, so the next submit into the ring holds the program back.
class RingFiller {
public:
    /// `task_window` must be at least the runtime's number of threads: the others cannot take all.
    RingFiller(Runtime& runtime, std::size_t task_window)
        : enabled_(runtime.threads() > 1),
          data_(task_window),
          meet_(runtime.kernel("meet",
                               [this](InOut<std::int64_t>) {
                                   if (std::this_thread::get_id() == program_thread_) met_.store(true);
                                   while (!met_.load()) std::this_thread::yield();
                               },
                               {.cost_ns = 1'000'000})) {
        assert(task_window >= static_cast<std::size_t>(runtime.threads()));
    }

    /// Tasks that `fill` submits: none when there is one thread, which runs each task as it is submitted.
    [[nodiscard]] std::uint64_t tasks() const { return enabled_ ? data_.size() : 0; }

    /// From the program's thread, while nothing else is in flight. Another submit in the same scope depth
    /// must follow.
    void fill(Orchestrator& o) {
        if (!enabled_) return;
        program_thread_ = std::this_thread::get_id();
        met_.store(false);
        const auto x = o.external(data_);
        for (std::size_t i = 0; i < data_.size(); ++i) o.submit(meet_, x.view(shape(i), shape(1)));
    }

private:
    bool enabled_;
    std::thread::id program_thread_;
    std::atomic<bool> met_{false};
    std::vector<std::int64_t> data_;
    Kernel<InOut<std::int64_t>> meet_;
};

}  // namespace weir::test
