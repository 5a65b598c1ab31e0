// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bitset>
#include <set>
#include <utility>

#include "fuzz_program.hpp"

namespace weir::fuzz {

namespace {

inline constexpr std::size_t kTasksMax = 256;
using TaskSet = std::bitset<kTasksMax>;
using Element = std::pair<int, std::int64_t>;  ///< storage, index

struct KeptScope {
    int id;
    ScopeMode mode;
    std::set<int> tensors;
};

class Normaliser {
public:
    explicit Normaliser(FuzzProgram& program) : program_(program) {}

    void run() {
        scopes_.push_back({-1, ScopeMode::automatic, {}});
        std::vector<Statement> before = std::move(program_.statements);
        program_.statements.clear();
        for (Statement& statement : before)
            if (keep(statement)) program_.statements.push_back(std::move(statement));
        while (scopes_.size() > 1) append_close();
    }

private:
    bool keep(Statement& statement) {
        using Kind = Statement::Kind;
        switch (statement.kind) {
            case Kind::open:
                return open(statement);
            case Kind::close:
                return close(statement);
            case Kind::external:
                learn_tensors(statement, tensors_);
                scopes_.front().tensors.insert(statement.operand.tensor);
                for (const std::int64_t at : statement.placement.elements())
                    written_.insert({static_cast<int>(statement.memory), at});
                return true;
            case Kind::allocate:
                learn_tensors(statement, tensors_);
                scopes_.back().tensors.insert(statement.operand.tensor);
                return true;
            case Kind::get:
            case Kind::set:
                return keep_element_access(statement);
            case Kind::task:
            case Kind::barrier:
                return keep_task(statement);
        }
        return false;
    }

    bool open(Statement& statement) {
        if (scopes_.back().mode == ScopeMode::manual) statement.mode = ScopeMode::manual;
        scopes_.push_back({statement.id, statement.mode, {}});
        return true;
    }

    bool close(const Statement& statement) {
        const auto named = [&](const KeptScope& scope) { return scope.id == statement.scope; };
        if (scopes_.size() <= 1 || std::none_of(scopes_.begin() + 1, scopes_.end(), named)) return false;
        while (scopes_.back().id != statement.scope) append_close();
        scopes_.pop_back();
        return true;
    }

    void append_close() {
        Statement statement;
        statement.kind = Statement::Kind::close;
        statement.id = 100'000 + scopes_.back().id;
        statement.scope = scopes_.back().id;
        program_.statements.push_back(statement);
        scopes_.pop_back();
    }

    [[nodiscard]] bool alive(int tensor) const {
        return std::any_of(scopes_.begin(), scopes_.end(),
                           [&](const KeptScope& scope) { return scope.tensors.contains(tensor); });
    }

    [[nodiscard]] std::vector<Element> elements_of(const Argument& argument) const {
        std::vector<Element> result;
        const int storage = tensors_.at(argument.tensor).storage;
        for (const std::int64_t at : geometry_of(argument, tensors_).elements())
            result.emplace_back(storage, at);
        return result;
    }

    [[nodiscard]] bool all_written(const std::vector<Element>& elements) const {
        return std::all_of(elements.begin(), elements.end(),
                           [&](const Element& element) { return written_.contains(element); });
    }

    bool keep_element_access(const Statement& statement) {
        if (!alive(statement.operand.tensor)) return false;
        const Geometry geometry = geometry_of(statement.operand, tensors_);
        std::int64_t at = geometry.offset;
        for (std::size_t i = 0; i < statement.index.size(); ++i)
            at += statement.index[i] * geometry.axes[i].stride;
        const Element element{tensors_.at(statement.operand.tensor).storage, at};
        if (statement.kind == Statement::Kind::get) return written_.contains(element);
        written_.insert(element);
        return true;
    }

    bool keep_task(Statement& statement) {
        if (tasks_.size() == kTasksMax) return false;
        const bool barrier = statement.kind == Statement::Kind::barrier;
        std::erase_if(statement.arguments, [&](const Argument& argument) {
            if (argument.allocates) return barrier;
            return !alive(argument.tensor) || (barrier && !all_written(elements_of(argument)));
        });
        if (statement.arguments.empty()) return false;
        learn_tensors(statement, tensors_);
        for (Argument& argument : statement.arguments)
            if (!argument.allocates && !all_written(elements_of(argument))) argument.access = Access::out;
        std::erase_if(statement.after, [&](int id) { return !numbers_.contains(id); });
        settle_launch(statement);
        choose_signature(statement);
        if (!order(statement)) return false;
        record(statement);
        return true;
    }

