// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
// Geometry of views: what view, slice, transpose and reshape give, and what they refuse.
#include <gtest/gtest.h>

#include <functional>
#include <numeric>
#include <vector>

#include <weir/weir.hpp>

#include "caught_error.hpp"

namespace weir {
namespace {

using test::at_line;
using test::caught;

std::vector<std::int64_t> extents(const AnyTensor& tensor) {
    std::vector<std::int64_t> result;
    for (int axis = 0; axis < tensor.ndim(); ++axis) result.push_back(tensor.extent(axis));
    return result;
}

std::vector<std::int64_t> strides(const AnyTensor& tensor) {
    std::vector<std::int64_t> result;
    for (int axis = 0; axis < tensor.ndim(); ++axis) result.push_back(tensor.stride(axis));
    return result;
}

using List = std::vector<std::int64_t>;

class Views : public testing::Test {
protected:
    Views() { std::iota(data_.begin(), data_.end(), 0); }

    /// Runs `body` as a program on a tensor of 4 x 6 x 10 elements.
    void with_tensor(const std::function<void(Orchestrator&, const Tensor<std::int32_t>&)>& body) {
        runtime_.run([&](Orchestrator& o) { body(o, o.external(data_.data(), {4, 6, 10})); });
    }
    /// Index in the buffer of the tensor's first element.
    std::int64_t first(const AnyTensor& tensor) const {
        return reinterpret_cast<const std::int32_t*>(tensor.record().data) - data_.data();
    }

