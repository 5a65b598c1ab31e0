// SPDX-License-Identifier: Apache-2.0
#include "peers/harness.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <iostream>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace weir::peers {
namespace {

using patterns::Datum;
using patterns::Mode;
using patterns::Pattern;

constexpr std::string_view kUsage =
    "usage: --pattern no_dep|independent|chain|stencil_1d|fork_join|cholesky [--tasks N] [--threads T]\n"
    "       [--mode empty|check|work] [--iterations K] [--repeat R]\n";

struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Options {
    std::string_view pattern_name;
    Pattern pattern = Pattern::kNoDep;
    std::string_view mode_name = "empty";
    Mode mode = Mode::kEmpty;
    std::uint64_t tasks = 100'000;
    std::uint64_t threads = 2;
    std::uint64_t iterations = 0;
    std::uint64_t repeat = 3;
};

std::uint64_t parse_count(std::string_view option, std::string_view text, std::uint64_t smallest,
                          std::uint64_t largest) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < smallest || value > largest) {
        throw UsageError(std::string(option) + " is '" + std::string(text) + "'; give a whole number from " +
                         std::to_string(smallest) + " to " + std::to_string(largest));
    }
    return value;
}

Mode parse_mode(std::string_view text) {
    if (text == "empty") return Mode::kEmpty;
    if (text == "check") return Mode::kCheck;
    if (text == "work") return Mode::kWork;
    throw UsageError("--mode is '" + std::string(text) + "'; give empty, check or work");
}

Pattern parse_pattern(std::string_view text) {
    if (const auto pattern = patterns::find_pattern(text)) return *pattern;
    throw UsageError("--pattern is '" + std::string(text) + "', which is none of the patterns");
}

Options parse(std::span<char*> arguments) {
    constexpr std::uint64_t kMany = std::numeric_limits<std::uint32_t>::max();
    Options options;
    for (std::size_t i = 0; i < arguments.size(); i += 2) {
        const std::string_view option = arguments[i];
        if (i + 1 == arguments.size())
            throw UsageError("'" + std::string(option) + "' has no value; give one");
        const std::string_view value = arguments[i + 1];
        if (option == "--pattern") {
            options.pattern_name = value;
            options.pattern = parse_pattern(value);
        } else if (option == "--mode") {
            options.mode_name = value;
            options.mode = parse_mode(value);
        } else if (option == "--tasks") {
            options.tasks = parse_count(option, value, 1, kMany);
        } else if (option == "--threads") {
            options.threads = parse_count(option, value, 1, 1024);
        } else if (option == "--iterations") {
            options.iterations = parse_count(option, value, 0, kMany);
        } else if (option == "--repeat") {
            options.repeat = parse_count(option, value, 1, 100'000);
        } else {
            throw UsageError("'" + std::string(option) + "' is not an option");
        }
    }
    if (options.pattern_name.empty()) throw UsageError("--pattern is missing");
    return options;
}

/// Executes each task where it is submitted: what the data have to be afterwards.
class SerialSink {
public:
    explicit SerialSink(std::span<Datum> data) : data_(data) {}

    template <class AccessType, class... Data>
    void task(AccessType access, std::uint64_t index, Data... data) {
        patterns::execute<Mode::kCheck>(access, index, &data_[data].value...);
    }

private:
    std::span<Datum> data_;
};

std::uint64_t serial_checksum(const Options& options) {
    std::vector<Datum> data(patterns::data_count(options.pattern));
    patterns::reset_data(data);
    SerialSink sink{data};
    patterns::generate(options.pattern, options.tasks, sink);
    return patterns::checksum(data);
}

/// The kernel's peak of this process alone: getrusage would include the parent's memory before exec.
std::uint64_t peak_rss_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM:")) return std::strtoull(line.c_str() + 6, nullptr, 10);
    }
    throw std::runtime_error("/proc/self/status has no VmHWM line; mount /proc to measure peak memory");
}

