// SPDX-License-Identifier: Apache-2.0
// A runtime that is watched: its page, read as another process would read it.
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include <weir/weir.hpp>

#include "analysis/live_run.hpp"
#include "observe/live_page.hpp"
#include "observe/run_account.hpp"
#include "recorded_scopes.hpp"

namespace weir {
namespace {

using analysis::LivePageReader;
using analysis::LiveRun;

/// Looks until the condition holds; the test's time limit ends one that never does.
template <class Holds>
LiveRun look_until(const LivePageReader& page, Holds&& holds) {
    for (;; std::this_thread::yield())
        if (const auto live = page.read(); live && holds(live->run)) return *live;
}

TEST(LivePage, shows_a_running_kernel_by_name_and_line_and_the_figures_of_a_run_that_has_ended) {
    for (const int threads : {1, 2}) {
        Runtime runtime{{.threads = threads}};
        runtime.watch();
        const LivePageReader page(analysis::find_live_page(getpid(), 1));
        std::atomic<bool> released{false};
        const auto hang = runtime.kernel("hang", [&](InOut<float>) {
            while (!released) std::this_thread::yield();
        });
        std::vector<float> values(1);
        RunHandle run = runtime.submit([&](Orchestrator& o) {
            auto value = o.external(values);
            for (int i = 0; i < 50; ++i) o.submit(hang, value);
        });
        const LiveRun live =
            look_until(page, [](const auto& r) { return r.running == 1 && r.submitted != 0; });
        EXPECT_EQ(live.run.state, live_page::RunState::running);
        ASSERT_EQ(live.threads.size(), static_cast<std::size_t>(threads));
        for (const auto& thread : live.threads)
            if (thread.state == live_page::ThreadState::running) {
                EXPECT_EQ(analysis::text_of(thread.kernel), "hang");
                EXPECT_TRUE(analysis::text_of(thread.site).starts_with("live_page_test.cpp:"));
            }
        released = true;
        run.wait();
        const LiveRun ended =
            look_until(page, [](const auto& r) { return r.state == live_page::RunState::none; });
        EXPECT_EQ(ended.run.submitted, 50U);
        EXPECT_EQ(ended.run.completed, 50U);
        EXPECT_EQ(ended.run.rings[0].next_number, 51U);
        EXPECT_EQ(ended.run.wait, 0U);
        EXPECT_TRUE(page.process_runs());
    }
}

class LivePageOfSleep : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(platforms, LivePageOfSleep, testing::Values("cpu", "tinysim"),
                         [](const auto& of) { return std::string(of.param); });

TEST_P(LivePageOfSleep, is_told_of_again_and_again_until_the_tasks_end) {
    RuntimeConfig config{.platform = GetParam(), .threads = 2};
    if (config.platform != "cpu") config.chip.clock = ChipClock::wall;
    Runtime runtime{config};
    runtime.watch();
    const LivePageReader page(analysis::find_live_page(getpid(), 1));
    std::atomic<bool> started{false};
    std::atomic<bool> released{false};
    const auto hang = runtime.kernel(
        "hang",
        [&](InOut<float>) {
            started = true;
            while (!released) std::this_thread::yield();
        },
        KernelOptions{.cost_ns = 1'000'000'000});
    std::vector<float> values(1);
    RunHandle run = runtime.submit([&](Orchestrator& o) {
        o.submit(hang, o.external(values));
        while (!started) std::this_thread::yield();  // by the other thread; this one is left to sleep
    });
    const auto waits = [](const auto& r) { return r.wait == static_cast<std::uint64_t>(ProgramWait::tasks); };
    // On its own it tells when it begins to wait, and before it sleeps; then whenever it is asked.
    std::uint64_t told = look_until(page, waits).run.told_ns;
    for (int i = 0; i < 4; ++i)
        told = look_until(page, [&](const auto& r) { return waits(r) && r.told_ns > told; }).run.told_ns;
    released = true;
    run.wait();
}

TEST(LivePage, counts_the_tasks_of_a_chip_that_are_ready_and_have_no_core) {
    RuntimeConfig config{.platform = "tinysim"};
    config.chip.chip_fields = {{"clusters", 1}, {"control_threads", 2}};
    Runtime runtime(config);
    runtime.watch();
    const LivePageReader page(analysis::find_live_page(getpid(), 1));
    std::vector<std::uint64_t> ready;
    const auto first = runtime.kernel("first", [](Out<float>) {}, {.core_type = CoreType::aiv});
    const auto beside = runtime.kernel("beside", [](In<float>, Out<float>) {}, {.core_type = CoreType::aiv});
    const auto look = runtime.kernel(
        "look",
        [&](In<float>, Out<float>) {
            // The second sample from here on was begun behind this moment.
            std::uint64_t sampled = look_until(page, [](const auto&) { return true; }).run.sampled_ns;
            LiveRun live;
            for (int i = 0; i < 2; ++i) {
                live = look_until(page, [&](const auto& r) { return r.sampled_ns > sampled; });
                sampled = live.run.sampled_ns;
            }
            EXPECT_EQ(live.run.running, 1U);
            ready.push_back(live.run.ready);
        },
        {.core_type = CoreType::aic});
    std::vector<float> values(5);
    runtime.run([&](Orchestrator& o) {
        const auto value = o.external(values);
        o.submit(first, value.view({0}, {1}));
        // Ready when that has ended, for the only AIC core, which takes two at most: one runs, one is staged.
        for (std::uint32_t i = 1; i < 4; ++i) o.submit(look, value.view({0}, {1}), value.view({i}, {1}));
        o.submit_mixed({.aic = look, .aiv0 = beside},
                       TaskArgs{}.input(value.view({0}, {1})).output(value.view({4}, {1})));
    });
    ASSERT_EQ(ready.size(), 4U);
    EXPECT_GE(ready[0], 2U);
    EXPECT_LE(ready[0], 3U);
    EXPECT_TRUE(std::is_sorted(ready.rbegin(), ready.rend()));
    EXPECT_EQ(ready[3], 0U);
}

TEST(LivePage, is_the_users_alone_and_goes_with_the_runtime_while_readers_keep_its_last_figures) {
    std::filesystem::path path;
    std::optional<LivePageReader> page;
    {
        Runtime runtime{{.threads = 1}};
        runtime.watch();
        runtime.watch();
        path = analysis::find_live_page(getpid(), 1);
        page.emplace(path);
        struct stat status {};
        ASSERT_EQ(stat(path.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777U, 0600U);
        Runtime second{{.threads = 1}};
        second.watch();
        EXPECT_NE(analysis::find_live_page(getpid(), 2), path);
        runtime.run([](Orchestrator&) {});
    }
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_THROW(analysis::find_live_page(getpid(), 1), analysis::FileMissing);
    const auto live = page->read();
    ASSERT_TRUE(live);
    EXPECT_EQ(live->run.state, live_page::RunState::ended);
    EXPECT_EQ(live->run.runs, 1U);
}

TEST(LivePage, of_another_version_or_damaged_is_refused_by_name) {
    const test::TemporaryDirectory directory;
    const std::filesystem::path path = directory.path() / "page";
    const auto refusal = [&](const live_page::PageHead& head, std::size_t bytes) -> std::string {
        std::vector<char> content(bytes);
        std::memcpy(content.data(), &head, std::min(bytes, sizeof head));
        std::ofstream(path, std::ios::binary).write(content.data(), static_cast<std::streamsize>(bytes));
        try {
            const LivePageReader page(path);
        } catch (const analysis::FileDamaged& error) {
            return error.what();
        }
        return "";
    };
    live_page::PageHead head;
    head.threads = 1;
    head.bytes = live_page::bytes_of(1);
    EXPECT_EQ(refusal(head, head.bytes), "");
    EXPECT_NE(refusal(head, head.bytes - 8).find("is damaged"), std::string::npos);
    EXPECT_NE(refusal(head, 100).find("is cut off"), std::string::npos);
    live_page::PageHead newer = head;
    newer.version = 2;
    EXPECT_NE(refusal(newer, head.bytes).find("version 2 of pages, but this Weir reads version 1"),
              std::string::npos);
    live_page::PageHead foreign = head;
    foreign.magic = 7;
    EXPECT_NE(refusal(foreign, head.bytes).find("is no page of a run"), std::string::npos);
    live_page::PageHead many = head;
    many.threads = ~std::uint64_t{0};
    EXPECT_NE(refusal(many, head.bytes).find("is damaged"), std::string::npos);
}

TEST(LivePage, a_signal_that_cannot_be_handled_is_refused) { EXPECT_THROW(dump_on_signal(9), Error); }

}  // namespace
}  // namespace weir