    std::vector<std::int32_t> data_ = std::vector<std::int32_t>(240);
    Runtime runtime_{{.threads = 1}};
};

TEST_F(Views, an_external_tensor_is_row_major) {
    with_tensor([&](Orchestrator&, const Tensor<std::int32_t>& t) {
        EXPECT_EQ(t.dtype(), DType::i32);
        EXPECT_EQ(extents(t), (List{4, 6, 10}));
        EXPECT_EQ(strides(t), (List{60, 10, 1}));
        EXPECT_EQ(t.size(), 240);
        EXPECT_TRUE(t.is_contiguous());
        EXPECT_FALSE(t.empty());
        EXPECT_TRUE(AnyTensor{}.empty());
        EXPECT_EQ(t.shape().ndim(), 3);
        EXPECT_EQ(t.shape()[1], 6);
    });
}

TEST_F(Views, a_view_is_a_box_at_an_offset) {
    with_tensor([&](Orchestrator&, const Tensor<std::int32_t>& t) {
        const auto box = t.view({1, 2, 3}, {2, 4, 7});
        EXPECT_EQ(extents(box), (List{2, 4, 7}));
        EXPECT_EQ(strides(box), (List{60, 10, 1}));
        EXPECT_EQ(first(box), 83);
        EXPECT_EQ(box.size(), 56);
        EXPECT_FALSE(box.is_contiguous());
        EXPECT_TRUE(t.view({1, 0, 0}, {2, 6, 10}).is_contiguous()) << "whole planes follow each other";
        EXPECT_EQ(first(box.view({1, 1, 1}, {1, 3, 6})), 83 + 71) << "offsets of views of views add up";
    });
}

TEST_F(Views, a_slice_takes_every_step_th_element_and_rounds_up) {
    with_tensor([&](Orchestrator&, const Tensor<std::int32_t>& t) {
        const auto some = t.slice(2, 1, 10, 4);
        EXPECT_EQ(extents(some), (List{4, 6, 3})) << "elements 1, 5 and 9";
        EXPECT_EQ(strides(some), (List{60, 10, 4}));
        EXPECT_EQ(first(some), 1);
        EXPECT_EQ(extents(t.slice(2, 1, 9, 4)), (List{4, 6, 2})) << "elements 1 and 5";
        EXPECT_EQ(strides(some.slice(2, 1, 3)), (List{60, 10, 4}));
        EXPECT_EQ(first(some.slice(2, 1, 3)), 5) << "offsets count in the steps of the view";
        EXPECT_EQ(extents(t.slice(0, 3, 4)), (List{1, 6, 10}));
    });
}

TEST_F(Views, transpose_exchanges_two_axes) {
    with_tensor([&](Orchestrator&, const Tensor<std::int32_t>& t) {
        EXPECT_EQ(extents(t.transpose()), (List{6, 4, 10}));
        EXPECT_EQ(strides(t.transpose()), (List{10, 60, 1}));
        EXPECT_EQ(extents(t.transpose(0, 2)), (List{10, 6, 4}));
        EXPECT_EQ(extents(t.transpose(2, 0)), (List{10, 6, 4}));
        EXPECT_FALSE(t.transpose().is_contiguous());
        EXPECT_TRUE(t.transpose(1, 2).transpose(1, 2).is_contiguous());
    });
}

TEST_F(Views, reshape_keeps_the_elements_in_order) {
    with_tensor([&](Orchestrator&, const Tensor<std::int32_t>& t) {
        const auto flat = t.reshape({240});
        EXPECT_EQ(strides(flat), (List{1}));
        const auto five = t.reshape({2, 3, 2, 4, 5});
        EXPECT_EQ(strides(five), (List{120, 40, 20, 5, 1}));
        EXPECT_EQ(first(five), 0);
        EXPECT_EQ(first(t.view({2, 0, 0}, {1, 6, 10}).reshape({60}).view({7}, {1})), 127);
    });
}

TEST_F(Views, strided_externals_keep_the_strides_they_are_given) {
    with_tensor([&](Orchestrator& o, const Tensor<std::int32_t>&) {
        const Axis axes[] = {{3, 2}, {4, 50}};
        const AnyTensor t = o.external(data_.data() + 5, DType::i32, axes);
        EXPECT_EQ(extents(t), (List{3, 4}));
        EXPECT_EQ(strides(t), (List{2, 50}));
        EXPECT_EQ(first(t), 5);
        EXPECT_FALSE(t.is_contiguous());
        const auto value = o.get<std::int32_t>(t, {2, 3});
        EXPECT_EQ(value, 5 + 4 + 150);
    });
}

TEST_F(Views, like_takes_the_extents_and_not_the_strides) {
    with_tensor([&](Orchestrator& o, const Tensor<std::int32_t>& t) {
        const auto fill = runtime_.kernel("fill", [](Out<std::int32_t> x) {
            for (auto& value : x) value = 9;
        });
        const auto made = o.submit(fill, like(t.slice(2, 0, 10, 3).transpose())).output();
        EXPECT_EQ(extents(made), (List{6, 4, 4}));
        EXPECT_TRUE(made.is_contiguous());
        EXPECT_EQ(o.get(made, {5, 3, 3}), 9);
    });
}

TEST_F(Views, writes_through_a_transposed_strided_view_land_where_the_view_says) {
    const auto number = runtime_.kernel("number", [](Out<std::int32_t> x) {
        for (int i = 0; i < x.extent(0); ++i)
            for (int j = 0; j < x.extent(1); ++j) x(i, j) = 1000 + 10 * i + j;
    });
    runtime_.run([&](Orchestrator& o) {
        const auto t = o.external(data_.data(), {24, 10});
        o.submit(number, t.slice(0, 1, 24, 11).slice(1, 2, 10, 5).transpose());
    });
    for (std::size_t i = 0; i < data_.size(); ++i) {
        const std::size_t row = i / 10;
        const std::size_t column = i % 10;
        const bool written = (row == 1 || row == 12 || row == 23) && (column == 2 || column == 7);
        const auto expected = written ? 1000 + 10 * static_cast<std::int32_t>((column - 2) / 5) +
                                            static_cast<std::int32_t>((row - 1) / 11)
                                      : static_cast<std::int32_t>(i);
        EXPECT_EQ(data_[i], expected) << "element " << i;
    }
}

TEST_F(Views, a_view_that_leaves_its_tensor_is_refused_with_its_line) {
    with_tensor([&](Orchestrator&, const Tensor<std::int32_t>& t) {
        const auto refused = [&](const auto& make) { return caught([&] { (void)make(); }); };
        const auto past = refused([&] { return t.view({1, 2, 4}, {2, 4, 7}); });
        EXPECT_EQ(past.code, ErrorCode::out_of_bounds);
        EXPECT_NE(past.message.find(at_line(__LINE__ - 2)), std::string::npos) << past.message;
        EXPECT_EQ(past.line, static_cast<unsigned>(__LINE__ - 3));
        EXPECT_EQ(refused([&] { return t.view({-1, 0, 0}, {1, 1, 1}); }).code, ErrorCode::out_of_bounds);
        EXPECT_EQ(refused([&] { return t.view({4, 0, 0}, {1, 1, 1}); }).code, ErrorCode::out_of_bounds);
        EXPECT_EQ(refused([&] {
                      return t.view({INT64_MAX, 0, 0}, {1, 1, 1});
                  }).code,
                  ErrorCode::out_of_bounds);
        EXPECT_EQ(refused([&] {
                      return t.view({1, 0, 0}, {INT64_MAX, 1, 1});
                  }).code,
                  ErrorCode::out_of_bounds);
        EXPECT_EQ(refused([&] { return t.slice(0, 0, 5); }).code, ErrorCode::out_of_bounds);
        EXPECT_EQ(refused([&] { return t.slice(0, -1, 2); }).code, ErrorCode::out_of_bounds);
        EXPECT_NE(refused([&] { return t.view({0, 0}, {1, 1}); }).code, ErrorCode::ok) << "too few axes";
        EXPECT_NE(refused([&] {
                      return t.view({0, 0, 0}, {1, 0, 1});
                  }).code,
                  ErrorCode::ok)
            << "an empty box";
        EXPECT_NE(refused([&] { return t.slice(0, 2, 2); }).code, ErrorCode::ok) << "an empty slice";
        EXPECT_NE(refused([&] { return t.slice(0, 3, 1); }).code, ErrorCode::ok) << "a slice backwards";
        EXPECT_NE(refused([&] { return t.slice(0, 0, 2, 0); }).code, ErrorCode::ok) << "no step";
        EXPECT_NE(refused([&] { return t.slice(0, 0, 2, -1); }).code, ErrorCode::ok) << "a step backwards";
        EXPECT_NE(refused([&] { return t.slice(3, 0, 1); }).code, ErrorCode::ok) << "no such axis";
        EXPECT_NE(refused([&] { return t.slice(-1, 0, 1); }).code, ErrorCode::ok) << "no such axis";
        EXPECT_NE(refused([&] { return t.transpose(0, 3); }).code, ErrorCode::ok) << "no such axis";
        EXPECT_NE(refused([&] { return t.transpose(-1, 0); }).code, ErrorCode::ok) << "no such axis";
    });
}

TEST_F(Views, reshape_refuses_other_sizes_and_tensors_with_gaps) {
    with_tensor([&](Orchestrator&, const Tensor<std::int32_t>& t) {
        const auto refused = [&](const auto& make) { return caught([&] { (void)make(); }); };
        const auto other = refused([&] { return t.reshape({239}); });
        EXPECT_NE(other.code, ErrorCode::ok);
        EXPECT_EQ(other.line, static_cast<unsigned>(__LINE__ - 2));
        EXPECT_NE(refused([&] { return t.slice(2, 0, 5).reshape({120}); }).code, ErrorCode::ok) << "gaps";
        EXPECT_NE(refused([&] { return t.transpose().reshape({240}); }).code, ErrorCode::ok) << "order";
        EXPECT_NE(refused([&] { return t.reshape({1, 1, 1, 1, 1, 240}); }).code, ErrorCode::ok) << "six axes";
        EXPECT_NE(refused([&] { return t.reshape({-240, -1}); }).code, ErrorCode::ok) << "negative extents";
        EXPECT_NE(refused([&] {
                      return t.reshape({INT64_MAX, INT64_MAX, 2});
                  }).code,
                  ErrorCode::ok)
            << "overflow";
        EXPECT_NE(refused([&] { return t.reshape(Shape{}); }).code, ErrorCode::ok) << "no axis";
    });
}

}  // namespace
}  // namespace weir
