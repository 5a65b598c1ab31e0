// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/orchestrator_core.hpp"
#include "orchestrator/submit_recording.hpp"

#include <atomic>
#include <bit>
#include <utility>

#include <fmt/format.h>

#include "model/kernel_ids.hpp"

namespace weir::detail {

namespace {

/// Serials of scopes are unique in the process, so a tensor of another run or runtime never looks valid.
std::uint64_t next_scope_serial() noexcept {
    static std::atomic<std::uint64_t> serial{0};
    return serial.fetch_add(1, std::memory_order_relaxed) + 1;  // relaxed: only uniqueness matters
}

/// Tasks that one submit runs at most before it gives up waiting for its own turn to run in place.
constexpr int kHelpBudget = 256;
/// Between two looks at what others have finished: each look costs lines that they have just written.
constexpr std::uint32_t kSubmitsPerPoll = 16;

int do_nothing(const void*, const TensorRecord* const*, const std::uint64_t*, const TaskInfo&) { return 0; }

void name_builtin(KernelRecord& record, const char* name, std::uint32_t id, std::uint64_t runtime_serial) {
    record.name = name;
    record.id = id;
    record.invoke = &do_nothing;
    record.runtime_serial = runtime_serial;
    record.any_arguments = true;
    record.samples_countdown = 1;
    record.timing = std::make_shared<KernelTiming>();
    record.timing->declare(0);
}

}  // namespace

OrchestratorCore::OrchestratorCore(const Sizes& sizes, const ArenaLayout& layout, const Arena& arena,
                                   Scheduler& scheduler, std::uint64_t runtime_serial,
                                   std::uint64_t first_task_number, const LaunchLimits& limits,
                                   std::function<std::string(std::uint32_t)> name_of_kernel)
    : limits_(limits),
      scheduler_(scheduler),
      self_(scheduler.thread(0)),
      dispatcher_(scheduler.dispatcher()),
      early_(dispatcher_ != nullptr && dispatcher_->dispatches_early()),
      running_threads_(dispatcher_ == nullptr ? scheduler.threads() : 0),
      help_budget_(dispatcher_ == nullptr ? kHelpBudget : 0),
      submits_per_poll_(dispatcher_ == nullptr ? kSubmitsPerPoll : 1),
      api_(*this, fast_),
      name_of_kernel_(std::move(name_of_kernel)) {
    for (TaskRing& r : rings_) r.next_number = first_task_number;
    attach(sizes, layout, arena);
    name_builtin(allocate_, "allocate", kAllocateId, runtime_serial);
    name_builtin(barrier_, "barrier_task", kBarrierId, runtime_serial);
    fast_.runtime_serial = runtime_serial;
    fast_.attention = sync::as_standard(scheduler.control().attention);
    fast_.control = &scheduler.control();
}

void OrchestratorCore::attach(const Sizes& sizes, const ArenaLayout& layout, const Arena& arena) noexcept {
    sizes_ = sizes;
    producers_ = {};
    map_ = {};
    for (int r = 0; r < kRings; ++r) {
        const ArenaLayout::Ring& place = layout.ring[static_cast<std::size_t>(r)];
        const RingSizes& size = sizes.ring[static_cast<std::size_t>(r)];
        TaskRing& target = ring(r);
        const std::uint64_t next_number = target.next_number;
        target = {};
        target.attach(r, arena.at<TaskEntry>(place.entries), size.consumed_window,
                      arena.at<TaskSlot>(place.slots), size.task_window, next_number);
        target.heap.attach(arena.at<std::byte>(place.heap), place.heap_mapped, size.heap);
        target.payload.attach(arena.at<std::byte>(place.payload), size.payload);
        target.deps.attach(arena.at<DepEntry>(place.deps), size.dep_pool);
        scheduler_.lifecycle().attach_pool(r, arena.at<DepEntry>(place.deps), size.dep_pool);
        producers_.attach_ring(target, arena.at<std::uint64_t>(place.seen));
    }
    growth_.start(sizes, layout, arena);
    producers_.attach(arena.at<Producer>(layout.producers), layout.producer_count);
    map_.attach(arena.at<TensorMapEntry>(layout.tensormap_entries), sizes.tensormap,
                arena.at<EntryIndex>(layout.tensormap_buckets), std::bit_ceil(sizes.tensormap), rings_);
}

OrchestratorCore::~OrchestratorCore() = default;

void OrchestratorCore::begin_run(std::source_location site, ScopeRecorder* recorder, RunRecorder* events) {
    thread_.store(this_thread_word(), std::memory_order_relaxed);  // relaxed: compared by this thread only
    tasks_ = tasks_in_place_ = tasks_helped_ = 0;
    self_.turns = 0;
    held_back_.clear();
    peaks_ = {};
    growth_.begin_run(growth_rules_);
    fast_.tasks = 0;
    map_.begin_run();
    recorder_ = recorder;
    watched_peaks_ = recorder != nullptr ? &recorder->peaks() : &peaks_;
    notes_all_peaks_ = recorder != nullptr || peak_places_ != nullptr;
    if (events != nullptr && reasons_ == nullptr) reasons_ = std::make_unique<ProducerReasons>();
    listen(events);
    watches_scopes_ = recorder != nullptr || events != nullptr;
    open_scope(ScopeMode::automatic, site);
    wait_ = {};
    if (book_ != nullptr) tell();
}

void OrchestratorCore::end_run(RunResult& result) noexcept {
    settle();
    shut_gate();
    while (!scopes_.empty()) drop_scope(scopes_.top().tag);
    recorder_ = nullptr;
    notes_all_peaks_ = false;
    watches_scopes_ = false;
    watched_peaks_ = &peaks_;
    if (dispatcher_ != nullptr) dispatcher_->program_ended();
    drain();
    listen(nullptr);
    shut_gate();
    thread_.store(0, std::memory_order_relaxed);  // relaxed: as in begin_run
    if (book_ != nullptr) tell();
    result.tasks = tasks_ + fast_.tasks;
    result.tasks_in_place = tasks_in_place_ + fast_.tasks;
    result.tasks_helped = tasks_helped_ - self_.turns;
    held_back_.report(result);
    result.peaks = peaks_;
    growth_.report(result);
}

std::array<std::uint64_t, kRings> OrchestratorCore::next_numbers() const noexcept {
    std::array<std::uint64_t, kRings> numbers{};
    for (std::size_t r = 0; r < numbers.size(); ++r) numbers[r] = rings_[r].next_number;
    return numbers;
}

std::uint64_t OrchestratorCore::open_scope(ScopeMode mode, std::source_location site) {
    check_call(site);
    settle();
    if (scopes_.full())
        throw Error(
            ErrorCode::scope_misuse,
            fmt::format("the scope opened at {} would be at depth {}, but depths end at {}; close scopes, or "
                        "open fewer inside each other",
                        format_site(site), kMaxScopes, kMaxScopes - 1),
            site);
    if (mode == ScopeMode::automatic && !scopes_.empty() && scopes_.top().mode == ScopeMode::manual)
        throw Error(
            ErrorCode::scope_misuse,
            fmt::format(
                "the AUTO scope opened at {} is inside the MANUAL scope opened at {}; open it as MANUAL, "
                "or close the MANUAL scope first",
                format_site(site), format_site(scopes_.top().site)),
            site);
    OpenScope& scope = scopes_.push();
    scope.mode = mode;
    scope.site = site;
    scope.tag = next_scope_serial() * kMaxScopes + static_cast<std::uint64_t>(scopes_.depth());
    scope.first_number = ring(scopes_.ring()).next_number;
    fast_.scope_tags[scopes_.depth()] = scope.tag;
    poll();
    if (watches_scopes_) [[unlikely]] {
        if (events_ != nullptr) events_->scope_opened(scopes_.depth(), mode == ScopeMode::manual, site);
        if (recorder_ != nullptr) record_open(scope);
    }
    update_gate();
    return scope.tag;
}

void OrchestratorCore::close_scope(std::uint64_t tag, std::source_location site) {
    check_call(site);
    if (scopes_.top().tag != tag) {
        const std::string text = fmt::format(
            "the scope closed at {} is not the innermost one, which was opened at {}; close scopes in the "
            "opposite order "
            "of opening",
            format_site(site), format_site(scopes_.top().site));
        scheduler_.control().fail(ErrorCode::scope_misuse, text, site);
        throw Error(ErrorCode::scope_misuse, text, site);
    }
    drop_scope(tag);
}

void OrchestratorCore::drop_scope(std::uint64_t tag) noexcept {
    // Relaxed: equal only if this thread wrote it.
    if (thread_.load(std::memory_order_relaxed) != this_thread_word() || scopes_.empty()) return;
    if (!fast_.valid(tag)) return;
    if (in_kernel() || scopes_.top().tag != tag) {
        const OpenScope& innermost = scopes_.top();
        scheduler_.control().fail(ErrorCode::scope_misuse,
                                  fmt::format("the scope of depth {} was closed while the one opened at {} "
                                              "was still open; close scopes in the "
                                              "opposite order of opening",
                                              tag % kMaxScopes, format_site(innermost.site)),
                                  innermost.site);
        return;
    }
    settle();
    const OpenScope scope = scopes_.top();
    if (watches_scopes_) [[unlikely]] {
        if (events_ != nullptr) return drop_recorded(scope);
        record_close(scope);
    }
    drop_owners(scope, NoTaskRecording());
    leave_scope();
}

void OrchestratorCore::leave_scope() noexcept {
    fast_.scope_tags[scopes_.depth()] = 0;
    scopes_.pop();
    if (scopes_.empty()) return;
    poll();
    update_gate();
}

AnyTensor OrchestratorCore::external(void* data, DType dtype, std::span<const Axis> axes,
                                     std::source_location site) {
    check_call(site);
    const auto fail = [&](ErrorCode code, const std::string& text) {
        throw Error(code, fmt::format("external tensor at {}: {}", format_site(site), text), site);
    };
    const std::size_t bytes = size_of(dtype);
    if (bytes == 0) fail(ErrorCode::invalid_argument, "the dtype is none or unknown");
    if (axes.empty() || axes.size() > kMaxAxes)
        fail(ErrorCode::invalid_argument,
             fmt::format("{} axes, but a tensor has 1 to {}", axes.size(), kMaxAxes));
    if (data == nullptr) fail(ErrorCode::invalid_argument, "the data pointer is null");
    if (reinterpret_cast<std::uintptr_t>(data) % bytes != 0)
        fail(ErrorCode::invalid_argument,
             fmt::format("the data pointer is not aligned to {} bytes, the size of {}", bytes,
                         weir::name_of(dtype)));
    std::array<std::int64_t, kMaxAxes> extents{};
    std::int64_t last = 0;  // index of the last element
    for (std::size_t i = 0; i < axes.size(); ++i) {
        extents[i] = axes[i].extent;
        std::int64_t reach = 0;
        if (axes[i].extent < 1 || axes[i].stride < 0 ||
            __builtin_mul_overflow(axes[i].extent - 1, axes[i].stride, &reach) ||
            __builtin_add_overflow(last, reach, &last) || last > (std::int64_t{1} << 44U))
            fail(ErrorCode::invalid_argument, fmt::format("axis {} has extent {} and stride {}; extents "
                                                          "start at 1, strides at 0, and a tensor spans "
                                                          "at most 2^44 elements",
                                                          i, axes[i].extent, axes[i].stride));
    }
    const auto spanned = (static_cast<std::uint64_t>(last) + 1) * bytes;
    if (spanned > ~std::uintptr_t{0} - reinterpret_cast<std::uintptr_t>(data))
        fail(ErrorCode::invalid_argument,
             fmt::format("{} bytes from the data pointer on reach past the end of the address space",
                         spanned));
    TensorRecord record =
        row_major_record(static_cast<std::byte*>(data), dtype,
                         Shape(std::span<const std::int64_t>(extents.data(), axes.size())), site);
    for (std::size_t i = 0; i < axes.size(); ++i) {
        if (record.axes[i].extent != 1 && record.axes[i].stride != axes[i].stride) record.contiguous = 0;
        record.axes[i].stride = axes[i].stride;
    }
    const OpenScope& root = scopes_.at(0);
    return AnyTensor(record, {geometry_key(record), root.tag, 0, root.site});
}

AnyTensor OrchestratorCore::allocate(const Shape& shape, DType dtype, std::source_location site) {
    AnyTensor output;
    const ArgumentRef argument{nullptr, &shape, Access::out, dtype, false};
    submit({&allocate_, &argument, 1, nullptr, 0, nullptr, &output, false, site});
    return output;
}

void* OrchestratorCore::access_element(const AnyTensor& tensor, const Shape& index, DType dtype,
                                       Access access, std::source_location site) {
    check_call(site);
    const char* call = access == Access::in ? "get" : "set";
    const auto fail = [&](ErrorCode code, const std::string& text) {
        throw Error(code, fmt::format("{} at {}: {}", call, format_site(site), text), site);
    };
    if (tensor.empty()) fail(ErrorCode::invalid_argument, "no tensor");
    if (!fast_.valid(tensor.identity().scope_tag))
        scope_closed(tensor, fmt::format("{} at {}: it", call, format_site(site)), site);
    if (tensor.dtype() != dtype)
        fail(ErrorCode::type_mismatch, fmt::format("the tensor has element type {}, not {}",
                                                   weir::name_of(tensor.dtype()), weir::name_of(dtype)));
    if (index.ndim() != tensor.ndim())
        fail(ErrorCode::out_of_bounds, fmt::format("{} indices for {} axes", index.ndim(), tensor.ndim()));
    std::int64_t offset = 0;
    for (int axis = 0; axis < tensor.ndim(); ++axis) {
        if (index[axis] < 0 || index[axis] >= tensor.extent(axis))
            fail(ErrorCode::out_of_bounds, fmt::format("index {} of axis {} is outside 0..{}", index[axis],
                                                       axis, tensor.extent(axis) - 1));
        offset += index[axis] * tensor.stride(axis);
    }
    TensorRecord element = tensor.record();
    element.data += offset * static_cast<std::int64_t>(size_of(dtype));
    element.elements = 1;
    element.ndim = 1;
    element.axes[0] = {1, 1};
    if (plan_ != nullptr) return plan_access(element, tensor.identity().owner, access, site);
    settle();
    poll();
    // What is waited for, one after the other: while one is waited for, others may complete.
    while (anything_in_flight()) {
        if (!map_.reserve(TensorMap::entries_needed(element))) {
            wait_or_help(*oldest_unreleased(), TaskState::released);
            poll();
            continue;
        }
        TaskRef first;
        const EntryIndex region = map_.locate(element, geometry_key(element), tensor.identity().owner);
        map_.conflicts(region, access != Access::in, [&](TaskRef task) {
            if (!first.valid()) first = task;
        });
        if (!first.valid()) break;
        wait_released(first);
        poll();
    }
    update_gate();
    if (scheduler_.control().stopped()) scheduler_.control().rethrow();
    return element.data;
}

void OrchestratorCore::fail_in_place(const KernelRecord& kernel, TaskRef ref, int status, bool threw,
                                     std::source_location site) {
    settle();
    shut_gate();
    fail_run(scheduler_.control(), kernel, ref, nullptr, site, status, threw);
    scheduler_.control().rethrow();
    std::terminate();  // a run that has failed has an error to throw
}

}  // namespace weir::detail
