// SPDX-License-Identifier: Apache-2.0
//
// Weir under the harness of the peers, as a program is written that knows nothing of the patterns: the typed
// public interface, one typed kernel per type of access, an external tensor per datum, the default
// configuration, one AUTO scope. WAR dependencies are always inferred.
//
// A kernel takes its index as a scalar. Kernels take at least one tensor: that of `no_dep` reads datum 0,
// which nobody writes.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include <weir/weir.hpp>

#include "peers/harness.hpp"

namespace weir::peers {

namespace detail {

using Word = std::uint64_t;

template <class Parameter, class Sequence>
struct Repeated;
template <class Parameter, std::size_t... I>
struct Repeated<Parameter, std::index_sequence<I...>> {
    template <std::size_t>
    using Each = Parameter;
    using type = std::tuple<Each<I>...>;
};
template <class Parameter, int kCount>
using Repeat = typename Repeated<Parameter, std::make_index_sequence<std::size_t{kCount}>>::type;

/// The tensor parameters of a kernel with these accesses, as a tuple.
template <class AccessType>
struct TensorParameters;
template <int kReads, int kWrites, int kUpdates>
struct TensorParameters<patterns::Access<kReads, kWrites, kUpdates>> {
    using type = decltype(std::tuple_cat(std::declval<Repeat<In<Word>, kReads>>(),
                                         std::declval<Repeat<Out<Word>, kWrites>>(),
                                         std::declval<Repeat<InOut<Word>, kUpdates>>()));
};

template <patterns::Mode mode, class AccessType, class... Tensors>
Kernel<Tensors..., Word> register_kernel(Runtime& runtime, const KernelOptions& options,
                                         std::tuple<Tensors...>*) {
    const auto body = [](Tensors... tensors, Word index) {
        patterns::execute<mode>(AccessType{}, index, tensors.data()...);
    };
    return runtime.kernel("task", body, options);
}

/// A task without data names datum 0 and does not look at it.
template <patterns::Mode mode>
Kernel<In<Word>, Word> register_free_kernel(Runtime& runtime, const KernelOptions& options) {
    const auto body = [](In<Word>, Word index) {
        patterns::execute<mode>(patterns::Access<0, 0, 0>{}, index);
    };
    return runtime.kernel("task", body, options);
}

template <patterns::Mode mode, class AccessType>
auto make_kernel(Runtime& runtime, const KernelOptions& options) {
    using Tensors = typename TensorParameters<AccessType>::type;
    if constexpr (std::tuple_size_v<Tensors> == 0)
        return register_free_kernel<mode>(runtime, options);
    else
        return register_kernel<mode, AccessType>(runtime, options, static_cast<Tensors*>(nullptr));
}

}  // namespace detail

/// The kernels of one runtime, one for each type of access.
template <patterns::Mode mode, class... Accesses>
class PatternKernels {
public:
    PatternKernels(Runtime& runtime, const KernelOptions& options)
        : kernels_(detail::make_kernel<mode, Accesses>(runtime, options)...) {}

    template <class AccessType>
    const auto& of(AccessType) const {
        return std::get<decltype(detail::make_kernel<mode, AccessType>(
            std::declval<Runtime&>(), std::declval<const KernelOptions&>()))>(kernels_);
    }

private:
    std::tuple<decltype(detail::make_kernel<mode, Accesses>(std::declval<Runtime&>(),
                                                            std::declval<const KernelOptions&>()))...>
        kernels_;
};

template <patterns::Mode mode>
using AllKernels =
    PatternKernels<mode, patterns::Access<0, 0, 0>, patterns::Access<0, 1, 0>, patterns::Access<0, 0, 1>,
                   patterns::Access<1, 0, 1>, patterns::Access<2, 0, 1>, patterns::Access<2, 1, 0>,
                   patterns::Access<3, 1, 0>>;

template <patterns::Mode mode>
class WeirPeer final : public Peer {
public:
    WeirPeer(const Setup& setup, const KernelOptions& options)
        : setup_(setup), runtime_(configuration(setup.threads)), kernels_(runtime_, options) {
        tensors_.reserve(setup.data.size());
    }

    Clock::duration run() override {
        Clock::duration submitting{0};
        result_ = runtime_.run([&](Orchestrator& orchestrator) {
            const auto begin = Clock::now();
            tensors_.clear();
            for (patterns::Datum& datum : setup_.data)
                tensors_.push_back(orchestrator.external(&datum.value, shape(1)));
            Sink sink{orchestrator, kernels_, tensors_.data()};
            patterns::generate(setup_.pattern, setup_.tasks, sink);
            submitting = Clock::now() - begin;
        });
        return submitting;
    }

    std::optional<double> share_elsewhere() const override {
        const std::uint64_t here = result_.tasks_in_place + result_.tasks_helped;
        return 1.0 - static_cast<double>(here) / static_cast<double>(result_.tasks);
    }

private:
    struct Sink {
        Orchestrator& orchestrator;
        const AllKernels<mode>& kernels;
        const Tensor<std::uint64_t>* tensors;

        template <class AccessType, class... Data>
        void task(AccessType access, std::uint64_t index, Data... data) {
            if constexpr (sizeof...(Data) == 0)
                orchestrator.submit(kernels.of(access), tensors[0], index);
            else
                orchestrator.submit(kernels.of(access), tensors[data]..., index);
        }
    };

    static RuntimeConfig configuration(unsigned threads) {
        RuntimeConfig config;
        config.threads = static_cast<int>(threads);
        return config;
    }

    Setup setup_;
    Runtime runtime_;
    AllKernels<mode> kernels_;
    std::vector<Tensor<std::uint64_t>> tensors_;
    RunResult result_;
};

inline std::unique_ptr<Peer> make_weir_peer(const Setup& setup, const KernelOptions& options) {
    return patterns::with_mode(setup.mode, [&](auto mode) -> std::unique_ptr<Peer> {
        return std::make_unique<WeirPeer<decltype(mode)::kMode>>(setup, options);
    });
}

}  // namespace weir::peers
