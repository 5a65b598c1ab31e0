// SPDX-License-Identifier: Apache-2.0
//
// The pieces of a decode step of programs/paged_attention, for programs without a runtime: a group is one
// sequence and one KV head; its blocks are folded one after the other into a state of its own.
#pragma once

#include <memory>

#include "problem.hpp"
#include "reference.hpp"

namespace weir::work {

template <class T>
class Step {
public:
    explicit Step(const paged_attention::Sizes& sizes)
        : problem_(sizes), states_(groups() * state_floats()) {}

    paged_attention::Problem<T>& problem() { return problem_; }
    std::size_t groups() const { return problem_.sizes.batch * problem_.sizes.kv_heads; }
    std::size_t sequence(std::size_t group) const { return group / problem_.sizes.kv_heads; }
    std::size_t head(std::size_t group) const { return group % problem_.sizes.kv_heads; }
    std::size_t blocks(std::size_t group) const { return problem_.table.blocks[sequence(group)].size(); }

    const T* query(std::size_t group) const {
        return problem_.query.data() + problem_.group_offset(sequence(group), head(group));
    }
    T* output(std::size_t group) {
        return problem_.output.data() + problem_.group_offset(sequence(group), head(group));
    }
    const T* key(std::size_t group, std::size_t index) const {
        return problem_.key.data() + tile(group, index);
    }
    const T* value(std::size_t group, std::size_t index) const {
        return problem_.value.data() + tile(group, index);
    }
    float* state(std::size_t group) { return states_.data() + group * state_floats(); }

    /// Folds a block into a state, which may be that of the group or any other place.
    void attend(std::size_t group, std::size_t index, float* state) const {
        programs::attend(problem_.shape, query(group), key(group, index), value(group, index),
                         problem_.table.tokens_in(sequence(group), index), index == 0, state);
    }
    void finish(std::size_t group, const float* state) {
        programs::finish(problem_.shape, state, output(group));
    }
    bool right() { return paged_attention::compare_with_reference(problem_).right(); }

private:
    std::size_t state_floats() const { return problem_.shape.rows * problem_.shape.state_stride(); }
    std::size_t tile(std::size_t group, std::size_t index) const {
        return problem_.tile_offset(problem_.table.blocks[sequence(group)][index], head(group));
    }

    paged_attention::Problem<T> problem_;
    programs::Buffer<float> states_;
};

}  // namespace weir::work
