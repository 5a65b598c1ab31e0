// SPDX-License-Identifier: Apache-2.0
//
// The command line and the output that the comparisons of real work share: `--NAME VALUE ...` in, one line of
// JSON out, with the seconds of each repeat after one to warm up.
#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string_view>
#include <vector>

namespace weir::work {

struct Options {
    std::string_view storage = "f32";
    std::size_t order = 4096;
    std::size_t tile = 256;
    int threads = 2;
    int repeat = 3;
};

namespace detail {

template <class Number>
bool parse(std::string_view text, Number& to) {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 1) return false;
    to = value;
    return true;
}

inline bool set(Options& options, std::string_view name, std::string_view value) {
    if (name == "--order") return parse(value, options.order);
    if (name == "--tile") return parse(value, options.tile);
    if (name == "--threads") return parse(value, options.threads);
    if (name == "--repeat") return parse(value, options.repeat);
    if (name == "--storage" && (value == "f32" || value == "bf16")) {
        options.storage = value;
        return true;
    }
    return false;
}

}  // namespace detail

/// False after a message about what is wrong.
inline bool parse_options(std::span<char*> arguments, Options& options) {
    for (std::size_t i = 1; i < arguments.size(); i += 2) {
        const std::string_view name = arguments[i];
        const std::string_view value = i + 1 < arguments.size() ? arguments[i + 1] : "";
        if (detail::set(options, name, value)) continue;
        std::fprintf(stderr,
                     "%s: '%s %.*s' is no option; give --order N, --tile N, --storage f32|bf16, "
                     "--threads N, --repeat N\n",
                     arguments[0], arguments[i], static_cast<int>(value.size()), value.data());
        return false;
    }
    return true;
}

/// Calls `prepare()` and then `work()`, which is timed, once to warm up and then `repeat` times.
template <class Prepare, class Work>
std::vector<double> time_repeats(int repeat, Prepare&& prepare, Work&& work) {
    std::vector<double> seconds;
    for (int i = 0; i <= repeat; ++i) {
        prepare();
        const auto begin = std::chrono::steady_clock::now();
        work();
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
        if (i > 0) seconds.push_back(taken.count());
    }
    return seconds;
}

/// The exit status: 0 if the result was right.
inline int report(const std::vector<double>& seconds, bool right) {
    std::printf("{\"seconds\":[");
    for (std::size_t i = 0; i < seconds.size(); ++i) std::printf("%s%.9f", i == 0 ? "" : ",", seconds[i]);
    std::printf("],\"right\":%s}\n", right ? "true" : "false");
    return right ? 0 : 1;
}

}  // namespace weir::work
