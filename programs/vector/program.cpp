// SPDX-License-Identifier: Apache-2.0
//
// f = (a + b + 1)(a + b + 2) + (a + b), tile by tile, with every intermediate allocated by the runtime.
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include <weir/weir.hpp>

#include "kernels.hpp"
#include "reference.hpp"

namespace {

using weir::In;
using weir::Out;

constexpr weir::ProgramParameter kParameters[] = {
    {"length", "1048576", "elements of a, b and f"},
    {"tile", "16384", "elements that one task works on"},
    {"a", "2", "first element of a; element i is larger by i mod 17"},
    {"b", "3", "first element of b; element i is larger by i mod 13"},
};

constexpr std::int64_t kMaxLength = std::int64_t{1} << 32;
constexpr double kMaxValue = 1e6;

class Vector : public weir::ProgramInstance {
public:
    Vector(weir::Runtime& runtime, const weir::ParameterValues& values)
        : tile_(values.integer("tile", 1, kMaxLength)),
          add_(runtime.kernel("add",
                              [](In<float> a, In<float> b, Out<float> sum) {
                                  weir::vector::add(a.data(), b.data(), sum.data(), sum.size());
                              })),
          add_scalar_(runtime.kernel("add_scalar",
                                     [](In<float> a, float addend, Out<float> sum) {
                                         weir::vector::add_scalar(a.data(), addend, sum.data(), sum.size());
                                     })),
          multiply_(runtime.kernel("multiply", [](In<float> a, In<float> b, Out<float> product) {
              weir::vector::multiply(a.data(), b.data(), product.data(), product.size());
          })) {
        const auto length = static_cast<std::size_t>(values.integer("length", 1, kMaxLength));
        const auto first_a = static_cast<float>(values.number("a", -kMaxValue, kMaxValue));
        const auto first_b = static_cast<float>(values.number("b", -kMaxValue, kMaxValue));
        a_.resize(length);
        b_.resize(length);
        f_.resize(length);
        for (std::size_t i = 0; i < length; ++i) {
            a_[i] = first_a + static_cast<float>(i % 17);
            b_[i] = first_b + static_cast<float>(i % 13);
        }
    }

    void prepare() override { f_.assign(f_.size(), std::numeric_limits<float>::quiet_NaN()); }

    void run(weir::Orchestrator& o) override {
        const auto a = o.external(a_);
        const auto b = o.external(b_);
        const auto f = o.external(f_);
        for (std::int64_t begin = 0; begin < f.size(); begin += tile_) {
            const weir::Shape offset{begin};
            const weir::Shape shape{std::min(tile_, f.size() - begin)};
            const weir::Scope scope{o};
            const auto both = o.submit(add_, a.view(offset, shape), b.view(offset, shape), shape).output();
            const auto left = o.submit(add_scalar_, both, 1.0F, shape).output();
            const auto right = o.submit(add_scalar_, both, 2.0F, shape).output();
            const auto product = o.submit(multiply_, left, right, shape).output();
            o.submit(add_, product, both, f.view(offset, shape));
        }
    }

    weir::CheckResult check() override {
        const auto found = weir::vector::compare_with_reference(a_, b_, f_);
        char text[200];
        if (found.wrong == 0) {
            std::snprintf(text, sizeof text,
                          "%zu elements, f = %g for a = %g and b = %g, relative error up to %.1e", f_.size(),
                          static_cast<double>(f_[0]), static_cast<double>(a_[0]), static_cast<double>(b_[0]),
                          found.largest_error);
        } else {
            const std::size_t i = found.first_wrong;
            std::snprintf(text, sizeof text,
                          "%zu of %zu elements differ, first f[%zu] = %.9g where %.9g is right", found.wrong,
                          f_.size(), i, static_cast<double>(f_[i]),
                          weir::vector::expected(static_cast<double>(a_[i]), static_cast<double>(b_[i])));
        }
        return {found.wrong == 0, text};
    }

    weir::ProgramFigures figures() const override {
        const auto length = static_cast<double>(f_.size());
        return {5.0 * length, 3.0 * sizeof(float) * length};
    }

private:
    std::vector<float> a_;
    std::vector<float> b_;
    std::vector<float> f_;
    std::int64_t tile_;
    weir::Kernel<In<float>, In<float>, Out<float>> add_;
    weir::Kernel<In<float>, float, Out<float>> add_scalar_;
    weir::Kernel<In<float>, In<float>, Out<float>> multiply_;
};

}  // namespace

WEIR_PROGRAM("vector", "f = (a+b+1)(a+b+2)+(a+b), element by element: 47 for 2 and 3", kParameters,
             [](weir::Runtime& runtime, const weir::ParameterValues& values) -> weir::ProgramInstance* {
                 return new Vector(runtime, values);
             })
