// SPDX-License-Identifier: Apache-2.0
//
// Attention of one sequence over its blocks of the cache, as tasks: a chain over the blocks for each group of
// KV heads. A block is one mixed task or three tasks, see Sizes::mixed:
//
//     AIC       scores = queries * keys             |            | state += scores * values
//     AIV x 2                                       | fold scores|
//                                                barrier      barrier
#pragma once

#include <weir/weir.hpp>

#include "common/attention.hpp"
#include "problem.hpp"

namespace weir::qwen3_decode {

class Attention {
public:
    /// Kernels for `sizes`.
    Attention(Runtime& runtime, const Sizes& sizes);

    struct Tensors {
        Tensor<BFloat16> query;        // [batch][heads * head_dim]
        Tensor<BFloat16> key_cache;    // [cache block][KV head][head_dim][token]
        Tensor<BFloat16> value_cache;  // [cache block][KV head][token][head_dim]
        Tensor<BFloat16> output;       // as query
    };
    /// Attention of all heads of one sequence.
    void submit(Orchestrator& o, const Problem& problem, const Tensors& tensors, std::size_t sequence) const;

private:
    /// One block of the cache, of the KV heads of a group.
    struct Block {
        Tensor<BFloat16> key;
        Tensor<BFloat16> value;
        std::uint32_t tokens;
        bool starts;
    };
    void submit_block(Orchestrator& o, const Tensor<BFloat16>& query, const Block& block,
                      Tensor<float>& state) const;
    void submit_parts(Orchestrator& o, const Tensor<BFloat16>& query, const Block& block,
                      Tensor<float>& state) const;

    bool mixed_;
    programs::GroupShape group_;
    std::size_t kv_group_;
    Kernel<In<BFloat16>, In<BFloat16>, Out<float>, std::uint32_t> score_;
    Kernel<InOut<float>, Out<float>, std::uint32_t> fold_first_;
    Kernel<InOut<float>, InOut<float>, std::uint32_t> fold_next_;
    Kernel<In<float>, In<BFloat16>, InOut<float>, std::uint32_t> weigh_;
    AnyKernel matrix_;
    AnyKernel vector_;
    Kernel<In<float>, Out<BFloat16>> finish_;
};

}  // namespace weir::qwen3_decode
