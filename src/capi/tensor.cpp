// SPDX-License-Identifier: Apache-2.0
/// Views of tensors.
#include <source_location>

#include "capi/border.hpp"
#include "capi/source_line.hpp"
#include "capi/values.hpp"

namespace {

using weir::capi::guarded;
using weir::capi::required;
using weir::capi::shape_of;
using weir::capi::source_line;
using weir::capi::tensor_of;
using weir::capi::to_c;

}  // namespace

extern "C" {

weir_status weir_tensor_describe(const weir_tensor* tensor, weir_array* array) {
    return guarded([&] {
        weir_array& filled = weir::capi::checked(array, "weir_tensor_describe: array");
        filled = to_c(tensor_of(tensor, "weir_tensor_describe: tensor", {}).record(), nullptr);
    });
}

weir_status weir_tensor_view(const weir_tensor* tensor, int ndim, const int64_t* offset,
                             const int64_t* extents, weir_tensor* view, const char* file, int line) {
    return guarded([&] {
        const auto site = source_line(file, line);
        const weir::AnyTensor source = tensor_of(tensor, "weir_tensor_view: tensor", site);
        weir_tensor& made = required(view, "weir_tensor_view: view", site);
        made = to_c(source.view(shape_of(ndim, offset, "weir_tensor_view: offset", site),
                                shape_of(ndim, extents, "weir_tensor_view: extents", site), site));
    });
}

weir_status weir_tensor_slice(const weir_tensor* tensor, int axis, int64_t begin, int64_t end, int64_t step,
                              weir_tensor* view, const char* file, int line) {
    return guarded([&] {
        const auto site = source_line(file, line);
        const weir::AnyTensor source = tensor_of(tensor, "weir_tensor_slice: tensor", site);
        weir_tensor& made = required(view, "weir_tensor_slice: view", site);
        made = to_c(source.slice(axis, begin, end, step, site));
    });
}

weir_status weir_tensor_transpose(const weir_tensor* tensor, int first, int second, weir_tensor* view,
                                  const char* file, int line) {
    return guarded([&] {
        const auto site = source_line(file, line);
        const weir::AnyTensor source = tensor_of(tensor, "weir_tensor_transpose: tensor", site);
        weir_tensor& made = required(view, "weir_tensor_transpose: view", site);
        made = to_c(source.transpose(first, second, site));
    });
}

weir_status weir_tensor_reshape(const weir_tensor* tensor, int ndim, const int64_t* extents,
                                weir_tensor* view, const char* file, int line) {
    return guarded([&] {
        const auto site = source_line(file, line);
        const weir::AnyTensor source = tensor_of(tensor, "weir_tensor_reshape: tensor", site);
        weir_tensor& made = required(view, "weir_tensor_reshape: view", site);
        made = to_c(source.reshape(shape_of(ndim, extents, "weir_tensor_reshape: extents", site), site));
    });
}

}  // extern "C"
