// SPDX-License-Identifier: Apache-2.0
/// What a program talks to while it runs: makes tensors, submits tasks in program order, opens scopes, reads
/// and writes single elements. All calls come from the thread that runs the program; a call from a kernel or
/// from another thread is an error.
#pragma once

#include <bit>
#include <cstddef>
#include <memory>
#include <source_location>
#include <span>
#include <tuple>
#include <vector>

#include <weir/detail/fast_path.hpp>
#include <weir/kernel.hpp>
#include <weir/options.hpp>
#include <weir/task_args.hpp>

namespace weir {

/// AUTO: dependencies are inferred. MANUAL: tasks wait for explicit dependencies only.
enum class ScopeMode : std::uint8_t { automatic, manual };
inline constexpr ScopeMode Manual = ScopeMode::manual;

class Orchestrator;

/// A lifetime bracket: memory allocated for tasks inside is kept until it closes, and until no task uses it
/// any more.
class [[nodiscard]] WEIR_API Scope {
public:
    [[nodiscard]] explicit Scope(Orchestrator& orchestrator, ScopeMode mode = ScopeMode::automatic,
                                 std::source_location site = std::source_location::current());
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    /// Closes. Out of order, the run fails with scope_misuse at its next call or its end; nothing is thrown
    /// here.
    ~Scope();
    /// Closes now; throws scope_misuse when a scope opened later is still open.
    void close(std::source_location site = std::source_location::current());

private:
    Orchestrator* orchestrator_;
    std::uint64_t tag_;
};

namespace detail {

class OrchestratorCore;

/// Everything the runtime needs to know about one submit.
struct SubmitRequest {
    KernelRecord* kernel;
    const ArgumentRef* arguments;
    std::size_t argument_count;
    const std::uint64_t* scalars;
    std::size_t scalar_count;
    const Options* options;  ///< may be null
    AnyTensor*
        outputs;  ///< one place per argument; those that are allocated get filled; may be null if none is
    bool typed;   ///< number, directions and wanted dtypes of the arguments are the kernel's own
    std::source_location site;
};

template <Element T>
struct InArgument {
    InArgument(const AnyTensor& tensor) noexcept  // NOLINT(google-explicit-constructor)
        : ref{&tensor, nullptr, Access::in, dtype_of<T>, false} {}
    InArgument(const NoDep<Tensor<T>>& tensor) noexcept  // NOLINT(google-explicit-constructor)
        : ref{tensor.tensor, nullptr, Access::in, dtype_of<T>, true} {}
    InArgument(const NoDep<AnyTensor>& tensor) noexcept  // NOLINT(google-explicit-constructor)
        : ref{tensor.tensor, nullptr, Access::in, dtype_of<T>, true} {}
    template <Element U>
        requires(!std::is_same_v<T, U>)
    InArgument(const Tensor<U>&) = delete;  // element type differs from the kernel's
    ArgumentRef ref;
};

template <Element T>
struct OutArgument {
    OutArgument(const AnyTensor& tensor) noexcept  // NOLINT(google-explicit-constructor)
        : ref{&tensor, nullptr, Access::out, dtype_of<T>, false} {}
    OutArgument(const Shape& shape) noexcept  // NOLINT(google-explicit-constructor)
        : ref{nullptr, &shape, Access::out, dtype_of<T>, false} {}
    OutArgument(const NoDep<Tensor<T>>& tensor) noexcept  // NOLINT(google-explicit-constructor)
        : ref{tensor.tensor, nullptr, Access::out, dtype_of<T>, true} {}
    OutArgument(const NoDep<AnyTensor>& tensor) noexcept  // NOLINT(google-explicit-constructor)
        : ref{tensor.tensor, nullptr, Access::out, dtype_of<T>, true} {}
    template <Element U>
        requires(!std::is_same_v<T, U>)
    OutArgument(const Tensor<U>&) = delete;  // element type differs from the kernel's
    ArgumentRef ref;
};

template <Element T>
struct InOutArgument {
    InOutArgument(const AnyTensor& tensor) noexcept  // NOLINT(google-explicit-constructor)
        : ref{&tensor, nullptr, Access::inout, dtype_of<T>, false} {}
    InOutArgument(const NoDep<Tensor<T>>& tensor) noexcept  // NOLINT(google-explicit-constructor)
        : ref{tensor.tensor, nullptr, Access::inout, dtype_of<T>, true} {}
    InOutArgument(const NoDep<AnyTensor>& tensor) noexcept  // NOLINT(google-explicit-constructor)
        : ref{tensor.tensor, nullptr, Access::inout, dtype_of<T>, true} {}
    template <Element U>
        requires(!std::is_same_v<T, U>)
    InOutArgument(const Tensor<U>&) = delete;  // element type differs from the kernel's
    ArgumentRef ref;
};

/// The type of the submit argument that goes to a kernel parameter.
template <class P>
struct ArgumentFor {
    using type = P;
};
template <Element T>
struct ArgumentFor<In<T>> {
    using type = InArgument<T>;
};
template <Element T>
struct ArgumentFor<Out<T>> {
    using type = OutArgument<T>;
};
template <Element T>
struct ArgumentFor<InOut<T>> {
    using type = InOutArgument<T>;
};
template <class P>
using Argument = typename ArgumentFor<P>::type;

/// Collects the tensors and scalars of a typed argument list, each in order.
template <class... P>
struct ArgumentPack {
    static constexpr std::size_t kTensors = Parameters<P...>::kTensors;
    static constexpr std::size_t kScalars = Parameters<P...>::kScalars;
    ArgumentRef tensors[kTensors];
    std::uint64_t scalars[kScalars + 1];

