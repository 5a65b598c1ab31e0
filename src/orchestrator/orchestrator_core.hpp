// SPDX-License-Identifier: Apache-2.0
/// The submit pipeline: check, discover, place, reserve, wire, publish. Belongs to the thread that runs the
/// program.
///
///     submit -> check what the program passed, and the capacity verdict (errors; nothing has happened yet)
///            -> discover: whom must the task wait for, whose memory must it keep (TensorMap, explicit tasks)
///            -> place: run it here and now if it is ready and cheaper than a hand-over
///            -> reserve: every resource or none; when short, advance waterlines, then run other tasks or
///            wait, and
///               start again from discover, since tasks may have completed
///            -> write slot, entry and payload, wire edges, enter accesses, publish
///
/// A task in place never gets a slot, a payload or an entry in the TensorMap: when the next task is looked
/// at, it has completed. It takes a running number, so that the verdict does not depend on where a task ran.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <string>

#include <weir/config.hpp>
#include <weir/detail/fast_path.hpp>
#include <weir/orchestrator.hpp>

#include "deps/tensormap.hpp"
#include "memory/arena.hpp"
#include "memory/growth.hpp"
#include "memory/task_ring.hpp"
#include "model/launch_limits.hpp"
#include "model/sizes.hpp"
#include "observe/run_account.hpp"
#include "observe/run_recorder.hpp"
#include "observe/scope_recorder.hpp"
#include "orchestrator/held_back_log.hpp"
#include "orchestrator/launch_request.hpp"
#include "orchestrator/peak_places.hpp"
#include "orchestrator/plan_sink.hpp"
#include "orchestrator/producer_list.hpp"
#include "orchestrator/scope_stack.hpp"
#include "orchestrator/verdict.hpp"
#include "scheduler/scheduler.hpp"

namespace weir {
class SubmitRecording;
struct ProducerReasons;
}  // namespace weir

namespace weir::detail {

/// What the inlined submit runs, for a report from outside.
struct RunningInline {
    std::uintptr_t kernel = 0;  ///< a KernelRecord of this runtime; anything else: it runs none
    std::uintptr_t site = 0;    ///< std::source_location as a word
};

class OrchestratorCore {
public:
    /// `name_of_kernel` names a kernel by id, for reports. `limits`: of the platform.
    OrchestratorCore(const Sizes& sizes, const ArenaLayout& layout, const Arena& arena, Scheduler& scheduler,
                     std::uint64_t runtime_serial, std::uint64_t first_task_number,
                     const LaunchLimits& limits, std::function<std::string(std::uint32_t)> name_of_kernel);
    ~OrchestratorCore();
    OrchestratorCore(const OrchestratorCore&) = delete;
    OrchestratorCore& operator=(const OrchestratorCore&) = delete;

    [[nodiscard]] Orchestrator& api() noexcept { return api_; }

    /// Lays the rings out anew; running numbers go on. Between runs only: the rings are empty, and what the
    /// layout says lies zeroed in the arena, which may be larger than the sizes ask for.
    void attach(const Sizes& sizes, const ArenaLayout& layout, const Arena& arena) noexcept;

    /// From here on runs plan for this sink; null: they run. Between runs only. A run that plans needs
    /// RunControl::watch, or short tasks would not get here.
    void plan_into(PlanSink* sink) noexcept;
    /// For a sink, on the program's thread: runs the kernel of a task that was submitted to it. Throws the
    /// run's error when the kernel fails, or when the run is to end.
    void call_planned(const Scheduler::KernelCall& call, const LaunchRequest* launch);

    /// From here on runs are told of in this book; null: in none. Between runs only.
    void tell_in(RunAccountBook* book) noexcept { book_ = book; }
    /// Any thread.
    [[nodiscard]] RunningInline running_inline() const noexcept;

    /// Which sizes of the next runs may grow; at first none. Between runs only.
    void grow_by(const GrowthRules& rules) noexcept { growth_rules_ = rules; }
    /// Whether anything has grown since the rings were attached.
    [[nodiscard]] bool has_grown() const noexcept { return growth_.any(); }

