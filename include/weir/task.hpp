// SPDX-License-Identifier: Apache-2.0
/// Handles of tasks, and what a kernel may know about the task that it is part of.
#pragma once

#include <bit>
#include <cstdint>
#include <string>

#include <weir/numbers.h>
#include <weir/export.hpp>
#include <weir/launch.hpp>

namespace weir {

/// Number of rings; scope depths 0, 1, 2 and deeper use ring 0, 1, 2 and 3. Everything else that counts rings
/// is derived from this.
inline constexpr int kRings = WEIR_RINGS;

namespace detail {

/// Ring and running number of a task in one word. Bit 63 is free for the holder's own use.
class TaskRef {
public:
    static constexpr int kRingBits = std::bit_width(static_cast<unsigned>(kRings - 1));
    static constexpr int kNumberBits = 63 - kRingBits;
    static constexpr std::uint64_t kNumberMask = (std::uint64_t{1} << kNumberBits) - 1;

    TaskRef() = default;
    constexpr TaskRef(int ring, std::uint64_t number) noexcept
        : word_(static_cast<std::uint64_t>(ring) << kNumberBits | number) {}
    explicit constexpr TaskRef(std::uint64_t word) noexcept : word_(word) {}

    /// Running numbers start at 1, so no task has word 0.
    [[nodiscard]] constexpr bool valid() const noexcept { return word_ != 0; }
    [[nodiscard]] constexpr int ring() const noexcept {
        return static_cast<int>(word_ >> kNumberBits & ((1U << kRingBits) - 1));
    }
    [[nodiscard]] constexpr std::uint64_t number() const noexcept { return word_ & kNumberMask; }
    [[nodiscard]] constexpr std::uint64_t word() const noexcept { return word_; }
    /// The form for display, traces and wire: ring above, the number's lower 32 bits below.
    [[nodiscard]] constexpr std::uint64_t id() const noexcept {
        return static_cast<std::uint64_t>(ring()) << 32U | (number() & 0xffffffffU);
    }
    friend constexpr bool operator==(TaskRef, TaskRef) = default;

private:
    std::uint64_t word_ = 0;
};

struct RunControl;
struct KernelRecord;
class LaunchedTaskInfo;

/// How many arguments a task was submitted with.
struct ArgumentCounts {
    std::uint32_t tensors = 0;
    std::uint32_t scalars = 0;
};

}  // namespace detail

/// A submitted task: a value that stays meaningful after the task has finished and its slot was reused.
class Task {
public:
    /// No task; depending on it is an error.
    Task() = default;
    Task(detail::TaskRef ref, std::uint64_t runtime_serial) noexcept
        : ref_(ref), runtime_serial_(runtime_serial) {}

    /// Ring in the upper 32 bits, the running number's lower 32 in the lower.
    [[nodiscard]] std::uint64_t id() const noexcept { return ref_.id(); }
    [[nodiscard]] int ring() const noexcept { return ref_.ring(); }
    /// The full running number within its ring.
    [[nodiscard]] std::uint64_t number() const noexcept { return ref_.number(); }
    [[nodiscard]] detail::TaskRef ref() const noexcept { return ref_; }
    [[nodiscard]] std::uint64_t runtime_serial() const noexcept { return runtime_serial_; }

private:
    detail::TaskRef ref_;
    std::uint64_t runtime_serial_ = 0;
};

/// A kernel that wants to know about its task takes a trailing `const weir::TaskInfo&`. Valid until the
/// kernel returns, on any thread that the kernel lets see it.
class WEIR_API TaskInfo {
public:
    TaskInfo(const detail::KernelRecord* kernel, detail::TaskRef ref, const detail::RunControl* control,
             detail::ArgumentCounts counts = {}) noexcept
        : kernel_(kernel), ref_(ref), control_(control), counts_(counts) {}
    TaskInfo(const TaskInfo&) = delete;
    TaskInfo& operator=(const TaskInfo&) = delete;
    ~TaskInfo() = default;

    [[nodiscard]] std::uint64_t id() const noexcept { return ref_.id(); }
    /// Name under which the kernel was registered.
    [[nodiscard]] const std::string& kernel_name() const noexcept;
    /// True when the run has failed, was cancelled or has passed its deadline: a long kernel should return
    /// soon.
    [[nodiscard]] bool stop_requested() const noexcept;

    /// Which block of its task this call is, and how many there are: 0 of 1 without the option `blocks`.
    [[nodiscard]] int block_index() const noexcept;
    [[nodiscard]] int block_count() const noexcept;
    /// Which subtask of its block this call is. Of a task with one kernel: aic for one made for AIC, else
    /// aiv0.
    [[nodiscard]] SubtaskSlot subtask_slot() const noexcept;
    /// Waits until every subtask and block of the task that has not returned is here too. What each wrote
    /// before, all see behind it. The thread runs something else meanwhile, and the call may go on on another
    /// thread: hold no lock and rely on no thread-local variable across it.
    ///
    /// A task of several blocks needs the option sync_start; without it Error invalid_argument, for its
    /// blocks need not run at the same time. A call that is alone in its task passes at once. Throws Error
    /// cancelled when the run ends meanwhile (a kernel failed, cancel, deadline): let it pass through the
    /// kernel; whoever catches it gets it again from the next barrier. Only the thread that the kernel was
    /// called on may call it.
    void barrier() const;

private:
    friend class TaskView;
    friend class detail::LaunchedTaskInfo;

    const detail::KernelRecord* kernel_;
    detail::TaskRef ref_;
    const detail::RunControl* control_;
    detail::ArgumentCounts counts_;  ///< zeros where the kernel's signature says it
};

namespace detail {

/// TaskInfo of a call that is one of several of its task. Bit 63 of the reference tells the two apart, so
/// that a call that is alone carries nothing of this.
class LaunchedTaskInfo : public TaskInfo {
public:
    static constexpr std::uint64_t kMark = std::uint64_t{1} << 63U;
    /// Meets the others of the task; as TaskInfo::barrier.
    using Barrier = void (*)(const LaunchedTaskInfo& info);

    LaunchedTaskInfo(const KernelRecord* kernel, TaskRef ref, const RunControl* control,
                     ArgumentCounts counts) noexcept
        : TaskInfo(kernel, TaskRef(ref.word() | kMark), control, counts) {}
    [[nodiscard]] static const LaunchedTaskInfo* of(const TaskInfo& info) noexcept {
        return (info.ref_.word() & kMark) != 0 ? static_cast<const LaunchedTaskInfo*>(&info) : nullptr;
    }

    std::uint16_t block_index = 0;
    std::uint16_t block_count = 1;
    SubtaskSlot slot = SubtaskSlot::aic;
    Barrier barrier = nullptr;
    void* meeting = nullptr;  ///< what `barrier` works on; the platform's own
};

}  // namespace detail

}  // namespace weir
