// SPDX-License-Identifier: Apache-2.0
/// What a runtime and a run can be told.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include <weir/chip.hpp>
#include <weir/export.hpp>
#include <weir/resources.hpp>
#include <weir/task.hpp>

namespace weir {

/// One value for every ring, or one for each. 0: not set, the next source decides. A negative number is
/// refused like any other value that is not valid; it never turns into a large one.
struct RingValues {
    std::array<std::uint64_t, kRings> per_ring{};

    RingValues() = default;
    template <std::integral Number>
    RingValues(Number every_ring) {  // NOLINT(google-explicit-constructor)
        per_ring.fill(static_cast<std::uint64_t>(every_ring));
    }
    template <std::integral... Numbers>
        requires(sizeof...(Numbers) == kRings)
    RingValues(Numbers... of_rings) : per_ring{static_cast<std::uint64_t>(of_rings)...} {}

    friend bool operator==(const RingValues&, const RingValues&) = default;
};

/// Exactly one value for each ring, laid over what the singular field says; 0 leaves that.
struct RingList {
    std::array<std::uint64_t, kRings> per_ring{};

    RingList() = default;
    template <std::integral... Numbers>
        requires(sizeof...(Numbers) == kRings)
    RingList(Numbers... of_rings) : per_ring{static_cast<std::uint64_t>(of_rings)...} {}

    friend bool operator==(const RingList&, const RingList&) = default;
};

/// Sizes, as they are asked for. 0 or nothing: the next source decides. Fields, units, valid values and
/// defaults: WEIR_RESOURCES, and the table in docs/sizes.md.
///
///     ring_task_window, ring_consumed_window, ring_payload, ring_heap, ring_dep_pool       RingValues
///     tensormap_pool                                                                       std::uint64_t
///     ring_task_windows, ring_consumed_windows, ring_payloads, ring_heaps, ring_dep_pools  RingList
struct RuntimeEnv {
#define WEIR_RING(name, ...) RingValues ring_##name{};
#define WEIR_SHARED(name, field, ...) std::uint64_t field = 0;
    WEIR_RESOURCES(WEIR_RING, WEIR_SHARED)
#undef WEIR_RING
#undef WEIR_SHARED
#define WEIR_RING(name, ...) RingList ring_##name##s{};
#define WEIR_SHARED(...)
    WEIR_RESOURCES(WEIR_RING, WEIR_SHARED)
#undef WEIR_RING
#undef WEIR_SHARED

    /// Sets the field of a resource. One that all rings share takes the value of ring 0.
    WEIR_API void set(Resource resource, const RingValues& values) noexcept;

    friend bool operator==(const RuntimeEnv&, const RuntimeEnv&) = default;
};

/// Sizes as text, the form that environment variables and options have: one whole number, or for a resource
/// that every ring has exactly one for each ring separated by commas, in which 0 leaves a ring to the next
/// source. Digits only: no sign, blank, suffix (K, M) or hexadecimal form. Throws configuration, naming text
/// and reason.
WEIR_API RingValues parse_size(Resource resource, std::string_view text);

/// Where a size in force comes from, weakest first: each overrules those before it, for each resource and
/// ring on its own.
enum class SizeSource : std::uint8_t {
    built_in,              ///< the default
    runtime,               ///< RuntimeConfig::runtime_env
    environment,           ///< a variable with one number
    environment_per_ring,  ///< a variable with a number for each ring
    call,                  ///< CallConfig::runtime_env, the same number for every ring
    call_per_ring,         ///< CallConfig::runtime_env, a number for each ring, or the plural field
    memory_limit,          ///< CallConfig::memory_limit left room for no more
};

/// "default", "runtime", "environment", "environment per ring", "call", "call per ring", "memory limit".
WEIR_API const char* to_string(SizeSource source) noexcept;

/// Sizes with every value filled in, and the source of each. A resource that all rings share is in ring 0.
struct SizesInForce {
    std::array<std::array<std::uint64_t, kRings>, kResources> values{};
    std::array<std::array<SizeSource, kRings>, kResources> sources{};
    /// Address space that a runtime laid out for these sizes takes; pages are paid for when they are touched.
    std::uint64_t reserved_bytes = 0;
    /// Memory that they come to when every page has been touched, which is what a memory_limit bounds.
    std::uint64_t memory_bytes = 0;