    /// The calling thread becomes the orchestrator's; the root scope opens. `recorder`, if any, is told of
    /// every scope until the run has ended.
    /// `events`, if any, is told of what happens until then; it needs RunControl::watch, as plan_into does.
    void begin_run(std::source_location site, ScopeRecorder* recorder = nullptr,
                   RunRecorder* events = nullptr);
    /// Closes what is open, waits until every task is CONSUMED, and gives the thread back. Never throws.
    void end_run(RunResult& result) noexcept;
    /// Running numbers that the next task of each ring gets. Between runs.
    [[nodiscard]] std::array<std::uint64_t, kRings> next_numbers() const noexcept;
    /// What held the last run back.
    [[nodiscard]] const HeldBackLog& held_back() const noexcept { return held_back_; }
    /// From here on it is noted where each peak of a run is reached, tasks in place included; null: it is
    /// not. Between runs only.
    void note_peaks_in(PeakPlaces* places) noexcept { peak_places_ = places; }
    /// Whether the calling thread is inside a kernel that this orchestrator runs.
    [[nodiscard]] bool in_kernel() const noexcept;

    // What the public classes forward to.
    Task submit(const SubmitRequest& request);
    Task submit_barrier(const SubmitRequest& request);
    /// `request` without a kernel: that of the task's first subtask is put there.
    Task submit_mixed(const SubtaskKernels& kernels, const SubmitRequest& request);
    AnyTensor external(void* data, DType dtype, std::span<const Axis> axes, std::source_location site);
    AnyTensor allocate(const Shape& shape, DType dtype, std::source_location site);
    void* access_element(const AnyTensor& tensor, const Shape& index, DType dtype, Access access,
                         std::source_location site);
    std::uint64_t open_scope(ScopeMode mode, std::source_location site);
    void close_scope(std::uint64_t tag, std::source_location site);
    void drop_scope(std::uint64_t tag) noexcept;
    [[noreturn]] void fail_in_place(const KernelRecord& kernel, TaskRef ref, int status, bool threw,
                                    std::source_location site);

private:
    /// What `submit` works on: the request, and what was found out about it.
    struct Submit {
        const SubmitRequest* request;
        int ring;
        Request needs;
        bool waits_for_tensors;  ///< false in a MANUAL scope
        bool discovered;         ///< the TensorMap was asked, and has room for what is to be entered
        std::array<EntryIndex, kMaxTensors + 1> regions;  ///< one more for the element of a predicate
    };
    /// The same for a task with a launch record. Its `request` is a copy whose last argument is the element
    /// of the predicate, if there is one, so that it is discovered, kept and entered like any other.
    struct LaunchSubmit : Submit {
        SubmitRequest extended;
        std::array<ArgumentRef, kMaxTensors + 1> arguments;
        AnyTensor element;
        LaunchRequest launch;
        bool runs_here;  ///< at once, by this thread
        bool early;      ///< it has an early record
    };

    // checks.cpp
    void check_call(std::source_location site);
    /// `shared`: several kernels share the arguments, so one may read what another writes.
    void check_request(const SubmitRequest& request, bool shared = false);
    void check_tensor(const AnyTensor& tensor, std::size_t index, const SubmitRequest& request);
    void check_tasks(const Options& options, const SubmitRequest& request);
    [[noreturn]] void scope_closed(const AnyTensor& tensor, const std::string& where,
                                   std::source_location site);
    /// What it needs, with each owner counted once.
    [[nodiscard]] static Request exact_needs(const Submit& submit) noexcept;
    void check_capacity(const Submit& submit);
    [[noreturn]] void report_shortage(const Shortage& shortage, int ring, std::source_location site,
                                      const std::string& besides = {});