    explicit ArgumentPack(const Argument<P>&... arguments) noexcept {
        std::size_t tensor = 0;
        std::size_t scalar = 0;
        const auto add = [&]<class Q>(const Argument<Q>& argument) {
            if constexpr (kIsTensor<Q>) {
                tensors[tensor++] = argument.ref;
            } else {
                scalars[scalar] = 0;
                std::memcpy(&scalars[scalar++], &argument, sizeof argument);
            }
        };
        (add.template operator()<P>(arguments), ...);
    }
};

/// Tensor types of the Out and InOut parameters, in order.
template <class P>
struct OutputOf {
    using type = std::tuple<>;
};
template <Element T>
struct OutputOf<Out<T>> {
    using type = std::tuple<Tensor<T>>;
};
template <Element T>
struct OutputOf<InOut<T>> {
    using type = std::tuple<Tensor<T>>;
};
template <class... P>
using Outputs = decltype(std::tuple_cat(std::declval<typename OutputOf<P>::type>()...));

}  // namespace detail

/// What a typed submit returns: the task, and its Out and InOut tensors in order.
template <class... P>
class Submission : public Task {
public:
    // Inlined always, like every step between a submit and its kernel: only then does the compiler see that
    // nobody looks at the tensors, and copies none.
    [[gnu::always_inline]] Submission(const Task& task, const detail::ArgumentRef* arguments,
                                      const AnyTensor* allocated) noexcept
        : Task(task) {
        fill(arguments, allocated, std::make_index_sequence<std::tuple_size_v<detail::Outputs<P...>>>{});
    }

    /// The I-th written tensor, counted over Out and InOut parameters.
    template <std::size_t I = 0>
    [[nodiscard]] const std::tuple_element_t<I, detail::Outputs<P...>>& output() const noexcept {
        return std::get<I>(outputs_);
    }

private:
    template <std::size_t... I>
    [[gnu::always_inline]] void fill([[maybe_unused]] const detail::ArgumentRef* arguments,
                                     [[maybe_unused]] const AnyTensor* allocated,
                                     std::index_sequence<I...>) noexcept {
        [[maybe_unused]] std::size_t place = 0;
        [[maybe_unused]] const auto next = [&]() -> const AnyTensor& {
            while (arguments[place].access == Access::in) ++place;
            const std::size_t found = place++;
            return arguments[found].tensor != nullptr ? *arguments[found].tensor : allocated[found];
        };
        ((std::get<I>(outputs_) = std::tuple_element_t<I, detail::Outputs<P...>>(next())), ...);
    }

