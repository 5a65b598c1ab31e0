// SPDX-License-Identifier: Apache-2.0
#include "fuzz_program.hpp"

#include <algorithm>
#include <array>

namespace weir::fuzz {

Word mix(Word value) noexcept {
    value += 0x9e3779b97f4a7c15U;
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31U);
}

std::int64_t Geometry::size() const {
    std::int64_t count = 1;
    for (const Axis& axis : axes) count *= axis.extent;
    return count;
}

bool Geometry::contiguous() const {
    std::int64_t expected = 1;
    for (std::size_t i = axes.size(); i-- > 0;) {
        if (axes[i].extent != 1 && axes[i].stride != expected) return false;
        expected *= axes[i].extent;
    }
    return true;
}

std::vector<std::int64_t> Geometry::elements() const {
    std::vector<std::int64_t> found{offset};
    for (const Axis& axis : axes) {
        std::vector<std::int64_t> wider;
        for (const std::int64_t base : found)
            for (std::int64_t i = 0; i < axis.extent; ++i) wider.push_back(base + i * axis.stride);
        found = std::move(wider);
    }
    return found;
}

Geometry row_major(const Extents& extents) {
    Geometry result;
    result.axes.resize(extents.size());
    std::int64_t stride = 1;
    for (std::size_t i = extents.size(); i-- > 0;) {
        result.axes[i] = {extents[i], stride};
        stride *= extents[i];
    }
    return result;
}

Geometry apply(const Geometry& geometry, const ViewStep& step) {
    Geometry result = geometry;
    const auto axis = static_cast<std::size_t>(step.axis);
    switch (step.kind) {
        case ViewStep::Kind::box:
            for (std::size_t i = 0; i < result.axes.size(); ++i) {
                result.offset += step.offset[i] * result.axes[i].stride;
                result.axes[i].extent = step.shape[i];
            }
            break;
        case ViewStep::Kind::slice:
            result.offset += step.begin * result.axes[axis].stride;
            result.axes[axis].extent = (step.end - step.begin + step.step - 1) / step.step;
            result.axes[axis].stride *= step.step;
            break;
        case ViewStep::Kind::transpose:
            std::swap(result.axes[axis], result.axes[static_cast<std::size_t>(step.other)]);
            break;
        case ViewStep::Kind::reshape:
            result.axes = row_major(step.shape).axes;
            break;
    }
    return result;
}

void learn_tensors(const Statement& statement, TensorTable& tensors) {
    if (statement.kind == Statement::Kind::external)
        tensors[statement.operand.tensor] = {static_cast<int>(statement.memory), statement.placement,
                                             statement.is_signed};
    const auto own = [&](const Argument& made) {
        tensors[made.tensor] = {kFirstOwnStorage + made.tensor, row_major(made.shape), statement.is_signed};
    };
    if (statement.kind == Statement::Kind::allocate) own(statement.operand);
    for (const Argument& argument : statement.arguments)
        if (argument.allocates) own(argument);
}

Geometry geometry_of(const Argument& argument, const TensorTable& tensors) {
    Geometry geometry = tensors.at(argument.tensor).geometry;
    for (const ViewStep& step : argument.steps) geometry = apply(geometry, step);
    return geometry;
}

Argument element_operand(const FuzzPredicate& predicate) {
    Argument element = predicate.operand;
    element.access = Access::in;
    element.no_dep = false;
    element.steps.push_back({.kind = ViewStep::Kind::box,
                             .offset = predicate.index,
                             .shape = Extents(predicate.index.size(), 1)});
    return element;
}

std::vector<std::vector<Touched>> touched_elements(const FuzzProgram& program) {
    TensorTable tensors;
    std::vector<std::vector<Touched>> result;
    for (const Statement& statement : program.statements) {
        learn_tensors(statement, tensors);
        std::vector<Touched>& touched = result.emplace_back();
        for (const Argument& argument : statement.arguments)
            touched.push_back({tensors.at(argument.tensor).storage, geometry_of(argument, tensors).elements(),
                               argument.access != Access::out, argument.access != Access::in});
        if (!statement.predicate) continue;
        const Argument element = element_operand(*statement.predicate);
        touched.push_back(
            {tensors.at(element.tensor).storage, geometry_of(element, tensors).elements(), true, false});
    }
    return result;
}

std::vector<Word> initial_memory(const FuzzProgram& program, std::size_t memory) {
    std::vector<Word> words(program.memory_words[memory]);
    for (std::size_t i = 0; i < words.size(); ++i) words[i] = mix((memory + 1) << 32U | i);
    return words;
}

namespace {

/// The plain executor: storages by number, one statement after the other.
class Interpreter {
public:
    explicit Interpreter(const FuzzProgram& program) : program_(program) {
        for (std::size_t i = 0; i < program.memory_words.size(); ++i)
            storages_[static_cast<int>(i)] = initial_memory(program, i);
        observed_.reads.resize(program.statements.size());
    }

    Observed run() {
        for (std::size_t i = 0; i < program_.statements.size(); ++i) {
            const Statement& statement = program_.statements[i];
            learn_tensors(statement, tensors_);
            if (statement.kind == Statement::Kind::allocate) words_of(statement.operand);
            if (statement.kind == Statement::Kind::task) observed_.reads[i] = task(statement);
            if (statement.kind == Statement::Kind::get) observed_.reads[i] = element(statement);
            if (statement.kind == Statement::Kind::set) element(statement) = statement.value;
        }
        for (std::size_t i = 0; i < program_.memory_words.size(); ++i)
            observed_.memories.push_back(storages_[static_cast<int>(i)]);
        return observed_;
    }

private:
    std::vector<Word>& words_of(const Argument& argument) {
        const KnownTensor& tensor = tensors_.at(argument.tensor);
        std::vector<Word>& words = storages_[tensor.storage];
        if (argument.allocates) words.resize(static_cast<std::size_t>(tensor.geometry.size()));
        return words;
    }

