// SPDX-License-Identifier: Apache-2.0
//
// The tasks of programs/paged_attention, one per block and one per group, under libgomp with depend clauses.
#include "attention.hpp"
#include "run.hpp"

namespace {

using weir::work::Options;
using weir::work::Step;

template <class T>
void submit_group(Step<T>& step, std::size_t group) {
    [[maybe_unused]] const T* const query = step.query(group);
    float* const state = step.state(group);
    for (std::size_t index = 0; index < step.blocks(group); ++index) {
        [[maybe_unused]] const T* const key = step.key(group, index);
        [[maybe_unused]] const T* const value = step.value(group, index);
#pragma omp task default(none) shared(step) firstprivate(group, index, query, key, value, state) \
    depend(in : query[0], key[0], value[0]) depend(inout : state[0])
        step.attend(group, index, state);
    }
    [[maybe_unused]] T* const output = step.output(group);
#pragma omp task default(none) shared(step) firstprivate(group, state, output) depend(in : state[0]) \
    depend(out : output[0])
    step.finish(group, state);
}

template <class T>
int measure(const Options& options) {
    Step<T> step{weir::paged_attention::Sizes{}};
    const auto work = [&] {
#pragma omp parallel num_threads(options.threads)
#pragma omp single
        for (std::size_t group = 0; group < step.groups(); ++group) submit_group(step, group);
    };
    const auto seconds = weir::work::time_repeats(
        options.repeat, [] {}, work);
    return weir::work::report(seconds, step.right());
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    if (!weir::work::parse_options({argv, static_cast<std::size_t>(argc)}, options)) return 2;
    return options.storage == "bf16" ? measure<weir::BFloat16>(options) : measure<float>(options);
}