    detail::Outputs<P...> outputs_;
};

/// What an untyped submit returns.
class AnySubmission : public Task {
public:
    AnySubmission() = default;
    /// The tensor at argument `index`: the one passed, or the one the runtime allocated for it.
    [[nodiscard]] const AnyTensor& output(std::size_t index = 0) const noexcept { return tensors_[index]; }

private:
    friend class Orchestrator;
    AnyTensor tensors_[kMaxTensors];
};

namespace detail {

/// The way from the overloads of `submit` to the orchestrator.
struct SubmitAccess {
    template <class... P>
    [[gnu::always_inline]] static Submission<P...> submit(Orchestrator& orchestrator,
                                                          const Kernel<P...>& kernel,
                                                          const ArgumentPack<P...>& pack,
                                                          const Options* options, std::source_location site);
};

/// `submit` for kernels with N parameters: the parameter list is spelt out, so that arguments convert to what
/// the kernel takes and the caller's source line arrives as a default argument behind them.
template <class Indices>
struct SubmitWithArity;
template <std::size_t... I>
struct SubmitWithArity<std::index_sequence<I...>> {
    template <class K>
        requires(K::kArity == sizeof...(I))
    [[gnu::always_inline]] auto submit(const K& kernel, typename K::template ArgumentAt<I>... arguments,
                                       std::source_location site = std::source_location::current()) {
        return SubmitAccess::submit(self(), kernel, typename K::Pack(arguments...), nullptr, site);
    }
    template <class K>
        requires(K::kArity == sizeof...(I))
    [[gnu::always_inline]] auto submit(const K& kernel, typename K::template ArgumentAt<I>... arguments,
                                       const Options& options,
                                       std::source_location site = std::source_location::current()) {
        return SubmitAccess::submit(self(), kernel, typename K::Pack(arguments...), &options, site);
    }

private:
    Orchestrator& self() noexcept;
};

template <class Arities>
struct SubmitOverloads;
template <std::size_t... N>
struct SubmitOverloads<std::index_sequence<N...>> : SubmitWithArity<std::make_index_sequence<N + 1>>... {
    using SubmitWithArity<std::make_index_sequence<N + 1>>::submit...;
};
using SubmitByArity = SubmitOverloads<std::make_index_sequence<kMaxTensors + kMaxScalars>>;

}  // namespace detail

class WEIR_API Orchestrator : public detail::SubmitByArity {
public:
    Orchestrator(const Orchestrator&) = delete;
    Orchestrator& operator=(const Orchestrator&) = delete;

    /// Memory of the program, as a tensor that is valid until the run ends. Row-major; never allocated or
    /// freed here.
    template <Element T>
    [[nodiscard]] Tensor<T> external(T* data, const Shape& shape,
                                     std::source_location site = std::source_location::current()) {
        return Tensor<T>(external(static_cast<void*>(data), dtype_of<T>, shape, site));
    }
    template <Element T, class Allocator>
    [[nodiscard]] Tensor<T> external(std::vector<T, Allocator>& data,
                                     std::source_location site = std::source_location::current()) {
        return external(data.data(), Shape{static_cast<std::int64_t>(data.size())}, site);
    }
    template <Element T, std::size_t N>
    [[nodiscard]] Tensor<T> external(std::span<T, N> data,
                                     std::source_location site = std::source_location::current()) {
        return external(data.data(), Shape{static_cast<std::int64_t>(data.size())}, site);
    }
    [[nodiscard]] AnyTensor external(void* data, DType dtype, const Shape& shape,
                                     std::source_location site = std::source_location::current());
    /// Any strides, in elements, none negative; axes of one tensor may not be more than 5.
    [[nodiscard]] AnyTensor external(void* data, DType dtype, std::span<const Axis> axes,
                                     std::source_location site = std::source_location::current());

