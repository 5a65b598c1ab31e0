// SPDX-License-Identifier: Apache-2.0
#include "projection.hpp"

#include "common/lanes.hpp"

namespace weir::qwen3_decode {
namespace {

std::size_t rounded_up(std::size_t value, std::size_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

}  // namespace

Projection::Projection(Runtime& runtime, const Sizes& sizes, const std::string& name, Tile tile)
    : mixed_(sizes.mixed) {
    // Parts of the same depth, as far as whole vectors allow.
    const std::size_t parts = (tile.depth + sizes.depth - 1) / sizes.depth;
    part_depth_ = rounded_up((tile.depth + parts - 1) / parts, programs::kGranularity);
    part_count_ = (tile.depth + part_depth_ - 1) / part_depth_;
    part_work_ = product_work(sizes.batch, part_depth_, tile.columns);
    first_ = runtime.kernel(
        name + "_first",
        [](In<BFloat16> left, In<BFloat16> right, Out<float> sum) { multiply(left, right, true, sum); },
        matrix_kernel(part_work_));
    next_ = runtime.kernel(
        name + "_next",
        [](In<BFloat16> left, In<BFloat16> right, InOut<float> sum) { multiply(left, right, false, sum); },
        matrix_kernel(part_work_));
}

Projection::Part Projection::part(const Tensor<BFloat16>& left, const Tensor<BFloat16>& right,
                                  std::size_t index) const {
    const auto begin = static_cast<std::int64_t>(index * part_depth_);
    const std::int64_t depth = std::min(static_cast<std::int64_t>(part_depth_), left.extent(1) - begin);
    return {left.view(shape(0, begin), shape(left.extent(0), depth)),
            right.view(shape(begin, 0), shape(depth, right.extent(1)))};
}

Tensor<float> Projection::parts(Orchestrator& o, const Tensor<BFloat16>& left, const Tensor<BFloat16>& right,
                                std::size_t count) const {
    Tensor<float> sum;
    for (std::size_t i = 0; i < count; ++i) {
        const Part now = part(left, right, i);
        if (i == 0)
            sum = o.submit(first_, now.left, now.right, shape(left.extent(0), right.extent(1))).output();
        else
            o.submit(next_, now.left, now.right, sum);
    }
    return sum;
}

void Projection::submit(Orchestrator& o, const Tensor<BFloat16>& left, const Tensor<BFloat16>& right,
                        std::span<const AnyTensor> inputs, const AnyTensor& output) const {
    TaskArgs arguments;
    if (mixed_) {
        const Tensor<float> sum = parts(o, left, right, part_count_ - 1);
        const Part last = part(left, right, part_count_ - 1);
        arguments.input(last.left).input(last.right);
        if (sum.empty())
            arguments.output(shape(left.extent(0), right.extent(1)), DType::f32);
        else
            arguments.inout(sum);
        arguments.scalar(std::uint32_t{sum.empty()});
    } else {
        arguments.input(submit(o, left, right));
    }
    for (const AnyTensor& input : inputs) arguments.input(input);
    arguments.output(output);
    if (mixed_)
        o.submit_mixed({.aic = matrix_, .aiv0 = vector_, .aiv1 = vector_}, arguments);
    else
        o.submit(epilogue_, arguments);
}

}  // namespace weir::qwen3_decode
