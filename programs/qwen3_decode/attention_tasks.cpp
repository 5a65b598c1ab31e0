// SPDX-License-Identifier: Apache-2.0
#include "attention_tasks.hpp"

#include "costs.hpp"
#include "projection.hpp"

namespace weir::qwen3_decode {
namespace {

using programs::GroupShape;

/// The KV heads in a task follow each other in every tensor.
std::size_t heads_of(const In<BFloat16>& cache) { return static_cast<std::size_t>(cache.extent(1)); }

template <class Scores>
void score(const GroupShape& group, const In<BFloat16>& query, const In<BFloat16>& key, std::uint32_t tokens,
           const Scores& scores) {
    for (std::size_t head = 0; head < heads_of(key); ++head)
        programs::score(group, query.data() + head * group.rows * group.head_dim,
                        key.data() + head * group.head_dim * group.block_tokens, tokens,
                        scores.data() + head * group.rows * group.block_tokens);
}

template <class State>
void fold(const GroupShape& group, RowRange rows, std::uint32_t tokens, bool starts,
          const InOut<float>& scores, const State& state) {
    programs::fold(group, static_cast<std::size_t>(rows.end - rows.begin), tokens, starts,
                   scores.data() + rows.begin * scores.stride(0),
                   state.data() + rows.begin * state.stride(0));
}

template <class Scores>
void weigh(const GroupShape& group, const Scores& scores, const In<BFloat16>& value, std::uint32_t tokens,
           const InOut<float>& state) {
    for (std::size_t head = 0; head < heads_of(value); ++head)
        programs::weigh(group, scores.data() + head * group.rows * group.block_tokens,
                        value.data() + head * group.head_dim * group.block_tokens, tokens,
                        state.data() + head * group.rows * group.state_stride());
}

void finish(const GroupShape& group, const In<float>& state, const Out<BFloat16>& output) {
    GroupShape all = group;
    all.rows = static_cast<std::size_t>(state.extent(0));
    programs::finish(all, state.data(), output.data());
}

}  // namespace

Attention::Attention(Runtime& runtime, const Sizes& sizes)
    : mixed_(sizes.mixed),
      group_{sizes.rows(), sizes.head_dim, sizes.block_tokens},
      kv_group_(std::min(sizes.kv_group, sizes.kv_heads)) {
    const GroupShape group = group_;
    const std::size_t rows = kv_group_ * group.rows;
    // Keys or values of a block: a product of each query head with them.
    const std::size_t tile = kv_group_ * group.head_dim * group.block_tokens;
    const Work product =
        on_matrix_core(2.0 * static_cast<double>(tile * group.rows), 2.0 * static_cast<double>(tile));
    // About 16 operations for each score, and one for each element of the state.
    const Work folding =
        vector_work(rows * group.block_tokens, 16, 8) + vector_work(rows * group.head_dim, 1, 8);
    const Work whole = product + Work{folding.ns / 2} + product;
    score_ = runtime.kernel(
        "score",
        [group](In<BFloat16> query, In<BFloat16> key, Out<float> scores, std::uint32_t tokens) {
            score(group, query, key, tokens, scores);
        },
        matrix_kernel(product));
    fold_first_ = runtime.kernel(
        "fold_first",
        [group](InOut<float> scores, Out<float> state, std::uint32_t tokens) {
            fold(group, {0, scores.extent(0)}, tokens, true, scores, state);
        },
        vector_kernel(folding));
    fold_next_ = runtime.kernel(
        "fold_next",
        [group](InOut<float> scores, InOut<float> state, std::uint32_t tokens) {
            fold(group, {0, scores.extent(0)}, tokens, false, scores, state);
        },
        vector_kernel(folding));
    weigh_ = runtime.kernel(
        "weigh",
        [group](In<float> scores, In<BFloat16> value, InOut<float> state, std::uint32_t tokens) {
            weigh(group, scores, value, tokens, state);
        },
        matrix_kernel(product));
    matrix_ = runtime.kernel(
        "attend_matrix",
        [group](In<BFloat16> query, In<BFloat16> key, In<BFloat16> value, InOut<float> scores,
                InOut<float> state, std::uint32_t tokens, std::uint32_t, const TaskInfo& task) {
            score(group, query, key, tokens, scores);
            task.barrier();
            task.barrier();
            weigh(group, scores, value, tokens, state);
        },
        matrix_kernel(whole));
    vector_ = runtime.kernel(
        "attend_vector",
        [group](In<BFloat16>, In<BFloat16>, In<BFloat16>, InOut<float> scores, InOut<float> state,
                std::uint32_t tokens, std::uint32_t starts, const TaskInfo& task) {
            task.barrier();
            fold(group, rows_of(task, scores.extent(0)), tokens, starts != 0, scores, state);
            task.barrier();
        },
        vector_kernel(whole));
    finish_ = runtime.kernel(
        "finish", [group](In<float> state, Out<BFloat16> output) { finish(group, state, output); },
        vector_kernel(vector_work(rows * group.head_dim, 1, 6)));
}

void Attention::submit_block(Orchestrator& o, const Tensor<BFloat16>& query, const Block& block,
                             Tensor<float>& state) const {
    const auto rows = static_cast<std::size_t>(block.key.extent(1)) * group_.rows;
    TaskArgs arguments;
    arguments.input(query).input(block.key).input(block.value);
    arguments.output(shape(rows, group_.block_tokens), DType::f32);
    if (block.starts)
        arguments.output(shape(rows, group_.state_stride()), DType::f32);
    else
        arguments.inout(state);
    arguments.scalar(block.tokens).scalar(std::uint32_t{block.starts});
    constexpr std::size_t kState = 4;
    state = Tensor<float>(
        o.submit_mixed({.aic = matrix_, .aiv0 = vector_, .aiv1 = vector_}, arguments).output(kState));
}

void Attention::submit_parts(Orchestrator& o, const Tensor<BFloat16>& query, const Block& block,
                             Tensor<float>& state) const {
    const auto rows = static_cast<std::size_t>(block.key.extent(1)) * group_.rows;
    const Tensor<float> scores =
        o.submit(score_, query, block.key, shape(rows, group_.block_tokens), block.tokens).output();
    if (block.starts)
        state = o.submit(fold_first_, scores, shape(rows, group_.state_stride()), block.tokens).output<1>();
    else
        o.submit(fold_next_, scores, state, block.tokens);
    o.submit(weigh_, scores, block.value, state, block.tokens);
}

void Attention::submit(Orchestrator& o, const Problem& problem, const Tensors& tensors,
                       std::size_t sequence) const {
    const Sizes& sizes = problem.sizes;
    const std::vector<std::size_t>& blocks = problem.table.blocks[sequence];
    for (std::size_t head = 0; head < sizes.kv_heads; head += kv_group_) {
        const Scope scope{o};  // the state and the scores of these heads
        const std::size_t heads = std::min(kv_group_, sizes.kv_heads - head);
        const Shape first = shape(sequence, head * group_.rows * group_.head_dim);
        const Shape columns = shape(1, heads * group_.rows * group_.head_dim);
        const auto tile = [&](const Tensor<BFloat16>& cache, std::size_t block) {
            return cache.view(shape(block, head, 0, 0), shape(1, heads, cache.extent(2), cache.extent(3)));
        };
        Tensor<float> state;
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            const Block block{tile(tensors.key_cache, blocks[i]), tile(tensors.value_cache, blocks[i]),
                              static_cast<std::uint32_t>(problem.table.tokens_in(sequence, i)), i == 0};
            if (mixed_)
                submit_block(o, tensors.query.view(first, columns), block, state);
            else
                submit_parts(o, tensors.query.view(first, columns), block, state);
        }
        o.submit(finish_, state, tensors.output.view(first, columns));
    }
}

}  // namespace weir::qwen3_decode
