// SPDX-License-Identifier: Apache-2.0
#include "scheduler/call_stack.hpp"

#include <cxxabi.h>
#include <cassert>
#include <cstring>
#include <new>
#include <utility>

#include <boost/context/preallocated.hpp>

#include "model/sanitizers.hpp"

#if WEIR_UNDER_ASAN
#include <sanitizer/asan_interface.h>
#endif
// The interleaving tests use the instrumentation without the library.
#if WEIR_UNDER_TSAN && !defined(WEIR_SYNC_EXPLORED)
#include <sanitizer/tsan_interface.h>
#define WEIR_STACKS_TELL_TSAN 1
#endif

namespace weir {

namespace {

/// The memory belongs to somebody else.
struct NoAllocator {
    boost::context::stack_context allocate() { return {}; }
    void deallocate(boost::context::stack_context&) noexcept {}
};

}  // namespace

CallStack::CallStack(std::byte* memory, std::size_t bytes) noexcept : memory_(memory), bytes_(bytes) {}

CallStack::~CallStack() {
    if (body_ == nullptr) return;  // never used
#if WEIR_UNDER_ASAN
    // The library keeps memory for a stack until something on it says that it is left for good.
    body_ = nullptr;
    resume();
    // Frames that were left by a switch never took back their marks, and the memory can become anything's.
    __asan_unpoison_memory_region(memory_, bytes_);
#else
    // What is on the stack needs no end; a fiber that is destroyed would unwind it.
    ::new (static_cast<void*>(&call_)) boost::context::fiber;
    ::new (static_cast<void*>(&thread_)) boost::context::fiber;
#endif
#ifdef WEIR_STACKS_TELL_TSAN
    __tsan_destroy_fiber(call_fiber_);
#endif
}

void CallStack::start(Body body, void* object) noexcept {
    assert(returned_);
    body_ = body;
    object_ = object;
    returned_ = false;
    if (call_) return;
#ifdef WEIR_STACKS_TELL_TSAN
    call_fiber_ = __tsan_create_fiber(0);
#endif
    boost::context::stack_context context;
    context.sp = memory_ + bytes_;
    context.size = bytes_;
    void* const fake_stack = announce_visit();
    call_ = boost::context::fiber(std::allocator_arg,
                                  boost::context::preallocated(context.sp, context.size, context),
                                  NoAllocator{}, [this](boost::context::fiber&& thread) {
                                      thread_ = std::move(thread);
                                      serve();
                                      return std::move(thread_);
                                  });
    end_visit(fake_stack);
}

void CallStack::serve() noexcept {
    arrive_in_call();
    while (body_ != nullptr) {
        body_(object_);
        returned_ = true;
        leave();
    }
    announce_thread(true);
}

bool CallStack::resume() noexcept {
    static_assert(sizeof(Exceptions) == 2 * sizeof(void*), "the layout of the C++ ABI's __cxa_eh_globals");
    // One pointer for both exchanges: this function stays on its thread.
    void* const of_thread = abi::__cxa_get_globals();
    Exceptions threads_own;
    std::memcpy(&threads_own, of_thread, sizeof threads_own);
    std::memcpy(of_thread, &exceptions_, sizeof exceptions_);
    announce_call();
    call_ = std::move(call_).resume();
    arrive_in_thread();
    std::memcpy(&exceptions_, of_thread, sizeof exceptions_);
    std::memcpy(of_thread, &threads_own, sizeof threads_own);
    return returned_;
}

void CallStack::leave() noexcept {
    announce_thread(false);
    thread_ = std::move(thread_).resume();
    arrive_in_call();
}

#if !WEIR_UNDER_ASAN

void CallStack::announce_call() noexcept {
#ifdef WEIR_STACKS_TELL_TSAN
    thread_fiber_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(call_fiber_, 0);
#endif
}
void CallStack::arrive_in_call() noexcept {}
void CallStack::announce_thread(bool) noexcept {
#ifdef WEIR_STACKS_TELL_TSAN
    __tsan_switch_to_fiber(thread_fiber_, 0);
#endif
}
void CallStack::arrive_in_thread() noexcept {}
void* CallStack::announce_visit() noexcept { return nullptr; }
void CallStack::end_visit(void*) noexcept {}

#else

void CallStack::announce_call() noexcept {
    __sanitizer_start_switch_fiber(&thread_fake_stack_, memory_, bytes_);
}
void CallStack::arrive_in_call() noexcept {
    __sanitizer_finish_switch_fiber(call_fake_stack_, &thread_bottom_, &thread_bytes_);
}
void CallStack::announce_thread(bool for_good) noexcept {
    __sanitizer_start_switch_fiber(for_good ? nullptr : &call_fake_stack_, thread_bottom_, thread_bytes_);
}
void CallStack::arrive_in_thread() noexcept {
    __sanitizer_finish_switch_fiber(thread_fake_stack_, nullptr, nullptr);
}
void* CallStack::announce_visit() noexcept {
    void* fake_stack = nullptr;
    __sanitizer_start_switch_fiber(&fake_stack, memory_, bytes_);
    return fake_stack;
}
void CallStack::end_visit(void* fake_stack) noexcept {
    const void* bottom = nullptr;
    std::size_t bytes = 0;
    __sanitizer_finish_switch_fiber(fake_stack, &bottom, &bytes);
    // The bounds that are in force now are those of the stack that was visited.
    __sanitizer_start_switch_fiber(&fake_stack, bottom, bytes);
    __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
}

#endif

}  // namespace weir