    // grow.cpp
    void grow(const Shortage& shortage, const Submit& submit);
    void quiesce() noexcept;
    void let_go(TaskRing& ring) noexcept;
    void hold_again(TaskRing& ring) noexcept;
    template <class Visit>
    void for_each_held(TaskRing& ring, Visit&& visit) noexcept;
    /// Returns why not, or nothing.
    [[nodiscard]] std::string try_grow(const Shortage& shortage, const Submit& submit);
    [[nodiscard]] std::optional<Sizes> larger_sizes(const Shortage& shortage, int ring,
                                                    std::uint64_t besides) const noexcept;
    [[nodiscard]] std::string limit_text(const Shortage& shortage, int ring, std::uint64_t besides) const;
    void use_larger(Resource resource, int ring, const Sizes& sizes);
    void use_entries(int ring, const Sizes& sizes);
    void use_heap(int ring, const Sizes& sizes);
    void use_dep_pool(int ring, const Sizes& sizes);
    void use_tensormap(const Sizes& sizes);
    [[gnu::noinline, gnu::cold]] void retire_regions() noexcept;

    // submit.cpp
    /// All of a submit, told to a SubmitRecording or a NoSubmitRecording.
    template <class Recording>
    Task submit_with(const SubmitRequest& request, Recording& recording);
    /// Sums up what the request needs for its first arguments, all that it has room for; false when it has to
    /// be checked closely.
    [[nodiscard]] bool examine(const SubmitRequest& request, std::size_t arguments, Submit& submit);
    /// False when the TensorMap has no room for the task's regions.
    template <class Recording>
    [[nodiscard]] bool discover(Submit& submit, Recording& recording);
    template <class Recording>
    void discover_tensor(Submit& submit, std::size_t index, Recording& recording);
    void find_owners(const Submit& submit);
    void add_task(TaskRef task);
    [[nodiscard]] bool runs_in_place(const KernelRecord& kernel);
    [[nodiscard]] bool help(const KernelRecord& kernel, int& budget);
    template <class Recording>
    TaskRef run_in_place(Submit& submit, Recording& recording);
    /// A Submit, or a LaunchSubmit.
    template <class Submitted, class Recording>
    TaskRef ship(Submitted& submit, Recording& recording);
    std::byte* write_payload(const Submit& submit, TaskSlot& slot);
    std::byte* write_payload(const LaunchSubmit& submit, TaskSlot& slot);
    template <class Recording>
    void hand_over(const Submit& submit, TaskSlot& slot, Recording& recording);
    void take_outputs(const Submit& submit, TaskRef ref);
    void enter_owner(TaskRef ref, std::uint64_t heap_begin);
    void fill_entry(TaskEntry& entry, std::uint64_t number, const KernelRecord& kernel, int ring,
                    std::source_location site);

    // launch_checks.cpp
    void check_launch(const SubtaskKernels& kernels, const SubmitRequest& request);
    void check_predicate(const PredicateOption& option, const SubmitRequest& request);
    /// The constant of a predicate that has been checked, in the class of the element type.
    [[nodiscard]] static std::uint64_t constant_of(const PredicateOption& option) noexcept;
    /// The element of a predicate as a tensor of its own.
    [[nodiscard]] static AnyTensor element_of(const PredicateOption& option) noexcept;

    // launch.cpp
    [[nodiscard]] static bool asks_for_launch(const SubmitRequest& request) noexcept;
    /// The request's one kernel, in its slot.
    [[nodiscard]] static SubtaskKernels alone(const SubmitRequest& request) noexcept;
    template <class Recording>
    Task submit_launch(const SubtaskKernels& kernels, const SubmitRequest& request, Recording& recording);
    void fill_launch(const SubtaskKernels& kernels, const SubmitRequest& request, LaunchSubmit& submit);
    [[nodiscard]] bool runs_here(const LaunchSubmit& submit) const noexcept;
    template <class Recording>
    void hand_over(const LaunchSubmit& submit, TaskSlot& slot, Recording& recording);

    // planned.cpp
    /// `launch`: null for one call of one kernel.
    Task plan_task(const Submit& submit, const LaunchRequest* launch = nullptr);
    void call_planned_launch(const Scheduler::KernelCall& call, const LaunchRequest& launch);
    void* plan_access(const TensorRecord& element, std::uint64_t owner, Access access,
                      std::source_location site);

    // early.cpp
    Task submit_early(const SubmitRequest& request);
    void tell_wired(const LaunchSubmit& submit, TaskSlot& slot) noexcept;
    void tell_wired(const Submit&, TaskSlot&) noexcept {}

