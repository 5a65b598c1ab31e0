// SPDX-License-Identifier: Apache-2.0
/// A stack of its own for a call that may have to wait: it leaves its thread to others and goes on later, on
/// whichever thread resumes it.
///
///                start            resume                        leave
///     idle -----------> fresh -----------> running <-----------------------> waiting
///       ^                                     | the call returns     resume
///       +-------------------------------------+
///
/// One thread at a time: `start` and `resume` of a stack, and what its call does in between, must be ordered
/// by whoever hands the stack from one thread to the next. The switch itself orders the thread and the call
/// that it resumes. What the language keeps for a thread and not for a stack (exceptions that are being
/// handled) goes with the call; thread-local variables are those of the thread that resumed it.
#pragma once

#include <cstddef>

#include <boost/context/fiber.hpp>

namespace weir {

class CallStack {
public:
    /// What is called on the stack. It must not throw.
    using Body = void (*)(void* object);

    /// `memory`: `bytes` of it are the stack, which grows downwards; something else guards its lower end.
    CallStack(std::byte* memory, std::size_t bytes) noexcept;
    CallStack(const CallStack&) = delete;
    CallStack& operator=(const CallStack&) = delete;
    /// Of a stack that is idle.
    ~CallStack();

    /// Idle: the next `resume` calls the body.
    void start(Body body, void* object) noexcept;
    /// By a thread, on its own stack: the call goes on until it leaves or returns. True when it has returned.
    bool resume() noexcept;
    /// By the call: `resume` returns to its thread, and this when somebody resumes the call again.
    void leave() noexcept;

private:
    /// What the C++ runtime keeps for each thread: exceptions being handled, and how many are on their way.
    struct Exceptions {
        void* caught = nullptr;
        unsigned uncaught = 0;
    };

    void serve() noexcept;
    /// Tell the sanitizers which stack is about to be used, and that it is in use.
    void announce_call() noexcept;
    void arrive_in_call() noexcept;
    void announce_thread(bool for_good) noexcept;
    void arrive_in_thread() noexcept;
    /// Around the making of the fiber, which runs on its stack for a moment. Otherwise AddressSanitizer would
    /// keep the first frame there in memory of this thread, which may end before the frame does.
    [[nodiscard]] void* announce_visit() noexcept;
    void end_visit(void* fake_stack) noexcept;

    std::byte* memory_;
    std::size_t bytes_;
    boost::context::fiber call_;    ///< where the call goes on; empty while it runs, and before the first
    boost::context::fiber thread_;  ///< where the thread goes on that has resumed the call
    Body body_ = nullptr;           ///< null: the stack is to be given up
    void* object_ = nullptr;
    bool returned_ = true;
    Exceptions exceptions_;

    // For the sanitizers alone.
    [[maybe_unused]] void* call_fake_stack_ = nullptr;
    [[maybe_unused]] void* thread_fake_stack_ = nullptr;
    [[maybe_unused]] const void* thread_bottom_ = nullptr;
    [[maybe_unused]] std::size_t thread_bytes_ = 0;
    [[maybe_unused]] void* call_fiber_ = nullptr;
    [[maybe_unused]] void* thread_fiber_ = nullptr;
};

}  // namespace weir