    /// Submits one task: `submit(kernel, arguments...)` or `submit(kernel, arguments..., options)`. Arguments
    /// as in the kernel's signature: tensors, for an Out<T> also a shape, scalars. Returns Submission<P...>.
    using detail::SubmitByArity::submit;
    AnySubmission submit(const AnyKernel& kernel, const TaskArgs& arguments,
                         std::source_location site = std::source_location::current());
    /// A mixed task: up to three kernels that share the arguments, start together on one cluster and complete
    /// as one task. Each kernel must fit its slot and take the arguments; where the task writes a tensor, a
    /// kernel may take it as In, Out or InOut.
    AnySubmission submit_mixed(const MixedKernels& kernels, const TaskArgs& arguments,
                               std::source_location site = std::source_location::current());
    /// A task that does no work: it orders what comes after it behind what it waits for.
    AnySubmission barrier_task(const TaskArgs& arguments,
                               std::source_location site = std::source_location::current());

    /// Memory from the current scope's heap, not initialised.
    [[nodiscard]] AnyTensor allocate(const Shape& shape, DType dtype,
                                     std::source_location site = std::source_location::current());
    template <Element T>
    [[nodiscard]] Tensor<T> allocate(const Shape& shape,
                                     std::source_location site = std::source_location::current()) {
        return Tensor<T>(allocate(shape, dtype_of<T>, site));
    }

    /// The element at `index`, after every task that writes it has completed.
    template <Element T>
    [[nodiscard]] T get(const Tensor<T>& tensor, const Shape& index,
                        std::source_location site = std::source_location::current()) {
        return *static_cast<const T*>(access_element(tensor, index, dtype_of<T>, Access::in, site));
    }
    template <Element T>
    [[nodiscard]] T get(const AnyTensor& tensor, const Shape& index,
                        std::source_location site = std::source_location::current()) {
        return *static_cast<const T*>(access_element(tensor, index, dtype_of<T>, Access::in, site));
    }
    /// Writes the element at `index`, after every task that reads or writes it has completed.
    template <Element T>
    void set(const Tensor<T>& tensor, const Shape& index, std::type_identity_t<T> value,
             std::source_location site = std::source_location::current()) {
        *static_cast<T*>(access_element(tensor, index, dtype_of<T>, Access::inout, site)) = value;
    }

    /// Opens a scope; it closes when the returned object goes.
    Scope scope(ScopeMode mode = ScopeMode::automatic,
                std::source_location site = std::source_location::current()) {
        return Scope(*this, mode, site);
    }

private:
    friend class Scope;
    friend class detail::OrchestratorCore;
    friend struct detail::SubmitAccess;
    explicit Orchestrator(detail::OrchestratorCore& core, detail::FastPath& fast) noexcept
        : core_(core), fast_(fast) {}

