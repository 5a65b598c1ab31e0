// SPDX-License-Identifier: Apache-2.0
#include "analysis/dependency_check.hpp"

#include <algorithm>

#include "analysis/access_places.hpp"
#include "analysis/predecessors.hpp"
#include "analysis/task_table.hpp"

namespace weir::analysis {

namespace {

/// Accesses of a place that later ones must come behind, oldest first.
struct PlaceState {
    std::vector<std::uint32_t> writers;
    std::vector<std::uint32_t> readers;
    /// The last task that wrote all of the place, and comes behind all that touched it before. Accesses by
    /// earlier tasks need not be looked at.
    std::uint32_t settled = 0;
};

struct Conflict {
    std::uint32_t earlier;  // access
    std::uint32_t later;
};

class Checker {
public:
    explicit Checker(const Deps& deps)
        : deps_(deps),
          places_(deps),
          states_(places_.count()),
          logical_(deps.tasks.size()),
          recorded_(deps.tasks.size()) {
        std::vector<Adjacency::Pair> named;
        for (const ExplicitEdge& edge : deps.explicit_edges) named.push_back({edge.task, edge.after});
        named_ = Adjacency(deps.tasks.size(), named);
        std::vector<Adjacency::Pair> waited;
        for (const Edge& edge : deps.edges)
            if (edge.kind != EdgeKind::scope) waited.push_back({edge.consumer, edge.producer});
        waited_ = Adjacency(deps.tasks.size(), waited);
        find_completed();
    }

    CheckResult check();

private:
    void find_completed();
    void find_conflicts(std::uint32_t access);
    void look_at(const std::vector<std::uint32_t>& accesses, std::uint32_t later, std::uint32_t settled);
    void order(std::uint32_t task);
    void hold_against_record(std::uint32_t task);
    void enter(std::uint32_t access);
    void cover(std::uint32_t place, std::uint32_t task);
    void report(Finding::Kind kind, const Conflict& conflict);
    [[nodiscard]] bool waits(const Access& access) const {
        return !access.no_dep && !deps_.tasks[access.task].manual;
    }

