// SPDX-License-Identifier: Apache-2.0
//
// One decode step of paged attention. The blocks of a sequence are folded one after the other into a state
// per KV head, which the runtime allocates; chains of different sequences and KV heads are independent. With
// `splits` above one, a chain is cut into that many, whose states are merged at its end.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <optional>

#include <weir/weir.hpp>

#include "problem.hpp"
#include "reference.hpp"

namespace {

using weir::In;
using weir::InOut;
using weir::Out;
using weir::paged_attention::Problem;
using weir::paged_attention::Sizes;

constexpr weir::ProgramParameter kParameters[] = {
    {"batch", "16", "sequences"},
    {"heads", "40", "query heads, a multiple of kv_heads"},
    {"kv_heads", "8", "heads of keys and values"},
    {"head_dim", "128", "elements of a head, a multiple of 16"},
    {"block", "128", "tokens in a block of the cache, a multiple of 16"},
    {"context", "4096", "longest context, in tokens"},
    {"contexts", "random", "random: each context from 1 to the longest; fixed: all as long as the longest"},
    {"storage", "f32", "f32 or bf16: how queries, cache and output are stored; sums are in f32"},
    {"splits", "1", "independent chains that the blocks of a sequence are divided among"},
    {"seed", "1", "which data, contexts and block table"},
};

constexpr std::array<std::string_view, 2> kContexts = {"random", "fixed"};
constexpr std::array<std::string_view, 2> kStorage = {"f32", "bf16"};

Sizes sizes_from(const weir::ParameterValues& values) {
    constexpr std::int64_t kMost = 1 << 20;
    const auto size = [&](const char* name) {
        return static_cast<std::size_t>(values.integer(name, 1, kMost));
    };
    Sizes sizes;
    sizes.batch = size("batch");
    sizes.heads = size("heads");
    sizes.kv_heads = size("kv_heads");
    sizes.head_dim = size("head_dim");
    sizes.block_tokens = size("block");
    sizes.max_context = size("context");
    sizes.fixed_context = values.choice("contexts", kContexts) == "fixed";
    sizes.seed = static_cast<std::uint64_t>(values.integer("seed", 0, std::int64_t{1} << 62));
    if (const char* reason = weir::paged_attention::refusal(sizes)) {
        throw weir::Error(weir::ErrorCode::configuration, std::string("paged_attention: ") + reason);
    }
    return sizes;
}

template <class T>
class PagedAttention : public weir::ProgramInstance {
public:
    PagedAttention(weir::Runtime& runtime, const weir::ParameterValues& values)
        : problem_(sizes_from(values)),
          splits_(static_cast<std::size_t>(values.integer("splits", 1, 1 << 20))),
          attend_first_(runtime.kernel("attend_first",
                                       [shape = problem_.shape](In<T> query, In<T> key, In<T> value,
                                                                Out<float> state, std::uint32_t tokens) {
                                           weir::programs::attend(shape, query.data(), key.data(),
                                                                  value.data(), tokens, true, state.data());
                                       })),
          attend_next_(runtime.kernel("attend_next",
                                      [shape = problem_.shape](In<T> query, In<T> key, In<T> value,
                                                               InOut<float> state, std::uint32_t tokens) {
                                          weir::programs::attend(shape, query.data(), key.data(),
                                                                 value.data(), tokens, false, state.data());
                                      })),
          merge_(runtime.kernel("merge",
                                [shape = problem_.shape](In<float> other, InOut<float> state) {
                                    weir::programs::merge(shape, other.data(), state.data());
                                })),
          finish_(runtime.kernel("finish", [shape = problem_.shape](In<float> state, Out<T> output) {
              weir::programs::finish(shape, state.data(), output.data());
          })) {}

    /// Every byte 0xFF is a NaN in both formats: an output that no task writes is found.
    void prepare() override {
        std::memset(static_cast<void*>(problem_.output.data()), 0xFF, problem_.output.size() * sizeof(T));
    }