    // recorded.cpp
    /// A submit of a run of which `unusual_` holds.
    Task submit_unusual(const SubmitRequest& request);
    [[nodiscard]] bool runs_at_once(const SubmitRequest& request) noexcept;
    Task run_at_once(const SubmitRequest& request);
    void discover_recorded(const Submit& submit, std::size_t index, SubmitRecording& recording);
    void record_dependencies(const Submit& submit, TaskRef ref, SubmitRecording& recording);
    /// The same, and the kernels of its calls.
    void record_dependencies(const LaunchSubmit& submit, TaskRef ref, SubmitRecording& recording);
    void record_access(const Submit& submit, std::size_t index, SubmitRecording& recording);
    void record_edge(const Producer& producer, bool waits, SubmitRecording& recording);
    void record_released() noexcept;
    void record_occupancy(const TaskRing& ring) noexcept;
    void record_occupancy_sometimes() noexcept;
    [[nodiscard]] bool records_tasks() const noexcept { return records_tasks_; }
    void record_held_back(const Submit& submit, Resource resource, std::uint64_t begin) noexcept;
    /// True when the task is ready: it is to be handed over.
    [[nodiscard]] bool publish_recorded(const Submit& submit, TaskRef ref, TaskSlot& slot,
                                        SubmitRecording& recording);
    /// From here on what happens is told to this recorder; null: to nobody.
    void listen(RunRecorder* recorder) noexcept;
    /// Of a run that is told of, `events_`.
    void drop_recorded(const OpenScope& scope) noexcept;
    template <class Recording>
    void drop_owners(const OpenScope& scope, Recording recording) noexcept {
        TaskRing& r = ring(scopes_.ring());
        for (std::uint64_t number = scope.last_owner; number != 0;) {
            TaskEntry& owner = r.entry(number);
            // Read first: once its references are gone the entry may be used for another task.
            number = owner.previous_owner;
            scheduler_.lifecycle().drop_reference(owner, recording);
        }
    }
    /// The innermost scope, whose owners have been dropped, goes.
    void leave_scope() noexcept;

    // tell.cpp
    /// Something is out of the ordinary: tells who asks, and throws the run's error.
    [[gnu::noinline, gnu::cold]] void attend();
    [[nodiscard]] bool asked() const noexcept;
    [[gnu::cold]] void tell() noexcept;
    void tell_ring(const TaskRing& r, RunAccount& account) const noexcept;
    void tell_heads(const TaskRing& r, RunAccount& account) const noexcept;
    /// TaskRef::word of a producer that the task waits for; 0: none was found.
    [[nodiscard]] std::uint64_t producer_of(const TaskSlot& slot) const noexcept;
    void start_waiting(ProgramWait what, std::uint64_t task = 0) noexcept;
    void start_waiting(const Submit& submit, Resource resource) noexcept;
    void stop_waiting() noexcept;
    [[nodiscard]] bool woken_to_tell(const TaskEntry& entry, TaskState wanted) const noexcept;

    // held_back.cpp
    /// What is short, and the transition that may end it.
    struct Lack {
        bool short_of_something;
        Resource resource;
        const TaskEntry* awaited;
        TaskState wanted;
    };
    [[nodiscard]] bool reserve(const Submit& submit, bool shipped);
    [[nodiscard]] Lack find_lack(const Submit& submit, bool shipped) noexcept;
    [[nodiscard]] const TaskEntry* oldest_unreleased() noexcept;
    void hold_back(const Submit& submit, const Lack& lack);
    /// Runs ready tasks, or waits until `entry` has reached a state; returns after either.
    void wait_or_help(const TaskEntry& entry, TaskState wanted) noexcept;
    /// The same where a dispatcher has the tasks.
    void wait_dispatched(const TaskEntry& entry, TaskState wanted) noexcept;
    void wait(const TaskEntry& entry, TaskState wanted, ThreadRecorder* recorder) noexcept;
    void wait_released(TaskRef task) noexcept;
    void drain() noexcept;
    void poll() noexcept;
    /// Moves both waterlines of a ring as far as they go.
    void reclaim(TaskRing& ring) noexcept;
    void poll_sometimes(const Submit& submit);
    [[gnu::noinline]] void dispatch_before(const Submit& submit);
    /// Of the clock by which the run's times are told.
    [[nodiscard]] std::chrono::nanoseconds now() const noexcept;
    void settle() noexcept;
    void update_gate() noexcept;
    void shut_gate() noexcept;
    void note_peaks(TaskRing& ring) noexcept;