    [[nodiscard]] std::uint64_t value(Resource resource, int ring = 0) const noexcept {
        return values[static_cast<std::size_t>(resource)][static_cast<std::size_t>(ring)];
    }
    [[nodiscard]] SizeSource source(Resource resource, int ring = 0) const noexcept {
        return sources[static_cast<std::size_t>(resource)][static_cast<std::size_t>(ring)];
    }
    friend bool operator==(const SizesInForce&, const SizesInForce&) = default;
};

enum class LogLevel : std::uint8_t {
    note,     ///< the sizes of the first run, and of each that has others than the run before it
    warning,  ///< a variable that is unknown or was not used, and why; a size that grew; a limit without plan
};

/// Takes one message, without a line end. Called on the thread that makes the runtime or starts a run, before
/// any task or after the last; what it throws ends that call.
using LogFunction = std::function<void(LogLevel, const std::string&)>;

/// What a runtime is made from.
struct RuntimeConfig {
    /// "cpu", or a chip: see chip_platforms().
    std::string platform = "cpu";
    /// Threads that run kernels; the caller's own is one of them. On a chip's wall clock they are its control
    /// threads, too, and on its virtual clock there is one. Not set: all cores that the process may use.
    std::optional<int> threads{};
    /// Binds each thread that runs kernels to a core of its own, but for the caller's. Refused on a chip's
    /// virtual clock, which has none.
    bool pin = false;
    /// Defaults of this runtime: used where neither a run nor the environment says something else.
    RuntimeEnv runtime_env{};
    /// Running number of the first task of each ring, at least 1.
    std::uint64_t first_task_number = 1;
    /// Empty: warnings go to standard error, notes nowhere.
    LogFunction log{};
    /// Of a chip platform.
    ChipOptions chip{};
};

/// What becomes of a size with which the capacity verdict would end the run.
enum class SizePolicy : std::uint8_t {
    automatic,  ///< a size that nobody has set grows; one that was set is a bound, wherever that was
    fixed,      ///< the run ends with ErrorCode::capacity
    growing,    ///< every size is where the run starts, and grows
};

/// "auto", "fixed", "grow".
WEIR_API const char* to_string(SizePolicy policy) noexcept;

/// What one run can be told.
struct CallConfig {
    /// Past it no further task starts and the run ends with ErrorCode::deadline.
    std::optional<std::chrono::nanoseconds> deadline{};
    /// Sizes of this run. Checked, and refused as `configuration`, when the run is submitted.
    RuntimeEnv runtime_env{};
    /// Writes record_directory/scope_stats/scope_stats.jsonl: what the rings held when each scope opened and
    /// closed, and at most in between (docs/formats.md). Written also when the run fails; it replaces that of
    /// an earlier run. A file that cannot be written is an Error: configuration before the program starts, or
    /// system; a run that has failed keeps its own error, with the file's behind it.
    bool enable_scope_stats = false;
    /// Writes record_directory/swimlane.json: when every task was submitted, ran and was released, and what
    /// the rings held (docs/formats.md). With this or what follows run.json is written there too, with the
    /// run as a whole. As with scope statistics, files are written also when the run fails, and are an Error
    /// when they cannot be.
    bool enable_swimlane = false;
    /// Writes record_directory/deps.json: what every task accessed, and which tasks it waited for.
    bool enable_dep_gen = false;
    /// How much is recorded while the run goes on: 0 nothing, 1 scopes, 2 tasks, 3 and the phases of
    /// scheduling threads and of submits, 4 and parking and the rings after each task. Not set: 2 if one of
    /// the two above is set; else nothing is recorded, and run.json is not written.
    std::optional<int> record_level{};
    /// Where the run's recordings go; made when it is missing.
    std::string record_directory{};
    /// Bytes of memory that the rings of this run may come to (docs/sizes.md, "A limit"); 0: no limit. The
    /// program is called once more before the run, without its kernels, to find out what it needs: it gets
    /// sizes that fit into the limit, or the run is refused as `configuration` with the scopes to split. If
    /// it reads data of tasks, nobody can know before, and the limit is enforced while it runs.
    std::uint64_t memory_limit = 0;
    /// Whether sizes grow instead of ending the run with `capacity`.
    SizePolicy size_policy = SizePolicy::automatic;
    /// What recordings call the program; may be empty.
    std::string program_name{};
};

/// Largest true occupancy of each resource of a ring. Fields: WEIR_RESOURCES.
///
///     task_window, consumed_window, payload_bytes, heap_bytes, dep_pool  one for each ring
///     tensormap                                                          one
struct ResourcePeaks {
#define WEIR_RING(name, peak, ...) std::array<std::uint64_t, kRings> peak{};
#define WEIR_SHARED(name, field, peak, ...) std::uint64_t peak = 0;
    WEIR_RESOURCES(WEIR_RING, WEIR_SHARED)
#undef WEIR_RING
#undef WEIR_SHARED

    [[nodiscard]] WEIR_API std::uint64_t peak(Resource resource, int ring = 0) const noexcept;
    /// Takes over what is larger in `other`.
    WEIR_API void raise(const ResourcePeaks& other) noexcept;
};

/// A source line whose submits were held back.
struct HeldBackPlace {
    std::source_location site{};            ///< line 0: of submits that name no line
    std::uint64_t times = 0;                ///< 0: nothing was held back
    std::chrono::nanoseconds held_back{0};  ///< in all
    std::chrono::nanoseconds longest{0};    ///< at once
    Resource resource{};                    ///< that was short then
    int ring = 0;                           ///< in which it was, unless all rings share it
};

/// A size that grew while a run went on.
struct GrownSize {
    Resource resource{};
    int ring = 0;
    std::uint64_t from = 0;
    std::uint64_t to = 0;  ///< with this much from the start it would not have grown
    std::uint32_t times = 0;
    std::source_location site{};  ///< the first submit that needed more
};

/// What a finished run tells.
struct RunResult {
    std::uint64_t tasks = 0;           ///< submitted
    std::uint64_t tasks_in_place = 0;  ///< run by the submitting thread at submit
    /// Run by the submitting thread while it was held back or waited; 0 on a chip, whose cores run tasks.
    std::uint64_t tasks_helped = 0;
    std::uint64_t times_held_back = 0;      ///< submits that found a ring full
    std::chrono::nanoseconds held_back{0};  ///< time in which a full ring kept the program from submitting
    /// The same for each resource, by Resource. When several are short at once the time counts for the one
    /// that comes first of consumed window, heap, task window, payload, dependency pool, TensorMap.
    std::array<std::chrono::nanoseconds, kResources> held_back_by{};
    /// The line that was held back longest in all. Exact when at most 64 lines were held back.
    HeldBackPlace held_back_longest;
    std::chrono::nanoseconds elapsed{0};  ///< from start to completion
    ResourcePeaks peaks;
    SizesInForce sizes;  ///< with which this run started
    std::vector<GrownSize> grown;
    /// Bytes that the rings could have come to at most, at the sizes in force and with all that grew.
    std::uint64_t memory_bytes = 0;
    ChipFigures chip;  ///< on a chip platform; the times held back are then those of its clock
};

}  // namespace weir
