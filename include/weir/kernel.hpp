// SPDX-License-Identifier: Apache-2.0
/// Kernels: functions, function objects and lambdas over In<T>, Out<T>, InOut<T> and scalars, registered once
/// with a Runtime. Kernel<P...> carries the parameter types, so a submit with a wrong argument does not
/// compile.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <weir/access.hpp>
#include <weir/error.hpp>
#include <weir/launch.hpp>
#include <weir/task.hpp>

namespace weir {

/// Most tensors and scalars that one task can take; one more is an error.
inline constexpr std::size_t kMaxTensors = 32;
inline constexpr std::size_t kMaxScalars = 16;

/// What a kernel that was registered without a C++ signature sees of its task.
class TaskView {
public:
    TaskView(const detail::TensorRecord* const* tensors, const std::uint64_t* scalars,
             const TaskInfo& info) noexcept
        : tensors_(tensors), scalars_(scalars), info_(info) {}

    /// The i-th tensor argument; T must be its element type.
    template <Element T>
    [[nodiscard]] InOut<T> tensor(std::size_t index) const noexcept {
        return InOut<T>(*tensors_[index]);
    }
    [[nodiscard]] const detail::TensorRecord& record(std::size_t index) const noexcept {
        return *tensors_[index];
    }
    /// The i-th scalar argument, as the type it was passed with.
    template <class T>
    [[nodiscard]] T scalar(std::size_t index) const noexcept {
        T value;
        std::memcpy(&value, &scalars_[index], sizeof value);
        return value;
    }
    /// How many tensors and scalars the task was submitted with.
    [[nodiscard]] std::size_t tensor_count() const noexcept { return info_.counts_.tensors; }
    [[nodiscard]] std::size_t scalar_count() const noexcept { return info_.counts_.scalars; }
    [[nodiscard]] const TaskInfo& info() const noexcept { return info_; }

private:
    const detail::TensorRecord* const* tensors_;
    const std::uint64_t* scalars_;
    const TaskInfo& info_;
};

/// One tensor parameter of a kernel. dtype none: any.
struct TensorParameter {
    Access access = Access::in;
    DType dtype = DType::none;
};

/// Hints that a kernel can be registered with.
struct KernelOptions {
    /// What one task of this kernel costs, in nanoseconds; 0: unknown, the runtime learns it from its tasks.
    std::uint32_t cost_ns = 0;
    /// What kind of core it is made for: which slots of a mixed task it fits, and where a chip runs it.
    CoreType core_type = CoreType::any;
};

namespace detail {

/// Runs a kernel: 0 or the kernel's own non-zero status.
using Invoke = int (*)(const void* object, const TensorRecord* const* tensors, const std::uint64_t* scalars,
                       const TaskInfo& info);

/// A registered kernel. Fixed after registration, except for the first line, which the orchestrator's thread
/// alone writes, and for the timing, which any thread that runs the kernel may update.
struct KernelRecord {
    bool runs_in_place = false;           ///< known to be cheaper than a hand-over
    std::uint32_t samples_countdown = 0;  ///< in-place tasks until the next one is timed
    Invoke invoke = nullptr;
    const void* object = nullptr;
    std::uint32_t id = 0;
    std::uint32_t scalar_count = 0;
    std::uint64_t runtime_serial = 0;
    std::string name;
    std::vector<TensorParameter> tensors;
    bool any_arguments = false;  ///< takes whatever tensors and scalars it is given
    std::shared_ptr<const void> holder;
    std::shared_ptr<struct KernelTiming> timing;
    CoreType core_type = CoreType::any;
};

template <class P>
struct ParameterTraits {
    static constexpr bool kIsTensor = false;
};
template <Element T>
struct ParameterTraits<In<T>> {
    static constexpr bool kIsTensor = true;
    static constexpr TensorParameter kParameter{Access::in, dtype_of<T>};
};
template <Element T>
struct ParameterTraits<Out<T>> {
    static constexpr bool kIsTensor = true;
    static constexpr TensorParameter kParameter{Access::out, dtype_of<T>};
};
template <Element T>
struct ParameterTraits<InOut<T>> {
    static constexpr bool kIsTensor = true;
    static constexpr TensorParameter kParameter{Access::inout, dtype_of<T>};
};

template <class P>
inline constexpr bool kIsTensor = ParameterTraits<P>::kIsTensor;

/// Takes a kernel's parameters one after the other, tensors and scalars each in their own order.
struct ParameterReader {
    const TensorRecord* const* tensors;
    const std::uint64_t* scalars;