    // scope_records.cpp
    void record_open(const OpenScope& scope) noexcept;
    void record_close(const OpenScope& scope) noexcept;
    [[gnu::noinline]] void record_counters(const OpenScope& scope, bool begins) noexcept;

    [[nodiscard]] TaskRing& ring(int index) noexcept { return rings_[static_cast<std::size_t>(index)]; }
    [[nodiscard]] RingPosition position(int ring) noexcept;
    [[nodiscard]] bool anything_in_flight() const noexcept;

    Sizes sizes_;
    LaunchLimits limits_;
    Scheduler& scheduler_;
    ThreadContext& self_;
    Dispatcher* dispatcher_;          ///< null: the scheduler's threads run the tasks
    bool early_;                      ///< tasks have early records; see Dispatcher::dispatches_early
    int running_threads_;             ///< that run kernels, this one included; 0: a dispatcher's cores
    int help_budget_;                 ///< tasks that one submit runs before it is handed over; 0 likewise
    std::uint32_t submits_per_poll_;  ///< between two looks at what others have finished
    std::array<TaskRing, kRings> rings_;
    TensorMap map_;
    ProducerList producers_;
    ScopeStack scopes_;
    FastPath fast_;
    Orchestrator api_;
    KernelRecord barrier_;
    KernelRecord allocate_;
    std::function<std::string(std::uint32_t)> name_of_kernel_;
    std::atomic<std::uintptr_t> thread_{0};  ///< this_thread_word of the run's thread; 0: no run
    std::uintptr_t gate_ = 0;                ///< what fast_.gate is outside kernels
    bool in_kernel_ = false;
    std::uint32_t submits_to_poll_ = 1;
    std::uint64_t in_place_left_ = 0;  ///< tasks to run in place before the ready ring is looked at again
    std::uint64_t tasks_ = 0;
    std::uint64_t tasks_in_place_ = 0;
    std::uint64_t tasks_helped_ = 0;
    HeldBackLog held_back_;
    ResourcePeaks peaks_;
    PlanSink* plan_ = nullptr;
    std::array<std::uint64_t, kRings> planned_heap_{};  ///< heap heads of a run that plans
    ScopeRecorder* recorder_ = nullptr;                 ///< null: scopes are not recorded
    ResourcePeaks* watched_peaks_ = &peaks_;            ///< what is larger than these is a new peak
    PeakPlaces* peak_places_ = nullptr;                 ///< null: nobody asks where peaks are reached
    bool notes_all_peaks_ = false;                      ///< also those of tasks in place that own nothing
    GrowthRules growth_rules_;
    Growth growth_;
    RunRecorder* events_ = nullptr;        ///< null: what happens is not recorded
    bool unusual_ = false;                 ///< the run plans, its tasks are recorded, or are dispatched early
    bool records_tasks_ = false;           ///< events_ is there, and is told of each task
    bool watches_scopes_ = false;          ///< recorder_ or events_ is there
    std::array<bool, kRings> occupied_{};  ///< by the last occupancy recorded
    std::uint64_t submits_seen_ = 0;
    std::unique_ptr<ProducerReasons> reasons_;  ///< made for the first run that is recorded
    std::array<std::uint64_t, kRings> recorded_released_{};
    RunAccountBook* book_ = nullptr;  ///< null: nobody watches
    struct {
        ProgramWait what = ProgramWait::nothing;
        std::uint64_t since_ns = 0;
        std::uint64_t task = 0;
        std::source_location site;
        Resource resource{};
        int ring = 0;
    } wait_;  ///< of a run that is watched
    bool told_waiting_ = false;
    std::uint64_t last_told_ns_ = 0;
};

}  // namespace weir::detail
