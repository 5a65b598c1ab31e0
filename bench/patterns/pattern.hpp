// SPDX-License-Identifier: Apache-2.0
//
// The patterns every runtime is measured with: which data exist, and for each task in program order which of
// them it reads, writes (old value unused) or updates (reads and writes).
//
// `generate(pattern, tasks, sink)` walks the first `tasks` tasks of a pattern and calls, once per task,
//
//     sink.task(Access<reads, writes, updates>{}, index, read..., written..., updated...)
//
// with the data as numbers below `data_count(pattern)`. The number of accesses is part of the type, so that a
// runtime writes each arity as its own construct (a depend clause, a typed kernel) and no list is built per
// task. The arities in use are listed by `for_each_access`.
//
//   no_dep       Access<0,0,0>            no data; the task takes only its index
//   independent  Access<0,1,0>            task i writes datum i mod 1024
//   chain        Access<0,0,1>            all tasks update datum 0
//   stencil_1d   Access<3,1,0>, <2,1,0>   64 wide, two buffers: task (t, i) reads i-1, i, i+1 of step t-1
//   fork_join    Access<0,0,1>, <1,0,1>   rounds of 66: update d; 64 read d, update their own; update d
//   cholesky     Access<0,0,1>, <1,0,1>, <2,0,1>   tiled factorization of 60 x 60 tiles, repeated
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::patterns {

using DataId = std::uint32_t;

/// The accesses of a task by kind. The data of a task come in this order: reads, writes, updates.
template <int kReads, int kWrites, int kUpdates>
struct Access {
    static constexpr int kReadCount = kReads;
    static constexpr int kWriteCount = kWrites;
    static constexpr int kUpdateCount = kUpdates;
};

/// Calls `function(Access<...>{})` for every arity that `generate` uses: where a runtime registers its
/// kernels.
template <class Function>
void for_each_access(Function&& function) {
    function(Access<0, 0, 0>{});
    function(Access<0, 1, 0>{});
    function(Access<0, 0, 1>{});
    function(Access<1, 0, 1>{});
    function(Access<2, 0, 1>{});
    function(Access<2, 1, 0>{});
    function(Access<3, 1, 0>{});
}

enum class Pattern { kNoDep, kIndependent, kChain, kStencil1d, kForkJoin, kCholesky };

struct PatternName {
    std::string_view name;
    Pattern pattern;
};

inline constexpr std::array<PatternName, 6> kPatternNames{{
    {"no_dep", Pattern::kNoDep},
    {"independent", Pattern::kIndependent},
    {"chain", Pattern::kChain},
    {"stencil_1d", Pattern::kStencil1d},
    {"fork_join", Pattern::kForkJoin},
    {"cholesky", Pattern::kCholesky},
}};

inline std::optional<Pattern> find_pattern(std::string_view name) {
    for (const PatternName& entry : kPatternNames) {
        if (entry.name == name) return entry.pattern;
    }
    return std::nullopt;
}

inline constexpr DataId kIndependentData = 1024;
inline constexpr DataId kStencilWidth = 64;
inline constexpr DataId kForkJoinWidth = 64;
inline constexpr DataId kCholeskyTiles = 60;

/// Tasks of one round of fork_join: the fork, its readers, the join.
inline constexpr std::uint64_t kForkJoinRound = kForkJoinWidth + 2;

/// Tasks of one factorization: potrf per step, trsm per tile below it, syrk and gemm per tile of the trailing
/// triangle.
constexpr std::uint64_t cholesky_task_count(std::uint64_t tiles) {
    std::uint64_t count = 0;
    for (std::uint64_t below = 0; below < tiles; ++below) count += 1 + below + below * (below + 1) / 2;
    return count;
}
inline constexpr std::uint64_t kCholeskyRound = cholesky_task_count(kCholeskyTiles);

constexpr DataId data_count(Pattern pattern) {
    switch (pattern) {
        case Pattern::kNoDep:
            return 1;  // untouched by tasks: a constant for runtimes whose tasks must name an operand
        case Pattern::kIndependent:
            return kIndependentData;
        case Pattern::kChain:
            return 1;
        case Pattern::kStencil1d:
            return 2 * kStencilWidth;
        case Pattern::kForkJoin:
            return 1 + kForkJoinWidth;
        case Pattern::kCholesky:
            return kCholeskyTiles * kCholeskyTiles;
    }
    return 0;
}

namespace detail {

/// Numbers the tasks and stops after the requested count.
template <class Sink>
class Program {
public:
    Program(std::uint64_t tasks, Sink& sink) : sink_(sink), tasks_(tasks) {}

    bool done() const { return index_ == tasks_; }

    template <class AccessType, class... Data>
    void task(AccessType access, Data... data) {
        if (done()) return;
        sink_.task(access, index_, data...);
        ++index_;
    }

private:
    Sink& sink_;
    std::uint64_t tasks_;
    std::uint64_t index_ = 0;
};

template <class Sink>
void generate_stencil_step(DataId step, Program<Sink>& program) {
    const DataId previous = (step % 2 == 0 ? 1 : 0) * kStencilWidth;
    const DataId current = (step % 2) * kStencilWidth;
    constexpr DataId kLast = kStencilWidth - 1;
    program.task(Access<2, 1, 0>{}, previous, previous + 1, current);
    for (DataId i = 1; i < kLast; ++i) {
        program.task(Access<3, 1, 0>{}, previous + i - 1, previous + i, previous + i + 1, current + i);
    }
    program.task(Access<2, 1, 0>{}, previous + kLast - 1, previous + kLast, current + kLast);
}

template <class Sink>
void generate_fork_join_round(Program<Sink>& program) {
    program.task(Access<0, 0, 1>{}, DataId{0});
    for (DataId i = 1; i <= kForkJoinWidth; ++i) program.task(Access<1, 0, 1>{}, DataId{0}, i);
    program.task(Access<0, 0, 1>{}, DataId{0});
}

constexpr DataId tile(DataId row, DataId column) { return row * kCholeskyTiles + column; }

template <class Sink>
void generate_cholesky_step(DataId k, Program<Sink>& program) {
    program.task(Access<0, 0, 1>{}, tile(k, k));  // potrf
    for (DataId i = k + 1; i < kCholeskyTiles; ++i) {
        program.task(Access<1, 0, 1>{}, tile(k, k), tile(i, k));  // trsm
    }
    for (DataId i = k + 1; i < kCholeskyTiles; ++i) {
        for (DataId j = k + 1; j < i; ++j) {
            program.task(Access<2, 0, 1>{}, tile(i, k), tile(j, k), tile(i, j));  // gemm
        }
        program.task(Access<1, 0, 1>{}, tile(i, k), tile(i, i));  // syrk
    }
}

}  // namespace detail

/// Submits the first `tasks` tasks of `pattern` to `sink`, in program order.
template <class Sink>
void generate(Pattern pattern, std::uint64_t tasks, Sink& sink) {
    detail::Program<Sink> program{tasks, sink};
    switch (pattern) {
        case Pattern::kNoDep:
            while (!program.done()) program.task(Access<0, 0, 0>{});
            return;
        case Pattern::kIndependent:
            while (!program.done()) {
                for (DataId i = 0; i < kIndependentData; ++i) program.task(Access<0, 1, 0>{}, i);
            }
            return;
        case Pattern::kChain:
            while (!program.done()) program.task(Access<0, 0, 1>{}, DataId{0});
            return;
        case Pattern::kStencil1d:
            for (DataId step = 0; !program.done(); ++step) detail::generate_stencil_step(step, program);
            return;
        case Pattern::kForkJoin:
            while (!program.done()) detail::generate_fork_join_round(program);
            return;
        case Pattern::kCholesky:
            while (!program.done()) {
                for (DataId k = 0; k < kCholeskyTiles && !program.done(); ++k) {
                    detail::generate_cholesky_step(k, program);
                }
            }
            return;
    }
}

}  // namespace weir::patterns