    Word& element(const Statement& statement) {
        const Geometry geometry = geometry_of(statement.operand, tensors_);
        std::int64_t at = geometry.offset;
        for (std::size_t i = 0; i < statement.index.size(); ++i)
            at += statement.index[i] * geometry.axes[i].stride;
        return words_of(statement.operand)[static_cast<std::size_t>(at)];
    }

    bool holds(const FuzzPredicate& predicate) {
        const Argument element = element_operand(predicate);
        const auto at = static_cast<std::size_t>(geometry_of(element, tensors_).offset);
        const Word word = words_of(element)[at];
        const bool is_signed = tensors_.at(element.tensor).is_signed;
        const bool less =
            is_signed ? static_cast<std::int64_t>(word) < static_cast<std::int64_t>(predicate.constant)
                      : word < predicate.constant;
        const bool equal = word == predicate.constant;
        const bool wanted[] = {equal, !equal, less, less || equal, !less && !equal, !less};
        return wanted[static_cast<std::size_t>(predicate.comparison)];
    }

    Word task(const Statement& statement) {
        for (const Argument& argument : statement.arguments) words_of(argument);  // there, run or not
        if (statement.predicate && !holds(*statement.predicate)) return 0;
        Word hash = mix(static_cast<Word>(statement.id));
        for (const Argument& argument : statement.arguments) {
            if (argument.access == Access::out) continue;
            const std::vector<Word>& words = words_of(argument);
            for (const std::int64_t at : geometry_of(argument, tensors_).elements())
                hash = mix(hash, words[static_cast<std::size_t>(at)]);
        }
        for (std::size_t i = 0; i < statement.arguments.size(); ++i) {
            const Argument& argument = statement.arguments[i];
            std::vector<Word>& words = words_of(argument);
            if (argument.access == Access::in) continue;
            Word number = i << 32U;
            for (const std::int64_t at : geometry_of(argument, tensors_).elements())
                words[static_cast<std::size_t>(at)] = mix(hash, number++);
        }
        return hash;
    }

    const FuzzProgram& program_;
    TensorTable tensors_;
    std::map<int, std::vector<Word>> storages_;
    Observed observed_;
};

/// Occupancy of one ring, counted over everything since the oldest owner whose scope is open.
struct RingUse {
    std::uint64_t head = 0;
    std::uint64_t heap_head = 0;
};
struct ScopeUse {
    std::size_t ring;
    bool holds = false;
    std::uint64_t number = 0;  ///< of its oldest owner
    std::uint64_t heap = 0;    ///< where that one's memory starts
};

}  // namespace

Observed interpret(const FuzzProgram& program) { return Interpreter(program).run(); }

std::optional<std::string> difference(const Observed& expected, const Observed& found) {
    for (std::size_t i = 0; i < expected.reads.size(); ++i)
        if (expected.reads[i] != found.reads[i])
            return "statement at line " + std::to_string(i) + " saw other data than in serial order";
    for (std::size_t memory = 0; memory < expected.memories.size(); ++memory)
        for (std::size_t i = 0; i < expected.memories[memory].size(); ++i)
            if (expected.memories[memory][i] != found.memories[memory][i])
                return "m" + std::to_string(memory) + "[" + std::to_string(i) + "] differs at the end";
    return std::nullopt;
}

Needs needs_of(const FuzzProgram& program, std::uint64_t granularity) {
    std::array<RingUse, kRings> rings{};
    std::vector<ScopeUse> scopes{{0}};
    Needs needs{1, granularity};
    const auto bytes_of = [&](const Argument& made) {
        const auto bytes = static_cast<std::uint64_t>(row_major(made.shape).size()) * sizeof(Word);
        return (bytes + granularity - 1) / granularity * granularity;
    };
    for (const Statement& statement : program.statements) {
        if (statement.kind == Statement::Kind::open)
            scopes.push_back({std::min<std::size_t>(scopes.size(), kRings - 1)});
        if (statement.kind == Statement::Kind::close) scopes.pop_back();
        const bool allocates = statement.kind == Statement::Kind::allocate;
        if (!allocates && statement.kind != Statement::Kind::task &&
            statement.kind != Statement::Kind::barrier)
            continue;
        std::uint64_t bytes = allocates ? bytes_of(statement.operand) : 0;
        for (const Argument& argument : statement.arguments)
            if (argument.allocates) bytes += bytes_of(argument);
        ScopeUse& scope = scopes.back();
        RingUse& ring = rings[scope.ring];
        if (bytes != 0 && !scope.holds) {
            scope.holds = true;
            scope.number = ring.head;
            scope.heap = ring.heap_head;
        }
        ++ring.head;
        ring.heap_head += bytes;
        for (const ScopeUse& open : scopes) {
            if (open.ring != scope.ring || !open.holds) continue;
            needs.consumed_window = std::max(needs.consumed_window, ring.head - open.number);
            needs.heap_bytes = std::max(needs.heap_bytes, ring.heap_head - open.heap);
        }
    }
    return needs;
}

}  // namespace weir::fuzz
