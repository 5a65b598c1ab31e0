// SPDX-License-Identifier: Apache-2.0
/// A program that does, on request, what a test of the command needs: it succeeds, differs from its
/// reference, fails in a kernel, in preparation or with a foreign exception, outlasts its deadline, is held
/// back by a full ring, or ends its process.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>
#include <weir/weir.hpp>

namespace {

using namespace std::chrono_literals;

constexpr weir::ProgramParameter kParameters[] = {
    {"mode", "succeed", "what to do"},
    {"tasks", "100", "tasks to submit, 1 to 1000"},
    {"scale", "1.5", "factor, 0 to 10"},
    {"label", "plain text", "any text"},
};
constexpr std::string_view kModes[] = {"succeed", "differ", "fail", "throw", "prepare",
                                       "ignore",  "heed",   "full", "kill",  "exit"};

void add_one(weir::InOut<float> value) { value[0] += 1; }
void fail(weir::InOut<float>) { throw std::runtime_error("the fixture's kernel fails as asked"); }
/// Longer than a test of the command goes on.
void ignore_deadline(weir::InOut<float>) { std::this_thread::sleep_for(1h); }
void heed_deadline(weir::InOut<float>, const weir::TaskInfo& task) {
    while (!task.stop_requested()) std::this_thread::sleep_for(1ms);
}

class Fixture : public weir::ProgramInstance {
public:
    Fixture(weir::Runtime& runtime, const weir::ParameterValues& values)
        : mode_(values.choice("mode", kModes)),
          tasks_(static_cast<int>(values.integer("tasks", 1, 1000))),
          scale_(values.number("scale", 0, 10)),
          label_(values.text("label")),
          add_one_(runtime.kernel("add_one", add_one)),
          special_(mode_ == "ignore" ? runtime.kernel("ignore_deadline", ignore_deadline)
                   : mode_ == "heed" ? runtime.kernel("heed_deadline", heed_deadline)
                                     : runtime.kernel("fail", fail)),
          wait_(runtime.kernel("wait",
                               [this](weir::InOut<float>, const weir::TaskInfo& task) {
                                   waiting_ = true;
                                   while (!freed_ && !task.stop_requested()) std::this_thread::yield();
                               })),
          // Said to be long, so that it does not run inside its submit.
          free_(runtime.kernel("free", [this](weir::InOut<float>) { freed_ = true; },
                               {.cost_ns = 1'000'000})) {}

    void prepare() override {
        if (mode_ == "prepare") throw std::runtime_error("the fixture cannot be prepared, as asked");
        values_.assign(1, 0.0F);
        others_.assign(1, 0.0F);
        waiting_ = freed_ = false;
    }
    void run(weir::Orchestrator& orchestrator) override {
        auto value = orchestrator.external(values_);
        if (mode_ == "throw") throw std::logic_error("the fixture's program throws as asked");
        if (mode_ == "kill") static_cast<void>(std::raise(SIGKILL));
        if (mode_ == "exit") std::_Exit(7);
        if (mode_ == "full") return fill(orchestrator, value);
        for (int i = 0; i < tasks_; ++i) orchestrator.submit(add_one_, value);
        if (mode_ == "fail" || mode_ == "ignore" || mode_ == "heed") orchestrator.submit(special_, value);
    }
    weir::CheckResult check() override {
        if (mode_ == "differ") return {false, "element 0 is off by one, as asked"};
        return {values_[0] == static_cast<float>(tasks_),
                "sum of " + std::to_string(tasks_) + " ones, " + label_};
    }
    weir::ProgramFigures figures() const override { return {1e6 * scale_, 0}; }

private:
    using KernelType = weir::Kernel<weir::InOut<float>>;

    /// On two threads with a task window of 4 the fifth submit is held back, whatever the threads do: the
    /// first task keeps the only worker until the second one has run, which only the thread of the program
    /// can do, and it does so when it is held back.
    void fill(weir::Orchestrator& orchestrator, weir::Tensor<float>& value) {
        orchestrator.submit(wait_, value);
        while (!waiting_) std::this_thread::yield();
        auto other = orchestrator.external(others_);
        orchestrator.submit(free_, other);
        for (int i = 0; i < 2; ++i) orchestrator.submit(add_one_, value);
        orchestrator.submit(add_one_, value);  // held back
    }

    std::string mode_;
    int tasks_;
    double scale_;
    std::string label_;
    KernelType add_one_;
    KernelType special_;
    KernelType wait_;
    KernelType free_;
    std::atomic<bool> waiting_{false};
    std::atomic<bool> freed_{false};
    std::vector<float> values_;
    std::vector<float> others_;
};

}  // namespace

WEIR_PROGRAM("fixture", "does what a test asks for", kParameters,
             [](weir::Runtime& runtime, const weir::ParameterValues& values) -> weir::ProgramInstance* {
                 return new Fixture(runtime, values);
             })
