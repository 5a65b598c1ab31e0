# SPDX-License-Identifier: Apache-2.0
"""The mutants: deliberate mistakes in the concurrent core that its tests must find.

A mutant is a name and edits (file below src/, old text, new text); white space in the old text matches any white space,
and it must occur exactly once. QUICK names those of the quick run, each with the test that finds it. ORDERS lists the
files in which every memory order is weakened in turn. NOT_FOUND names those that change nothing a program can observe,
and those that the explorer does not model, each with the reason.
"""

import mutants_chip
import mutants_recording

LIFECYCLE = "scheduler/lifecycle.hpp"
IDLE = "scheduler/idle_threads.hpp"
READY = "scheduler/ready_ring.hpp"
OVERFLOW = "scheduler/overflow_queue.hpp"
SCHEDULER = "scheduler/scheduler.cpp"
TASK_RING = "memory/task_ring.hpp"
BYTE_RING = "memory/byte_ring.hpp"
HELD_BACK = "orchestrator/held_back.cpp"
TENSORMAP = "deps/tensormap.cpp"
TENSORMAP_HPP = "deps/tensormap.hpp"
LAUNCH_RECORD = "model/launch_record.hpp"
LAUNCH = "scheduler/launch.cpp"
COHORT = "scheduler/cohort.cpp"
STACKS = "scheduler/cohort_stacks.cpp"
SYNC = "model/sync.hpp"
RUN_CONTROL = "model/run_control.hpp"
WORKERS = "platform/cpu/worker_threads.cpp"
RUNTIME = "platform/runtime_core.cpp"
RUN_HANDLE = "platform/runtime.cpp"
GROW = "orchestrator/grow.cpp"
GROWTH = "memory/growth.cpp"

