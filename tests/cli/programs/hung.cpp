// SPDX-License-Identifier: Apache-2.0
/// A program that does not go on, in the way that is asked for, until the file `release` is there.
#include <sys/stat.h>

#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <vector>
#include <weir/weir.hpp>

namespace {

using namespace std::chrono_literals;

constexpr weir::ProgramParameter kParameters[] = {
    {"mode", "worker", "what hangs"},
    {"release", "", "file that ends it"},
};
constexpr std::string_view kModes[] = {"worker", "in_place", "inlined", "full"};

void add_one(weir::InOut<float> value) { value[0] += 1; }

class Hung : public weir::ProgramInstance {
public:
    Hung(weir::Runtime& runtime, const weir::ParameterValues& values)
        : mode_(values.choice("mode", kModes)),
          release_(values.text("release")),
          add_one_(runtime.kernel("add_one", add_one)),
          hang_(runtime.kernel("hang", [this](weir::InOut<float>) { hang(); })) {}

    void prepare() override {
        values_.assign(1, 0.0F);
        others_.assign(1, 0.0F);
    }
    void run(weir::Orchestrator& orchestrator) override {
        auto value = orchestrator.external(values_);
        auto other = orchestrator.external(others_);
        // On one thread all but the first few calls of a kernel are inlined.
        if (mode_ == "inlined") {
            hangs_at_ = 100;
            for (int i = 0; i < 100; ++i) orchestrator.submit(hang_, value);
            return;
        }
        orchestrator.submit(add_one_, other);
        const weir::Scope scope{orchestrator};
        orchestrator.submit(hang_, value);
        if (mode_ == "in_place") return;
        const int consumers = mode_ == "full" ? 8 : 2;
        for (int i = 0; i < consumers; ++i) orchestrator.submit(add_one_, value);
    }
    weir::CheckResult check() override { return {true, "it was released"}; }
    weir::ProgramFigures figures() const override { return {}; }

private:
    void hang() {
        if (++calls_ < hangs_at_) return;
        struct stat status {};
        while (stat(release_.c_str(), &status) != 0) std::this_thread::sleep_for(5ms);
    }

    std::string mode_;
    std::string release_;
    weir::Kernel<weir::InOut<float>> add_one_;
    weir::Kernel<weir::InOut<float>> hang_;
    int calls_ = 0;
    int hangs_at_ = 1;
    std::vector<float> values_;
    std::vector<float> others_;
};

}  // namespace

WEIR_PROGRAM("hung", "hangs until it is released", kParameters,
             [](weir::Runtime& runtime, const weir::ParameterValues& values) -> weir::ProgramInstance* {
                 return new Hung(runtime, values);
             })
