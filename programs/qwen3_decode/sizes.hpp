// SPDX-License-Identifier: Apache-2.0
//
// What a decode step is made of, and how it is cut into tasks: parameters of the program as numbers.
#pragma once

#include <cstddef>
#include <cstdint>

#include <weir/program.hpp>

namespace weir::qwen3_decode {

struct Sizes {
    std::size_t layers;
    std::size_t batch;
    std::size_t hidden;
    std::size_t heads;
    std::size_t kv_heads;
    std::size_t head_dim;
    std::size_t ffn;
    std::size_t max_context;
    bool fixed_context;
    std::size_t block_tokens;
    // The tiles of the tasks. None has to divide what it cuts.
    std::size_t columns;      // of a projection; whole heads where it yields heads
    std::size_t ffn_columns;  // of the gate and up projections
    std::size_t depth;        // most summed over by one matrix task
    std::size_t kv_group;     // KV heads of one attention task
    std::size_t norm_rows;    // sequences of one normalisation task
    bool mixed;               // a matrix kernel and the vector kernel behind it are one mixed task
    std::uint64_t seed;

    std::size_t rows() const { return heads / kv_heads; }  // query heads that share one KV head
    std::size_t query_columns() const { return heads * head_dim; }
    std::size_t kv_columns() const { return kv_heads * head_dim; }
};

/// What a parameter is when it is left to the preset.
inline constexpr const char* kOfPreset = "preset";

inline constexpr ProgramParameter kParameters[] = {
    {"preset", "full", "full: the shapes of Qwen3-14B; small: some that run in a moment"},
    {"layers", "1", "layers, each with weights of its own"},
    {"batch", kOfPreset, "sequences, each with one new token; 16, small 3"},
    {"hidden", kOfPreset, "elements of a token, a multiple of 16; 5120, small 192"},
    {"heads", kOfPreset, "query heads, a multiple of kv_heads; 40, small 6"},
    {"kv_heads", kOfPreset, "heads of keys and values; 8, small 2"},
    {"head_dim", kOfPreset, "elements of a head, a multiple of 16; 128, small 32"},
    {"ffn", kOfPreset, "elements between the feed-forward projections, a multiple of 16; 17408, small 400"},
    {"context", kOfPreset, "longest context with the new token, in tokens; 1024, small 100"},
    {"contexts", "random", "random: each context from 1 to the longest; fixed: all as long as the longest"},
    {"block", kOfPreset, "tokens in a block of the cache, a multiple of 16; 128, small 16"},
    {"columns", kOfPreset, "of a projection's task, a multiple of 16 and of head_dim; 128, small 64"},
    {"ffn_columns", kOfPreset, "of a task of the gate or up projection, a multiple of 16; 256, small 96"},
    {"depth", kOfPreset, "most that one matrix task sums over, a multiple of 16; 5120, small 144"},
    {"kv_group", kOfPreset, "KV heads of one attention task; 4, small 1"},
    {"norm_rows", kOfPreset, "sequences of one normalisation task; 4, small 2"},
    {"epilogues", "mixed",
     "mixed: a matrix kernel and the vector kernel behind it are one task; separate: two"},
    {"seed", "1", "which weights, data, contexts and block table"},
};

/// Throws configuration, naming the parameter.
Sizes sizes_from(const ParameterValues& values);

}  // namespace weir::qwen3_decode
