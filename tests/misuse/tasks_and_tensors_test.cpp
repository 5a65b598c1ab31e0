// SPDX-License-Identifier: Apache-2.0
// Handles used where they do not belong: tasks of other runtimes, tensors whose scope has closed, an
// orchestrator after its run or on another thread; and outputs that no ring could hold.
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <thread>
#include <vector>

#include <weir/weir.hpp>

#include "misuse_fixture.hpp"

namespace weir::test {
namespace {

class Handles : public Misuse {};
INSTANTIATE_TEST_SUITE_P(threads, Handles, testing::Values(1, 2));

TEST_P(Handles, a_task_of_another_runtime) {
    Runtime other{{.threads = 1}};
    const auto kernel = other.kernel("other", [](InOut<float> x) { x[0] = 1; });
    Task foreign;
    std::vector<float> data(4);
    other.run([&](Orchestrator& o) { foreign = o.submit(kernel, o.external(data)); });
    expect_refused(ErrorCode::foreign_task, [&](Orchestrator& o) {
        const auto a = o.external(a_);
        bad_line_ = __LINE__ + 1;
        o.submit(add_, a, a, a, after(foreign));
    });
    expect_refused(ErrorCode::foreign_task, [&](Orchestrator& o) {
        const auto a = o.external(a_);
        bad_line_ = __LINE__ + 1;
        o.submit(any_, TaskArgs{}.input(a).depends_on(foreign));
    });
    EXPECT_TRUE(good_program_works(other));
}

TEST_P(Handles, a_task_that_has_not_been_submitted_yet) {
    expect_refused(ErrorCode::foreign_task, [&](Orchestrator& o) {
        const auto a = o.external(a_);
        const Task now = o.submit(add_, a, a, a);
        const Task later(detail::TaskRef(now.ring(), now.number() + 1), now.runtime_serial());
        bad_line_ = __LINE__ + 1;
        o.submit(add_, a, a, a, after(later));
    });
    expect_refused(ErrorCode::foreign_task, [&](Orchestrator& o) {
        const auto a = o.external(a_);
        const Task now = o.submit(add_, a, a, a);
        const Task later(detail::TaskRef(2, now.number() + 1'000'000'000), now.runtime_serial());
        bad_line_ = __LINE__ + 1;
        o.submit(add_, a, a, a, after(later));
    });
}

TEST_P(Handles, no_task_at_all) {
    const Caught result = refused([&](Orchestrator& o) {
        const auto a = o.external(a_);
        bad_line_ = __LINE__ + 1;
        o.submit(add_, a, a, a, after(Task{}));
    });
    EXPECT_TRUE(result.code == ErrorCode::foreign_task || result.code == ErrorCode::invalid_argument)
        << to_string(result.code);
    EXPECT_NE(result.message.find(at_line(bad_line_)), std::string::npos) << result.message;
}

TEST_P(Handles, a_tensor_used_after_its_scope_closed_names_the_scope) {
    std::uint_least32_t opened = 0;
    const auto make_stale = [&](Orchestrator& o) {
        const auto a = o.external(a_);
        opened = __LINE__ + 1;
        const Scope scope{o};
        return o.submit(add_, a, a, like(a)).output();
    };
    expect_refused(ErrorCode::scope_closed, [&](Orchestrator& o) {
        const auto a = o.external(a_);
        const auto stale = make_stale(o);
        bad_line_ = __LINE__ + 1;
        o.submit(add_, a, stale, a);
    });
    EXPECT_TRUE(mentions(at_line(opened))) << last_message_;
    expect_refused(ErrorCode::scope_closed, [&](Orchestrator& o) {
        const auto stale = make_stale(o);
        const Scope another{o};
        bad_line_ = __LINE__ + 1;
        (void)o.get(stale, {0});
    });
    EXPECT_TRUE(mentions(at_line(opened))) << last_message_;
    expect_refused(ErrorCode::scope_closed, [&](Orchestrator& o) {
        const auto stale = make_stale(o);
        const Scope another{o, Manual};
        bad_line_ = __LINE__ + 1;
        o.submit(any_, TaskArgs{}.input(stale.view({1}, {2})));
    });
    expect_refused(ErrorCode::scope_closed, [&](Orchestrator& o) {
        const auto stale = make_stale(o);
        bad_line_ = __LINE__ + 1;
        o.set(stale, {0}, 1.F);
    });
}

TEST_P(Handles, allocated_memory_used_after_its_scope_closed) {
    expect_refused(ErrorCode::scope_closed, [&](Orchestrator& o) {
        AnyTensor stale;
        {
            const Scope outer{o};
            const Scope scope{o};
            stale = o.allocate({16}, DType::f32);
        }
        bad_line_ = __LINE__ + 1;
        o.submit(any_, TaskArgs{}.inout(stale));
    });
}

TEST_P(Handles, a_tensor_of_an_earlier_run_or_of_another_runtime) {
    Tensor<float> earlier;
    runtime_.run([&](Orchestrator& o) { earlier = o.external(a_); });
    expect_refused(ErrorCode::scope_closed, [&](Orchestrator& o) {
        bad_line_ = __LINE__ + 1;
        o.submit(add_, earlier, earlier, earlier);
    });
    Runtime other{{.threads = 1}};
    Tensor<float> theirs;
    other.run([&](Orchestrator& o) { theirs = o.external(a_); });
    expect_refused(ErrorCode::scope_closed, [&](Orchestrator& o) {
        bad_line_ = __LINE__ + 1;
        o.submit(add_, theirs, theirs, theirs);
    });
}

TEST_P(Handles, an_orchestrator_after_its_run) {
    Orchestrator* kept = nullptr;
    Tensor<float> a;
    runtime_.run([&](Orchestrator& o) {
        kept = &o;
        a = o.external(a_);
    });
    const auto submitted = caught([&] { kept->submit(add_, a, a, a); });
    EXPECT_EQ(submitted.code, ErrorCode::wrong_thread) << submitted.message;
    EXPECT_NE(submitted.message.find(at_line(__LINE__ - 2)), std::string::npos) << submitted.message;
    EXPECT_EQ(caught([&] { (void)kept->external(a_); }).code, ErrorCode::wrong_thread);
    EXPECT_EQ(caught([&] { (void)kept->get(a, {0}); }).code, ErrorCode::wrong_thread);
    EXPECT_EQ(caught([&] { (void)kept->allocate({4}, DType::f32); }).code, ErrorCode::wrong_thread);
    EXPECT_EQ(caught([&] { (void)kept->barrier_task(TaskArgs{}.input(a)); }).code, ErrorCode::wrong_thread);
    EXPECT_EQ(caught([&] { const Scope scope{*kept}; }).code, ErrorCode::wrong_thread);
    EXPECT_TRUE(good_program_works(runtime_));
}

TEST_P(Handles, an_orchestrator_on_another_thread) {
    runtime_.run([&](Orchestrator& o) {
        const auto a = o.external(a_);
        Caught result;
        std::thread([&] { result = caught([&] { o.submit(add_, a, a, a); }); }).join();
        EXPECT_EQ(result.code, ErrorCode::wrong_thread) << result.message;
        EXPECT_NE(result.message.find(at_line(__LINE__ - 2)), std::string::npos) << result.message;
        o.submit(add_, a, a, a);
    });
    EXPECT_TRUE(good_program_works(runtime_));
}

class SmallHeap : public Misuse {
protected:
    static RuntimeConfig config() {
        RuntimeConfig config;
        config.runtime_env.ring_heap = {65536, 4096, 65536, 65536};
        return config;
    }
    SmallHeap() : Misuse(config()) {}

    /// Every number in the message.
    [[nodiscard]] std::vector<std::uint64_t> numbers() const {
        std::vector<std::uint64_t> result;
        const std::regex digits("[0-9]+");
        for (auto it = std::sregex_iterator(last_message_.begin(), last_message_.end(), digits);
             it != std::sregex_iterator(); ++it)
            result.push_back(std::stoull(it->str()));
        return result;
    }
};
INSTANTIATE_TEST_SUITE_P(threads, SmallHeap, testing::Values(1, 2));

TEST_P(SmallHeap, an_output_larger_than_the_heap_ring_names_the_smallest_size_that_would_do) {
    const auto too_large = [&](Orchestrator& o) {
        const auto a = o.external(a_);
        const Scope scope{o};
        bad_line_ = __LINE__ + 1;
        o.submit(add_, a, a, shape(1100));
    };
    expect_refused(ErrorCode::capacity, too_large);
    EXPECT_TRUE(mentions("heap")) << last_message_;
    EXPECT_TRUE(mentions("4096")) << last_message_;
    // 1,100 floats take 4,400 bytes, rounded up to whole cache lines 4,416.
    EXPECT_TRUE(mentions("4416") || mentions("4400")) << last_message_;

    const auto only_allocate = [&](Runtime& runtime) {
        runtime.run([](Orchestrator& o) {
            const Scope scope{o};
            (void)o.allocate({1100}, DType::f32);
        });
    };
    RuntimeConfig large_enough{.threads = GetParam()};
    large_enough.runtime_env.ring_heap = {0, mentions("4416") ? 4416U : 4400U, 0, 0};
    Runtime fits(large_enough);
    EXPECT_NO_THROW(only_allocate(fits));
    large_enough.runtime_env.ring_heap.per_ring[1] -= 64;
    Runtime misfits(large_enough);
    EXPECT_EQ(caught([&] { only_allocate(misfits); }).code, ErrorCode::capacity);
}

TEST_P(SmallHeap, allocate_larger_than_the_heap_ring_is_refused_the_same_way) {
    expect_refused(ErrorCode::capacity, [&](Orchestrator& o) {
        const Scope scope{o};
        bad_line_ = __LINE__ + 1;
        (void)o.allocate({8192}, DType::u8);
    });
    const auto found = numbers();
    EXPECT_NE(std::find(found.begin(), found.end(), 8192U), found.end()) << last_message_;
}

}  // namespace
}  // namespace weir::test