    bool gate_open(detail::KernelRecord& kernel) const noexcept {
        // Relaxed: the gate equals this thread's word only if this thread wrote it. A stop that is seen one
        // task later is as good as now; what it carries is read behind a lock.
        return fast_.gate.load(std::memory_order_relaxed) == detail::this_thread_word() &&
               kernel.runs_in_place && fast_.attention->load(std::memory_order_relaxed) == 0 &&
               --kernel.samples_countdown != 0;
    }
    template <class... P>
    bool all_valid(const detail::ArgumentPack<P...>& pack) const noexcept {
        for (const detail::ArgumentRef& argument : pack.tensors) {
            if (argument.tensor == nullptr || argument.tensor->dtype() != argument.dtype ||
                !fast_.valid(argument.tensor->identity().scope_tag))
                return false;
        }
        return true;
    }
    template <class... P>
    [[gnu::always_inline]] Submission<P...> run_in_place(const Kernel<P...>& kernel,
                                                         const detail::ArgumentPack<P...>& pack,
                                                         std::source_location site) {
        detail::KernelRecord& record = *kernel.record();
        const detail::TensorRecord* tensors[pack.kTensors];
        for (std::size_t i = 0; i < pack.kTensors; ++i) tensors[i] = &pack.tensors[i].tensor->record();
        const detail::TaskRef ref(fast_.ring, (*fast_.next_number)++);
        // Relaxed: see gate_open. While the kernel runs the gate is shut, so a call from inside it is
        // noticed; what it holds then, and the site, are for who watches the run.
        const std::uintptr_t thread = fast_.gate.load(std::memory_order_relaxed);
        fast_.site.store(std::bit_cast<std::uintptr_t>(site), std::memory_order_relaxed);        // as above
        fast_.gate.store(reinterpret_cast<std::uintptr_t>(&record), std::memory_order_relaxed);  // as above
        const TaskInfo info(&record, ref, fast_.control);
        int status = 0;
        try {
            status = record.invoke(record.object, tensors, pack.scalars, info);
        } catch (...) {
            kernel_threw(record, ref, site);
        }
        if (status != 0) kernel_failed(record, ref, status, site);
        fast_.gate.store(thread, std::memory_order_relaxed);  // as above
        return Submission<P...>(Task(ref, fast_.runtime_serial), pack.tensors, nullptr);
    }
    template <class... P>
    [[gnu::noinline]] Submission<P...> submit_general(const Kernel<P...>& kernel,
                                                      const detail::ArgumentPack<P...>& pack,
                                                      const Options* options, std::source_location site) {
        bool allocates = false;
        for (const detail::ArgumentRef& argument : pack.tensors)
            allocates = allocates || argument.tensor == nullptr;
        if (!allocates)
            return Submission<P...>(
                submit_request({kernel.record(), pack.tensors, pack.kTensors, pack.scalars, pack.kScalars,
                                options, nullptr, true, site}),
                pack.tensors, nullptr);
        AnyTensor allocated[pack.kTensors];
        const Task task = submit_request({kernel.record(), pack.tensors, pack.kTensors, pack.scalars,
                                          pack.kScalars, options, allocated, true, site});
        return Submission<P...>(task, pack.tensors, allocated);
    }

    Task submit_request(const detail::SubmitRequest& request);
    void* access_element(const AnyTensor& tensor, const Shape& index, DType dtype, Access access,
                         std::source_location site);
    /// Both record the failure as the run's and throw it.
    [[noreturn]] void kernel_threw(const detail::KernelRecord& kernel, detail::TaskRef ref,
                                   std::source_location site);
    [[noreturn]] void kernel_failed(const detail::KernelRecord& kernel, detail::TaskRef ref, int status,
                                    std::source_location site);

    detail::OrchestratorCore& core_;
    detail::FastPath& fast_;
};

namespace detail {

template <std::size_t... I>
Orchestrator& SubmitWithArity<std::index_sequence<I...>>::self() noexcept {
    return static_cast<Orchestrator&>(static_cast<SubmitByArity&>(*this));
}

template <class... P>
inline Submission<P...> SubmitAccess::submit(Orchestrator& orchestrator, const Kernel<P...>& kernel,
                                             const ArgumentPack<P...>& pack, const Options* options,
                                             std::source_location site) {
    if (options == nullptr && orchestrator.gate_open(*kernel.record()) && orchestrator.all_valid<P...>(pack))
        return orchestrator.run_in_place<P...>(kernel, pack, site);
    return orchestrator.submit_general<P...>(kernel, pack, options, site);
}

}  // namespace detail

}  // namespace weir
