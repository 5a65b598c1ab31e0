// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <optional>

#include "fuzz_program.hpp"

namespace weir::fuzz {

namespace {

inline constexpr int kDepthMax = 5;
inline constexpr std::int64_t kElementsMax = 40;     ///< of one operand
inline constexpr std::int64_t kOwnElementsMax = 24;  ///< of one allocation
inline constexpr int kOwnedOperandsMax = 3;          ///< dependency pools of 4 must hold a task's owners

struct OpenScope {
    int id;
    std::size_t ring;
    ScopeMode mode;
    std::vector<int> tensors;
    std::optional<std::uint64_t> oldest_owner;
};

class Generator {
public:
    Generator(Word seed, const GeneratorOptions& options) : random_(seed), options_(options) {}

    FuzzProgram run() {
        program_.queued = random_.chance(20);
        const auto memories = 1 + random_.below(3);
        scopes_.push_back({-1, 0, ScopeMode::automatic, {}, {}});
        for (std::int64_t i = 0; i < memories; ++i) {
            program_.memory_words.push_back(static_cast<std::size_t>(4 + random_.below(60)));
            for (std::int64_t views = 1 + random_.below(3); views > 0; --views)
                add_external(static_cast<std::size_t>(i));
        }
        const auto wanted = static_cast<std::size_t>(6 + random_.below(options_.statements_max - 6));
        while (program_.statements.size() < wanted) add_statement();
        normalise(program_);
        return program_;
    }

private:
    void add_statement() {
        const std::int64_t dice = random_.below(100);
        const bool deep = static_cast<int>(scopes_.size()) > kDepthMax;
        if (dice < 9 && !deep)
            open_scope();
        else if (dice < 15 && scopes_.size() > 1)
            close_scope();
        else if (dice < 18)
            add_external(static_cast<std::size_t>(
                random_.below(static_cast<std::int64_t>(program_.memory_words.size()))));
        else if (dice < 21)
            add_allocate();
        else if (dice < 25)
            add_element_access(Statement::Kind::get);
        else if (dice < 29)
            add_element_access(Statement::Kind::set);
        else
            add_task(dice < 32 ? Statement::Kind::barrier : Statement::Kind::task);
    }

    Statement& append(Statement::Kind kind) {
        Statement& statement = program_.statements.emplace_back();
        statement.kind = kind;
        statement.id = next_id_++;
        return statement;
    }

    void open_scope() {
        Statement& statement = append(Statement::Kind::open);
        const bool manual =
            scopes_.back().mode == ScopeMode::manual || (options_.manual && random_.chance(35));
        statement.mode = manual ? ScopeMode::manual : ScopeMode::automatic;
        scopes_.push_back(
            {statement.id, std::min<std::size_t>(scopes_.size(), kRings - 1), statement.mode, {}, {}});
    }

    void close_scope() {
        Statement& statement = append(Statement::Kind::close);
        statement.scope = scopes_.back().id;
        scopes_.pop_back();
    }

    Extents random_shape(std::int64_t elements_max) {
        Extents extents;
        std::int64_t left = elements_max;
        for (auto axes = 1 + random_.below(3); axes > 0; --axes) {
            extents.push_back(1 + random_.below(std::min<std::int64_t>(left, axes == 1 ? left : 6)));
            left /= extents.back();
        }
        return extents;
    }

    /// A dense part of the memory, or one with strides, which may even meet themselves.
    Geometry random_placement(std::int64_t words) {
        Geometry placement = row_major(random_shape(std::min(words, kElementsMax)));
        if (random_.chance(35)) {
            for (Axis& axis : placement.axes) axis.stride = 1 + random_.below(8);
            const auto last = [&] {
                std::int64_t sum = 0;
                for (const Axis& axis : placement.axes) sum += (axis.extent - 1) * axis.stride;
                return sum;
            };
            for (std::size_t i = 0; last() >= words; i = (i + 1) % placement.axes.size())
                placement.axes[i].extent = std::max<std::int64_t>(1, placement.axes[i].extent / 2);
            placement.offset = random_.below(words - last());
        } else {
            placement.offset = random_.below(words - placement.size() + 1);
        }
        return placement;
    }

    void add_external(std::size_t memory) {
        const auto words = static_cast<std::int64_t>(program_.memory_words[memory]);
        Geometry placement = random_placement(words);
        if (random_.chance(30)) placement = row_major({words});
        Statement& statement = append(Statement::Kind::external);
        statement.memory = memory;
        statement.placement = placement;
        statement.is_signed = random_.chance(50);
        statement.operand.tensor = next_tensor_++;
        learn_tensors(statement, tensors_);
        scopes_.front().tensors.push_back(statement.operand.tensor);
    }

