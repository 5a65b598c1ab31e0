// SPDX-License-Identifier: Apache-2.0
//
// No runtime: a plain loop that calls the kernels. In mode work it gives the time of the pure kernel on one
// thread, against which efficiency is measured.
#include "peers/harness.hpp"

namespace weir::peers {
namespace {

using namespace patterns;

template <Mode mode>
class Sink {
public:
    explicit Sink(Datum* data) : data_(data) {}

    template <class AccessType, class... Data>
    void task(AccessType access, std::uint64_t index, Data... data) {
        execute<mode>(access, index, &data_[data].value...);
    }

private:
    Datum* data_;
};

class SerialPeer final : public Peer {
public:
    explicit SerialPeer(const Setup& setup) : setup_(setup) {}

    Clock::duration run() override {
        const auto begin = Clock::now();
        with_mode(setup_.mode, [&](auto mode) {
            Sink<decltype(mode)::kMode> sink{setup_.data.data()};
            generate(setup_.pattern, setup_.tasks, sink);
        });
        return Clock::now() - begin;
    }

private:
    Setup setup_;
};

}  // namespace

std::string_view peer_name() { return "serial"; }

std::unique_ptr<Peer> make_peer(const Setup& setup) { return std::make_unique<SerialPeer>(setup); }

}  // namespace weir::peers