    void run(weir::Orchestrator& o) override {
        const Sizes& sizes = problem_.sizes;
        const weir::Shape heads =
            weir::shape(sizes.batch, sizes.kv_heads, problem_.shape.rows, sizes.head_dim);
        const std::size_t blocks = problem_.table.cache_blocks;
        const Tensors tensors{
            o.external(problem_.query.data(), heads),
            o.external(problem_.key.data(),
                       weir::shape(blocks, sizes.kv_heads, sizes.head_dim, sizes.block_tokens)),
            o.external(problem_.value.data(),
                       weir::shape(blocks, sizes.kv_heads, sizes.block_tokens, sizes.head_dim)),
            o.external(problem_.output.data(), heads)};
        for (std::size_t sequence = 0; sequence < sizes.batch; ++sequence) {
            const weir::Scope scope{o};  // the states of this sequence
            for (std::size_t head = 0; head < sizes.kv_heads; ++head)
                submit_group(o, tensors, sequence, head);
        }
    }

    weir::CheckResult check() override {
        const auto found = weir::paged_attention::compare_with_reference(problem_);
        char text[160];
        std::snprintf(text, sizeof text, "%zu outputs, largest error %.2g, %.2g times what is allowed there",
                      problem_.output.size(), found.largest_error, found.largest_excess);
        return {found.right(), text};
    }

    weir::ProgramFigures figures() const override { return {problem_.flops(), problem_.bytes()}; }

private:
    struct Tensors {
        weir::Tensor<T> query;   // [batch][KV head][row][head_dim]
        weir::Tensor<T> key;     // [cache block][KV head][head_dim][token]
        weir::Tensor<T> value;   // [cache block][KV head][token][head_dim]
        weir::Tensor<T> output;  // as query
    };

    static weir::Tensor<T> tile_of(const weir::Tensor<T>& tensor, std::size_t first, std::size_t second) {
        return tensor.view(weir::shape(first, second, 0, 0),
                           weir::shape(1, 1, tensor.extent(2), tensor.extent(3)));
    }

    /// Attention of the query heads that share one KV head.
    void submit_group(weir::Orchestrator& o, const Tensors& tensors, std::size_t sequence, std::size_t head) {
        const weir::Tensor<T> query = tile_of(tensors.query, sequence, head);
        const std::size_t blocks = problem_.table.blocks[sequence].size();
        const std::size_t chains = std::min(splits_, blocks);
        std::optional<weir::Tensor<float>> total;
        for (std::size_t chain = 0; chain < chains; ++chain) {
            const std::size_t begin = blocks * chain / chains;
            const std::size_t end = blocks * (chain + 1) / chains;
            const weir::Tensor<float> state = submit_chain(o, tensors, query, sequence, head, begin, end);
            if (total)
                o.submit(merge_, state, *total);
            else
                total = state;
        }
        o.submit(finish_, *total, tile_of(tensors.output, sequence, head));
    }

    /// Folds blocks [begin, end) of a sequence into a new state.
    weir::Tensor<float> submit_chain(weir::Orchestrator& o, const Tensors& tensors,
                                     const weir::Tensor<T>& query, std::size_t sequence, std::size_t head,
                                     std::size_t begin, std::size_t end) {
        weir::Tensor<float> state;
        for (std::size_t index = begin; index < end; ++index) {
            const std::size_t block = problem_.table.blocks[sequence][index];
            const weir::Tensor<T> key = tile_of(tensors.key, block, head);
            const weir::Tensor<T> value = tile_of(tensors.value, block, head);
            const auto tokens = static_cast<std::uint32_t>(problem_.table.tokens_in(sequence, index));
            if (index == begin) {
                const weir::Shape shape = weir::shape(problem_.shape.rows, problem_.shape.state_stride());
                state = o.submit(attend_first_, query, key, value, shape, tokens).output();
            } else {
                o.submit(attend_next_, query, key, value, state, tokens);
            }
        }
        return state;
    }

    Problem<T> problem_;
    std::size_t splits_;
    weir::Kernel<In<T>, In<T>, In<T>, Out<float>, std::uint32_t> attend_first_;
    weir::Kernel<In<T>, In<T>, In<T>, InOut<float>, std::uint32_t> attend_next_;
    weir::Kernel<In<float>, InOut<float>> merge_;
    weir::Kernel<In<float>, Out<T>> finish_;
};

}  // namespace

WEIR_PROGRAM("paged_attention", "one decode step of attention with online softmax over a paged KV cache",
             kParameters,
             [](weir::Runtime& runtime, const weir::ParameterValues& values) -> weir::ProgramInstance* {
                 if (values.choice("storage", kStorage) == "bf16") {
                     return new PagedAttention<weir::BFloat16>(runtime, values);
                 }
                 return new PagedAttention<float>(runtime, values);
             })
