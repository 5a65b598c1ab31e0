// SPDX-License-Identifier: Apache-2.0
//
// One decode step of a decoder with the layers of Qwen3: each sequence of the batch has one new token. A
// layer is
//
//     hidden -> normalise -> query, key, value -> head norms, rotary embedding -> write the cache ->
//     attention
//            -> output projection + hidden -> normalise -> gate, up -> silu(gate) * up -> down projection +
//            residual
//
// Scopes: a layer holds its residual; in it, attention and feed-forward hold what passes between their tasks;
// in these, each tile of a projection and each chain of attention holds its accumulator.
#include <cstdio>

#include <weir/weir.hpp>

#include "attention_tasks.hpp"
#include "kernels.hpp"
#include "problem.hpp"
#include "projection.hpp"
#include "reference.hpp"
#include "sizes.hpp"

namespace {

using weir::BFloat16;
using weir::In;
using weir::Out;
using weir::Scope;
using weir::Tensor;
using weir::qwen3_decode::Buffer;
using weir::qwen3_decode::Layer;
using weir::qwen3_decode::Problem;
using weir::qwen3_decode::Projection;
using weir::qwen3_decode::Sizes;
using weir::qwen3_decode::vector_kernel;
using weir::qwen3_decode::vector_work;
using weir::qwen3_decode::Work;

/// The columns [begin, begin + count) of a matrix.
template <class T>
Tensor<T> columns_of(const Tensor<T>& matrix, std::size_t begin, std::size_t count) {
    return matrix.slice(1, static_cast<std::int64_t>(begin), static_cast<std::int64_t>(begin + count));
}

/// Calls `tile(begin, count)` for the tiles of `columns`, each in a scope of its own.
template <class Tile>
void for_tiles(weir::Orchestrator& o, std::size_t columns, std::size_t width, const Tile& tile) {
    for (std::size_t begin = 0; begin < columns; begin += width) {
        const Scope scope{o};
        tile(begin, std::min(width, columns - begin));
    }
}

class Qwen3Decode : public weir::ProgramInstance {
public:
    Qwen3Decode(weir::Runtime& runtime, const weir::ParameterValues& values)
        : problem_(weir::qwen3_decode::sizes_from(values)),
          sizes_(problem_.sizes),
          query_(runtime, sizes_, "query", {sizes_.hidden, sizes_.columns}, weir::qwen3_decode::finish_heads,
                 epilogue_work(sizes_.columns, 8, 14)),
          key_(runtime, sizes_, "key", {sizes_.hidden, sizes_.columns}, weir::qwen3_decode::finish_heads,
               epilogue_work(sizes_.columns, 8, 14)),
          value_(runtime, sizes_, "value", {sizes_.hidden, sizes_.columns}, weir::qwen3_decode::finish_values,
                 epilogue_work(sizes_.columns, 1, 6)),
          output_(runtime, sizes_, "output", {sizes_.query_columns(), sizes_.columns},
                  weir::qwen3_decode::add_hidden, epilogue_work(sizes_.columns, 1, 10)),
          gate_(runtime, sizes_, "gate", {sizes_.hidden, sizes_.ffn_columns}, weir::qwen3_decode::apply_gate,
                epilogue_work(sizes_.ffn_columns, 16, 10)),
          up_(runtime, sizes_, "up", {sizes_.hidden, sizes_.ffn_columns}),
          down_(runtime, sizes_, "down", {sizes_.ffn, sizes_.columns}, weir::qwen3_decode::add_residual,
                epilogue_work(sizes_.columns, 1, 10)),
          attention_(runtime, sizes_),
          normalise_input_(runtime.kernel(
              "normalise_input",
              [](In<BFloat16> in, In<BFloat16> weight, Out<BFloat16> out) {
                  weir::qwen3_decode::normalise({0, in.extent(0)}, in, weight, out);
              },
              vector_kernel(vector_work(sizes_.norm_rows * sizes_.hidden, 4, 6)))),
          normalise_residual_(runtime.kernel(
              "normalise_residual",
              [](In<float> in, In<BFloat16> weight, Out<BFloat16> out) {
                  weir::qwen3_decode::normalise({0, in.extent(0)}, in, weight, out);
              },
              vector_kernel(vector_work(sizes_.norm_rows * sizes_.hidden, 4, 8)))),
          write_cache_(runtime.kernel("write_cache", weir::qwen3_decode::write_cache,
                                      vector_kernel(vector_work(sizes_.kv_columns(), 0, 8)))) {}

    void prepare() override { problem_.forget_results(); }

