// SPDX-License-Identifier: Apache-2.0
//
// Runs every window of 2,048 tasks backwards and loses the last task of the program. Proof that mode check
// can fail: check.py requires it to be caught on every pattern. It is not measured.
#include <array>
#include <cstddef>
#include <functional>
#include <vector>

#include "peers/harness.hpp"

namespace weir::peers {
namespace {

using namespace patterns;

constexpr std::size_t kWindow = 2048;
static_assert(kWindow > kIndependentData,
              "a window holds two tasks that write the same datum in `independent`");

class Sink {
public:
    Sink(Datum* data, std::uint64_t tasks) : data_(data), tasks_(tasks) {}

    template <class AccessType, class... Data>
    void task(AccessType access, std::uint64_t index, Data... data) {
        if (index + 1 == tasks_) return;
        delay(access, index, &data_[data].value...);
        if (window_.size() == kWindow) run_backwards();
    }

    void run_backwards() {
        for (auto body = window_.rbegin(); body != window_.rend(); ++body) (*body)();
        window_.clear();
    }

private:
    template <class AccessType, class... Pointers>
    void delay(AccessType access, std::uint64_t index, Pointers... pointers) {
        window_.push_back([=] { execute<Mode::kCheck>(access, index, pointers...); });
    }

    Datum* data_;
    std::uint64_t tasks_;
    std::vector<std::function<void()>> window_;
};

class FaultyPeer final : public Peer {
public:
    explicit FaultyPeer(const Setup& setup) : setup_(setup) {}

    Clock::duration run() override {
        Sink sink{setup_.data.data(), setup_.tasks};
        generate(setup_.pattern, setup_.tasks, sink);
        sink.run_backwards();
        return Clock::duration{0};
    }

private:
    Setup setup_;
};

}  // namespace

std::string_view peer_name() { return "faulty"; }

std::unique_ptr<Peer> make_peer(const Setup& setup) { return std::make_unique<FaultyPeer>(setup); }

}  // namespace weir::peers
