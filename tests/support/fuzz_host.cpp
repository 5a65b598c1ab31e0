// SPDX-License-Identifier: Apache-2.0
#include "fuzz_host.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <tuple>

#include "fuzz_kernels.hpp"

namespace weir::fuzz {

namespace {

void spin_for(std::chrono::nanoseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < until) {
    }
}

}  // namespace

void spend_time(Pace pace, Word salt) {
    using std::chrono::microseconds;
    if (pace == Pace::short_wait) spin_for(microseconds(1));
    if (pace == Pace::long_wait) spin_for(microseconds(6));
    if (pace == Pace::bimodal && mix(salt) % 4 == 0) spin_for(microseconds(15));
}

template <class T>
void FuzzHost::register_typed(TypedKernels<T>& kernels, Pace pace) {
    const KernelOptions options{.cost_ns = pace == Pace::declared_long ? 1'000'000U : 0U};
    std::size_t number = 0;
    const auto add = [&]<class... P>(Kernel<P..., Word, std::uint32_t>& kernel, TypedBody<P...> body) {
        kernel = runtime_.kernel(std::string("typed_") + kSignatures[number++], body, options);
    };
    add(std::get<0>(kernels), TypedBody<In<T>>{log_.get(), pace});
    add(std::get<1>(kernels), TypedBody<Out<T>>{log_.get(), pace});
    add(std::get<2>(kernels), TypedBody<InOut<T>>{log_.get(), pace});
    add(std::get<3>(kernels), TypedBody<In<T>, Out<T>>{log_.get(), pace});
    add(std::get<4>(kernels), TypedBody<In<T>, InOut<T>>{log_.get(), pace});
    add(std::get<5>(kernels), TypedBody<In<T>, In<T>, Out<T>>{log_.get(), pace});
    add(std::get<6>(kernels), TypedBody<In<T>, In<T>, InOut<T>>{log_.get(), pace});
    add(std::get<7>(kernels), TypedBody<In<T>, Out<T>, Out<T>>{log_.get(), pace});
    add(std::get<8>(kernels), TypedBody<InOut<T>, InOut<T>>{log_.get(), pace});
    add(std::get<9>(kernels), TypedBody<In<T>, In<T>, In<T>, Out<T>>{log_.get(), pace});
}

void FuzzHost::register_kernels(Pace pace) {
    PaceKernels& kernels = kernels_[static_cast<std::size_t>(pace)];
    register_typed<std::int64_t>(kernels.of_signed, pace);
    register_typed<std::uint64_t>(kernels.of_unsigned, pace);
    const KernelOptions options{.cost_ns = pace == Pace::declared_long ? 1'000'000U : 0U};
    const auto untyped = [&](const char* name, CoreType core_type) {
        return runtime_.kernel_any(
            name, [log = log_.get(), pace](const TaskView& task) { return untyped_body(*log, pace, task); },
            {options.cost_ns, core_type});
    };
    kernels.untyped = untyped("untyped", CoreType::any);
    kernels.untyped_aic = untyped("untyped_aic", CoreType::aic);
    kernels.untyped_aiv = untyped("untyped_aiv", CoreType::aiv);
}

FuzzHost::FuzzHost(int threads, const RuntimeEnv& sizes, std::uint64_t first_task_number)
    : FuzzHost({.threads = threads,
                .runtime_env = sizes,
                .first_task_number = first_task_number,
                .log = [](LogLevel, const std::string&) {}}) {}

FuzzHost::FuzzHost(const RuntimeConfig& config)
    : log_(std::make_unique<KernelLog>()), platform_(config.platform), runtime_(config) {
    for (int pace = 0; pace < kPaces; ++pace) register_kernels(static_cast<Pace>(pace));
}

std::string FuzzHost::description() const {
    const RuntimeEnv& sizes = runtime_.sizes();
    return platform_ + ", threads " + std::to_string(runtime_.threads()) + ", task window " +
           std::to_string(sizes.ring_task_window.per_ring[0]) + ", consumed window " +
           std::to_string(sizes.ring_consumed_window.per_ring[0]) + ", dependency pool " +
           std::to_string(sizes.ring_dep_pool.per_ring[0]);
}