    /// Whether one more task, owning memory or not, fits in the consumed window of the current ring.
    [[nodiscard]] bool fits() const {
        const std::size_t ring = scopes_.back().ring;
        for (const OpenScope& scope : scopes_)
            if (scope.ring == ring && scope.oldest_owner &&
                heads_[ring] + 1 - *scope.oldest_owner > options_.consumed_window)
                return false;
        return true;
    }

    /// Small windows leave room for few tasks behind an owner that stays, so the outermost scope seldom owns
    /// any.
    bool may_own() {
        if (scopes_.size() == 1) return random_.chance(4);
        return fits();
    }

    void take_slot(bool owner) {
        OpenScope& scope = scopes_.back();
        if (owner && !scope.oldest_owner) scope.oldest_owner = heads_[scope.ring];
        ++heads_[scope.ring];
    }

    void make_room() {
        if (scopes_.size() > 1)
            close_scope();
        else if (!fits())
            open_scope();
    }

    void add_allocate() {
        if (!fits() || !may_own()) return;
        take_slot(true);
        Statement& statement = append(Statement::Kind::allocate);
        statement.operand.allocates = true;
        statement.operand.tensor = next_tensor_++;
        statement.operand.shape = random_shape(kOwnElementsMax);
        statement.is_signed = random_.chance(50);
        learn_tensors(statement, tensors_);
        scopes_.back().tensors.push_back(statement.operand.tensor);
    }

    Argument random_operand() {
        if (!used_.empty() && random_.chance(40)) {  // the same view again: the usual tile
            const Argument& again =
                used_[static_cast<std::size_t>(random_.below(static_cast<std::int64_t>(used_.size())))];
            if (alive(again.tensor)) return again;
        }
        std::vector<int> candidates;
        for (const OpenScope& scope : scopes_)
            candidates.insert(candidates.end(), scope.tensors.begin(), scope.tensors.end());
        Argument argument;
        argument.tensor =
            candidates[static_cast<std::size_t>(random_.below(static_cast<std::int64_t>(candidates.size())))];
        for (auto steps = random_.below(4); steps > 0; --steps) add_step(argument);
        while (geometry_of(argument, tensors_).size() > kElementsMax) add_half(argument);
        if (used_.size() < 12) used_.push_back(argument);
        return argument;
    }

    [[nodiscard]] bool alive(int tensor) const {
        return std::any_of(scopes_.begin(), scopes_.end(), [&](const OpenScope& scope) {
            return std::find(scope.tensors.begin(), scope.tensors.end(), tensor) != scope.tensors.end();
        });
    }

    void add_half(Argument& argument) {
        const Geometry geometry = geometry_of(argument, tensors_);
        ViewStep step{.kind = ViewStep::Kind::slice};
        for (std::size_t i = 0; i < geometry.axes.size(); ++i)
            if (geometry.axes[i].extent > geometry.axes[static_cast<std::size_t>(step.axis)].extent)
                step.axis = static_cast<int>(i);
        const std::int64_t extent = geometry.axes[static_cast<std::size_t>(step.axis)].extent;
        step.begin = random_.below(extent / 2 + 1);
        step.end = step.begin + extent / 2;
        argument.steps.push_back(step);
    }

    void add_step(Argument& argument) {
        const Geometry geometry = geometry_of(argument, tensors_);
        const auto axes = static_cast<std::int64_t>(geometry.axes.size());
        ViewStep step;
        step.kind = static_cast<ViewStep::Kind>(random_.below(4));
        if (step.kind == ViewStep::Kind::box) {
            for (const Axis& axis : geometry.axes) {
                step.offset.push_back(random_.below(axis.extent));
                step.shape.push_back(1 + random_.below(axis.extent - step.offset.back()));
            }
        } else if (step.kind == ViewStep::Kind::slice) {
            step.axis = static_cast<int>(random_.below(axes));
            const std::int64_t extent = geometry.axes[static_cast<std::size_t>(step.axis)].extent;
            step.begin = random_.below(extent);
            step.end = step.begin + 1 + random_.below(extent - step.begin);
            step.step = 1 + random_.below(3);
        } else if (step.kind == ViewStep::Kind::transpose) {
            step.axis = static_cast<int>(random_.below(axes));
            step.other = static_cast<int>(random_.below(axes));
            if (step.axis == step.other) return;
        } else {
            if (!geometry.contiguous()) return;
            const std::int64_t size = geometry.size();
            std::int64_t rows = 1 + random_.below(size);
            while (size % rows != 0) --rows;
            step.shape = random_.chance(50) ? Extents{rows, size / rows} : Extents{size};
        }
        argument.steps.push_back(step);
    }

