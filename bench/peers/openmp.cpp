// SPDX-License-Identifier: Apache-2.0
//
// OpenMP tasks with depend clauses, one construct per arity. Built twice: by g++ for libgomp, by clang++ for
// libomp. One thread of the team submits; the barrier at the end of the parallel region waits for all tasks.
#include "peers/harness.hpp"

namespace weir::peers {
namespace {

using namespace patterns;

template <Mode mode>
class Sink {
public:
    explicit Sink(Datum* data) : data_(data) {}

    void task(Access<0, 0, 0> access, std::uint64_t index) {
#pragma omp task default(none) firstprivate(access, index)
        execute<mode>(access, index);
    }

    void task(Access<0, 1, 0> access, std::uint64_t index, DataId written) {
        std::uint64_t* const out = value(written);
#pragma omp task default(none) firstprivate(access, index, out) depend(out : out[0])
        execute<mode>(access, index, out);
    }

    void task(Access<0, 0, 1> access, std::uint64_t index, DataId updated) {
        std::uint64_t* const inout = value(updated);
#pragma omp task default(none) firstprivate(access, index, inout) depend(inout : inout[0])
        execute<mode>(access, index, inout);
    }

    void task(Access<1, 0, 1> access, std::uint64_t index, DataId read, DataId updated) {
        std::uint64_t* const in = value(read);
        std::uint64_t* const inout = value(updated);
#pragma omp task default(none) firstprivate(access, index, in, inout) depend(in : in[0]) \
    depend(inout : inout[0])
        execute<mode>(access, index, in, inout);
    }

    void task(Access<2, 0, 1> access, std::uint64_t index, DataId read0, DataId read1, DataId updated) {
        std::uint64_t* const in0 = value(read0);
        std::uint64_t* const in1 = value(read1);
        std::uint64_t* const inout = value(updated);
#pragma omp task default(none) firstprivate(access, index, in0, in1, inout) depend(in : in0[0], in1[0]) \
    depend(inout : inout[0])
        execute<mode>(access, index, in0, in1, inout);
    }

    void task(Access<2, 1, 0> access, std::uint64_t index, DataId read0, DataId read1, DataId written) {
        std::uint64_t* const in0 = value(read0);
        std::uint64_t* const in1 = value(read1);
        std::uint64_t* const out = value(written);
#pragma omp task default(none) firstprivate(access, index, in0, in1, out) depend(in : in0[0], in1[0]) \
    depend(out : out[0])
        execute<mode>(access, index, in0, in1, out);
    }

    void task(Access<3, 1, 0> access, std::uint64_t index, DataId read0, DataId read1, DataId read2,
              DataId written) {
        std::uint64_t* const in0 = value(read0);
        std::uint64_t* const in1 = value(read1);
        std::uint64_t* const in2 = value(read2);
        std::uint64_t* const out = value(written);
#pragma omp task default(none) firstprivate(access, index, in0, in1, in2, out) \
    depend(in : in0[0], in1[0], in2[0]) depend(out : out[0])
        execute<mode>(access, index, in0, in1, in2, out);
    }

private:
    std::uint64_t* value(DataId id) const { return &data_[id].value; }

    Datum* data_;
};

class OpenMpPeer final : public Peer {
public:
    explicit OpenMpPeer(const Setup& setup) : setup_(setup) {}

    Clock::duration run() override {
        const auto begin = Clock::now();
        return with_mode(setup_.mode, [&](auto mode) { return submit<decltype(mode)::kMode>(setup_); }) -
               begin;
    }

private:
    template <Mode mode>
    /// Returns the time at which the submitting loop ended.
    static Clock::time_point submit(const Setup& setup) {
        Clock::time_point submitted;
#pragma omp parallel num_threads(setup.threads) default(none) shared(setup, submitted)
#pragma omp single nowait
        {
            Sink<mode> sink{setup.data.data()};
            generate(setup.pattern, setup.tasks, sink);
            submitted = Clock::now();
        }
        return submitted;
    }

    Setup setup_;
};

}  // namespace

std::string_view peer_name() {
#ifdef __clang__
    return "omp";
#else
    return "gomp";
#endif
}

std::unique_ptr<Peer> make_peer(const Setup& setup) { return std::make_unique<OpenMpPeer>(setup); }

}  // namespace weir::peers
