// SPDX-License-Identifier: Apache-2.0
//
// What the machine can do at most, for shares of it: a plain matrix product on every thread at once.
#include <cblas.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <thread>
#include <type_traits>
#include <vector>

#include <weir/export.hpp>

#include "kernels.hpp"

namespace {

using Clock = std::chrono::steady_clock;

constexpr blasint kOrder = 1024;  // large enough for the best rate, 8 MiB per matrix in double
constexpr int kRounds = 5;

template <class T>
void multiply(const std::vector<T>& a, const std::vector<T>& b, std::vector<T>& c) {
    if constexpr (std::is_same_v<T, double>) {
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, kOrder, kOrder, kOrder, 1.0, a.data(), kOrder,
                    b.data(), kOrder, 0.0, c.data(), kOrder);
    } else {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, kOrder, kOrder, kOrder, 1.0F, a.data(), kOrder,
                    b.data(), kOrder, 0.0F, c.data(), kOrder);
    }
}

/// GFLOP/s of all threads together, in the best of a few rounds that all start at once.
template <class T>
double peak(int threads) {
    constexpr auto kElements = static_cast<std::size_t>(kOrder) * kOrder;
    constexpr double kFlops = 2.0 * kOrder * kOrder * kOrder;
    std::barrier meet(threads);
    double best_s = 0.0;
    const auto work = [&](bool times) {
        const std::vector<T> a(kElements, T(1));
        const std::vector<T> b(kElements, T(1));
        std::vector<T> c(kElements);
        for (int round = 0; round < kRounds; ++round) {
            meet.arrive_and_wait();
            const Clock::time_point start = Clock::now();
            multiply(a, b, c);
            meet.arrive_and_wait();
            const double taken_s = std::chrono::duration<double>(Clock::now() - start).count();
            if (times) best_s = round == 0 ? taken_s : std::min(best_s, taken_s);
        }
    };
    {
        std::vector<std::jthread> others;
        for (int i = 1; i < threads; ++i) others.emplace_back(work, false);
        work(true);
    }
    return threads * kFlops / best_s * 1e-9;
}

}  // namespace

extern "C" WEIR_API double weir_program_peak_gflops(int threads, int element_bits) {
    weir::cholesky::use_one_thread_per_call();
    const int count = std::max(threads, 1);
    return element_bits == 64 ? peak<double>(count) : peak<float>(count);
}
