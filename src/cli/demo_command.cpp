// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

#include "commands.hpp"
#include "run_report.hpp"
#include "session.hpp"
#include "units.hpp"

namespace weir::cli {
namespace {

/// A program of the demonstration, and the width of the numbers that it computes with at its defaults.
struct DemoProgram {
    const char* name;
    int element_bits;
};
constexpr std::array<DemoProgram, 2> kPrograms = {{{"paged_attention", 32}, {"cholesky", 64}}};

/// Exported by the program library that brings a matrix product along: GFLOP/s of one plain product per
/// thread.
using PeakFunction = double (*)(int threads, int element_bits);
constexpr const char* kPeakSymbol = "weir_program_peak_gflops";
constexpr const char* kPeakProgram = "cholesky";

constexpr int kRepeats = 3;

std::optional<double> measure_peak(int threads, int element_bits) {
    const ProgramLibrary library(find_program(kPeakProgram));
    const auto peak = reinterpret_cast<PeakFunction>(library.symbol(kPeakSymbol));
    if (peak == nullptr) return std::nullopt;
    return peak(threads, element_bits);
}

std::string peak_text(const Rates& rates, int threads, int element_bits) {
    const std::optional<double> peak = measure_peak(threads, element_bits);
    if (!peak || !rates.gflop_per_s) return "not measured";
    return fmt::format("{} of {}, measured by a plain {}-bit matrix product on {} threads",
                       share_text(*rates.gflop_per_s, *peak), rate_text(*peak, "GFLOP/s"), element_bits,
                       threads);
}

/// Runs one program at its defaults with its check; true when all results agree.
bool show(const DemoProgram& program, const RuntimeArguments& runtime) {
    RunArguments arguments;
    arguments.program = program.name;
    arguments.runtime = runtime;
    std::vector<Measurement> runs;
    Session session(arguments);
    for (int i = 0; i < kRepeats; ++i) runs.push_back(session.run({}, i == kRepeats - 1));
    const RunResult& result = runs[median_run(runs)].result;
    const Rates rates = rates_of(result, session.figures());
    fmt::print(
        "{}{}\n", report_text(session, runs),
        report_line("share of peak", peak_text(rates, session.runtime().threads(), program.element_bits)));
    std::fflush(stdout);
    return all_checks_ok(runs);
}

}  // namespace

ExitStatus demo_command(const DemoArguments& arguments) {
    bool ok = true;
    for (const DemoProgram& program : kPrograms) ok = show(program, arguments.runtime) && ok;
    if (ok) return kDone;
    print_error("results differ from the reference, see above");
    return kRunFailed;
}

}  // namespace weir::cli
