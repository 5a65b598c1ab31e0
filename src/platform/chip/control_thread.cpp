// SPDX-License-Identifier: Apache-2.0
#include "platform/chip/control_thread.hpp"

#include <algorithm>

namespace weir::chip {

namespace {

constexpr std::array kKinds = {CoreKind::aic, CoreKind::aiv};

constexpr Shape shape_for(CoreKind kind) noexcept { return kind == CoreKind::aic ? Shape::aic : Shape::aiv; }
constexpr CoreKind kind_for(Shape shape) noexcept {
    return shape == Shape::aic ? CoreKind::aic : CoreKind::aiv;
}

}  // namespace

ControlThread::ControlThread(Board& board, int index) : board_(board), index_(index) {
    const auto clusters = static_cast<std::size_t>(board.chip().cluster_count());
    clusters_.reserve(clusters);
    cores_.reserve(clusters * kClusterCores);
    read_costs_.reserve(clusters * kClusterCores);
    place_of_.resize(clusters * kClusterCores);
    // For the most that it may own: later nothing is allocated.
    busy_.clear(clusters * kClusterCores);
    for (auto& of_kind : with_orders_)
        for (CoreSet& set : of_kind) set.clear(clusters * kClusterCores);
}

bool ControlThread::is_orchestrator() const noexcept { return index_ == board_.chip().threads() - 1; }

void ControlThread::begin_run(int first_cluster, int clusters) {
    clusters_.clear();
    for (int i = 0; i < clusters; ++i) clusters_.push_back(first_cluster + i);
    list_cores();
    cursor_ = 0;
    action_ = Action::look;
    under_way_ = 0;
}

void ControlThread::list_cores() noexcept {
    const Chip& chip = board_.chip();
    const std::size_t places = clusters_.size() * kClusterCores;
    cores_.clear();
    read_costs_.clear();
    busy_.clear(places);
    for (auto& of_kind : with_orders_)
        for (CoreSet& set : of_kind) set.clear(places);
    idle_pass_ = chip.pass_ns;
    for (const int cluster : clusters_) {
        for (int i = 0; i < kClusterCores; ++i) {
            const int core = chip.core_of(cluster, i);
            const std::size_t place = cores_.size();
            cores_.push_back(core);
            read_costs_.push_back(chip.read_ns(core));
            place_of_[static_cast<std::size_t>(core)] = place;
            const std::uint32_t orders = board_.owner(core).under_way();
            if (orders < kOrdersUnderWay)
                with_orders_[static_cast<std::size_t>(chip.type_of(core))][orders].add(place);
            if (orders != 0) {
                busy_.add(place);
                idle_pass_ += read_costs_.back();
            }
        }
    }
}

std::uint64_t ControlThread::cost() const noexcept {
    const Chip& chip = board_.chip();
    switch (action_) {
        case Action::read:
            return read_costs_[cursor_];
        case Action::complete:
            return chip.complete_ns;
        case Action::dispatch:
            return chip.dispatch_ns * count_;
        case Action::look:
            break;
    }
    return chip.pass_ns;
}

ControlThread::Step ControlThread::step() noexcept {
    Step done{action_, true, false, false, {}};
    switch (action_) {
        case Action::look:
            done.pass_begins = cursor_ == 0;
            done.did = look();
            if (done.did) done.pass_begins = false;
            break;
        case Action::read:
            if (board_.owner(read_core()).finished() == 0) {
                done.did = false;
                skip_read();
                break;
            }
            orders_[0] = {board_.owner(read_core()).take_back(), read_core()};
            count_ = 1;
            action_ = Action::complete;
            break;
        case Action::complete:
            done.orders = orders();
            complete();
            break;
        case Action::dispatch:
            done.orders = orders();
            done.listed = dispatch();
            break;
    }
    if (recorder_ != nullptr) tell(done);
    return done;
}

void ControlThread::tell(const Step& step) noexcept {
    const bool looked = step.action == Action::look;
    if (step.action == Action::dispatch)
        recorder_->dispatched();
    else if (step.did && action_ != Action::look && (looked || step.action == Action::read))
        recorder_->found(under_way_ != 0, looked);
    else if (looked)
        recorder_->found_nothing(1);
}

void ControlThread::skip_read() noexcept {
    ++cursor_;
    go_on();
}

void ControlThread::restart_pass() noexcept {
    cursor_ = 0;
    go_on();
}

/// Reads the next core from the cursor on that has something to do; with none left, the pass has ended.
void ControlThread::go_on() noexcept {
    cursor_ = busy_.first_from(cursor_);
    action_ = Action::read;
    if (cursor_ == CoreSet::kNone) end_pass();
}

/// The first core from a place on that has so many orders, and may get another one.
int ControlThread::first_core(CoreKind kind, std::uint32_t under_way, std::size_t from) const noexcept {
    const CoreSet& set = with_orders_[static_cast<std::size_t>(kind)][under_way];
    for (std::size_t place = set.first_from(from); place != CoreSet::kNone; place = set.first_from(place + 1))
        if (!board_.owner(cores_[place]).waits_at_gate()) return cores_[place];
    return -1;
}

bool ControlThread::find_block(BlockQueue& blocks, Place& place) const noexcept {
    const Needs needs = blocks.needs();
    if (!needs.any() || !find_cluster(needs, place)) return false;
    place.blocks = &blocks;
    return true;
}

/// Idle cores of one cluster, as many of each kind as a block takes.
bool ControlThread::find_cluster(Needs needs, Place& place) const noexcept {
    for (const int cluster : clusters_) {
        std::array<std::size_t, 2> missing = {needs.aic, needs.aiv};
        place.count = 0;
        for (int i = 0; i < kClusterCores; ++i) {
            const int core = board_.chip().core_of(cluster, i);
            std::size_t& of_kind = missing[static_cast<std::size_t>(board_.chip().type_of(core))];
            if (of_kind == 0 || board_.owner(core).under_way() != 0) continue;
            --of_kind;
            place.cores[place.count++] = core;
        }
        if (missing[0] + missing[1] != 0) continue;
        place.needs = needs;
        return true;
    }
    return false;
}

bool ControlThread::find_single(Place& place) const noexcept {
    const Needs together = board_.together().needs();
    if (together.several() || clusters_.empty()) return false;
    // The first cluster drains while mixed tasks wait.
    const std::size_t from = board_.mixed().needs().any() ? kClusterCores : 0;
    const std::uint32_t most = together.any() ? 1 : kOrdersUnderWay;
    for (std::uint32_t orders = 0; orders < most; ++orders) {
        for (const CoreKind kind : kKinds) {
            if (with_orders_[static_cast<std::size_t>(kind)][orders].empty()) continue;
            const auto waiting = static_cast<std::int64_t>(board_.ready().count(shape_for(kind)));
            if (waiting <= (orders == 0 ? 0 : board_.idle(kind))) continue;
            place.cores[0] = first_core(kind, orders, from);
            if (place.cores[0] < 0) continue;
            place.shape = shape_for(kind);
            place.count = 1;
            return true;
        }
    }
    return false;
}

bool ControlThread::find_early_block(Place& place) const noexcept {
    const Needs needs = board_.early().needs();
    if (!needs.any() || (needs.aic != 0 && board_.ready().count(Shape::aic) != 0) ||
        (needs.aiv != 0 && board_.ready().count(Shape::aiv) != 0))
        return false;
    place.early = true;
    return find_cluster(needs, place);
}

bool ControlThread::find_early(Place& place) const noexcept {
    if (board_.together().needs().any() || board_.mixed().needs().any()) return false;
    if (find_early_block(place)) return true;
    for (std::uint32_t orders = 0; orders < kOrdersUnderWay; ++orders) {
        for (const CoreKind kind : kKinds) {
            if (with_orders_[static_cast<std::size_t>(kind)][orders].empty()) continue;
            if (board_.early().count(kind) == 0 || board_.ready().count(shape_for(kind)) != 0) continue;
            place.cores[0] = first_core(kind, orders, 0);
            if (place.cores[0] < 0) continue;
            place.shape = shape_for(kind);
            place.needs = {};
            place.early = true;
            place.count = 1;
            return true;
        }
    }
    return false;
}

bool ControlThread::find(Place& place) const noexcept {
    if (board_.ready().count(Shape::none) != 0) {
        place.shape = Shape::none;
        place.count = 0;
        return true;
    }
    return find_block(board_.together(), place) || find_block(board_.mixed(), place) || find_single(place) ||
           (board_.early().on() && find_early(place));
}

bool ControlThread::take_block(const Place& place) noexcept {
    ClaimedBlock block;
    if (!place.blocks->claim(place.needs, block)) return false;
    // Slots are in the order AIC, AIV, AIV, and so are the cores.
    for (std::uint32_t i = 0; i < block.calls; ++i)
        orders_[i] = {{block.task, block.first_call + i}, place.cores[i]};
    count_ = block.calls;
    return true;
}

bool ControlThread::take_early(const Place& place) noexcept {
    std::array<Order, kClusterCores> orders;
    const bool block = place.needs.any();
    count_ = block ? board_.early().take_block(place.needs, orders)
                   : (board_.early().take(kind_for(place.shape), orders[0]) ? 1 : 0);
    for (std::size_t i = 0; i < count_; ++i) orders_[i] = {orders[i], place.cores[i]};
    return count_ != 0;
}

/// What was found, unless another thread was faster.
bool ControlThread::take(const Place& place) noexcept {
    if (place.blocks != nullptr) return take_block(place);
    if (place.early) return take_early(place);
    TaskSlot* const task = board_.ready().take(place.shape);
    if (task == nullptr) return false;
    orders_[0] = {{task, 0}, place.count != 0 ? place.cores[0] : -1};
    count_ = 1;
    LaunchRecord* const launch = launch_of(*task);
    if (launch == nullptr || place.count == 0) return true;
    const ClaimedCalls calls = launch->claim(1);
    orders_[0].order.call = calls.first;
    if (calls.some_left) board_.put_back(*task);
    return true;
}

bool ControlThread::would_act() const noexcept {
    Place place;
    if (board_.sharing() && (is_orchestrator() ? board_.any_given() : can_give())) return true;
    return find(place);
}

bool ControlThread::look() noexcept {
    if (board_.sharing() && share()) return true;
    Place place;
    if (!find(place) || !take(place)) {
        go_on();
        return false;
    }
    action_ = orders_[0].core >= 0 ? Action::dispatch : Action::complete;
    return true;
}

bool ControlThread::is_idle(int cluster) const noexcept {
    for (int place = 0; place < kClusterCores; ++place)
        if (board_.owner(board_.chip().core_of(cluster, place)).under_way() != 0) return false;
    return true;
}

bool ControlThread::can_give() const noexcept {
    if (clusters_.size() <= board_.kept_clusters()) return false;
    return std::any_of(clusters_.begin(), clusters_.end(), [this](int cluster) { return is_idle(cluster); });
}

/// Takes the clusters that it was given, or gives away its last idle one; false: there is neither.
bool ControlThread::share() noexcept {
    if (is_orchestrator()) {
        if (!board_.any_given()) return false;
        board_.take_given(clusters_);
    } else {
        if (!can_give()) return false;
        const auto last = std::find_if(clusters_.rbegin(), clusters_.rend(),
                                       [this](int cluster) { return is_idle(cluster); });
        const int cluster = *last;
        clusters_.erase(std::next(last).base());
        board_.give(cluster);
    }
    list_cores();
    cursor_ = 0;
    return true;
}

/// A core has another number of orders than before.
void ControlThread::count(int core, std::uint32_t before, std::uint32_t after) noexcept {
    const CoreKind kind = board_.chip().type_of(core);
    auto& with = with_orders_[static_cast<std::size_t>(kind)];
    const std::size_t place = place_of_[static_cast<std::size_t>(core)];
    if (before < kOrdersUnderWay) with[before].remove(place);
    if (after < kOrdersUnderWay) with[after].add(place);
    under_way_ += after - before;
    if (before == 0) {
        busy_.add(place);
        idle_pass_ += read_costs_[place];
        board_.count_idle(kind, -1);
    }
    if (after == 0) {
        busy_.remove(place);
        idle_pass_ -= read_costs_[place];
        board_.count_idle(kind, 1);
    }
}

/// True when tasks may be dispatched early because of it.
bool ControlThread::dispatch() noexcept {
    bool listed = false;
    for (const auto& [order, core] : orders()) {
        OwnerSide& owner = board_.owner(core);
        const std::uint32_t before = owner.under_way();
        // Behind a gate it starts when that opens.
        if (order.gate == nullptr) Lifecycle::start(*order.task);
        if (board_.early().on()) listed |= board_.early().dispatched(*order.task);
        if (recorder_ != nullptr)
            owner.dispatch(order, recorder_->now());
        else
            owner.dispatch(order);
        count(core, before, before + 1);
    }
    action_ = Action::look;
    return listed;
}

void ControlThread::complete() noexcept {
    const auto& [order, core] = orders_[0];
    LaunchRecord* launch = nullptr;
    if (core >= 0) {
        const std::uint32_t after = board_.owner(core).under_way();
        count(core, after + 1, after);
        ++cursor_;  // behind the core that was read
        if (cursor_ == cores_.size()) cursor_ = 0;
        launch = launch_of(*order.task);
    }
    action_ = Action::look;
    if (recorder_ != nullptr) return complete_recorded();
    if (launch == nullptr || launch->finish(1)) board_.complete(*order.task);
}

void ControlThread::complete_recorded() noexcept {
    const auto& [order, core] = orders_[0];
    LaunchRecord* const launch = core >= 0 ? launch_of(*order.task) : nullptr;
    ThreadRecorder::CoreWork work;
    work.task = detail::TaskRef(order.task->ring, order.task->entry->number).word();
    if (core >= 0) {
        const OrderTimes& times = board_.owner(core).times();
        work.core = static_cast<std::uint32_t>(core);
        work.dispatched = times.dispatched;
        work.started = times.started;
        work.ended = times.ended;
    }
    if (launch != nullptr) {
        work.of_calls = true;
        work.block = static_cast<std::uint32_t>(launch->block_of(order.call));
        work.slot = static_cast<std::uint32_t>(launch->slot_of(order.call));
    }
    recorder_->completing(work);
    if (launch == nullptr || launch->finish(1)) board_.complete(*order.task, *recorder_, work);
    recorder_->completed();
}

}  // namespace weir::chip
