// SPDX-License-Identifier: Apache-2.0
//
// StarPU: a variable handle per datum, starpu_task_insert per task, order inferred by sequential consistency.
// The submitting thread comes on top of the CPU workers, as StarPU has it.
#include <starpu.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "peers/harness.hpp"

namespace weir::peers {
namespace {

using namespace patterns;

std::uint64_t* value(void* buffer) {
    return reinterpret_cast<std::uint64_t*>(STARPU_VARIABLE_GET_PTR(buffer));
}

template <Mode mode, class AccessType, std::size_t... positions>
void execute_buffers(void* buffers[], std::uint64_t index, std::index_sequence<positions...>) {
    execute<mode>(AccessType{}, index, value(buffers[positions])...);
}

/// The index travels as the argument pointer itself: nothing to allocate, copy or free.
template <Mode mode, class AccessType>
void codelet_body(void* buffers[], void* argument) {
    constexpr int kAccesses = AccessType::kReadCount + AccessType::kWriteCount + AccessType::kUpdateCount;
    execute_buffers<mode, AccessType>(buffers, reinterpret_cast<std::uintptr_t>(argument),
                                      std::make_index_sequence<kAccesses>{});
}

template <Mode mode, int kReads, int kWrites, int kUpdates>
starpu_codelet make_codelet(Access<kReads, kWrites, kUpdates>) {
    starpu_codelet codelet;
    starpu_codelet_init(&codelet);
    codelet.cpu_funcs[0] = codelet_body<mode, Access<kReads, kWrites, kUpdates>>;
    codelet.nbuffers = kReads + kWrites + kUpdates;
    for (int i = 0; i < codelet.nbuffers; ++i) {
        codelet.modes[i] = i < kReads ? STARPU_R : i < kReads + kWrites ? STARPU_W : STARPU_RW;
    }
    return codelet;
}

template <Mode mode, class AccessType>
starpu_codelet& codelet_of(AccessType access) {
    static starpu_codelet codelet = make_codelet<mode>(access);
    return codelet;
}

void require(int status, const char* what) {
    if (status != 0) {
        throw std::runtime_error(std::string(what) + " failed with status " + std::to_string(status) +
                                 "; STARPU_SILENT=0 in the environment shows StarPU's own messages");
    }
}

template <Mode mode>
class Sink {
public:
    explicit Sink(const starpu_data_handle_t* handles) : handles_(handles) {}

    void task(Access<0, 0, 0> access, std::uint64_t index) { insert(access, index); }
    void task(Access<0, 1, 0> access, std::uint64_t index, DataId written) {
        insert(access, index, STARPU_W, handles_[written]);
    }
    void task(Access<0, 0, 1> access, std::uint64_t index, DataId updated) {
        insert(access, index, STARPU_RW, handles_[updated]);
    }
    void task(Access<1, 0, 1> access, std::uint64_t index, DataId read, DataId updated) {
        insert(access, index, STARPU_R, handles_[read], STARPU_RW, handles_[updated]);
    }
    void task(Access<2, 0, 1> access, std::uint64_t index, DataId read0, DataId read1, DataId updated) {
        insert(access, index, STARPU_R, handles_[read0], STARPU_R, handles_[read1], STARPU_RW,
               handles_[updated]);
    }
    void task(Access<2, 1, 0> access, std::uint64_t index, DataId read0, DataId read1, DataId written) {
        insert(access, index, STARPU_R, handles_[read0], STARPU_R, handles_[read1], STARPU_W,
               handles_[written]);
    }
    void task(Access<3, 1, 0> access, std::uint64_t index, DataId read0, DataId read1, DataId read2,
              DataId written) {
        insert(access, index, STARPU_R, handles_[read0], STARPU_R, handles_[read1], STARPU_R, handles_[read2],
               STARPU_W, handles_[written]);
    }

private:
    template <class AccessType, class... Arguments>
    static void insert(AccessType access, std::uint64_t index, Arguments... arguments) {
        require(starpu_task_insert(&codelet_of<mode>(access), arguments..., STARPU_CL_ARGS_NFREE,
                                   reinterpret_cast<void*>(index), sizeof(index), 0),
                "starpu_task_insert");
    }

    const starpu_data_handle_t* handles_;
};

class StarPuPeer final : public Peer {
public:
    explicit StarPuPeer(const Setup& setup) : setup_(setup), handles_(setup.data.size()) {
        starpu_conf conf;
        require(starpu_conf_init(&conf), "starpu_conf_init");
        conf.ncpus = static_cast<int>(setup.threads);
        conf.ncuda = 0;
        conf.nopencl = 0;
        require(starpu_init(&conf), "starpu_init");
        for (std::size_t i = 0; i < handles_.size(); ++i) {
            starpu_variable_data_register(&handles_[i], STARPU_MAIN_RAM,
                                          reinterpret_cast<std::uintptr_t>(&setup.data[i].value),
                                          sizeof(setup.data[i].value));
        }
    }

    ~StarPuPeer() override {
        for (starpu_data_handle_t handle : handles_) starpu_data_unregister(handle);
        starpu_shutdown();
    }

    StarPuPeer(const StarPuPeer&) = delete;
    StarPuPeer& operator=(const StarPuPeer&) = delete;

    Clock::duration run() override {
        const auto begin = Clock::now();
        with_mode(setup_.mode, [&](auto mode) {
            Sink<decltype(mode)::kMode> sink{handles_.data()};
            generate(setup_.pattern, setup_.tasks, sink);
        });
        const Clock::duration submitting = Clock::now() - begin;
        require(starpu_task_wait_for_all(), "starpu_task_wait_for_all");
        return submitting;
    }

private:
    Setup setup_;
    std::vector<starpu_data_handle_t> handles_;
};

}  // namespace

std::string_view peer_name() { return "starpu"; }

std::unique_ptr<Peer> make_peer(const Setup& setup) { return std::make_unique<StarPuPeer>(setup); }

}  // namespace weir::peers
