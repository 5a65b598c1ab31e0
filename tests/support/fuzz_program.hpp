// SPDX-License-Identifier: Apache-2.0
/// A random program as plain data: it can be interpreted serially without Weir, run on Weir, shrunk and
/// printed. Elements are 64-bit words; a task mixes the words it reads with its own number into the words it
/// writes, so any other order of two conflicting tasks leaves other words behind.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <weir/weir.hpp>

namespace weir::fuzz {

using Word = std::uint64_t;
using Extents = std::vector<std::int64_t>;

/// splitmix64: the one function that every value of a program goes through.
Word mix(Word value) noexcept;
/// Order-dependent combination of a running hash with one more word.
inline Word mix(Word hash, Word value) noexcept { return mix(hash * 3 + value); }

/// Seeded source of the generator's choices, the same on every standard library.
class Random {
public:
    explicit Random(Word seed) noexcept : state_(mix(seed)) {}
    Word next() noexcept { return mix(state_++); }
    /// 0 .. bound-1.
    std::int64_t below(std::int64_t bound) noexcept {
        return static_cast<std::int64_t>(next() % static_cast<Word>(bound));
    }
    bool chance(int percent) noexcept { return below(100) < percent; }

private:
    Word state_;
};

/// Where the elements of a tensor lie in its storage, in words.
struct Geometry {
    std::int64_t offset = 0;
    std::vector<Axis> axes;

    [[nodiscard]] std::int64_t size() const;
    [[nodiscard]] bool contiguous() const;
    /// Storage index of every element, in row-major order.
    [[nodiscard]] std::vector<std::int64_t> elements() const;
};
Geometry row_major(const Extents& extents);

/// One call of view, slice, transpose or reshape.
struct ViewStep {
    enum class Kind { box, slice, transpose, reshape };
    Kind kind = Kind::box;
    Extents offset{};                           ///< box
    Extents shape{};                            ///< box, reshape
    int axis = 0;                               ///< slice, transpose
    int other = 0;                              ///< transpose
    std::int64_t begin = 0, end = 0, step = 1;  ///< slice
};
Geometry apply(const Geometry& geometry, const ViewStep& step);

/// A tensor operand of a statement. Tensors are named by numbers that are unique in the program.
struct Argument {
    int tensor = 0;
    std::vector<ViewStep> steps{};
    Access access = Access::in;
    bool no_dep = false;
    bool allocates = false;  ///< the runtime allocates `shape` and the result is named `tensor`
    Extents shape{};
};

/// How long a kernel takes, and what the runtime is told about it.
enum class Pace { instant, short_wait, long_wait, bimodal, declared_long };
inline constexpr int kPaces = 5;

/// The work of a task is skipped unless operand[index] compares as told.
struct FuzzPredicate {
    Argument operand{};
    Extents index{};
    Comparison comparison = Comparison::equal;
    Word constant = 0;
};
/// The element that a predicate looks at, as an operand of its own.
Argument element_operand(const FuzzPredicate& predicate);

struct Statement {
    enum class Kind { external, allocate, task, barrier, get, set, open, close };
    Kind kind = Kind::task;
    int id = 0;  ///< unique, survives shrinking
    // external, allocate, get, set
    Argument operand{};
    Extents index{};
    Word value = 0;
    std::size_t memory = 0;  ///< external: which memory
    Geometry placement{};    ///< external: where in it
    bool is_signed = false;  ///< external, and tensors allocated here
    // task, barrier
    std::vector<Argument> arguments{};
    Pace pace = Pace::instant;
    int priority = 0;
    std::vector<int> after{};  ///< ids of tasks waited for without need
    int blocks = 1;
    unsigned subtasks = 0;  ///< bit i: slot i of a mixed task has a kernel; 0: no mixed task
    bool sync_start = false;
    std::optional<FuzzPredicate> predicate{};
    // open, close
    ScopeMode mode = ScopeMode::automatic;
    int scope = 0;  ///< close: id of the statement that opened

    // Derived by normalise().
    std::vector<int> needed{};  ///< ids of tasks that must be waited for explicitly
    int signature = -1;         ///< index into kSignatures, or -1: submitted untyped

