// SPDX-License-Identifier: Apache-2.0
// The soak test: `./weir soak` runs it.
#include <charconv>
#include <cstdio>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>

#include "options.hpp"

namespace weir::soak {

namespace {

constexpr const char* kUsage =
    "soak [--minutes N | --seconds N | --rounds N] [--seed S]\n"
    "    Random programs, ring sizes, threads and faults, every program checked against serial execution;\n"
    "    memory, threads and open files must stay flat. Default: one minute, another seed each time.\n"
    "    --rounds 1 with the seed that a failure prints repeats the round that failed.\n"
    "soak --flat TASKS [--handed-over] [--threads N]\n"
    "    One flat program of so many tasks, each result checked; --handed-over: none runs in its submit.";

std::uint64_t number_of(std::string_view option, std::string_view text, std::uint64_t most) {
    std::uint64_t value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (status != std::errc{} || end != text.data() + text.size() || value > most)
        throw std::runtime_error(std::string(option) + " '" + std::string(text) +
                                 "': give a whole number up to " + std::to_string(most));
    return value;
}

}  // namespace

Options parse_options(int count, const char* const* words) {
    constexpr std::uint64_t kMostSeconds = 365ULL * 24 * 3600;
    constexpr std::uint64_t kMost = ~std::uint64_t{0};
    Options options;
    std::random_device device;
    options.seed = static_cast<std::uint64_t>(device()) << 16U;
    for (int i = 1; i < count; ++i) {
        const std::string_view option = words[i];
        if (option == "--help") throw std::runtime_error(kUsage);
        if (option == "--handed-over") {
            options.handed_over = true;
            continue;
        }
        if (i + 1 == count) throw std::runtime_error(std::string(option) + ": no value; " + kUsage);
        const std::string_view text = words[++i];
        if (option == "--minutes")
            options.duration = std::chrono::minutes(number_of(option, text, kMostSeconds / 60));
        else if (option == "--seconds")
            options.duration = std::chrono::seconds(number_of(option, text, kMostSeconds));
        else if (option == "--seed")
            options.seed = number_of(option, text, kMost);
        else if (option == "--rounds")
            options.rounds = number_of(option, text, kMost);
        else if (option == "--flat")
            options.flat_tasks = number_of(option, text, std::uint64_t{1} << 50U);
        else if (option == "--threads")
            options.threads = static_cast<int>(number_of(option, text, 4096));
        else
            throw std::runtime_error("no option '" + std::string(option) + "'; " + kUsage);
    }
    if (options.rounds) options.duration = std::chrono::seconds(kMostSeconds);
    return options;
}

}  // namespace weir::soak

int main(int count, char** words) {
    try {
        const weir::soak::Options options = weir::soak::parse_options(count, words);
        return options.flat_tasks ? weir::soak::run_flat(options) : weir::soak::run_rounds(options);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "soak: %s\n", error.what());
        return 2;
    }
}