    const Deps& deps_;
    AccessPlaces places_;
    std::vector<PlaceState> states_;
    Predecessors logical_;
    Predecessors recorded_;
    Adjacency named_;
    Adjacency waited_;
    std::vector<std::uint32_t> completed_;  // by task: first task at whose submit it had completed
    // of the task that is looked at
    std::vector<Conflict> covered_;  // by arguments that wait
    std::vector<Conflict> uncovered_;
    std::vector<std::uint32_t> loose_;  // places at which something is not ordered, sorted
    CheckResult result_;
};

/// A task that another waited for had completed when that one had.
void Checker::find_completed() {
    const std::vector<DepsTask>& tasks = deps_.tasks;
    for (std::uint32_t i = 0; i < tasks.size(); ++i)
        completed_.push_back(tasks[i].in_place ? i + 1 : tasks[i].completed);
    for (std::uint32_t i = static_cast<std::uint32_t>(tasks.size()); i-- > 0;)
        for (const std::uint32_t waited : waited_.of(i))
            completed_[waited] = std::min(completed_[waited], completed_[i]);
}

EdgeKind kind_of(const Access& earlier, const Access& later) {
    if (!writes(earlier.direction)) return EdgeKind::war;
    return reads(later.direction) ? EdgeKind::raw : EdgeKind::waw;
}

void Checker::look_at(const std::vector<std::uint32_t>& accesses, std::uint32_t later,
                      std::uint32_t settled) {
    const Access& access = deps_.accesses[later];
    for (std::size_t i = accesses.size(); i-- > 0;) {
        const std::uint32_t task = deps_.accesses[accesses[i]].task;
        if (task < settled) return;
        if (task == access.task) continue;
        ++result_.conflicts;
        (waits(access) ? covered_ : uncovered_).push_back({accesses[i], later});
        if (waits(access)) logical_.add(task);
    }
}

void Checker::find_conflicts(std::uint32_t access) {
    const std::uint32_t place = places_.of(access);
    const std::uint32_t settled = states_[place].settled;
    const auto look = [&](std::uint32_t at) {
        look_at(states_[at].writers, access, settled);
        if (writes(deps_.accesses[access].direction)) look_at(states_[at].readers, access, settled);
    };
    look(place);
    for (const std::uint32_t other : places_.sharing(place)) look(other);
}

/// Sorts out the conflicts of arguments that do not wait by themselves.
void Checker::order(std::uint32_t task) {
    for (const std::uint32_t named : named_.of(task)) logical_.add(named);
    result_.direct += covered_.size();
    std::vector<std::uint32_t> sought;
    for (const Conflict& conflict : uncovered_) {
        const std::uint32_t earlier = deps_.accesses[conflict.earlier].task;
        if (!logical_.has(earlier)) sought.push_back(earlier);
    }
    result_.direct += uncovered_.size() - sought.size();
    result_.searched += sought.size();
    const std::vector<std::uint32_t> missing = logical_.unreached(std::move(sought));
    if (missing.empty()) return;
    for (const Conflict& conflict : uncovered_) {
        if (!std::binary_search(missing.begin(), missing.end(), deps_.accesses[conflict.earlier].task))
            continue;
        report(Finding::Kind::unordered, conflict);
        loose_.push_back(places_.of(conflict.earlier));
        loose_.push_back(places_.of(conflict.later));
    }
    std::sort(loose_.begin(), loose_.end());
}

void Checker::hold_against_record(std::uint32_t task) {
    for (const std::uint32_t waited : waited_.of(task)) recorded_.add(waited);
    std::vector<std::uint32_t> sought;
    for (const std::uint32_t earlier : logical_.current())
        if (!recorded_.has(earlier) && completed_[earlier] > task) sought.push_back(earlier);
    for (const std::uint32_t missing : recorded_.unreached(std::move(sought))) {
        const auto found = std::find_if(covered_.begin(), covered_.end(), [&](const Conflict& conflict) {
            return deps_.accesses[conflict.earlier].task == missing;
        });
        if (found != covered_.end())
            report(Finding::Kind::not_waited, *found);
        else
            result_.findings.push_back({Finding::Kind::not_waited, EdgeKind::explicit_, missing, task});
    }
}

void Checker::report(Finding::Kind kind, const Conflict& conflict) {
    const Access& earlier = deps_.accesses[conflict.earlier];
    const Access& later = deps_.accesses[conflict.later];
    const Region& one = places_.region(places_.of(conflict.earlier));
    const Region& other = places_.region(places_.of(conflict.later));
    Finding finding{kind, kind_of(earlier, later), earlier.task, later.task};
    finding.earlier_access = conflict.earlier;
    finding.later_access = conflict.later;
    finding.first_byte = std::max(one.lo, other.lo);
    finding.end_byte = std::min(one.hi, other.hi);
    finding.whole = one.contiguous() && other.contiguous();
    finding.decided = finding.whole || find_overlap(one, other) == Overlap::kSome;
    result_.findings.push_back(finding);
}

/// Takes out what a write of all of the place stands for.
void Checker::cover(std::uint32_t place, std::uint32_t task) {
    states_[place].writers.clear();
    states_[place].readers.clear();
    states_[place].settled = task;
}

void Checker::enter(std::uint32_t access) {
    const Access& entered = deps_.accesses[access];
    const std::uint32_t place = places_.of(access);
    const auto loose = [&](std::uint32_t at) { return std::binary_search(loose_.begin(), loose_.end(), at); };
    if (writes(entered.direction) && !loose(place)) {
        cover(place, entered.task);
        for (const std::uint32_t other : places_.sharing(place))
            if (!loose(other) && covers(places_.region(place), places_.region(other)))
                cover(other, entered.task);
    }
    PlaceState& state = states_[place];
    std::vector<std::uint32_t>& list = writes(entered.direction) ? state.writers : state.readers;
    if (list.empty() || deps_.accesses[list.back()].task != entered.task) list.push_back(access);
}

CheckResult Checker::check() {
    std::uint32_t next = 0;  // access
    const auto accesses = static_cast<std::uint32_t>(deps_.accesses.size());
    for (std::uint32_t task = 0; task < deps_.tasks.size(); ++task) {
        covered_.clear();
        uncovered_.clear();
        loose_.clear();
        std::uint32_t end = next;
        for (; end < accesses && deps_.accesses[end].task == task; ++end) find_conflicts(end);
        order(task);
        hold_against_record(task);
        for (; next < end; ++next) enter(next);
        logical_.next();
        recorded_.next();
        if (result_.findings.size() < kMostFindings) continue;
        result_.stopped = task + 1 < deps_.tasks.size();
        result_.findings.resize(kMostFindings);
        break;
    }
    return std::move(result_);
}

}  // namespace

CheckResult check_dependencies(const Deps& deps) { return Checker(deps).check(); }

}  // namespace weir::analysis
