// SPDX-License-Identifier: Apache-2.0
#include "explored_execution.hpp"

#include <cstring>
#include <utility>

#include <cxxabi.h>

namespace weir::explored {

namespace {

constexpr std::size_t kStackBytes = std::size_t{256} << 10U;

/// Stacks of the fibers; one execution at a time uses them.
std::byte* stack_of(int thread) {
    static const std::unique_ptr<std::byte[]> stacks(new std::byte[kMaxThreads * kStackBytes]);
    return stacks.get() + static_cast<std::size_t>(thread) * kStackBytes;
}

void make_fiber(ucontext_t& context, std::byte* stack, void (*entry)()) {
    getcontext(&context);
    context.uc_stack.ss_sp = stack;
    context.uc_stack.ss_size = kStackBytes;
    context.uc_link = nullptr;
    makecontext(&context, entry, 0);
}

}  // namespace

Execution::Execution(Choices& choices, Memory& memory, std::size_t step_limit)
    : choices_(choices), memory_(memory), step_limit_(step_limit) {
    static std::uint64_t executions = 0;
    serial_ = ++executions;
    memory_.clear();
}

Execution::~Execution() = default;

void Execution::add(std::string name, std::function<void()> body) {
    if (threads_.size() == kMaxThreads)
        fail("an execution has at most " + std::to_string(kMaxThreads) + " threads");
    auto thread = std::make_unique<Thread>();
    thread->name = std::move(name);
    thread->body = std::move(body);
    threads_.push_back(std::move(thread));
}

void Execution::enter_fiber() {
    Execution& execution = *current_;
    execution.self().body();
    execution.finish();
}

void Execution::run() {
    std::vector<int> options(threads_.size());
    for (std::size_t i = 0; i < options.size(); ++i) {
        options[i] = static_cast<int>(i);
        make_fiber(threads_[i]->context, stack_of(options[i]), &Execution::enter_fiber);
    }
    const std::size_t picked = options.size() > 1 ? choices_.pick_thread(options, false) : 0;
    if (options.size() > 1) picked_.push_back(static_cast<std::uint32_t>(picked));
    running_ = options[picked];
    current_ = this;
    std::array<void*, 2> exceptions{};
    std::memcpy(exceptions.data(), abi::__cxa_get_globals(), sizeof exceptions);
    std::memset(static_cast<void*>(abi::__cxa_get_globals()), 0, sizeof exceptions);
    swapcontext(&test_context_, &self().context);
    std::memcpy(static_cast<void*>(abi::__cxa_get_globals()), exceptions.data(), sizeof exceptions);
    current_ = nullptr;
    if (failed()) throw ExecutionFailed{};
}

void Execution::fail(std::string message) {
    message_ = std::move(message);
    if (current_ != this) throw ExecutionFailed{};
    leave_to_test();
    __builtin_unreachable();  // a failed execution is never resumed
}

void Execution::leave_to_test() { setcontext(&test_context_); }

void Execution::switch_to(int thread) {
    if (thread == running_) return;
    Thread& from = self();
    running_ = thread;
    Thread& to = self();
    std::memcpy(from.exceptions.data(), abi::__cxa_get_globals(), sizeof from.exceptions);
    std::memcpy(static_cast<void*>(abi::__cxa_get_globals()), to.exceptions.data(), sizeof to.exceptions);
    swapcontext(&from.context, &to.context);
}

bool Execution::is_eligible(int index) const noexcept {
    const Thread& thread = *threads_[static_cast<std::size_t>(index)];
    return thread.state == State::can_run && !(thread.paused && thread.paused_at == changes_);
}

int Execution::longest_paused() const noexcept {
    int longest = -1;
    for (int i = 0; i < static_cast<int>(threads_.size()); ++i) {
        const Thread& thread = *threads_[static_cast<std::size_t>(i)];
        if (thread.state != State::can_run) continue;
        if (longest < 0 || thread.paused_since < threads_[static_cast<std::size_t>(longest)]->paused_since)
            longest = i;
    }
    return longest;
}

void Execution::choose_next(bool continues) {
    std::array<int, kMaxThreads> options{};
    std::size_t count = 0;
    const bool stays = continues && is_eligible(running_);
    if (stays) options[count++] = running_;
    const auto collect = [&](auto&& eligible) {
        for (int i = 0; i < static_cast<int>(threads_.size()); ++i)
            if ((i != running_ || !stays) && eligible(i)) options[count++] = i;
    };
    collect([this](int i) { return is_eligible(i); });
    // When all have paused since the last change, they look again in turn; an older value may give way to a
    // newer one.
    if (count == 0) collect([this](int i) { return i == longest_paused(); });
    // A timeout passes here only when nothing else happens; passing earlier is a choice of `park`.
    const auto has_timeout = [this](int i) {
        const State state = threads_[static_cast<std::size_t>(i)]->state;
        return state == State::parked_with_timeout || state == State::waits_for_notify_with_timeout;
    };
    if (count == 0) collect(has_timeout);
    if (count == 0)
        fail("no thread can go on: a wake-up was lost, or they wait for each other\n" + state_of_threads());
    std::size_t picked = 0;
    if (count > 1) {
        picked = choices_.pick_thread({options.data(), count}, stays);
        picked_.push_back(static_cast<std::uint32_t>(picked));
    }
    Thread& next = *threads_[static_cast<std::size_t>(options[picked])];
    next.state = State::can_run;
    next.paused = false;
    switch_to(options[picked]);
}

std::size_t Execution::pick_value(std::size_t count) {
    if (count <= 1) return 0;
    const std::size_t picked = choices_.pick_value(count);
    picked_.push_back(static_cast<std::uint32_t>(picked));
    return picked;
}

void Execution::finish() {
    self().state = State::finished;
    wake(State::waits_for_end, &self());
    for (const auto& thread : threads_) {
        if (thread->state == State::finished) continue;
        ++changes_;
        choose_next(false);
        __builtin_unreachable();  // a finished thread is never chosen
    }
    leave_to_test();
}

void Execution::count_step() {
    if (++steps_ > step_limit_)
        fail("no end after " + std::to_string(step_limit_) + " operations: the threads run in circles");
}

void Execution::note(Operation operation, int number, std::source_location site) {
    events_.push_back({running_, operation, number, true, 0, 0, site, nullptr});
}

void Execution::reach(Operation operation, const void* place, std::source_location site) {
    count_step();
    choose_next(true);
    self().clock.advance(running_);
    note(operation, memory_.number_of(place), site);
}

std::uint64_t Execution::load(const void* place, std::uint64_t now, std::memory_order order) {
    Location& location = memory_.at(place, now);
    const std::size_t age = pick_value(location.visible(running_, self().clock, order));
    const std::uint64_t value = location.store_of_age(age).value;
    location.note_load(age, running_, self().clock, order);
    claimed_.note_load(place, running_, self().clock);
    Event& event = events_.back();
    event.number = location.number();
    event.age = static_cast<std::uint32_t>(age);
    event.value = value;
    return value;
}

void Execution::store(const void* place, std::uint64_t now, std::uint64_t value, std::memory_order order) {
    Location& location = memory_.at(place, now);
    location.note_store(value, running_, self().clock, order);
    if (!claimed_.may_store(place, running_, self().clock))
        fail(
            "nothing orders this store behind the read of the thread that claimed the word: it could have "
            "been read");
    ++changes_;
    events_.back().number = location.number();
    events_.back().value = value;
}

void Execution::modify(const void* place, std::uint64_t now, std::uint64_t value, std::memory_order order) {
    Location& location = memory_.at(place, now);
    location.note_modification(value, running_, self().clock, order);
    ++changes_;
    events_.back().number = location.number();
    events_.back().value = value;
}

Exchange Execution::compare_exchange(const ExchangeRequest& request) {
    Location& location = memory_.at(request.place, request.current);
    events_.back().number = location.number();
    // What a failing exchange may have seen: any visible value that is not the expected one; and, if it is
    // weak, the expected one.
    std::vector<std::size_t> ages;
    const bool matches = request.current == request.expected;
    if (matches && request.weak) ages.push_back(0);
    const std::size_t visible = location.visible(running_, self().clock, request.failure);
    for (std::size_t age = 0; age < visible; ++age)
        if (location.store_of_age(age).value != request.expected) ages.push_back(age);
    const std::size_t picked = pick_value(ages.size() + (matches ? 1 : 0));
    if (matches && picked == 0) {
        location.note_modification(request.desired, running_, self().clock, request.success);
        claimed_.note_exchange(true, running_);
        ++changes_;
        events_.back().value = request.desired;
        return {true, request.expected};
    }
    const std::size_t age = ages[picked - (matches ? 1 : 0)];
    const std::uint64_t seen = location.store_of_age(age).value;
    location.note_load(age, running_, self().clock, request.failure);
    claimed_.note_exchange(false, running_);
    events_.back().succeeded = false;
    events_.back().age = static_cast<std::uint32_t>(age);
    events_.back().value = seen;
    return {false, seen};
}

Execution::Gate& Execution::gate(const void* place) {
    Gate& gate = gates_[place];
    if (gate.number == 0) gate.number = ++gates_used_;
    return gate;
}

void Execution::block(State state, const void* place) {
    self().state = state;
    self().waits_for = place;
    choose_next(false);
}

void Execution::wake(State state, const void* place) noexcept {
    ++changes_;
    for (const auto& thread : threads_)
        if (thread->state == state && thread->waits_for == place) thread->state = State::can_run;
}

void Execution::lock(const void* place, std::source_location site) {
    count_step();
    choose_next(true);
    Gate& mutex = gate(place);
    while (mutex.closed) block(State::waits_for_mutex, place);
    mutex.closed = true;
    self().clock.join(mutex.released);
    self().clock.advance(running_);
    note(Operation::lock, mutex.number, site);
}

void Execution::unlock(const void* place, std::source_location site) {
    Gate& mutex = gate(place);
    if (!mutex.closed) fail("a mutex is unlocked that nobody holds");
    mutex.closed = false;
    self().clock.advance(running_);
    mutex.released = self().clock;
    note(Operation::unlock, mutex.number, site);
    wake(State::waits_for_mutex, place);
}

bool Execution::wait(const void* condition, const void* mutex, bool with_timeout, std::source_location site) {
    count_step();
    choose_next(true);
    note(Operation::wait, gate(condition).number, site);
    unlock(mutex, site);
    self().notified = false;
    if (!(with_timeout && pick_value(2) == 1))
        block(with_timeout ? State::waits_for_notify_with_timeout : State::waits_for_notify, condition);
    const bool notified = self().notified;
    lock(mutex, site);
    return notified;
}

void Execution::notify_all(const void* condition, std::source_location site) {
    count_step();
    choose_next(true);
    note(Operation::notify_all, gate(condition).number, site);
    for (const auto& thread : threads_)
        if (thread->waits_for == condition) thread->notified = true;
    wake(State::waits_for_notify, condition);
    wake(State::waits_for_notify_with_timeout, condition);
}

/// Whether the new thread or the one that starts it goes on is no preemption: neither has to be interrupted.
int Execution::start_thread(std::function<void()> body, std::source_location site) {
    count_step();
    choose_next(true);
    self().clock.advance(running_);
    note(Operation::start_thread, 0, site);
    const int number = static_cast<int>(threads_.size());
    add("thread " + std::to_string(number), std::move(body));
    Thread& thread = *threads_.back();
    thread.clock = self().clock;
    make_fiber(thread.context, stack_of(number), &Execution::enter_fiber);
    ++changes_;
    choose_next(false);
    return number;
}

void Execution::join_thread(int number, std::source_location site) {
    count_step();
    choose_next(true);
    Thread& thread = *threads_[static_cast<std::size_t>(number)];
    while (thread.state != State::finished) block(State::waits_for_end, &thread);
    self().clock.join(thread.clock);
    self().clock.advance(running_);
    note(Operation::join_thread, 0, site);
}

void Execution::name_this_thread(const char* name) { self().name = name + (" " + std::to_string(running_)); }

std::int64_t Execution::read_clock(std::source_location site) {
    reach(Operation::read_clock, nullptr, site);
    return time_ns_;
}

void Execution::pass_time(std::int64_t ns, std::source_location site) {
    reach(Operation::pass_time, nullptr, site);
    time_ns_ += ns;
    ++changes_;
}

bool Execution::park(const void* place, bool with_timeout, std::source_location site) {
    count_step();
    choose_next(true);
    Gate& parker = gate(place);
    note(Operation::park, parker.number, site);
    if (!parker.closed && !(with_timeout && pick_value(2) == 1))
        block(with_timeout ? State::parked_with_timeout : State::parked, place);
    self().clock.advance(running_);
    const bool taken = std::exchange(parker.closed, false);
    if (taken) self().clock.join(parker.released);
    note(Operation::park, parker.number, site);
    events_.back().succeeded = taken;
    events_.back().value = 1;
    return taken;
}

void Execution::unpark(const void* place, std::source_location site) {
    count_step();
    choose_next(true);
    Gate& parker = gate(place);
    self().clock.advance(running_);
    parker.closed = true;
    parker.released.join(self().clock);
    note(Operation::unpark, parker.number, site);
    wake(State::parked, place);
    wake(State::parked_with_timeout, place);
}

void Execution::pause(std::source_location site) {
    count_step();
    note(Operation::pause, 0, site);
    self().paused = true;
    self().paused_at = changes_;
    self().paused_since = steps_;
    choose_next(true);
}

/// No scheduling point: what other threads do between the operation before it and the fence, they can do
/// behind it, where the fence promises less.
void Execution::light_fence(std::source_location site) {
    count_step();
    note(Operation::light_fence, 0, site);
    memory_.light_fence(running_);
}

void Execution::heavy_fence(std::source_location site) {
    reach(Operation::heavy_fence, nullptr, site);
    memory_.heavy_fence(running_);
}

void Execution::touch_plain(const void* place, bool write, std::source_location site) {
    self().clock.advance(running_);
    note(write ? Operation::write_plain : Operation::read_plain, 0, site);
    if (!memory_.plain_at(place).touch(write, running_, self().clock))
        fail("data race: nothing orders the last access against an earlier one of another thread");
}

void Execution::watch(const char* name, const void* begin, std::size_t bytes) {
    watched_.push_back({name, reinterpret_cast<std::uintptr_t>(begin), std::vector<PlainLocation>(bytes)});
}

void Execution::touch_watched(std::uintptr_t place, std::size_t bytes, bool write) {
    for (WatchedMemory& memory : watched_) {
        if (place < memory.begin || place - memory.begin >= memory.bytes.size()) continue;
        const std::size_t offset = place - memory.begin;
        self().clock.advance(running_);
        note(write ? Operation::write_plain : Operation::read_plain, 0, {});
        events_.back().watched = memory.name;
        events_.back().value = offset;
        for (std::size_t i = offset; i < offset + bytes && i < memory.bytes.size(); ++i)
            if (!memory.bytes[i].touch(write, running_, self().clock))
                fail("data race: nothing orders the last access against an earlier one of another thread");
        return;
    }
}

bool active() noexcept { return Execution::current() != nullptr; }
void reach(Operation operation, const void* place, std::source_location site) noexcept {
    Execution::current()->reach(operation, place, site);
}
std::uint64_t load(const void* place, std::uint64_t current, std::memory_order order) noexcept {
    return Execution::current()->load(place, current, order);
}
void store(const void* place, std::uint64_t current, std::uint64_t value, std::memory_order order) noexcept {
    Execution::current()->store(place, current, value, order);
}
void modify(const void* place, std::uint64_t current, std::uint64_t value, std::memory_order order) noexcept {
    Execution::current()->modify(place, current, value, order);
}
Exchange compare_exchange(const ExchangeRequest& request) noexcept {
    return Execution::current()->compare_exchange(request);
}
void lock(const void* place, std::source_location site) noexcept { Execution::current()->lock(place, site); }
void unlock(const void* place, std::source_location site) noexcept {
    Execution::current()->unlock(place, site);
}
bool park(const void* place, bool with_timeout, std::source_location site) noexcept {
    return Execution::current()->park(place, with_timeout, site);
}
void unpark(const void* place, std::source_location site) noexcept {
    Execution::current()->unpark(place, site);
}
bool wait(const void* condition, const void* mutex, bool with_timeout, std::source_location site) noexcept {
    return Execution::current()->wait(condition, mutex, with_timeout, site);
}
void notify_all(const void* condition, std::source_location site) noexcept {
    Execution::current()->notify_all(condition, site);
}
int start_thread(std::function<void()> body, std::source_location site) {
    return Execution::current()->start_thread(std::move(body), site);
}
void join_thread(int number, std::source_location site) noexcept {
    Execution::current()->join_thread(number, site);
}
void name_this_thread(const char* name) noexcept { Execution::current()->name_this_thread(name); }
int this_thread() noexcept { return active() ? Execution::current()->running() : -1; }
std::uint64_t execution_serial() noexcept { return active() ? Execution::current()->serial() : 0; }
std::int64_t read_clock(std::source_location site) noexcept { return Execution::current()->read_clock(site); }
void pass_time(std::int64_t ns, std::source_location site) noexcept {
    Execution::current()->pass_time(ns, site);
}
void light_fence(std::source_location site) noexcept { Execution::current()->light_fence(site); }
void heavy_fence(std::source_location site) noexcept { Execution::current()->heavy_fence(site); }
void pause(std::source_location site) noexcept { Execution::current()->pause(site); }
void touch_plain(const void* place, bool write, std::source_location site) noexcept {
    if (active()) Execution::current()->touch_plain(place, write, site);
}
void touch_watched(const void* place, std::size_t bytes, bool write) noexcept {
    if (active()) Execution::current()->touch_watched(reinterpret_cast<std::uintptr_t>(place), bytes, write);
}

}  // namespace weir::explored
