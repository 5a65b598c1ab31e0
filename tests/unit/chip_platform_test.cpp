// SPDX-License-Identifier: Apache-2.0
// Chip platforms on the virtual clock: schedules worked out by hand, the same schedule whatever is skipped
// and wherever memory lies, times of kernels, figures, and what is refused.
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include <weir/weir.hpp>

#include "caught_error.hpp"

namespace weir {
namespace {

using std::chrono::nanoseconds;

/// A file that goes with the test.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& content = {}) {
        const int file = mkstemp(name_.data());
        EXPECT_GE(file, 0);
        close(file);
        std::ofstream(name_) << content;
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() { std::remove(name_.c_str()); }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::string content() const {
        std::ifstream stream(name_);
        return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    }

private:
    std::string name_ = testing::TempDir() + "weir-chip-XXXXXX";
};

void add_all(In<float> a, InOut<float> b) {
    for (std::size_t i = 0; i < b.size(); ++i) b[i] += a[i];
}

RuntimeConfig virtual_on(const std::string& platform) { return {.platform = platform}; }

/// Chains over few tensors, reads by the program, and scopes: work for everything that schedules.
void mixed_program(Runtime& runtime, Orchestrator& o, std::vector<float>& data) {
    const auto short_one = runtime.kernel("short", add_all, {.cost_ns = 700});
    const auto long_one = runtime.kernel("long", add_all, {.cost_ns = 40'000});
    const auto fill = runtime.kernel("fill", [](Out<float> a) { a[0] = 1; }, {.cost_ns = 3000});
    auto all = o.external(data);
    const auto tensor = [&](int i) { return all.view({i % static_cast<int>(data.size())}, {1}); };
    for (int i = 0; i < 400; ++i) {
        o.submit(i % 5 == 0 ? long_one : short_one, tensor(i * 7), tensor(i * 3 + 1));
        if (i % 50 == 49) (void)o.get<float>(tensor(i), {0});
        if (i % 40 != 0) continue;
        Scope scope{o};
        const auto made = o.submit(fill, shape(1)).output();
        o.submit(long_one, made, tensor(i));
        o.barrier_task(TaskArgs{}.input(made));
    }
}

struct MixedRun {
    std::string schedule;
    std::vector<float> data;
    RunResult result;
};

MixedRun make(RuntimeConfig config, bool skip = true) {
    const TemporaryFile file;
    config.chip.schedule_file = file.name();
    config.chip.skip_idle_polling = skip;
    Runtime runtime(config);
    MixedRun made;
    made.data.resize(33, 1);
    made.result = runtime.run([&](Orchestrator& o) { mixed_program(runtime, o, made.data); });
    made.schedule = file.content();
    return made;
}

std::uint64_t checksum(const std::string& text) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    return hash;
}

TEST(ChipSchedule, of_three_tasks_on_the_tiny_chip_is_the_one_worked_out_by_hand) {
    // Core 1 is the first AIV, core 2 the second. A submit of two tensors takes 725, a look 50, a dispatch
    // 3000, the start 100, the start of what is staged 100 after the end, reading core 1 100, core 2 105, a
    // completion 2000.
    const TemporaryFile file;
    RuntimeConfig config = virtual_on("tinysim");
    config.chip.schedule_file = file.name();
    Runtime runtime(config);
    const auto kernel = runtime.kernel("add", add_all, {.cost_ns = 9000});
    std::vector<float> a(1, 1), b(3, 0);
    const RunResult result = runtime.run([&](Orchestrator& o) {
        auto A = o.external(a);
        auto B = o.external(b);
        for (int i = 0; i < 3; ++i) o.submit(kernel, A, B.view({i}, {1}));
    });
    // Looks of a thread without anything to poll end at 50, 100, ...: the first task, submitted at 725, is
    // taken at 750 and dispatched at 3750. The look at 3800 takes the second, for the other core; that at
    // 6850 the third, which is staged behind the first. From 9900 on a pass takes 100 + 105 + 50. The first
    // task ends at 12850, which the read that ends at 9900 + 12 * 255 + 100 sees. Look, a read of core 2, a
    // look: passes from 15265 on, of which the third sees the end of the second task. From 18030 on a pass
    // takes 100
    // + 50, and the one from 18030 + 26 * 150 on sees the end of the third.
    EXPECT_EQ(file.content(),
              "chip tiny: 1 clusters, 2 control threads, counter 1000000000 Hz\n"
              "task 0:1 add thread 0 core 1 dispatched 3750 started 3850 ended 12850 completed 15060\n"
              "task 0:2 add thread 0 core 2 dispatched 6800 started 6900 ended 15900 completed 17980\n"
              "task 0:3 add thread 0 core 1 dispatched 9850 started 12950 ended 21950 completed 24030\n"
              "program ended 2175, last task 24030\n");
    EXPECT_EQ(b, std::vector<float>(3, 1));
    EXPECT_EQ(result.chip.makespan, nanoseconds(24030));
    EXPECT_EQ(result.chip.aiv_busy, nanoseconds(27000));
    EXPECT_EQ(result.chip.completing, nanoseconds(6000));
    EXPECT_EQ(result.chip.dispatching, nanoseconds(9000));
    EXPECT_EQ(result.chip.submitting, nanoseconds(2175));
}

TEST(ChipSchedule, is_the_same_whether_idle_polling_is_skipped_or_not) {
    for (const ChipPlatform& chip : chip_platforms()) {
        const MixedRun skipped = make(virtual_on(chip.platform));
        const MixedRun polled = make(virtual_on(chip.platform), false);
        EXPECT_TRUE(skipped.schedule == polled.schedule) << chip.platform;
        EXPECT_EQ(skipped.result.chip.polling, polled.result.chip.polling);
        EXPECT_EQ(skipped.result.chip.idle, polled.result.chip.idle);
        EXPECT_EQ(skipped.result.chip.waiting, polled.result.chip.waiting);
    }
}

TEST(ChipSchedule, is_the_same_on_every_run_with_every_compiler_wherever_memory_lies) {
    struct Known {
        const char* platform;
        std::uint64_t checksum;
    };
    for (const Known known : {Known{"a2a3sim", 6671650673482069883U}, Known{"a5sim", 14086131452457820271U},
                              Known{"tinysim", 5475810076828172175U}}) {
        const MixedRun first = make(virtual_on(known.platform));
        // Other places in memory for all that follows.
        std::vector<std::unique_ptr<char[]>> between;
        for (std::size_t i = 0; i < 50; ++i) between.push_back(std::make_unique<char[]>(1000 * i + 1));
        const MixedRun second = make(virtual_on(known.platform));
        EXPECT_TRUE(first.schedule == second.schedule) << known.platform;
        EXPECT_EQ(first.data, second.data);
        EXPECT_EQ(checksum(first.schedule), known.checksum)
            << known.platform << ": the schedule has changed; if it was meant to, this is its checksum";
    }
}

TEST(ChipSchedule, is_the_same_with_rings_that_hold_the_program_back) {
    RuntimeConfig config = virtual_on("a2a3sim");
    config.runtime_env.ring_task_window = 4;
    config.runtime_env.ring_consumed_window = 4;
    const MixedRun skipped = make(config);
    EXPECT_GT(skipped.result.times_held_back, 0U);
    EXPECT_GT(skipped.result.held_back, nanoseconds(0));
    EXPECT_LE(skipped.result.held_back, skipped.result.chip.waiting) << "waiting for data comes besides";
    EXPECT_TRUE(skipped.schedule == make(config, false).schedule);
    EXPECT_EQ(skipped.data, make(virtual_on("a2a3sim")).data);
}

TEST(ChipPlatform, computes_what_the_cpu_computes) {
    std::vector<float> expected(33, 1);
    Runtime cpu;
    cpu.run([&](Orchestrator& o) { mixed_program(cpu, o, expected); });
    for (const ChipPlatform& chip : chip_platforms())
        EXPECT_EQ(make(virtual_on(chip.platform)).data, expected);
}

TEST(ChipPlatform, tells_where_the_time_of_cores_and_control_threads_went) {
    for (const ChipPlatform& chip : chip_platforms()) {
        const MixedRun made = make(virtual_on(chip.platform));
        const ChipFigures& figures = made.result.chip;
        EXPECT_EQ(figures.chip + "sim", chip.platform);
        EXPECT_EQ(figures.aic_cores, chip.clusters);
        EXPECT_EQ(figures.aiv_cores, 2 * chip.clusters);
        EXPECT_EQ(figures.control_threads, chip.control_threads);
        // 410 submits of add and 10 of fill; of them 80 + 10 are long.
        EXPECT_EQ(figures.aic_busy + figures.aiv_busy, nanoseconds(320 * 700 + 90 * 40'000 + 10 * 3000));
        EXPECT_EQ(figures.scheduler_time,
                  figures.polling + figures.completing + figures.dispatching + figures.idle);
        EXPECT_EQ(figures.orchestrator_time, figures.submitting + figures.waiting);
        EXPECT_EQ(figures.scheduler_time, figures.makespan * (chip.control_threads - 1) +
                                              (figures.makespan - figures.orchestrator_time));
    }
}

TEST(ChipPlatform, kernels_take_what_the_file_the_registration_or_the_table_says) {
    const TemporaryFile times(R"({"add": {"constant": 100, "tensor1.elements": 10}})");
    const auto busy = [](const RuntimeConfig& config, std::uint32_t cost) {
        Runtime runtime(config);
        const auto kernel = runtime.kernel("add", add_all, {.cost_ns = cost});
        std::vector<float> a(7, 1), b(7, 1);
        return runtime.run([&](Orchestrator& o) { o.submit(kernel, o.external(a), o.external(b)); })
            .chip.aiv_busy;
    };
    RuntimeConfig config = virtual_on("a2a3sim");
    EXPECT_EQ(busy(config, 0), nanoseconds(10'000)) << "the chip table";
    EXPECT_EQ(busy(config, 555), nanoseconds(555)) << "the registration";
    config.chip.kernel_medians = {{"other", nanoseconds(5)}};
    EXPECT_EQ(busy(config, 555), nanoseconds(555)) << "the registration: it is not among the medians";
    config.chip.kernel_medians = {{"add", nanoseconds(321)}};
    EXPECT_EQ(busy(config, 555), nanoseconds(321)) << "the recorded median";
    config.chip.kernel_times_file = times.name();
    EXPECT_EQ(busy(config, 555), nanoseconds(170)) << "the file";
    config = virtual_on("a2a3sim");
    config.chip.host_time_factor = 1e6;
    EXPECT_GT(busy(config, 1), nanoseconds(1000)) << "the host's time";
}

TEST(ChipPlatform, without_compute_no_kernel_is_called_and_the_schedule_is_the_same) {
    RuntimeConfig config = virtual_on("a5sim");
    config.chip.compute = false;
    const MixedRun made = make(config);
    EXPECT_TRUE(made.schedule == make(virtual_on("a5sim")).schedule);
    EXPECT_EQ(made.data, std::vector<float>(33, 1));
}

TEST(ChipPlatform, takes_a_chip_of_ones_own) {
    const TemporaryFile chip(R"({"name": "own", "like": "a5", "clusters": 2, "control_threads": 3})");
    RuntimeConfig config = virtual_on("a5sim");
    config.chip.chip_file = chip.name();
    const MixedRun made = make(config);
    EXPECT_EQ(made.result.chip.chip, "own");
    EXPECT_EQ(made.result.chip.aic_cores, 2);
    config.chip.chip_fields = {{"clusters", 4}};
    EXPECT_EQ(make(config).result.chip.aic_cores, 4) << "a field comes before the file";
    EXPECT_EQ(made.data, make(virtual_on("a5sim")).data);
}

TEST(ChipPlatform, hands_idle_clusters_to_the_orchestrator_when_the_program_has_ended) {
    // All wait for the first task, so no cluster but its own has anything to do when the program has ended.
    const TemporaryFile file;
    RuntimeConfig config = virtual_on("a2a3sim");
    config.chip.schedule_file = file.name();
    Runtime runtime(config);
    const auto first = runtime.kernel("first", [](Out<float> a) { a[0] = 1; }, {.cost_ns = 1'000'000});
    const auto kernel = runtime.kernel("add", add_all, {.cost_ns = 50'000});
    std::vector<float> a(1, 0), b(400, 0);
    runtime.run([&](Orchestrator& o) {
        auto A = o.external(a);
        auto B = o.external(b);
        o.submit(first, A);
        for (int i = 0; i < 400; ++i) o.submit(kernel, A, B.view({i}, {1}));
    });
    EXPECT_EQ(b, std::vector<float>(400, 1));
    EXPECT_TRUE(file.content().find(" thread 3 core ") != std::string::npos);
}

TEST(ChipPlatform, a_kernel_that_fails_ends_the_run_and_the_next_one_works) {
    Runtime runtime(virtual_on("a2a3sim"));
    const auto fails = runtime.kernel("fails", [](InOut<float>) -> int { return 3; });
    const auto works = runtime.kernel("add", add_all);
    std::vector<float> a(1, 1), b(1, 1);
    const test::Caught error = test::caught([&] {
        runtime.run([&](Orchestrator& o) {
            auto B = o.external(b);
            o.submit(fails, B);
            o.submit(works, o.external(a), B);
        });
    });
    EXPECT_EQ(error.code, ErrorCode::kernel_failed);
    EXPECT_NE(error.message.find("kernel \"fails\""), std::string::npos) << error.message;
    EXPECT_EQ(b[0], 1) << "no further task starts";
    runtime.run([&](Orchestrator& o) { o.submit(works, o.external(a), o.external(b)); });
    EXPECT_EQ(b[0], 2);
}

TEST(ChipPlatform, a_call_from_inside_a_kernel_is_refused) {
    Runtime runtime(virtual_on("tinysim"));
    std::vector<float> a(1, 1), b(1, 1);
    Orchestrator* inside = nullptr;
    ErrorCode code = ErrorCode::ok;
    const auto kernel = runtime.kernel(
        "calls", [&](InOut<float>) { code = test::caught([&] { (void)inside->external(a); }).code; });
    runtime.run([&](Orchestrator& o) {
        inside = &o;
        auto B = o.external(b);
        o.submit(kernel, B);
        (void)o.get<float>(B, {0});
        for (int i = 0; i < 100; ++i) o.submit(kernel, B);
    });
    EXPECT_EQ(code, ErrorCode::wrong_thread);
}

TEST(ChipPlatform, gives_the_verdict_of_the_cpu) {
    const auto verdict = [](const std::string& platform) {
        RuntimeConfig config = virtual_on(platform);
        config.runtime_env.ring_heap = 1024;
        Runtime runtime(config);
        const auto fill = runtime.kernel("fill", [](Out<float> a) { a[0] = 1; });
        return test::caught([&] {
                   runtime.run([&](Orchestrator& o) {
                       for (int i = 0; i < 20; ++i) o.submit(fill, shape(16));
                   });
               })
            .message;
    };
    EXPECT_NE(verdict("cpu"), "");
    for (const ChipPlatform& chip : chip_platforms()) EXPECT_EQ(verdict(chip.platform), verdict("cpu"));
}

/// Blocks that meet in barriers, mixed tasks and predicates, one behind the other on the same memory.
void launch_program(Runtime& runtime, Orchestrator& o, std::vector<float>& data, int together) {
    const auto count = [](InOut<float> sums, const TaskInfo& task) {
        sums[static_cast<std::size_t>(task.block_index())] += 1;
    };
    const auto meet = [](InOut<float> sums, const TaskInfo& task) {
        sums[static_cast<std::size_t>(task.block_index())] += 1;
        task.barrier();
        if (task.block_index() != 0) return;
        float all = 0;
        for (int i = 0; i < task.block_count(); ++i) all += sums[static_cast<std::size_t>(i)];
        sums[0] = all;
    };
    const auto waves = runtime.kernel("waves", count, {.cost_ns = 5000});
    const auto gang = runtime.kernel("gang", meet, {.cost_ns = 7000});
    const auto matrix = runtime.kernel("matrix", [](InOut<float> a) { a[0] += 2; },
                                       {.cost_ns = 3000, .core_type = CoreType::aic});
    const auto vector = runtime.kernel("vector", [](InOut<float> a) { a[1] += 4; }, {.cost_ns = 2000});
    auto all = o.external(data);
    const auto part = [&](int i) { return all.view({i * 256}, {256}); };
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 4; ++i) {
            o.submit(waves, part(i), blocks(200));
            o.submit(gang, part(i), blocks(together).sync_start());
            o.submit_mixed({.aic = matrix, .aiv0 = vector}, TaskArgs{}.inout(part(i)));
            o.submit(vector, part(i), predicate(part(i), {2}, Comparison::greater, 1e9));
            o.submit(vector, part(i), predicate(part(i), {2}, Comparison::less, 1e9));
        }
    }
}

MixedRun make_launches(const std::string& platform, int together, bool skip = true) {
    const TemporaryFile file;
    RuntimeConfig config = virtual_on(platform);
    if (platform != "cpu") {
        config.chip.schedule_file = file.name();
        config.chip.skip_idle_polling = skip;
    }
    Runtime runtime(config);
    MixedRun made;
    made.data.resize(4 * 256, 1);
    made.result = runtime.run([&](Orchestrator& o) { launch_program(runtime, o, made.data, together); });
    made.schedule = file.content();
    return made;
}

TEST(ChipLaunch, blocks_cohorts_mixed_tasks_and_predicates_compute_what_the_cpu_computes) {
    for (const ChipPlatform& chip : chip_platforms()) {
        const int together = 2 * chip.clusters;
        const MixedRun skipped = make_launches(chip.platform, together);
        EXPECT_EQ(skipped.data, make_launches("cpu", together).data) << chip.platform;
        EXPECT_TRUE(skipped.schedule == make_launches(chip.platform, together, false).schedule)
            << chip.platform;
        // 12 tasks of 200 calls, a cohort, a mixed task, and a vector kernel whose predicate holds.
        EXPECT_EQ(skipped.result.chip.aiv_busy,
                  nanoseconds(12 * (200 * 5000 + together * 7000 + 2000 + 2000)));
        EXPECT_EQ(skipped.result.chip.aic_busy, nanoseconds(12 * 3000));
    }
}

TEST(ChipLaunch, calls_of_a_cohort_start_at_the_same_time_and_two_cohorts_do_not_wait_for_each_other) {
    const TemporaryFile file;
    RuntimeConfig config = virtual_on("a2a3sim");
    config.chip.schedule_file = file.name();
    Runtime runtime(config);
    const auto gang = runtime.kernel("gang", [](InOut<float>, const TaskInfo& task) { task.barrier(); });
    std::vector<float> a(1), b(1);
    // Each takes all AIV cores.
    runtime.run([&](Orchestrator& o) {
        o.submit(gang, o.external(a), blocks(48).sync_start());
        o.submit(gang, o.external(b), blocks(48).sync_start());
    });
    std::istringstream lines(file.content());
    std::map<std::string, std::set<std::string>> starts;
    std::string line;
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string word, task, started;
        words >> word >> task;
        while (words >> word)
            if (word == "started") words >> started;
        if (!started.empty()) starts[task].insert(started);
    }
    EXPECT_EQ(starts["0:1"].size(), 1U);
    EXPECT_EQ(starts["0:2"].size(), 1U);
    EXPECT_NE(starts["0:1"], starts["0:2"]);
}

TEST(ChipLaunch, a_cohort_that_the_chip_cannot_start_together_is_refused_at_its_submit) {
    Runtime runtime(virtual_on("tinysim"));
    const auto gang = runtime.kernel("gang", [](InOut<float>) {});
    std::vector<float> a(1);
    const test::Caught error = test::caught([&] {
        runtime.run([&](Orchestrator& o) { o.submit(gang, o.external(a), blocks(3).sync_start()); });
    });
    EXPECT_EQ(error.code, ErrorCode::invalid_argument);
    EXPECT_NE(error.message.find("at most 2"), std::string::npos) << error.message;
}

TEST(ChipPlatform, refuses_what_cannot_be) {
    const TemporaryFile bad_chip(R"({"name": "x", "like": "a5", "clusters": 0})");
    const TemporaryFile bad_times(R"({"add": -1})");
    struct Refused {
        std::function<void(RuntimeConfig&)> change;
        const char* message;
    };
    const std::vector<Refused> all = {
        {[](auto& c) { c.platform = "a4sim"; },
         "platform \"a4sim\" is not known; there is: \"cpu\", \"a2a3sim\""},
        {[](auto& c) { c.platform = "cpu", c.chip.compute = false; }, "the platform is \"cpu\""},
        {[&](auto& c) { c.chip.chip_file = bad_chip.name(); }, "clusters: 0 is not from 1"},
        {[&](auto& c) { c.chip.kernel_times_file = bad_times.name(); }, "add"},
        {[](auto& c) { c.chip.chip_fields["cluster"] = 2; },
         "\"cluster\" is no field of a chip; there is: clusters,"},
        {[](auto& c) { c.chip.chip_fields["clusters"] = 0; }, "chip_fields: clusters: 0 is not from 1"},
        {[](auto& c) { c.platform = "cpu", c.chip.chip_fields["clusters"] = 2; }, "the platform is \"cpu\""},
        {[](auto& c) { c.chip.host_time_factor = -1; }, "host_time_factor is -1"},
        {[](auto& c) { c.chip.host_time_factor = 1, c.chip.compute = false; }, "compute is false"},
        {[](auto& c) { c.chip.host_time_factor = 1, c.chip.kernel_times_file = "x"; }, "both set"},
        {[](auto& c) { c.chip.host_time_factor = 1, c.chip.kernel_medians["add"] = nanoseconds(1); },
         "both set"},
        {[](auto& c) { c.chip.kernel_medians["add"] = nanoseconds(0); },
         "the recorded median of kernel \"add\" is 0"},
        {[](auto& c) { c.platform = "cpu", c.chip.kernel_medians["add"] = nanoseconds(1); },
         "the platform is \"cpu\""},
        {[](auto& c) { c.threads = 2; }, "threads is 2, but the virtual clock has one host thread"},
        {[](auto& c) { c.pin = true; }, "pin is set, but the virtual clock has no threads to bind"},
    };
    for (const Refused& refused : all) {
        RuntimeConfig config = virtual_on("a5sim");
        refused.change(config);
        const test::Caught error = test::caught([&] { const Runtime runtime(config); });
        EXPECT_EQ(error.code, ErrorCode::configuration) << refused.message;
        EXPECT_NE(error.message.find(refused.message), std::string::npos) << error.message;
    }
}

TEST(ChipPlatform, a_kernel_without_a_time_is_refused_at_its_submit) {
    const TemporaryFile times(R"({"other": 5})");
    RuntimeConfig config = virtual_on("a2a3sim");
    config.chip.kernel_times_file = times.name();
    Runtime runtime(config);
    const auto kernel = runtime.kernel("add", add_all);
    std::vector<float> a(1, 1), b(1, 1);
    std::uint_least32_t line = 0;
    const test::Caught error = test::caught([&] {
        runtime.run([&](Orchestrator& o) {
            auto A = o.external(a);
            auto B = o.external(b);
            line = std::source_location::current().line() + 1;
            o.submit(kernel, A, B);
        });
    });
    EXPECT_EQ(error.code, ErrorCode::configuration);
    EXPECT_NE(error.message.find("add"), std::string::npos) << error.message;
    EXPECT_NE(error.message.find(test::at_line(line)), std::string::npos) << error.message;
}

TEST(ChipPlatform, a_schedule_that_cannot_be_written_is_an_error) {
    RuntimeConfig config = virtual_on("a2a3sim");
    config.chip.schedule_file = "/nowhere/schedule";
    Runtime runtime(config);
    EXPECT_EQ(test::caught([&] { runtime.run([](Orchestrator&) {}); }).code, ErrorCode::system);
}

}  // namespace
}  // namespace weir