    void run(weir::Orchestrator& o) override {
        for (std::size_t i = 0; i < sizes_.layers; ++i) {
            const Scope scope{o};
            const Tensor<BFloat16> before = rows(o, problem_.hidden[i]);
            const Tensor<float> residual = o.allocate<float>(weir::shape(sizes_.batch, sizes_.hidden));
            submit_attention(o, problem_.layers[i], before, residual);
            submit_feed_forward(o, problem_.layers[i], residual, rows(o, problem_.hidden[i + 1]));
        }
    }

    weir::CheckResult check() override {
        const auto found = weir::qwen3_decode::compare_with_reference(problem_);
        char text[200];
        std::snprintf(
            text, sizeof text,
            "%zu layers of %zu outputs, largest error %.2g, %.2g times what is allowed there; the caches are "
            "%s",
            sizes_.layers, sizes_.batch * sizes_.hidden, found.largest_error, found.largest_excess,
            found.caches_kept ? "otherwise as before" : "CHANGED where they should not be");
        return {found.right(), text};
    }

    weir::ProgramFigures figures() const override { return {problem_.flops(), problem_.bytes()}; }

private:
    Work epilogue_work(std::size_t columns, double flops, double bytes) const {
        return vector_work(sizes_.batch * columns, flops, bytes);
    }
    Tensor<BFloat16> allocate(weir::Orchestrator& o, std::size_t columns) const {
        return o.allocate<BFloat16>(weir::shape(sizes_.batch, columns));
    }
    static Tensor<BFloat16> matrix(weir::Orchestrator& o, Buffer<BFloat16>& data, std::size_t inputs) {
        return o.external(data.data(), weir::shape(inputs, data.size() / inputs));
    }
    Tensor<BFloat16> rows(weir::Orchestrator& o, Buffer<BFloat16>& data) const {
        return matrix(o, data, sizes_.batch);
    }

    template <class T, class KernelOfIt>
    Tensor<BFloat16> submit_normalised(weir::Orchestrator& o, const KernelOfIt& kernel, const Tensor<T>& in,
                                       Buffer<BFloat16>& weight) const {
        const Tensor<BFloat16> out = allocate(o, sizes_.hidden);
        const Tensor<BFloat16> factors = o.external(weight.data(), weir::shape(weight.size()));
        for (std::size_t first = 0; first < sizes_.batch; first += sizes_.norm_rows) {
            const auto begin = static_cast<std::int64_t>(first);
            const auto end = static_cast<std::int64_t>(std::min(first + sizes_.norm_rows, sizes_.batch));
            o.submit(kernel, in.slice(0, begin, end), factors, out.slice(0, begin, end));
        }
        return out;
    }

    /// Queries or keys: projected, normalised head by head, and turned.
    Tensor<BFloat16> submit_heads(weir::Orchestrator& o, const Projection& projection,
                                  const Tensor<BFloat16>& x, Buffer<BFloat16>& weights,
                                  Buffer<BFloat16>& norm) {
        const Tensor<BFloat16> all = matrix(o, weights, sizes_.hidden);
        const Tensor<BFloat16> out = allocate(o, static_cast<std::size_t>(all.extent(1)));
        const weir::Shape angles = weir::shape(sizes_.batch, sizes_.head_dim / 2);
        const weir::AnyTensor inputs[] = {o.external(norm.data(), weir::shape(norm.size())),
                                          o.external(problem_.cosines.data(), angles),
                                          o.external(problem_.sines.data(), angles)};
        for_tiles(o, static_cast<std::size_t>(all.extent(1)), sizes_.columns,
                  [&](std::size_t begin, std::size_t count) {
                      projection.submit(o, x, columns_of(all, begin, count), inputs,
                                        columns_of(out, begin, count));
                  });
        return out;
    }

    Tensor<BFloat16> submit_values(weir::Orchestrator& o, const Tensor<BFloat16>& x,
                                   Buffer<BFloat16>& weights) {
        const Tensor<BFloat16> all = matrix(o, weights, sizes_.hidden);
        const Tensor<BFloat16> out = allocate(o, sizes_.kv_columns());
        for_tiles(o, sizes_.kv_columns(), sizes_.columns, [&](std::size_t begin, std::size_t count) {
            value_.submit(o, x, columns_of(all, begin, count), {}, columns_of(out, begin, count));
        });
        return out;
    }

