// SPDX-License-Identifier: Apache-2.0
//
// What it costs to begin: construction and destruction of a runtime in its default configuration, its
// resident memory, and a run of one task on a warm runtime, from call to return. The run is measured back to
// back and after a pause in which all threads park.
#include <thread>

#include "promise.hpp"

namespace {

using namespace weir::promises;
using weir::InOut;
using weir::Orchestrator;
using weir::Runtime;

void measure_runtimes(int count, Json& json) {
    std::vector<double> construction;
    std::vector<double> destruction;
    std::vector<double> resident_mib;
    for (int i = 0; i < count; ++i) {
        std::unique_ptr<Runtime> runtime;
        construction.push_back(seconds_of([&] { runtime = std::make_unique<Runtime>(); }));
        resident_mib.push_back(static_cast<double>(status_kib("VmRSS:")) / 1024);
        destruction.push_back(seconds_of([&] { runtime.reset(); }));
    }
    json.list("construction", construction);
    json.list("destruction", destruction);
    json.list("resident_mib", resident_mib);
}

void measure_runs(int count, Json& json) {
    Runtime runtime;
    const auto kernel = runtime.kernel("increment", [](InOut<std::uint64_t> value) { ++value[0]; });
    alignas(64) std::uint64_t value = 0;
    const auto run_one_task = [&] {
        runtime.run([&](Orchestrator& o) { o.submit(kernel, o.external(&value, weir::shape(1))); });
    };
    for (int i = 0; i < 100; ++i) run_one_task();
    std::vector<double> back_to_back;
    std::vector<double> after_pause;
    for (int i = 0; i < count * 10; ++i) back_to_back.push_back(seconds_of(run_one_task));
    for (int i = 0; i < count; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        after_pause.push_back(seconds_of(run_one_task));
    }
    json.list("run_back_to_back", back_to_back);
    json.list("run_after_pause", after_pause);
    const auto expected = static_cast<std::uint64_t>(100 + count * 11);
    if (value == expected) return;
    std::fprintf(stderr, "%llu tasks ran, not %llu\n", static_cast<unsigned long long>(value),
                 static_cast<unsigned long long>(expected));
    std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
    const int count = repeats(argc, argv, 40);
    Json json;
    measure_runtimes(count, json);
    measure_runs(count, json);
}
