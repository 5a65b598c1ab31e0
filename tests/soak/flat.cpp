// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include <weir/weir.hpp>

#include "options.hpp"
#include "process_census.hpp"

namespace weir::soak {

namespace {

inline constexpr std::uint64_t kData = 1000;
/// Resident memory may grow by that much after the first tenth of the program.
inline constexpr std::uint64_t kGrowthBytes = std::uint64_t{16} << 20U;

double mib(std::uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

}  // namespace

int run_flat(const Options& options) {
    const std::uint64_t rows = std::max<std::uint64_t>(1, *options.flat_tasks / kData);
    std::vector<std::uint64_t> data(kData);
    Runtime runtime{{.threads = options.threads}};
    const auto add = runtime.kernel("add", [](InOut<std::uint64_t> x) { ++x[0]; },
                                    {.cost_ns = options.handed_over ? 1'000'000U : 0U});
    std::uint64_t first_bytes = 0;
    std::uint64_t warm_bytes = 0;
    std::uint64_t most_bytes = 0;
    std::uint64_t last_bytes = 0;
    const RunResult result = runtime.run([&](Orchestrator& o) {
        const auto x = o.external(data);
        std::vector<Tensor<std::uint64_t>> parts;
        for (std::uint64_t i = 0; i < kData; ++i)
            parts.push_back(x.view({static_cast<std::int64_t>(i)}, {1}));
        for (std::uint64_t row = 0; row < rows; ++row) {
            for (const auto& part : parts) o.submit(add, part);
            if (row % std::max<std::uint64_t>(1, rows / 100) != 0 && row + 1 != rows) continue;
            const std::uint64_t bytes = faults::resident_bytes();
            if (row == 0) first_bytes = bytes;
            last_bytes = bytes;
            if (row <= rows / 10) warm_bytes = std::max(warm_bytes, bytes);
            most_bytes = std::max(most_bytes, bytes);
        }
    });
    const double seconds = std::chrono::duration<double>(result.elapsed).count();
    std::printf(
        "flat: %llu tasks on %d threads in %.1f s, %.1f ns a task; %llu in place, held back %llu times\n"
        "resident %.1f MiB after the first %llu tasks, %.1f within a tenth, %.1f at the end, %.1f at most\n",
        static_cast<unsigned long long>(result.tasks), options.threads, seconds,
        seconds * 1e9 / static_cast<double>(result.tasks),
        static_cast<unsigned long long>(result.tasks_in_place),
        static_cast<unsigned long long>(result.times_held_back), mib(first_bytes),
        static_cast<unsigned long long>(kData), mib(warm_bytes), mib(last_bytes), mib(most_bytes));
    const bool right =
        result.tasks == rows * kData &&
        std::all_of(data.begin(), data.end(), [&](std::uint64_t value) { return value == rows; });
    if (!right) std::fprintf(stderr, "soak: the result of the flat program is wrong\n");
    const bool flat = most_bytes <= warm_bytes + kGrowthBytes;
    if (!flat) std::fprintf(stderr, "soak: resident memory grew by more than %.0f MiB\n", mib(kGrowthBytes));
    return right && flat ? 0 : 1;
}

}  // namespace weir::soak
