// SPDX-License-Identifier: Apache-2.0
#include "sizes.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <weir/error.hpp>

#include "common/attention.hpp"

namespace weir::qwen3_decode {
namespace {

constexpr std::array<std::string_view, 2> kPresets = {"full", "small"};
constexpr std::array<std::string_view, 2> kContexts = {"random", "fixed"};
constexpr std::array<std::string_view, 2> kEpilogues = {"mixed", "separate"};

constexpr Sizes kFull = {.layers = 1,
                         .batch = 16,
                         .hidden = 5120,
                         .heads = 40,
                         .kv_heads = 8,
                         .head_dim = 128,
                         .ffn = 17408,
                         .max_context = 1024,
                         .fixed_context = false,
                         .block_tokens = 128,
                         .columns = 128,
                         .ffn_columns = 256,
                         .depth = 5120,
                         .kv_group = 4,
                         .norm_rows = 4,
                         .mixed = true,
                         .seed = 1};
constexpr Sizes kSmall = {.layers = 1,
                          .batch = 3,
                          .hidden = 192,
                          .heads = 6,
                          .kv_heads = 2,
                          .head_dim = 32,
                          .ffn = 400,
                          .max_context = 100,
                          .fixed_context = false,
                          .block_tokens = 16,
                          .columns = 64,
                          .ffn_columns = 96,
                          .depth = 144,
                          .kv_group = 1,
                          .norm_rows = 2,
                          .mixed = true,
                          .seed = 1};

[[noreturn]] void refuse(const std::string& text) {
    throw Error(ErrorCode::configuration, "qwen3_decode: " + text);
}

void check_multiple(const char* name, std::size_t value, std::size_t of) {
    if (value % of != 0)
        refuse(std::string(name) + " is " + std::to_string(value) + ", but it must be a multiple of " +
               std::to_string(of));
}

void check(const Sizes& sizes) {
    for (const auto& [name, value] : {std::pair{"hidden", sizes.hidden},
                                      {"head_dim", sizes.head_dim},
                                      {"ffn", sizes.ffn},
                                      {"block", sizes.block_tokens},
                                      {"columns", sizes.columns},
                                      {"ffn_columns", sizes.ffn_columns},
                                      {"depth", sizes.depth}})
        check_multiple(name, value, programs::kGranularity);
    if (sizes.heads % sizes.kv_heads != 0)
        refuse("heads is " + std::to_string(sizes.heads) +
               ", but it must be a multiple of kv_heads, which is " + std::to_string(sizes.kv_heads));
    if (sizes.columns % sizes.head_dim != 0)
        refuse("columns is " + std::to_string(sizes.columns) +
               ", but it must be a multiple of head_dim, which is " + std::to_string(sizes.head_dim));
}

}  // namespace

Sizes sizes_from(const ParameterValues& values) {
    Sizes sizes = values.choice("preset", kPresets) == "small" ? kSmall : kFull;
    const auto set = [&](const char* name, std::size_t& size, std::int64_t most) {
        if (values.text(name) != kOfPreset) size = static_cast<std::size_t>(values.integer(name, 1, most));
    };
    constexpr std::int64_t kMost = 1 << 20;
    set("layers", sizes.layers, 1 << 10);
    set("batch", sizes.batch, 1 << 12);
    set("hidden", sizes.hidden, kMost);
    set("heads", sizes.heads, 1 << 12);
    set("kv_heads", sizes.kv_heads, 1 << 12);
    set("head_dim", sizes.head_dim, programs::kMaxHeadDim);
    set("ffn", sizes.ffn, kMost);
    set("context", sizes.max_context, kMost);
    set("block", sizes.block_tokens, programs::kMaxBlockTokens);
    set("columns", sizes.columns, kMost);
    set("ffn_columns", sizes.ffn_columns, kMost);
    set("depth", sizes.depth, kMost);
    set("kv_group", sizes.kv_group, 1 << 12);
    set("norm_rows", sizes.norm_rows, 1 << 12);
    sizes.fixed_context = values.choice("contexts", kContexts) == "fixed";
    sizes.mixed = values.choice("epilogues", kEpilogues) == "mixed";
    sizes.seed = static_cast<std::uint64_t>(values.integer("seed", 0, std::int64_t{1} << 62));
    check(sizes);
    return sizes;
}

}  // namespace weir::qwen3_decode
