// SPDX-License-Identifier: Apache-2.0
#include "model/chip.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <weir/chip.hpp>

namespace weir {

namespace {

constexpr std::uint64_t kMostClusters = 4096;
constexpr std::uint64_t kMostThreads = 256;
constexpr std::uint64_t kMostHz = 10'000'000'000;
/// A second: what takes longer is a typing error.
constexpr std::uint64_t kMostNs = 1'000'000'000;

constexpr const char* kGiven = "the chip's description";
constexpr const char* kAssumed = "an assumption: no figure is known";

constexpr std::array kFields = {
    ChipField{"clusters", &Chip::clusters, 1, kMostClusters, "clusters, each 1 AIC and 2 AIV", kGiven},
    ChipField{"control_threads", &Chip::control_threads, 2, kMostThreads,
              "control threads, one of them the orchestrator", kGiven},
    ChipField{"counter_hz", &Chip::counter_hz, 1, kMostHz, "ticks in a second of the time counter", kGiven},
    ChipField{"register_read_min_ns", &Chip::register_read_min_ns, 1, kMostNs,
              "reading the status register of core 0", "measured on the original: 95 to 105 ns"},
    ChipField{"register_read_max_ns", &Chip::register_read_max_ns, 1, kMostNs,
              "reading the status register of the last core; evenly in between",
              "measured on the original: 95 to 105 ns"},
    ChipField{"pass_ns", &Chip::pass_ns, 1, kMostNs,
              "a control thread's look at the ready queues, once in each pass over its cores",
              "an assumption: about half a register read"},
    ChipField{"complete_ns", &Chip::complete_ns, 0, kMostNs, "completing a task",
              "measured on the original: 2 to 4 us, the low end"},
    ChipField{"dispatch_ns", &Chip::dispatch_ns, 0, kMostNs,
              "taking a ready task and dispatching it to a core",
              "measured on the original: 3 to 6 us, the low end, since dispatching is one pointer store"},
    ChipField{"start_ns", &Chip::start_ns, 0, kMostNs, "from the dispatch to an idle core's start",
              "an assumption: one register access"},
    ChipField{"next_ns", &Chip::next_ns, 0, kMostNs,
              "from the end of a task to the start of the one staged behind it",
              "an assumption: one register access"},
    ChipField{"submit_ns", &Chip::submit_ns, 0, kMostNs, "submitting a task, without its tensors",
              "measured on the original: 0.87 us with 2 to 4 tensors, half of it lookup"},
    ChipField{"submit_tensor_ns", &Chip::submit_tensor_ns, 0, kMostNs, "submitting each tensor of a task",
              "measured on the original: 0.87 us with 2 to 4 tensors, half of it lookup"},
    ChipField{"aic_kernel_ns", &Chip::aic_kernel_ns, 0, kMostNs,
              "a kernel on an AIC of which nothing else is known", kAssumed},
    ChipField{"aiv_kernel_ns", &Chip::aiv_kernel_ns, 0, kMostNs,
              "a kernel on an AIV of which nothing else is known", kAssumed},
};

/// Clusters, control threads, counter, and then the costs, which are the same on all of them.
Chip row(const char* name, std::uint64_t clusters, std::uint64_t control_threads, std::uint64_t counter_hz) {
    return {.name = name,
            .clusters = clusters,
            .control_threads = control_threads,
            .counter_hz = counter_hz,
            .register_read_min_ns = 95,
            .register_read_max_ns = 105,
            .pass_ns = 50,
            .complete_ns = 2000,
            .dispatch_ns = 3000,
            .start_ns = 100,
            .next_ns = 100,
            .submit_ns = 435,
            .submit_tensor_ns = 145,
            .aic_kernel_ns = 10'000,
            .aiv_kernel_ns = 10'000};
}

}  // namespace

std::uint64_t Chip::read_ns(int core) const noexcept {
    const int last = core_count() - 1;
    const std::uint64_t range = register_read_max_ns - register_read_min_ns;
    return register_read_min_ns + range * static_cast<std::uint64_t>(core) / static_cast<std::uint64_t>(last);
}

std::span<const ChipField> chip_fields() noexcept { return kFields; }

std::span<const Chip> chips() noexcept {
    static const std::array<Chip, 3> all = {
        row("a2a3", 24, 4, 50'000'000), row("a5", 36, 7, 1'000'000'000),
        row("tiny", 1, 2, 1'000'000'000),  // made up: the least that a chip can be
    };
    return all;
}

const Chip* find_chip(std::string_view name) noexcept {
    const auto all = chips();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Chip& chip) { return chip.name == name; });
    return found != all.end() ? &*found : nullptr;
}

std::string wrong_with(const Chip& chip) {
    for (const ChipField& field : chip_fields()) {
        const std::uint64_t value = chip.*field.place;
        if (value < field.low || value > field.high)
            return fmt::format("{}: {} is not from {} to {}", field.name, value, field.low, field.high);
    }
    if (chip.control_threads > chip.clusters + 1)
        return fmt::format(
            "control_threads: {}, but one is the orchestrator and each of the others needs a cluster of its "
            "own, of which there are {}; use at most {}",
            chip.control_threads, chip.clusters, chip.clusters + 1);
    if (chip.register_read_max_ns < chip.register_read_min_ns)
        return fmt::format("register_read_max_ns: {} is less than register_read_min_ns, {}",
                           chip.register_read_max_ns, chip.register_read_min_ns);
    return {};
}

std::vector<ChipFieldRange> chip_field_ranges() {
    std::vector<ChipFieldRange> all;
    for (const ChipField& field : chip_fields())
        all.push_back({field.name, field.low, field.high, field.meaning});
    return all;
}

std::vector<ChipPlatform> chip_platforms() {
    std::vector<ChipPlatform> all;
    for (const Chip& chip : chips())
        all.push_back({chip.name + kPlatformSuffix, chip.cluster_count(), chip.threads(), chip.counter_hz});
    return all;
}

}  // namespace weir