    /// Calls of kernels that the task makes; each writes its share of the elements.
    [[nodiscard]] int calls() const noexcept { return blocks * std::max(1, std::popcount(subtasks)); }
    /// Whether its calls meet between reading and writing.
    [[nodiscard]] bool meets() const noexcept { return calls() > 1 && (sync_start || blocks == 1); }
};

/// Parameter lists of the typed kernels: i In, o Out, x InOut.
inline constexpr const char* kSignatures[] = {"i", "o", "x", "io", "ix", "iio", "iix", "ioo", "xx", "iiio"};

struct FuzzProgram {
    std::vector<std::size_t> memory_words;
    std::vector<Statement> statements;
    bool queued = false;  ///< run by Runtime::submit instead of Runtime::run
};

/// What a run leaves behind.
struct Observed {
    std::vector<std::vector<Word>> memories;
    std::vector<Word> reads;  ///< per statement: hash of what the task read, or the value that get returned
    bool operator==(const Observed&) const = default;
};

/// Makes a program well-formed and well-defined: drops uses of tensors that do not exist (any more), turns a
/// read of memory never written into a write, closes scopes, and gives every task whose conflicts Weir is
/// told not to look at (MANUAL, no_dep) the explicit dependencies that order them. Fills the derived fields.
void normalise(FuzzProgram& program);

/// What is known of a tensor while the statements are walked.
struct KnownTensor {
    int storage = 0;  ///< number of a memory, or kFirstOwnStorage + tensor for memory of the runtime
    Geometry geometry{};
    bool is_signed = false;
};
inline constexpr int kFirstOwnStorage = 1000;
using TensorTable = std::map<int, KnownTensor>;
/// Enters the tensors that a statement makes.
void learn_tensors(const Statement& statement, TensorTable& tensors);
/// Geometry of an operand that is no allocation.
Geometry geometry_of(const Argument& argument, const TensorTable& tensors);

/// Everything an access touches: the storage and its elements. Valid for a normalised program.
struct Touched {
    int storage;
    std::vector<std::int64_t> elements;
    bool reads;
    bool writes;
};
/// Per statement what its task touches; empty for statements that are no task.
std::vector<std::vector<Touched>> touched_elements(const FuzzProgram& program);

/// Initial content of a memory.
std::vector<Word> initial_memory(const FuzzProgram& program, std::size_t memory);

/// Serial execution, without Weir.
Observed interpret(const FuzzProgram& program);

/// What differs from the serial result, or nothing.
std::optional<std::string> difference(const Observed& expected, const Observed& found);

/// Smallest consumed window that every ring needs for the program, and largest number of heap bytes when each
/// allocation is rounded up to `granularity`.
struct Needs {
    std::uint64_t consumed_window;
    std::uint64_t heap_bytes;
};
Needs needs_of(const FuzzProgram& program, std::uint64_t granularity);

/// Source-like text.
std::string to_text(const FuzzProgram& program);

struct GeneratorOptions {
    bool manual = true;
    bool no_dep = true;
    bool element_access = true;  ///< get and set
    bool launches = true;        ///< mixed and SPMD tasks, sync_start, predicates
    std::uint64_t consumed_window = 4;
    int statements_max = 64;
};
/// A normalised random program.
FuzzProgram generate(Word seed, const GeneratorOptions& options);

/// Removes what is not needed for `fails` to stay true, within a number of calls.
template <class Fails>
FuzzProgram shrink(FuzzProgram program, const Fails& fails, int calls_max) {
    const auto attempt = [&](FuzzProgram candidate) {
        if (calls_max <= 0) return false;
        normalise(candidate);
        --calls_max;
        if (!fails(candidate)) return false;
        program = std::move(candidate);
        return true;
    };
    for (std::size_t chunk = program.statements.size(); chunk > 0; chunk /= 2) {
        for (std::size_t at = 0; at < program.statements.size();) {
            FuzzProgram candidate = program;
            const auto first = candidate.statements.begin() + static_cast<std::ptrdiff_t>(at);
            const std::size_t count = std::min(chunk, candidate.statements.size() - at);
            candidate.statements.erase(first, first + static_cast<std::ptrdiff_t>(count));
            const std::size_t before = program.statements.size();
            if (!attempt(std::move(candidate)) || program.statements.size() >= before) at += chunk;
        }
    }
    for (std::size_t at = 0; at < program.statements.size(); ++at) {
        for (std::size_t argument = 0; argument < program.statements[at].arguments.size();) {
            FuzzProgram candidate = program;
            auto& arguments = candidate.statements[at].arguments;
            arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(argument));
            const std::size_t before = program.statements.size();
            const bool shorter = arguments.empty() ? false : attempt(std::move(candidate));
            if (program.statements.size() != before) break;
            if (!shorter) ++argument;
        }
        if (at >= program.statements.size()) break;
        FuzzProgram candidate = program;
        candidate.statements[at].after.clear();
        candidate.statements[at].priority = 0;
        attempt(std::move(candidate));
        if (at >= program.statements.size()) break;
        candidate = program;
        candidate.statements[at].blocks = 1;
        candidate.statements[at].subtasks = 0;
        attempt(std::move(candidate));
        if (at >= program.statements.size()) break;
        candidate = program;
        candidate.statements[at].predicate.reset();
        attempt(std::move(candidate));
    }
    return program;
}

}  // namespace weir::fuzz