    /// Calls that share a task's writes give the same result in any order only if no element is written
    /// twice; and one that is also read only if all have read before any writes.
    void settle_launch(Statement& statement) const {
        if (statement.predicate && (!alive(statement.predicate->operand.tensor) ||
                                    !all_written(elements_of(element_operand(*statement.predicate)))))
            statement.predicate.reset();
        if (statement.calls() == 1) return;
        std::set<Element> written, read;
        bool twice = false;
        for (const Argument& argument : statement.arguments)
            for (const Element& element : elements_of(argument)) {
                if (argument.access != Access::in) twice = !written.insert(element).second || twice;
                if (argument.access != Access::out) read.insert(element);
            }
        if (twice) {
            statement.blocks = 1;
            statement.subtasks = 0;
        } else if (std::any_of(read.begin(), read.end(),
                               [&](const Element& element) { return written.contains(element); })) {
            statement.sync_start = true;
        }
    }

    void choose_signature(Statement& statement) const {
        statement.signature = -1;
        if (statement.kind == Statement::Kind::barrier || statement.subtasks != 0) return;
        std::string letters;
        const bool is_signed = tensors_.at(statement.arguments.front().tensor).is_signed;
        for (const Argument& argument : statement.arguments) {
            if (tensors_.at(argument.tensor).is_signed != is_signed) return;
            letters += argument.access == Access::in ? 'i' : argument.access == Access::out ? 'o' : 'x';
        }
        const auto found = std::find(std::begin(kSignatures), std::end(kSignatures), letters);
        if (found != std::end(kSignatures)) statement.signature = static_cast<int>(found - kSignatures);
    }

    struct History {
        TaskSet readers, writers;
    };

    /// Adds to `conflicts` the earlier tasks that may not be reordered with the access.
    void add_conflicts(const Argument& argument, TaskSet& conflicts) const {
        for (const Element& element : elements_of(argument)) {
            const auto found = history_.find(element);
            if (found == history_.end()) continue;
            conflicts |= found->second.writers;
            if (argument.access != Access::in) conflicts |= found->second.readers;
        }
    }

    /// Fills `needed`; false when it would need more explicit dependencies than a submit takes.
    bool order(Statement& statement) {
        statement.needed.clear();
        TaskSet conflicts;
        TaskSet reached;
        const bool manual = scopes_.back().mode == ScopeMode::manual;
        for (const Argument& argument : statement.arguments) {
            if (argument.allocates) continue;
            TaskSet own;
            add_conflicts(argument, own);
            conflicts |= own;
            if (manual || argument.no_dep) continue;
            for (std::size_t task = 0; task < tasks_.size(); ++task)
                if (own[task]) reach(task, reached);
        }
        if (statement.predicate) {
            TaskSet own;
            add_conflicts(element_operand(*statement.predicate), own);
            conflicts |= own;
            for (std::size_t task = 0; !manual && task < tasks_.size(); ++task)
                if (own[task]) reach(task, reached);
        }
        for (const int id : statement.after) reach(numbers_.at(id), reached);
        // A barrier touches nothing: what it was told not to wait for may well run beside it, as long as
        // later tasks still wait for both.
        if (statement.kind == Statement::Kind::barrier) conflicts.reset();
        for (std::size_t task = tasks_.size(); task-- > 0;) {
            if (!conflicts[task] || reached[task]) continue;
            statement.needed.push_back(tasks_[task].id);
            reach(task, reached);
        }
        if (statement.needed.size() + statement.after.size() > Options::kMaxInlineTasks) return false;
        numbers_[statement.id] = tasks_.size();
        tasks_.push_back({statement.id, reached});
        return true;
    }

    void reach(std::size_t task, TaskSet& reached) const {
        reached |= tasks_[task].after;
        reached.set(task);
    }

    void record(const Statement& statement) {
        const std::size_t number = tasks_.size() - 1;
        for (const Argument& argument : statement.arguments) {
            if (argument.allocates) scopes_.back().tensors.insert(argument.tensor);
            for (const Element& element : elements_of(argument)) {
                History& history = history_[element];
                if (argument.access != Access::out) history.readers.set(number);
                if (argument.access == Access::in) continue;
                history.writers.set(number);
                // One that may be skipped may leave the element as it was.
                if (!statement.predicate) written_.insert(element);
            }
        }
        if (!statement.predicate) return;
        for (const Element& element : elements_of(element_operand(*statement.predicate)))
            history_[element].readers.set(number);
    }

    struct Ordered {
        int id;
        TaskSet after;  ///< everything that has ended before this task starts
    };

    FuzzProgram& program_;
    TensorTable tensors_;
    std::vector<KeptScope> scopes_;
    std::set<Element> written_;
    std::map<Element, History> history_;
    std::map<int, std::size_t> numbers_;  ///< statement id to index in tasks_
    std::vector<Ordered> tasks_;
};

}  // namespace

void normalise(FuzzProgram& program) { Normaliser(program).run(); }

}  // namespace weir::fuzz