struct Measurement {
    std::vector<double> ns_per_task;
    std::vector<double> submit_ns_per_task;
    std::optional<bool> checksum_ok;
    std::optional<double> share_elsewhere;
};

double ns_per_task(Clock::duration duration, std::uint64_t tasks) {
    return std::chrono::duration<double, std::nano>(duration).count() / static_cast<double>(tasks);
}

Measurement measure(const Options& options) {
    const bool checked = options.mode == Mode::kCheck;
    const std::uint64_t expected = checked ? serial_checksum(options) : 0;
    std::vector<Datum> data(patterns::data_count(options.pattern));
    patterns::work_iterations = options.iterations;
    const auto peer = make_peer(
        {options.pattern, options.tasks, options.mode, static_cast<unsigned>(options.threads), data});
    Measurement result;
    if (checked) result.checksum_ok = true;
    for (std::uint64_t repeat = 0; repeat <= options.repeat; ++repeat) {
        patterns::reset_data(data);
        const auto begin = Clock::now();
        const Clock::duration submitting = peer->run();
        const Clock::duration total = Clock::now() - begin;
        if (checked && patterns::checksum(data) != expected) result.checksum_ok = false;
        if (repeat == 0) continue;  // the warm-up is checked and not counted
        result.ns_per_task.push_back(ns_per_task(total, options.tasks));
        result.submit_ns_per_task.push_back(ns_per_task(submitting, options.tasks));
    }
    result.share_elsewhere = peer->share_elsewhere();
    return result;
}

void print_list(const char* name, const std::vector<double>& values) {
    std::printf("\"%s\":[", name);
    const char* separator = "";
    for (const double value : values) {
        std::printf("%s%.2f", separator, value);
        separator = ",";
    }
    std::printf("],");
}

void print_json(const Options& options, const Measurement& measurement) {
    const std::string_view name = peer_name();
    std::printf("{\"runtime\":\"%.*s\",", static_cast<int>(name.size()), name.data());
    std::printf("\"pattern\":\"%.*s\",", static_cast<int>(options.pattern_name.size()),
                options.pattern_name.data());
    std::printf("\"mode\":\"%.*s\",", static_cast<int>(options.mode_name.size()), options.mode_name.data());
    std::printf("\"threads\":%llu,\"tasks\":%llu,\"iterations\":%llu,",
                static_cast<unsigned long long>(options.threads),
                static_cast<unsigned long long>(options.tasks),
                static_cast<unsigned long long>(options.iterations));
    print_list("ns_per_task", measurement.ns_per_task);
    print_list("submit_ns_per_task", measurement.submit_ns_per_task);
    const char* verdict = "null";
    if (measurement.checksum_ok) verdict = *measurement.checksum_ok ? "true" : "false";
    if (measurement.share_elsewhere)
        std::printf("\"share_elsewhere\":%.4f,", *measurement.share_elsewhere);
    else
        std::printf("\"share_elsewhere\":null,");
    std::printf("\"checksum_ok\":%s,\"peak_rss_kib\":%llu}\n", verdict,
                static_cast<unsigned long long>(peak_rss_kib()));
}

int run_main(std::span<char*> arguments) {
    const Options options = parse(arguments);
    const Measurement measurement = measure(options);
    print_json(options, measurement);
    if (measurement.checksum_ok.value_or(true)) return 0;
    std::cerr << peer_name() << ": the data after " << options.pattern_name << " with " << options.threads
              << " threads differ from serial execution: a task was lost, repeated or ran out of order\n";
    return 1;
}

}  // namespace
}  // namespace weir::peers

int main(int argc, char** argv) {
    using namespace weir::peers;
    try {
        return run_main({argv + 1, static_cast<std::size_t>(argc > 0 ? argc - 1 : 0)});
    } catch (const UsageError& error) {
        std::cerr << peer_name() << ": " << error.what() << '\n' << kUsage;
        return 2;
    } catch (const std::exception& error) {
        std::cerr << peer_name() << ": " << error.what() << '\n';
        return 1;
    }
}
