// SPDX-License-Identifier: Apache-2.0
//
// The matrix of programs/cholesky, factored by one call of OpenBLAS on its own threads.
#include <cblas.h>

#include "kernels.hpp"
#include "problem.hpp"
#include "reference.hpp"
#include "run.hpp"

int main(int argc, char** argv) {
    using namespace weir::cholesky;
    weir::work::Options options;
    if (!weir::work::parse_options({argv, static_cast<std::size_t>(argc)}, options)) return 2;
    openblas_set_num_threads(options.threads);
    Matrix matrix(options.order);
    int status = 0;
    const auto seconds = weir::work::time_repeats(
        options.repeat, [&] { matrix.fill(1); },
        [&] {
            status |= factor({matrix.data(), options.order}, options.order);
        });
    return weir::work::report(seconds, status == 0 && residual(matrix, 1).probed <= kAllowedResidual);
}
