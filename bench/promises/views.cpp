// SPDX-License-Identifier: Apache-2.0
//
// What it costs to submit a tiled Cholesky factorization of 60 x 60 tiles, on views of one matrix and on a
// separate tensor per tile. Kernels are empty and declared long, so that every task is wired and entered in
// the TensorMap.
//
//   pure         no task can run until all are submitted: the first one, for which all others wait, waits for
//                the end of the loop. The rings are enlarged to hold them all.
//   overlapped   default configuration, tasks run meanwhile
//
// Seconds of the submitting loop per repeat. Tensors are made before it. Both kinds have memory of their own.
#include <atomic>

#include "promise.hpp"

namespace {

using namespace weir::promises;
using weir::In;
using weir::InOut;
using weir::Orchestrator;
using weir::Runtime;
using weir::RuntimeConfig;
using TileTensor = weir::Tensor<double>;

constexpr std::size_t kTiles = 60;
constexpr std::size_t kTileOrder = 8;
constexpr std::size_t kOrder = kTiles * kTileOrder;
constexpr auto kExtent = static_cast<std::int64_t>(kTileOrder);

using Tiles = std::vector<TileTensor>;

std::size_t place(std::size_t row, std::size_t column) { return row * kTiles + column; }

/// The matrix, once row by row and once tile by tile.
class Matrices {
public:
    Tiles views(Orchestrator& o) {
        const auto whole = o.external(rows_.data(), weir::shape(kOrder, kOrder));
        return make_tiles([&](std::size_t i, std::size_t j) {
            return whole.view(
                {static_cast<std::int64_t>(i) * kExtent, static_cast<std::int64_t>(j) * kExtent},
                {kExtent, kExtent});
        });
    }
    Tiles separate(Orchestrator& o) {
        return make_tiles([&](std::size_t i, std::size_t j) {
            return o.external(tiles_.data() + place(i, j) * kTileOrder * kTileOrder, {kExtent, kExtent});
        });
    }

private:
    template <class Make>
    static Tiles make_tiles(Make make) {
        Tiles tiles(kTiles * kTiles);
        for (std::size_t i = 0; i < kTiles; ++i) {
            for (std::size_t j = 0; j <= i; ++j) tiles[place(i, j)] = make(i, j);
        }
        return tiles;
    }

    std::vector<double> rows_ = std::vector<double>(kOrder * kOrder);
    std::vector<double> tiles_ = std::vector<double>(kOrder * kOrder);
};

class Cholesky {
public:
    explicit Cholesky(const RuntimeConfig& config)
        : runtime_(config),
          one_(runtime_.kernel(
              "one", [this](InOut<double>) { wait_for_flag(); }, kLong)),
          two_(runtime_.kernel(
              "two", [](In<double>, InOut<double>) {}, kLong)),
          three_(runtime_.kernel(
              "three", [](In<double>, In<double>, InOut<double>) {}, kLong)) {}

    /// Seconds in the submitting loop. `gated`: no task runs before its end.
    double submit(bool gated, Tiles (Matrices::*make_tiles)(Orchestrator&)) {
        open_.store(!gated, std::memory_order_relaxed);  // relaxed: before the run
        double seconds = 0;
        runtime_.run([&](Orchestrator& o) {
            const Tiles tiles = (matrices_.*make_tiles)(o);
            seconds = seconds_of([&] { submit_all(o, tiles); });
            open_.store(true, std::memory_order_release);  // [1]
        });
        return seconds;
    }

private:
    static constexpr weir::KernelOptions kLong{1'000'000'000};

    void wait_for_flag() const {
        while (!open_.load(std::memory_order_acquire)) {  // [1]
        }
    }
    void submit_all(Orchestrator& o, const Tiles& tiles) {
        const auto at = [&](std::size_t i, std::size_t j) -> const TileTensor& { return tiles[place(i, j)]; };
        for (std::size_t k = 0; k < kTiles; ++k) {
            o.submit(one_, at(k, k));
            for (std::size_t i = k + 1; i < kTiles; ++i) o.submit(two_, at(k, k), at(i, k));
            for (std::size_t i = k + 1; i < kTiles; ++i) {
                for (std::size_t j = k + 1; j < i; ++j) o.submit(three_, at(i, k), at(j, k), at(i, j));
                o.submit(two_, at(i, k), at(i, i));
            }
        }
    }

    Runtime runtime_;
    weir::Kernel<InOut<double>> one_;
    weir::Kernel<In<double>, InOut<double>> two_;
    weir::Kernel<In<double>, In<double>, InOut<double>> three_;
    Matrices matrices_;
    std::atomic<bool> open_{true};
};

}  // namespace

int main(int argc, char** argv) {
    RuntimeConfig roomy = with_threads(2);
    roomy.runtime_env.ring_task_window = 65'536;
    roomy.runtime_env.ring_dep_pool = 1U << 20U;
    roomy.runtime_env.tensormap_pool = 1U << 20U;
    std::vector<double> pure_views;
    std::vector<double> pure_separate;
    std::vector<double> overlapped_views;
    std::vector<double> overlapped_separate;
    const int count = repeats(argc, argv, 7);
    Cholesky pure(roomy);
    Cholesky overlapped(with_threads(2));
    for (int i = 0; i <= count; ++i) {
        const double views = pure.submit(true, &Matrices::views);
        const double separate = pure.submit(true, &Matrices::separate);
        const double views_running = overlapped.submit(false, &Matrices::views);
        const double separate_running = overlapped.submit(false, &Matrices::separate);
        if (i == 0) continue;  // pages of the rings are touched for the first time
        pure_views.push_back(views);
        pure_separate.push_back(separate);
        overlapped_views.push_back(views_running);
        overlapped_separate.push_back(separate_running);
    }
    Json json;
    json.list("pure_views", pure_views);
    json.list("pure_separate", pure_separate);
    json.list("overlapped_views", overlapped_views);
    json.list("overlapped_separate", overlapped_separate);
}