MUTANTS = [
    ("fanin without the orchestrator's own count", [
        (LIFECYCLE, "slot.fanin.store(1, std::memory_order_relaxed);", "slot.fanin.store(0, std::memory_order_relaxed);"),
        (LIFECYCLE, "if (slot.fanin.fetch_sub(1, std::memory_order_acq_rel) != 1) return false;",
         "if (slot.fanin.load(std::memory_order_acquire) != 0) return false;"),
        (LIFECYCLE, "if (publish(consumer)) ready(consumer);",
         "if (consumer.fanin.fetch_sub(1, std::memory_order_acq_rel) == 1) ready(consumer);"),
    ]),
    ("next is read after the consumer was told", [
        (LIFECYCLE, "edge = next;", "edge = edge->next;"),
    ]),
    ("fanin is raised after the edge was pushed", [
        (LIFECYCLE, "edge.consumer->fanin.fetch_add(1, std::memory_order_relaxed);", ""),
        (LIFECYCLE, "std::memory_order_acquire)) return true;",
         "std::memory_order_acquire)) { edge.consumer->fanin.fetch_add(1, std::memory_order_relaxed); return true; }"),
    ]),
    ("the count is not taken back when the producer had completed", [
        (LIFECYCLE, "edge.consumer->fanin.fetch_sub(1, std::memory_order_relaxed);", ""),
    ]),
    ("completing does not close the fanout list", [
        (LIFECYCLE, "slot.entry->fanout.exchange(kFanoutClosed, std::memory_order_acq_rel);",
         "slot.entry->fanout.load(std::memory_order_acquire);"),
    ]),
    ("wiring overwrites the list's head", [
        (LIFECYCLE, "edge.next = reinterpret_cast<DepEntry*>(first);", "edge.next = nullptr;"),
    ]),
    ("a task has no reference to itself", [
        (LIFECYCLE, "references.store(owner ? 2 : 1, std::memory_order_relaxed);",
         "references.store(1, std::memory_order_relaxed);"),
        (LIFECYCLE, "drop_reference(entry, recording);", ""),
    ]),
    ("the reference to itself is dropped before RELEASED", [
        (LIFECYCLE, "move(entry, TaskState::released); // release-1 drop_reference(entry, recording);",
         "drop_reference(entry, recording); move(entry, TaskState::released);"),
    ]),
    ("a task is CONSUMED before it has dropped its keeper references", [
        (LIFECYCLE, "DepEntry* edge = slot.deps;",
         "if (entry.is_owner == 0) move(entry, TaskState::consumed); DepEntry* edge = slot.deps;"),
    ]),
    ("a task is RELEASED before it has told its consumers", [
        (LIFECYCLE, "auto* edge = reinterpret_cast<DepEntry*>(first);",
         "auto* edge = reinterpret_cast<DepEntry*>(first); "
         "slot.entry->state.store(TaskState::released, std::memory_order_release);"),
    ]),
    ("a keeper does not keep", [
        (LIFECYCLE, "owner.references.fetch_add(1, std::memory_order_relaxed);", "static_cast<void>(owner);"),
        (LIFECYCLE, "if (edge->owner != nullptr) drop_reference(*edge->owner, recording);", ""),
    ]),
    ("the last keeper does not make the owner CONSUMED", [
        (LIFECYCLE, "if (edge->owner != nullptr) drop_reference(*edge->owner, recording);",
         "if (edge->owner != nullptr) edge->owner->references.fetch_sub(1, std::memory_order_acq_rel);"),
    ]),
    ("the awaited task is looked at before the transition", [
        (LIFECYCLE, "entry.state.store(state, std::memory_order_release); // release-1, release-2 "
                    "idle_.transitioned(entry);",
         "idle_.transitioned(entry); entry.state.store(state, std::memory_order_release);"),
    ]),
    ("a transition wakes nobody", [
        (LIFECYCLE, "idle_.transitioned(entry);", ""),
    ]),
    ("entering idle passes no heavy fence", [
        (IDLE, "sync::heavy_fence();", ""),
    ]),
    ("waking passes no light fence", [
        (IDLE, "sync::light_fence(); // idle-1 if", "if"),
    ]),
    ("a transition passes no light fence", [
        (IDLE, "sync::light_fence(); // idle-2", ""),
    ]),
    ("leaving does not hand the waking on", [
        (IDLE, "parkers_[static_cast<std::size_t>(thread)].park(); wake_one();",
         "parkers_[static_cast<std::size_t>(thread)].park();"),
    ]),
    ("leaving leaves the token behind", [
        (IDLE, "parkers_[static_cast<std::size_t>(thread)].park(); wake_one();", "wake_one();"),
    ]),
    ("a timeout leaves the token behind", [
        (IDLE, "if (!remove(thread)) parkers_[static_cast<std::size_t>(thread)].park();", "remove(thread);"),
    ]),
    ("a thread that is not parked gets a token", [
        (IDLE, "if (remove(thread)) parkers_[static_cast<std::size_t>(thread)].unpark();",
         "remove(thread); parkers_[static_cast<std::size_t>(thread)].unpark();"),
    ]),
    ("waking all wakes one", [
        (IDLE, "while (parked_.load(std::memory_order_relaxed) != 0) wake_one();", "wake_one();"),
    ]),
    ("a woken thread stays in the list", [
        (IDLE, "list_.pop_back();", ""),
    ]),
    ("the count of parked threads is not published", [
        (IDLE, "list_.push_back(thread); publish_count();", "list_.push_back(thread);"),
    ]),
    ("publishing a ready task wakes nobody", [
        (SCHEDULER, "idle_.wake_one();", ""),
    ]),
    ("the orchestrator parks without a second look", [
        (HELD_BACK, "if (reached(entry.state.load(std::memory_order_acquire), wanted) || scheduler_.any_ready() || asked()) "
                    "idle.leave(self_.index); else idle.park(self_.index);",
         "idle.park(self_.index);"),
    ]),
    ("the orchestrator's second look sees ready tasks only", [
        (HELD_BACK, "if (reached(entry.state.load(std::memory_order_acquire), wanted) || scheduler_.any_ready() || asked()) "
                    "idle.leave(self_.index);",
         "if (scheduler_.any_ready() || asked()) idle.leave(self_.index);"),
    ]),
    ("the orchestrator says what it waits for after its fence", [
        (HELD_BACK, "idle.await(&entry); idle.enter(self_.index);", "idle.enter(self_.index); idle.await(&entry);"),
    ]),
    ("the orchestrator does not say what it waits for", [
        (HELD_BACK, "idle.await(&entry);", ""),
    ]),
    ("the orchestrator does not hand a waking on when it goes back to the program", [
        (HELD_BACK, "if (scheduler_.any_ready()) idle.wake_one();", ""),
    ]),
    ("a worker parks without a second look", [
        (WORKERS, "if (something_to_do()) { scheduler_.idle().leave(index); continue; }", ""),
    ]),
    ("a worker looks before it enters itself as idle", [
        (WORKERS, "scheduler_.idle().enter(index); if (something_to_do()) { scheduler_.idle().leave(index); continue; }",
         "if (something_to_do()) continue; scheduler_.idle().enter(index);"),
    ]),
    ("a worker's second look does not see that it must end", [
        (WORKERS, "return stopping_.load(std::memory_order_relaxed) || scheduler_.any_ready();",
         "return scheduler_.any_ready();"),
    ]),
    ("ending the workers wakes nobody", [
        (WORKERS, "scheduler_.idle().wake_all();", ""),
    ]),
    ("ending the workers wakes them before it tells them", [
        (WORKERS, "stopping_.store(true, std::memory_order_relaxed);", ""),
        (WORKERS, "scheduler_.idle().wake_all();",
         "scheduler_.idle().wake_all(); stopping_.store(true, std::memory_order_relaxed);"),
    ]),
    ("workers are not joined", [
        (WORKERS, "for (sync::Thread& thread : threads_) thread.join();", ""),
    ]),
    ("a failure does not stop the run", [
        (RUN_CONTROL, "attention.fetch_or(kStop, std::memory_order_relaxed);", ""),
    ]),
    ("the last failure of a run is its error", [
        (RUN_CONTROL, "if (failed) return false;", ""),
    ]),
    ("a failure takes no lock", [
        (RUN_CONTROL, "bool fail(ErrorCode error, std::string text, std::source_location where) { "
                      "const std::lock_guard lock(mutex);",
         "bool fail(ErrorCode error, std::string text, std::source_location where) {"),
    ]),
    ("the error of a run is read without the lock", [
        (RUN_CONTROL, "void rethrow() { const std::lock_guard lock(mutex);", "void rethrow() {"),
    ]),
    ("a run begins stopped when the one before was", [
        (RUN_CONTROL, "attention.store(deadline == Clock::time_point::max() ? 0 : kDeadline, std::memory_order_relaxed);",
         "attention.fetch_or(deadline == Clock::time_point::max() ? 0 : kDeadline, std::memory_order_relaxed);"),
    ]),
    ("a run begins with the error of the one before", [
        (RUN_CONTROL, "failed = false; code = ErrorCode::ok;", ""),
    ]),
    ("a deadline that has passed is no error", [
        (RUN_CONTROL, 'fail(ErrorCode::deadline, '
                      '"the run passed its deadline; tasks that had not started did not run", {});', ""),
    ]),
    ("a deadline never passes", [
        (RUN_CONTROL, "if ((word & kDeadline) == 0 || Clock::now() < deadline) return false;", "return false;"),
    ]),
    ("a run that has failed starts tasks", [
        (SCHEDULER, "} else if (!control_.stopped()) {", "} else {"),
    ]),
    ("runs do not wait for their turn", [
        (RUNTIME, "turn_changed_.wait(lock, [&] { return serving_ == ticket; });", "static_cast<void>(ticket);"),
    ]),
    ("the next turn is not announced", [
        (RUNTIME, "++serving_; turn_changed_.notify_all();", "++serving_;"),
    ]),
    ("a queued run is not announced", [
        (RUNTIME, "queue_changed_.notify_all(); return state;", "return state;"),
    ]),
    ("a turn is counted without the lock", [
        (RUNTIME, "void RuntimeCore::next_turn() { const std::lock_guard lock(runs_mutex_);",
         "void RuntimeCore::next_turn() {"),
    ]),
    ("the driver is not told that the runtime ends", [
        (RUNTIME, "ending_ = true; queue_changed_.notify_all();", "ending_ = true;"),
    ]),
    ("the runtime ends with runs in the queue", [
        (RUNTIME, "return ending_ || !queue_.empty(); }); if (queue_.empty()) return;",
         "return ending_ || !queue_.empty(); }); if (ending_) return;"),
        (RUNTIME, "turn_changed_.wait(lock, [this] { return serving_ == tickets_; });", ""),
    ]),
    ("a run is seen as started before its control is reset", [
        (RUNTIME, "control_.reset(deadline); {", "{"),
        (RUNTIME, "state.started = !cancelled; }",
         "state.started = !cancelled; } control_.reset(deadline);"),
    ]),
    ("a cancel before the start is forgotten", [
        (RUNTIME, "cancelled = state.cancelled;", ""),
    ]),
    ("a cancel reaches whatever runs", [
        (RUN_HANDLE, "if (state_->core != nullptr && state_->started) state_->core->cancel();",
         "if (state_->core != nullptr) state_->core->cancel();"),
    ]),
    ("the end of a run is not announced", [
        (RUNTIME, "state.ended = true; state.ended_changed.notify_all();", "state.ended = true;"),
    ]),
    ("a run has ended before its result is there", [
        (RUNTIME, "state.program = nullptr; const std::lock_guard lock(state.mutex);",
         "state.program = nullptr; { const std::lock_guard early(state.mutex); state.ended = true; "
         "state.ended_changed.notify_all(); } const std::lock_guard lock(state.mutex);"),
    ]),
    ("a program that throws leaves its tasks running", [
        (RUNTIME, "orchestrator_.end_run(result); return thrown;",
         "if (thrown) return thrown; orchestrator_.end_run(result); return thrown;"),
    ]),
    ("a ready ring publishes tail before the slot", [
        (READY, "slots_[tail & mask_].store(&task, std::memory_order_relaxed); tail_.store(tail + 1, "
                "std::memory_order_release);",
         "tail_.store(tail + 1, std::memory_order_release); "
         "slots_[tail & mask_].store(&task, std::memory_order_relaxed);"),
    ]),
    ("a ready ring takes without a claim", [
        (READY, "if (head_.compare_exchange_strong(head, head + 1, std::memory_order_release, "
                "std::memory_order_relaxed)) return task;",
         "head_.store(head + 1, std::memory_order_release); return task;"),
    ]),
    ("a ready ring takes one task too many before it is full", [
        (READY, "if (tail - head_seen_ > mask_) return false;", "if (tail - head_seen_ > mask_ + 1) return false;"),
    ]),
    ("a ready ring reads the slot after its claim", [
        (READY, "TaskSlot* task = slots_[head & mask_].load(std::memory_order_relaxed);",
         "const std::uint64_t place = head & mask_;"),
        (READY, "std::memory_order_relaxed)) return task;",
         "std::memory_order_relaxed)) return slots_[place].load(std::memory_order_relaxed);"),
    ]),
    ("a ready ring looks at 32 bits of its indices", [
        (READY, "while (head < tail_.load(std::memory_order_acquire)) {",
         "while (static_cast<std::uint32_t>(head) < static_cast<std::uint32_t>(tail_.load(std::memory_order_acquire))) {"),
    ]),
    ("a token is given after the waking", [
        (SYNC, "token_.exchange(1, std::memory_order_release);", ""),
        (SYNC, "Futex::wake(token_);", "Futex::wake(token_); token_.exchange(1, std::memory_order_release);"),
    ]),
    ("a token hides what the waker of an earlier one did", [
        (SYNC, "token_.exchange(1, std::memory_order_release);", "token_.store(1, std::memory_order_release);"),
    ]),
    ("a token that comes with the timeout is thrown away", [
        (SYNC, "return token_.exchange(0, std::memory_order_acquire) != 0;",
         "return token_.exchange(0, std::memory_order_acquire) != 0 && false;"),
    ]),
    ("the overflow queue does not say that it has tasks", [
        (OVERFLOW, "levels_ |= 1U << level_of(task.priority);",
         "levels_ |= 1U << level_of(task.priority); if (levels_ != 0) return;"),
    ]),
    ("the overflow queue's take holds no lock", [
        (OVERFLOW, "if (hint >> level_of(lowest) == 0) return nullptr; const std::lock_guard lock(mutex_);",
         "if (hint >> level_of(lowest) == 0) return nullptr;"),
    ]),
    ("the overflow queue is last in, first out", [
        (OVERFLOW, "else list.last->next = &task;", "else { task.next = list.first; list.first = &task; return; }"),
    ]),
    ("the allocator waits for the released waterline only", [
        (TASK_RING, "return next_number - first_unconsumed_ < consumed_window_;",
         "return next_number - first_unreleased_ < consumed_window_;"),
    ]),
    ("the allocator takes one slot too many", [
        (TASK_RING, "return next_number - first_unreleased_ < task_window_;",
         "return next_number - first_unreleased_ < task_window_ + 1;"),
    ]),
    ("the consumed waterline passes the released one", [
        (TASK_RING, "while (first_unconsumed_ != first_unreleased_) {", "while (first_unconsumed_ != next_number) {"),
        (TASK_RING, "assert(first_unconsumed_ <= first_unreleased_);", ""),
    ]),
    ("the released waterline does not stop at a running task", [
        (TASK_RING, "if (state != TaskState::released && state != TaskState::consumed) break;",
         "if (state == TaskState::pending) break;"),
    ]),
    ("the consumed waterline passes owners that are still kept", [
        (TASK_RING, "if (oldest.state.load(std::memory_order_acquire) != TaskState::consumed) break;",
         "if (oldest.state.load(std::memory_order_acquire) == TaskState::pending) break;"),
    ]),
    ("dependency entries are freed with the newest task's", [
        (TASK_RING, "deps.free_until_low(oldest.deps_begin);", "deps.free_all();"),
    ]),
    ("positions are freed by their lower 32 bits alone", [
        (BYTE_RING, "free_until(head_ - static_cast<std::uint32_t>(static_cast<std::uint32_t>(head_) - position));",
         "free_until(position);"),
    ]),
    ("each share of a task's calls completes it", [
        (LAUNCH_RECORD, "unfinished.fetch_sub(count, std::memory_order_acq_rel) == count;",
         "unfinished.fetch_sub(count, std::memory_order_acq_rel) != 0;"),
    ]),
    ("claimed calls stay unclaimed", [
        (LAUNCH_RECORD, "unclaimed -= count;", "if (claimed.some_left) unclaimed -= count - 1;"),
    ]),
    ("what is left of a task's calls is not handed on", [
        (LAUNCH, "if (claimed.some_left) push(self, task);", ""),
    ]),
    ("a task is handed on although no calls are left", [
        (LAUNCH, "if (claimed.some_left) push(self, task);", "push(self, task);"),
    ]),
    ("a cohort is handed on before its place has moved", [
        (COHORT, "for (std::uint32_t i = 0; i < claimed.count; ++i) first.place = first.place->next;", ""),
        (COHORT, "if (claimed.some_left) push(self, task);",
         "if (claimed.some_left) push(self, task);"
         "for (std::uint32_t i = 0; i < claimed.count; ++i) first.place = first.place->next;"),
    ]),
    ("calls that wait are not resumed", [
        (COHORT, "while (begin_phase(launch));", "while (false);"),
    ]),
    ("a phase begins at the second call", [
        (COHORT, "launch.cohort->place = launch.cohort;", "launch.cohort->place = launch.cohort->next;"),
    ]),
    ("stacks that are given back go to nobody in the line", [
        (STACKS, "while (line_first_ != nullptr && launch_of", "while (line_first_ == nullptr && launch_of"),
    ]),
    ("stacks are taken although too few are free", [
        (STACKS, "if (line_first_ == nullptr && launch.calls() <= free_count_) {", "if (line_first_ == nullptr) {"),
    ]),
    ("a served task is not pushed", [
        (COHORT, "served = served->next; // read first: the queue may use the link push(self, next);",
         "served = served->next;"),
    ]),
    ("TensorMap: a new write does not reset the reader list", [
        (TENSORMAP, "clear_accesses(self); self.writer = AccessRef(task, true);", "self.writer = AccessRef(task, true);"),
    ]),
    ("TensorMap: a write does not wait for readers", [
        (TENSORMAP_HPP, "visit_accesses(self, writes, visit);", "visit_accesses(self, false, visit);"),
    ]),
    ("TensorMap: a write that has not waited replaces what is older", [
        (TENSORMAP, "if (!writes || !waited) {", "if (!writes) {"),
    ]),
    ("TensorMap: a write replaces what it only overlaps", [
        (TENSORMAP, "if (covers(region, region_of(node(other)))) clear_accesses(node(other));",
         "clear_accesses(node(other));"),
    ]),
    ("TensorMap: a region stays isolated when another one meets it", [
        (TENSORMAP, "node(other).flags = static_cast<std::uint8_t>(node(other).flags & ~kRegionIsolated);", ""),
    ]),
    ("TensorMap: the sweep drops accesses of tasks in flight", [
        (TENSORMAP, "if (!stays(region.writer)) region.writer = AccessRef();", "region.writer = AccessRef();"),
    ]),
    ("growth: owners of open scopes do not pass through CONSUMED", [
        (GROW, "let_go(r); hold_again(r);", ""),
    ]),
    ("growth: tasks in flight are not waited for", [
        (GROW, "wait_or_help(entry, TaskState::consumed);", "break;"),
    ]),
    ("growth: tasks in flight in another ring are not waited for", [
        (GROW, "let_go(r); hold_again(r);", "if (r.index() == 0) continue; let_go(r); hold_again(r);"),
    ]),
    ("growth: what was let go is not taken back", [
        (GROW, "for_each_held(r, [](TaskEntry& owner) { Lifecycle::hold_again(owner); });",
         "static_cast<void>(r);"),
    ]),
    ("growth: the scope's reference is not taken back", [
        (LIFECYCLE, "owner.references.store(1, std::memory_order_relaxed); // relaxed: known here only",
         "owner.references.store(2, std::memory_order_relaxed);"),
    ]),
    ("growth: waiting waits for RELEASED instead of CONSUMED", [
        (GROW, "while (entry.state.load(std::memory_order_acquire) != TaskState::consumed)",
         "while (entry.state.load(std::memory_order_acquire) != TaskState::released && "
         "entry.state.load(std::memory_order_acquire) != TaskState::consumed)"),
    ]),
    ("growth: entries are not copied", [
        (TASK_RING, "copy_entry(entry(number), entries[number & (consumed_window - 1)]);", ""),
    ]),
    ("growth: a region is retired at once", [
        (GROWTH, "if (region.ring != ring || first_unconsumed < region.until_number) return false;",
         "if (region.ring != ring) return false;"),
    ]),
    ("growth: the tail does not wait for the region before", [
        (GROW, "if (entry.heap_begin >= heap.region_begin()) entry.heap_begin = begin;", "static_cast<void>(entry);"),
    ]),
    ("growth: the capacity stays when a region retires", [
        (BYTE_RING, "capacity_ -= bytes;", "static_cast<void>(bytes);"),
    ]),
    ("growth: the verdict counts what is held in regions before", [
        ("orchestrator/checks.cpp", "std::max(holder->first_heap_begin, r.heap.region_begin())",
         "holder->first_heap_begin"),
    ]),
    ("growth: workers are not told of the larger dependency pool", [
        (GROW, "scheduler_.lifecycle().attach_pool(ring_index, pool, entries);", ""),
    ]),
    ("TensorMap: who watches is asked before the access is dropped", [
        (TENSORMAP, "if (!stays(region.writer)) region.writer = AccessRef();",
         "if (live(region.writer)) { if (!live(region.writer)) region.writer = AccessRef(); } "
         "else if (!stays(region.writer)) region.writer = AccessRef();"),
        (TENSORMAP, "if (stays(block.refs[i])) block.refs[kept++] = block.refs[i];",
         "if (live(block.refs[i]) ? live(block.refs[i]) : stays(block.refs[i])) block.refs[kept++] = block.refs[i];"),
    ]),
    *mutants_chip.MUTANTS,
    *mutants_recording.MUTANTS,
]