/// One run of one program: builds the tensors and submits the tasks.
class Execution {
public:
    Execution(FuzzHost& host, const FuzzProgram& program, const Faults& faults)
        : host_(host), program_(program), throws_at_(faults.program_throws_at) {
        KernelLog& log = *host.log_;
        log.faults = faults.kernels;
        log.cancel_slot = faults.cancel_in_kernel;
        log.reads.assign(program.statements.size(), 0);
        log.started.assign(program.statements.size(), 0);
        log.ended.assign(program.statements.size(), 0);
        for (std::size_t i = 0; i < program.memory_words.size(); ++i)
            observed_.memories.push_back(initial_memory(program, i));
    }

    void submit_all(Orchestrator& o) {
        std::size_t next = 0;
        block(o, next);
    }

    Observed take() {
        observed_.reads = host_.log_->reads;
        for (const auto& [slot, value] : gets_) observed_.reads[slot] = value;
        return std::move(observed_);
    }

private:
    /// Statements up to the end of the scope that `next` is in.
    void block(Orchestrator& o, std::size_t& next) {
        while (next < program_.statements.size()) {
            const std::size_t slot = next++;
            const Statement& statement = program_.statements[slot];
            if (slot == throws_at_) throw ProgramFault();
            if (statement.kind == Statement::Kind::close) return;
            if (statement.kind == Statement::Kind::open) {
                Scope scope = o.scope(statement.mode);
                block(o, next);
                if (statement.id % 2 == 0) scope.close();
            } else {
                execute(o, statement, slot);
            }
        }
    }

    void execute(Orchestrator& o, const Statement& statement, std::size_t slot) {
        learn_tensors(statement, known_);
        switch (statement.kind) {
            case Statement::Kind::external:
                tensors_[statement.operand.tensor] = external(o, statement);
                break;
            case Statement::Kind::allocate:
                tensors_[statement.operand.tensor] =
                    o.allocate(shape_of(statement.operand), dtype(statement));
                break;
            case Statement::Kind::get:
                gets_[slot] =
                    statement.is_signed
                        ? static_cast<Word>(o.get<std::int64_t>(view(statement.operand), index(statement)))
                        : o.get<std::uint64_t>(view(statement.operand), index(statement));
                break;
            case Statement::Kind::set:
                if (statement.is_signed)
                    o.set(Tensor<std::int64_t>(view(statement.operand)), index(statement),
                          static_cast<std::int64_t>(statement.value));
                else
                    o.set(Tensor<std::uint64_t>(view(statement.operand)), index(statement), statement.value);
                break;
            default:
                task(o, statement, static_cast<std::uint32_t>(slot));
        }
    }

    static DType dtype(const Statement& statement) { return statement.is_signed ? DType::i64 : DType::u64; }
    static Shape shape_of(const Argument& argument) {
        return Shape(std::span<const std::int64_t>(argument.shape));
    }
    static Shape index(const Statement& statement) {
        return Shape(std::span<const std::int64_t>(statement.index));
    }

    AnyTensor external(Orchestrator& o, const Statement& statement) {
        Word* first = observed_.memories[statement.memory].data() + statement.placement.offset;
        if (!statement.placement.contiguous())
            return o.external(first, dtype(statement), std::span<const Axis>(statement.placement.axes));
        Extents extents;
        for (const Axis& axis : statement.placement.axes) extents.push_back(axis.extent);
        return o.external(first, dtype(statement), Shape(std::span<const std::int64_t>(extents)));
    }

    AnyTensor view(const Argument& argument) const {
        AnyTensor tensor = tensors_.at(argument.tensor);
        for (const ViewStep& step : argument.steps) {
            const auto shape = [](const Extents& extents) {
                return Shape(std::span<const std::int64_t>(extents));
            };
            if (step.kind == ViewStep::Kind::box) tensor = tensor.view(shape(step.offset), shape(step.shape));
            if (step.kind == ViewStep::Kind::slice)
                tensor = tensor.slice(step.axis, step.begin, step.end, step.step);
            if (step.kind == ViewStep::Kind::transpose) tensor = tensor.transpose(step.axis, step.other);
            if (step.kind == ViewStep::Kind::reshape) tensor = tensor.reshape(shape(step.shape));
        }
        return tensor;
    }