    void add_task(Statement::Kind kind) {
        if (!fits()) return make_room();
        const bool manual = scopes_.back().mode == ScopeMode::manual;
        Statement statement;
        statement.kind = kind;
        statement.is_signed = random_.chance(50);
        int owned = 0;
        bool owner = false;
        const std::int64_t count = random_.chance(8) ? 5 + random_.below(6) : 1 + random_.below(4);
        for (std::int64_t i = 0; i < count; ++i) {
            Argument argument;
            if (kind == Statement::Kind::task && random_.chance(18) && may_own()) {
                argument.allocates = owner = true;
                argument.access = Access::out;
                argument.tensor = next_tensor_++;
                argument.shape = random_shape(kOwnElementsMax);
            } else {
                argument = random_operand();
                if (tensors_.at(argument.tensor).storage >= kFirstOwnStorage && ++owned > kOwnedOperandsMax)
                    continue;
                const std::int64_t dice = random_.below(100);
                argument.access = dice < 50 ? Access::in : dice < 75 ? Access::out : Access::inout;
                if (kind == Statement::Kind::barrier && argument.access == Access::out)
                    argument.access = Access::in;
                argument.no_dep =
                    options_.no_dep && !manual && random_.chance(kind == Statement::Kind::barrier ? 50 : 8);
            }
            statement.arguments.push_back(argument);
        }
        if (statement.arguments.empty()) return;
        if (random_.chance(60)) statement.pace = static_cast<Pace>(random_.below(kPaces));
        if (random_.chance(10)) statement.priority = static_cast<int>(random_.below(16)) + kMinPriority;
        while (!tasks_.empty() && random_.chance(12) && statement.after.size() < 4)
            statement.after.push_back(
                tasks_[static_cast<std::size_t>(random_.below(static_cast<std::int64_t>(tasks_.size())))]);
        if (options_.launches && kind == Statement::Kind::task) add_launch(statement);
        place(std::move(statement), owner);
    }

    void add_launch(Statement& statement) {
        if (random_.chance(15))
            statement.blocks =
                static_cast<int>(random_.chance(15) ? 40 + random_.below(9) : 2 + random_.below(5));
        if (random_.chance(10)) statement.subtasks = 1 + static_cast<unsigned>(random_.below(7));
        statement.sync_start = random_.chance(50);
        if (random_.chance(12)) {
            FuzzPredicate predicate{.operand = random_operand()};
            for (const Axis& axis : geometry_of(predicate.operand, tensors_).axes)
                predicate.index.push_back(random_.below(axis.extent));
            // Elements are random words: about half of them are below the middle of their type.
            const bool is_signed = tensors_.at(predicate.operand.tensor).is_signed;
            predicate.constant = is_signed ? 0 : Word{1} << 63U;
            predicate.comparison = static_cast<Comparison>(random_.below(6));
            statement.predicate = std::move(predicate);
        }
    }

    void place(Statement statement, bool owner) {
        statement.id = next_id_++;
        learn_tensors(statement, tensors_);
        for (const Argument& argument : statement.arguments)
            if (argument.allocates) scopes_.back().tensors.push_back(argument.tensor);
        tasks_.push_back(statement.id);
        take_slot(owner);
        program_.statements.push_back(std::move(statement));
    }

    void add_element_access(Statement::Kind kind) {
        if (!options_.element_access) return;
        Argument operand = random_operand();
        Statement& statement = append(kind);
        for (const Axis& axis : geometry_of(operand, tensors_).axes)
            statement.index.push_back(random_.below(axis.extent));
        statement.operand = std::move(operand);
        statement.is_signed = tensors_.at(statement.operand.tensor).is_signed;
        statement.value = random_.next();
    }

    Random random_;
    GeneratorOptions options_;
    FuzzProgram program_;
    TensorTable tensors_;
    std::vector<OpenScope> scopes_;
    std::array<std::uint64_t, kRings> heads_{};
    std::vector<Argument> used_;
    std::vector<int> tasks_;
    int next_id_ = 1;
    int next_tensor_ = 1;
};

}  // namespace

FuzzProgram generate(Word seed, const GeneratorOptions& options) { return Generator(seed, options).run(); }

}  // namespace weir::fuzz