    template <class P>
    P take() noexcept {
        if constexpr (kIsTensor<P>) {
            return P(**tensors++);
        } else {
            P value;
            std::memcpy(&value, scalars++, sizeof value);
            return value;
        }
    }
};

template <class... P>
struct Parameters {
    static constexpr std::size_t kTensors = (std::size_t{0} + ... + (kIsTensor<P> ? 1U : 0U));
    static constexpr std::size_t kScalars = sizeof...(P) - kTensors;
    static_assert(kTensors >= 1, "weir: a kernel takes at least one In<T>, Out<T> or InOut<T>");
    static_assert(kTensors <= kMaxTensors, "weir: a kernel takes at most 32 tensors");
    static_assert(kScalars <= kMaxScalars, "weir: a kernel takes at most 16 scalars");
    static_assert(((kIsTensor<P> || (std::is_trivially_copyable_v<P> && sizeof(P) <= 8)) && ...),
                  "weir: a kernel's parameters are In<T>, Out<T>, InOut<T> and scalars of at most 8 bytes");
};

/// Whether a parameter list ends with TaskInfo.
template <class... P>
struct LastIsInfo : std::false_type {};
template <class First, class... Rest>
struct LastIsInfo<First, Rest...> : LastIsInfo<Rest...> {};
template <>
struct LastIsInfo<const TaskInfo&> : std::true_type {};

template <class List, class Sequence>
struct TakeFirst;
template <class... P, std::size_t... I>
struct TakeFirst<std::tuple<P...>, std::index_sequence<I...>> {
    using type = Parameters<std::decay_t<std::tuple_element_t<I, std::tuple<P...>>>...>;
};

template <class R, class... P>
struct SignatureOf {
    static constexpr bool kTakesInfo = LastIsInfo<P...>::value;
    using parameters =
        typename TakeFirst<std::tuple<P...>,
                           std::make_index_sequence<sizeof...(P) - (kTakesInfo ? 1 : 0)>>::type;
    static_assert(std::is_void_v<R> || std::is_same_v<R, int>,
                  "weir: a kernel returns void or an int status");
};

template <class F>
struct Signature : Signature<decltype(&F::operator())> {};
template <class R, class... P>
struct Signature<R (*)(P...)> : SignatureOf<R, P...> {};
template <class R, class... P>
struct Signature<R (*)(P...) noexcept> : SignatureOf<R, P...> {};
template <class R, class C, class... P>
struct Signature<R (C::*)(P...) const> : SignatureOf<R, P...> {};
template <class R, class C, class... P>
struct Signature<R (C::*)(P...) const noexcept> : SignatureOf<R, P...> {};

/// The Invoke function of a callable with the given parameters.
template <class F, bool TakesInfo, class... P>
int invoke_kernel(const void* object, const TensorRecord* const* tensors, const std::uint64_t* scalars,
                  const TaskInfo& info) {
    const F& function = *static_cast<const F*>(object);
    ParameterReader reader{tensors, scalars};
    std::tuple<P...> parameters{reader.take<P>()...};
    const auto call = [&](P... parameter) -> int {
        if constexpr (TakesInfo) {
            if constexpr (std::is_void_v<decltype(function(parameter..., info))>) {
                function(parameter..., info);
                return 0;
            } else {
                return function(parameter..., info);
            }
        } else {
            if constexpr (std::is_void_v<decltype(function(parameter...))>) {
                function(parameter...);
                return 0;
            } else {
                return function(parameter...);
            }
        }
    };
    return std::apply(call, parameters);
}

}  // namespace detail

namespace detail {
template <class P>
struct ArgumentFor;
template <class... P>
struct ArgumentPack;
/// The submit argument for the I-th parameter; no type when there are not so many.
template <std::size_t I, class... P>
struct NthArgument {};
template <std::size_t I, class... P>
    requires(I < sizeof...(P))
struct NthArgument<I, P...> : ArgumentFor<std::tuple_element_t<I, std::tuple<P...>>> {};
}  // namespace detail

/// A kernel whose parameters are known at run time only; submitted with TaskArgs.
class AnyKernel {
public:
    AnyKernel() = default;
    explicit AnyKernel(detail::KernelRecord* record) noexcept : record_(record) {}
    [[nodiscard]] const std::string& name() const noexcept { return record_->name; }
    [[nodiscard]] detail::KernelRecord* record() const noexcept { return record_; }

private:
    detail::KernelRecord* record_ = nullptr;
};

/// The kernels of a mixed task, by subtask slot: `{.aic = k0, .aiv0 = k1, .aiv1 = k2}`. What is left out has
/// no subtask.
struct MixedKernels {
    AnyKernel aic{};
    AnyKernel aiv0{};
    AnyKernel aiv1{};
};

/// A kernel with parameters P..., each In<T>, Out<T>, InOut<T> or a scalar. Made by Runtime::kernel; valid as
/// long as the runtime. A value of pointer size.
template <class... P>
class Kernel : public AnyKernel {
public:
    static constexpr std::size_t kArity = sizeof...(P);
    /// What a submit takes for the I-th parameter.
    template <std::size_t I>
    using ArgumentAt = typename detail::NthArgument<I, P...>::type;
    using Pack = detail::ArgumentPack<P...>;

    using AnyKernel::AnyKernel;
};

namespace detail {

template <class List>
struct KernelOf;
template <class... P>
struct KernelOf<Parameters<P...>> {
    using type = Kernel<P...>;

    template <class F, bool TakesInfo>
    static void describe(KernelRecord& record) {
        record.invoke = &invoke_kernel<F, TakesInfo, P...>;
        record.scalar_count = static_cast<std::uint32_t>(Parameters<P...>::kScalars);
        const auto add = [&]<class Q>() {
            if constexpr (kIsTensor<Q>) record.tensors.push_back(ParameterTraits<Q>::kParameter);
        };
        (add.template operator()<P>(), ...);
    }
};

}  // namespace detail

}  // namespace weir