    /// A tensor argument with everything that it points to.
    struct Operand {
        AnyTensor tensor;
        Shape shape;
        bool no_dep;
        bool allocates;
    };
    using Operands = std::deque<Operand>;

    Options options_of(const Statement& statement) const {
        Options options;
        for (const int id : statement.after) options.after(tasks_.at(id));
        for (const int id : statement.needed) options.after(tasks_.at(id));
        launch(options, statement);
        return options.priority(statement.priority);
    }

    /// `target`: Options or TaskArgs.
    template <class Target>
    void launch(Target& target, const Statement& statement) const {
        if (statement.blocks != 1) target.blocks(statement.blocks);
        if (statement.sync_start) target.sync_start();
        if (!statement.predicate) return;
        const FuzzPredicate& predicate = *statement.predicate;
        const AnyTensor tensor = view(predicate.operand);
        const Shape at{std::span<const std::int64_t>(predicate.index)};
        if (tensor.dtype() == DType::i64)
            target.predicate(tensor, at, predicate.comparison, static_cast<std::int64_t>(predicate.constant));
        else
            target.predicate(tensor, at, predicate.comparison, predicate.constant);
    }

    void task(Orchestrator& o, const Statement& statement, std::uint32_t slot) {
        Operands operands;
        for (const Argument& argument : statement.arguments)
            operands.push_back({argument.allocates ? AnyTensor{} : view(argument), shape_of(argument),
                                argument.no_dep, argument.allocates});
        const FuzzHost::PaceKernels& kernels = host_.kernels_[static_cast<std::size_t>(statement.pace)];
        if (statement.signature < 0) {
            untyped(o, statement, kernels, operands, slot);
        } else if (tensor_is_signed(statement)) {
            typed_by_signature(o, statement, kernels.of_signed, operands, slot);
        } else {
            typed_by_signature(o, statement, kernels.of_unsigned, operands, slot);
        }
    }

    [[nodiscard]] bool tensor_is_signed(const Statement& statement) const {
        return known_.at(statement.arguments.front().tensor).is_signed;
    }

    void untyped(Orchestrator& o, const Statement& statement, const FuzzHost::PaceKernels& kernels,
                 const Operands& operands, std::uint32_t slot) {
        TaskArgs arguments;
        Word accesses = 0;
        for (std::size_t i = 0; i < operands.size(); ++i) {
            const Argument& given = statement.arguments[i];
            accesses |= static_cast<Word>(given.access) << (2 * i);
            if (given.allocates)
                arguments.output(operands[i].shape, dtype(statement));
            else
                arguments.add(operands[i].tensor, given.access, given.no_dep);
        }
        for (const int id : statement.after) arguments.depends_on(tasks_.at(id));
        for (const int id : statement.needed) arguments.depends_on(tasks_.at(id));
        if (statement.priority != 0) arguments.priority(statement.priority);
        launch(arguments, statement);
        arguments.scalar(static_cast<Word>(statement.id))
            .scalar(Share::pack(statement, slot))
            .scalar(accesses);
        arguments.scalar(static_cast<std::uint32_t>(operands.size()));
        const bool barrier = statement.kind == Statement::Kind::barrier;
        const AnySubmission made = barrier ? o.barrier_task(without_scalars(arguments, statement, operands))
                                   : statement.subtasks != 0
                                       ? o.submit_mixed(mixed(kernels, statement.subtasks), arguments)
                                       : o.submit(kernels.untyped, arguments);
        tasks_[statement.id] = made;
        for (std::size_t i = 0; i < operands.size(); ++i)
            if (operands[i].allocates) tensors_[statement.arguments[i].tensor] = made.output(i);
    }

    static MixedKernels mixed(const FuzzHost::PaceKernels& kernels, unsigned slots) {
        MixedKernels chosen;
        if ((slots & 1U) != 0) chosen.aic = kernels.untyped_aic;
        if ((slots & 2U) != 0) chosen.aiv0 = kernels.untyped_aiv;
        if ((slots & 4U) != 0) chosen.aiv1 = kernels.untyped;
        return chosen;
    }

    /// A barrier has no kernel that could take scalars.
    TaskArgs without_scalars(const TaskArgs& full, const Statement& statement,
                             const Operands& operands) const {
        TaskArgs arguments;
        for (std::size_t i = 0; i < operands.size(); ++i)
            arguments.add(operands[i].tensor, statement.arguments[i].access, statement.arguments[i].no_dep);
        for (const Task& earlier : full.options().inline_tasks()) arguments.depends_on(earlier);
        return arguments.priority(full.options().priority_value());
    }

