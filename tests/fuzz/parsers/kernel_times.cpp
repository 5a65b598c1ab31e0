// SPDX-License-Identifier: Apache-2.0
// Files that state how long kernels take (src/config/kernel_times.hpp): the input is the file.
#include <array>
#include <string>

#include <nlohmann/json.hpp>

#include <weir/error.hpp>
#include <weir/kernel.hpp>

#include "config/kernel_times.hpp"
#include "driver/parser_target.hpp"

namespace {

using weir::KernelTimes;
using weir::fuzz::require;

/// The same times in the form that is longest.
std::string spelt_out(const KernelTimes& times) {
    nlohmann::json all = nlohmann::json::object();
    for (const auto& [kernel, time] : times.all()) {
        nlohmann::json& function = all[kernel] = {{"constant", time.constant}};
        for (const weir::TimeTerm& term : time.terms) function[field_of(term)] = term.coefficient;
    }
    return all.dump();
}

bool same(weir::KernelTime one, weir::KernelTime other) {
    if (one.constant != other.constant || one.terms.size() != other.terms.size()) return false;
    for (const weir::TimeTerm& term : one.terms)
        if (std::find(other.terms.begin(), other.terms.end(), term) == other.terms.end()) return false;
    return true;
}

/// A task with every argument that a time can name.
void check_times(const KernelTimes& times) {
    weir::detail::TensorRecord tensor;
    tensor.elements = 243;
    tensor.ndim = weir::kMaxAxes;
    tensor.dtype = static_cast<std::uint8_t>(weir::DType::f64);
    for (weir::Axis& axis : tensor.axes) axis = {3, 1};
    std::array<const weir::detail::TensorRecord*, weir::kMaxTensors> tensors{};
    tensors.fill(&tensor);
    std::array<std::uint64_t, weir::kMaxScalars> scalars{};
    scalars.fill(~std::uint64_t{0});
    for (const auto& [kernel, time] : times.all()) {
        const std::uint64_t taken = nanoseconds(times, kernel, tensors, scalars);
        require(taken <= weir::kMostKernelNs, "a time is within its bounds");
        require(!time.terms.empty() || static_cast<double>(taken) >= time.constant - 0.5,
                "a time without terms is its constant");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = weir::fuzz::text_of(data, size);
    try {
        const KernelTimes times = KernelTimes::parse(text, "times.json");
        check_times(times);
        const KernelTimes again = KernelTimes::parse(spelt_out(times), "again");
        require(again.all().size() == times.all().size(), "no kernel is lost");
        for (const auto& [kernel, time] : times.all())
            require(same(time, again.all().at(kernel)), "what is written out again means the same");
    } catch (const weir::Error& error) {
        require(error.code() == weir::ErrorCode::configuration, "a refusal is one of configuration");
        require(std::string_view(error.what()).starts_with("'times.json', "), "a refusal names the file");
        require(std::string_view(error.what()).size() < 700, "a refusal is not as long as a hostile file");
    }
    return 0;
}