ORDERS = [SYNC, LIFECYCLE, READY, TASK_RING, HELD_BACK, LAUNCH_RECORD, GROW, *mutants_recording.ORDERS,
          *mutants_chip.ORDERS]

LOOKED_AT_AGAIN = ("the state only decides whether to look again; what follows is read behind the acquire of the waterline "
                   "(release-1, release-2) or of TaskRing::completed (deps-1)")

NOT_FOUND = {
    "held_back.cpp: acquire": LOOKED_AT_AGAIN,
}

# A part that takes a few minutes: at least one mistake of each protocol.
QUICK = {
    "fanin without the orchestrator's own count": "lifecycle_test",
    "next is read after the consumer was told": "lifecycle_test",
    "a core takes a repeated dispatch word for a new order": "chip_handshake_test",
    "two host threads are one core": "chip_cores_test",
    "a host thread parks without a second look": "host_loop_test",
    "a thread that parks asks nobody to look": "host_loop_test",
    "a call that waits comes to its meeting before it has left its core": "chip_cores_test",
    "a core at a gate forgets who waited there before it": "gate_test",
    "a run is closed before its host threads have left": "run_gate_test",
    "completing does not close the fanout list": "lifecycle_test",
    "a task has no reference to itself": "lifecycle_test",
    "a keeper does not keep": "lifecycle_test",
    "entering idle passes no heavy fence": "idle_threads_test",
    "waking passes no light fence": "idle_threads_test",
    "leaving does not hand the waking on": "idle_threads_test",
    "the orchestrator parks without a second look": "orchestrator_test",
    "the orchestrator does not hand a waking on when it goes back to the program": "orchestrator_test",
    "a worker parks without a second look": "worker_threads_test",
    "ending the workers wakes them before it tells them": "worker_threads_test",
    "a run is seen as started before its control is reset": "runtime_test",
    "the next turn is not announced": "runtime_test",
    "a ready ring publishes tail before the slot": "ready_ring_test",
    "a ready ring takes without a claim": "ready_ring_test",
    "the overflow queue's take holds no lock": "overflow_queue_test",
    "what is left of a task's calls is not handed on": "launch_test",
    "a cohort is handed on before its place has moved": "launch_test",
    "a served task is not pushed": "launch_test",
    "the allocator waits for the released waterline only": "waterlines_test",
    "the released waterline does not stop at a running task": "waterlines_test",
    "TensorMap: a new write does not reset the reader list": "tensormap_model_test",
    "growth: owners of open scopes do not pass through CONSUMED": "growth_test",
    "growth: a region is retired at once": "growth_test",
    "an event is shown before it is written": "event_buffer_test",
    "a recorded producer is asked again whether it has completed": "recorded_dependencies_test",
}