    /// residual = hidden + output projection of the attention.
    void submit_attention(weir::Orchestrator& o, Layer& layer, const Tensor<BFloat16>& hidden,
                          const Tensor<float>& residual) {
        const Scope scope{o};
        const Tensor<BFloat16> x = submit_normalised(o, normalise_input_, hidden, layer.input_norm);
        const Tensor<BFloat16> key = submit_heads(o, key_, x, layer.key_weights, layer.key_norm);
        const Tensor<BFloat16> value = submit_values(o, x, layer.value_weights);
        const Tensor<BFloat16> query = submit_heads(o, query_, x, layer.query_weights, layer.query_norm);
        const std::size_t blocks = problem_.table.cache_blocks;
        const weir::qwen3_decode::Attention::Tensors tensors{
            query,
            o.external(layer.key_cache.data(),
                       weir::shape(blocks, sizes_.kv_heads, sizes_.head_dim, sizes_.block_tokens)),
            o.external(layer.value_cache.data(),
                       weir::shape(blocks, sizes_.kv_heads, sizes_.block_tokens, sizes_.head_dim)),
            allocate(o, sizes_.query_columns())};
        for (std::size_t sequence = 0; sequence < sizes_.batch; ++sequence) {
            const auto row = static_cast<std::int64_t>(sequence);
            const std::size_t block = problem_.new_block(sequence);
            const std::size_t slot = problem_.new_slot(sequence);
            o.submit(write_cache_, key.slice(0, row, row + 1), value.slice(0, row, row + 1),
                     tensors.key_cache.view(weir::shape(block, 0, 0, slot),
                                            weir::shape(1, sizes_.kv_heads, sizes_.head_dim, 1)),
                     tensors.value_cache.view(weir::shape(block, 0, slot, 0),
                                              weir::shape(1, sizes_.kv_heads, 1, sizes_.head_dim)));
            attention_.submit(o, problem_, tensors, sequence);
        }
        const Tensor<BFloat16> weights = matrix(o, layer.output_weights, sizes_.query_columns());
        for_tiles(o, sizes_.hidden, sizes_.columns, [&](std::size_t begin, std::size_t count) {
            const weir::AnyTensor before[] = {columns_of(hidden, begin, count)};
            output_.submit(o, tensors.output, columns_of(weights, begin, count), before,
                           columns_of(residual, begin, count));
        });
    }

    /// hidden = residual + feed-forward of it.
    void submit_feed_forward(weir::Orchestrator& o, Layer& layer, const Tensor<float>& residual,
                             const Tensor<BFloat16>& hidden) {
        const Scope scope{o};
        const Tensor<BFloat16> x = submit_normalised(o, normalise_residual_, residual, layer.ffn_norm);
        const Tensor<BFloat16> gated = allocate(o, sizes_.ffn);
        const Tensor<BFloat16> gates = matrix(o, layer.gate_weights, sizes_.hidden);
        const Tensor<BFloat16> ups = matrix(o, layer.up_weights, sizes_.hidden);
        for_tiles(o, sizes_.ffn, sizes_.ffn_columns, [&](std::size_t begin, std::size_t count) {
            const weir::AnyTensor up[] = {up_.submit(o, x, columns_of(ups, begin, count))};
            gate_.submit(o, x, columns_of(gates, begin, count), up, columns_of(gated, begin, count));
        });
        const Tensor<BFloat16> downs = matrix(o, layer.down_weights, sizes_.ffn);
        for_tiles(o, sizes_.hidden, sizes_.columns, [&](std::size_t begin, std::size_t count) {
            const weir::AnyTensor before[] = {columns_of(residual, begin, count)};
            down_.submit(o, gated, columns_of(downs, begin, count), before, columns_of(hidden, begin, count));
        });
    }

    Problem problem_;
    const Sizes& sizes_;
    Projection query_;
    Projection key_;
    Projection value_;
    Projection output_;
    Projection gate_;
    Projection up_;
    Projection down_;
    weir::qwen3_decode::Attention attention_;
    weir::Kernel<In<BFloat16>, In<BFloat16>, Out<BFloat16>> normalise_input_;
    weir::Kernel<In<float>, In<BFloat16>, Out<BFloat16>> normalise_residual_;
    weir::Kernel<In<BFloat16>, In<BFloat16>, Out<BFloat16>, Out<BFloat16>> write_cache_;
};

}  // namespace

WEIR_PROGRAM("qwen3_decode", "one decode step of layers with the shapes of Qwen3-14B over a paged KV cache",
             weir::qwen3_decode::kParameters,
             [](weir::Runtime& runtime, const weir::ParameterValues& values) -> weir::ProgramInstance* {
                 return new Qwen3Decode(runtime, values);
             })