    template <class Kernels>
    void typed_by_signature(Orchestrator& o, const Statement& statement, const Kernels& kernels,
                            const Operands& operands, std::uint32_t slot) {
        const auto try_each = [&]<std::size_t... I>(std::index_sequence<I...>) {
            const auto try_one = [&](std::size_t number, const auto& kernel) {
                if (static_cast<int>(number) == statement.signature)
                    typed(o, statement, kernel, operands, slot);
            };
            (try_one(I, std::get<I>(kernels)), ...);
        };
        try_each(std::make_index_sequence<std::size(kSignatures)>{});
    }

    template <class P>
    static detail::Argument<P> convert(const Operand& operand) {
        if constexpr (P::kAccess == Access::out)
            if (operand.allocates) return operand.shape;
        if (operand.no_dep) return no_dep(operand.tensor);
        return operand.tensor;
    }

    /// P ends with the two scalars that every typed kernel takes.
    template <class... P>
    void typed(Orchestrator& o, const Statement& statement, const Kernel<P...>& kernel,
               const Operands& operands, std::uint32_t slot) {
        const Options options = options_of(statement);
        const bool plain = statement.priority == 0 && options.inline_tasks().empty() &&
                           statement.blocks == 1 && !statement.predicate;
        const std::uint32_t packed = Share::pack(statement, slot);
        const auto salt = static_cast<Word>(statement.id);
        using List = std::tuple<P...>;
        const auto call = [&]<std::size_t... I>(std::index_sequence<I...>) {
            return plain ? o.submit(kernel, convert<std::tuple_element_t<I, List>>(operands[I])..., salt,
                                    packed)
                         : o.submit(kernel, convert<std::tuple_element_t<I, List>>(operands[I])..., salt,
                                    packed, options);
        };
        const auto made = call(std::make_index_sequence<sizeof...(P) - 2>{});
        tasks_[statement.id] = made;
        const auto outputs = [&]<std::size_t... I>(std::index_sequence<I...>) {
            return std::vector<AnyTensor>{made.template output<I>()...};
        }(std::make_index_sequence<std::tuple_size_v<detail::Outputs<P...>>>{});
        std::size_t output = 0;
        for (const Argument& given : statement.arguments) {
            if (given.access == Access::in) continue;
            if (given.allocates) tensors_[given.tensor] = outputs[output];
            ++output;
        }
    }

    FuzzHost& host_;
    const FuzzProgram& program_;
    std::optional<std::size_t> throws_at_;
    Observed observed_;
    TensorTable known_;
    std::map<int, AnyTensor> tensors_;
    std::map<int, Task> tasks_;
    std::map<std::size_t, Word> gets_;
};

Plan FuzzHost::plan(const FuzzProgram& program, const Setting& setting, const PlanOptions& options) {
    Execution execution(*this, program, {});
    const Program body = [&](Orchestrator& o) {
        if (setting.before) setting.before(o);
        execution.submit_all(o);
        if (setting.after) setting.after(o);
    };
    Plan plan = runtime_.plan(body, {}, options);
    planned_reads_ = execution.take().reads;
    return plan;
}

Observed FuzzHost::run(const FuzzProgram& program, const Faults& faults, const Setting& setting) {
    Execution execution(*this, program, faults);
    const Program body = [&](Orchestrator& o) {
        if (setting.before) setting.before(o);
        execution.submit_all(o);
        if (setting.after) setting.after(o);
    };
    const CallConfig call{
        .deadline = faults.deadline, .runtime_env = setting.sizes, .size_policy = setting.size_policy};
    if (!program.queued && !faults.cancels()) {
        result_ = runtime_.run(body, call);
        return execution.take();
    }
    RunHandle handle = runtime_.submit(body, call);
    {
        const std::lock_guard lock(log_->handle_mutex);
        log_->handle = handle;
    }
    if (faults.cancel_after) {
        spin_for(*faults.cancel_after);
        handle.cancel();
    }
    result_ = handle.wait();
    return execution.take();
}

}  // namespace weir::fuzz
