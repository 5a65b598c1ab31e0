// SPDX-License-Identifier: Apache-2.0
//
// The product of activations with a matrix of weights as tasks, and the vector kernel behind it. A tile of
// the columns is a chain of products over parts of the depth, which add up in one accumulator of float:
//
//     first -> next -> ... -> last  + epilogue: one mixed task of an AIC and two AIV, which take half of the
//     rows each
//                             last -> epilogue: or two tasks, see Sizes::mixed
//
// In the mixed task the vector kernels wait for the product in the task's barrier.
#pragma once

#include <span>
#include <string>

#include <weir/weir.hpp>

#include "common/matmul.hpp"
#include "costs.hpp"
#include "kernels.hpp"
#include "sizes.hpp"

namespace weir::qwen3_decode {

/// The rows that a call takes: all, or half of them in a mixed task.
inline RowRange rows_of(const TaskInfo& task, std::int64_t rows) {
    const std::int64_t half = (rows + 1) / 2;
    return task.subtask_slot() == SubtaskSlot::aiv0 ? RowRange{0, half} : RowRange{half, rows};
}

template <class Result>
void multiply(const In<BFloat16>& left, const In<BFloat16>& right, bool starts, const Result& result) {
    const auto size = [](std::int64_t extent) { return static_cast<std::size_t>(extent); };
    programs::matmul(size(left.extent(0)), size(left.extent(1)), size(right.extent(1)),
                     {left.data(), size(left.stride(0))}, {right.data(), size(right.stride(0))}, starts,
                     {result.data(), size(result.stride(0))});
}

class Projection {
public:
    /// Tile sizes: columns of a task, and the depth of the matrix.
    struct Tile {
        std::size_t depth;
        std::size_t columns;
    };

    /// A projection without an epilogue.
    Projection(Runtime& runtime, const Sizes& sizes, const std::string& name, Tile tile);

    /// `epilogue` takes the rows, the accumulator, further inputs, and the output; `work` is what it does for
    /// all rows.
    template <class... P>
    Projection(Runtime& runtime, const Sizes& sizes, const std::string& name, Tile tile,
               void (*epilogue)(RowRange, In<float>, P...), Work work)
        : Projection(runtime, sizes, name, tile) {
        // The kernels of a mixed task take as long as all of it: they wait for each other.
        const Work whole = part_work_ + Work{work.ns / 2};
        matrix_ = runtime.kernel(
            name + "_matrix",
            [](In<BFloat16> left, In<BFloat16> right, InOut<float> sum, P..., std::uint32_t starts,
               const TaskInfo& task) {
                multiply(left, right, starts != 0, sum);
                task.barrier();
            },
            matrix_kernel(whole));
        vector_ = runtime.kernel(
            name + "_vector",
            [epilogue](In<BFloat16>, In<BFloat16>, In<float> sum, P... more, std::uint32_t,
                       const TaskInfo& task) {
                task.barrier();
                epilogue(rows_of(task, sum.extent(0)), sum, more...);
            },
            vector_kernel(whole));
        epilogue_ = runtime.kernel(
            name + "_epilogue",
            [epilogue](In<float> sum, P... more) {
                epilogue({0, sum.extent(0)}, sum, more...);
            },
            vector_kernel(work));
    }

    /// The product alone: float[rows][columns], in the memory of the current scope.
    Tensor<float> submit(Orchestrator& o, const Tensor<BFloat16>& left, const Tensor<BFloat16>& right) const {
        return parts(o, left, right, part_count_);
    }
    /// The product and the epilogue, which gets `inputs` and writes `output`. Temporary data is in the memory
    /// of the current scope.
    void submit(Orchestrator& o, const Tensor<BFloat16>& left, const Tensor<BFloat16>& right,
                std::span<const AnyTensor> inputs, const AnyTensor& output) const;

private:
    /// The first `count` parts of the depth; empty for none.
    Tensor<float> parts(Orchestrator& o, const Tensor<BFloat16>& left, const Tensor<BFloat16>& right,
                        std::size_t count) const;
    struct Part {
        Tensor<BFloat16> left;
        Tensor<BFloat16> right;
    };
    Part part(const Tensor<BFloat16>& left, const Tensor<BFloat16>& right, std::size_t index) const;

    bool mixed_;
    std::size_t part_count_;
    std::size_t part_depth_;
    Work part_work_;
    Kernel<In<BFloat16>, In<BFloat16>, Out<float>> first_;
    Kernel<In<BFloat16>, In<BFloat16>, InOut<float>> next_;
    AnyKernel matrix_;
    AnyKernel vector_;
    AnyKernel epilogue_;
};

}  // namespace weir::qwen3_decode
