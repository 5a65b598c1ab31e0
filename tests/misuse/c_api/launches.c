/* SPDX-License-Identifier: Apache-2.0 */
/* Mixed tasks, blocks that meet, and predicates in plain C, and what is refused of them. */
#include "check.h"

enum { kBlocks = 12, kSlots = 3 };

typedef struct Kernels {
    weir_kernel* rotate;
    weir_kernel* aic;
    weir_kernel* aiv;
    weir_kernel* alone;
} Kernels;

/* Moves every element one place to the left: right only if all have read before any writes. */
static int rotate(const weir_task_view* task, void* user) {
    float* ring = weir_task_view_data(task, 0);
    const int32_t block = weir_task_view_block_index(task);
    const int32_t blocks = weir_task_view_block_count(task);
    const float next = ring[(block + 1) % blocks];
    (void)user;
    if (weir_task_view_barrier(task) != WEIR_OK) return 1;
    ring[block] = next;
    return 0;
}

/* Marks its slot, and adds up what the others have marked. */
static int mark(const weir_task_view* task, void* user) {
    float* marks = weir_task_view_data(task, 0);
    const weir_subtask_slot slot = weir_task_view_subtask_slot(task);
    float sum = 0;
    (void)user;
    marks[slot] = 1.F;
    if (weir_task_view_barrier(task) != WEIR_OK) return 1;
    for (int i = 0; i < kSlots; ++i) sum += marks[i];
    if (weir_task_view_barrier(task) != WEIR_OK) return 1;
    marks[slot] = sum;
    return 0;
}

/* Its blocks need not run together: a barrier is refused. */
static int meet_alone(const weir_task_view* task, void* user) {
    (void)user;
    return weir_task_view_barrier(task) == WEIR_INVALID_ARGUMENT ? 0 : 1;
}

static weir_kernel* kernel_for(weir_runtime* runtime, const char* name, weir_kernel_function function,
                               weir_core_type core_type) {
    weir_kernel_info info = WEIR_KERNEL_INFO_INIT;
    weir_kernel* kernel = NULL;
    info.name = name;
    info.function = function;
    info.any_arguments = 1;
    info.core_type = core_type;
    CHECK_STATUS(WEIR_OK, weir_runtime_kernel(runtime, &info, &kernel));
    return kernel;
}

static int program(weir_orchestrator* o, void* user) {
    const Kernels* kernels = user;
    static float ring[kBlocks]; /* used until the run ends */
    static float marks[kSlots];
    const int64_t blocks = kBlocks;
    const int64_t slots = kSlots;
    weir_tensor ring_tensor;
    weir_tensor marks_tensor;
    weir_predicate predicate = WEIR_PREDICATE_INIT;
    weir_task_args args = WEIR_TASK_ARGS_INIT;
    weir_argument argument;
    float first = 0;
    const int64_t zero = 0;
    for (int i = 0; i < kBlocks; ++i) ring[i] = (float)i;
    CHECK_STATUS(WEIR_OK, WEIR_EXTERNAL(o, ring, WEIR_F32, 1, &blocks, NULL, &ring_tensor));
    CHECK_STATUS(WEIR_OK, WEIR_EXTERNAL(o, marks, WEIR_F32, 1, &slots, NULL, &marks_tensor));
    args.tensors = &argument;
    args.tensor_count = 1;

    argument = use(&ring_tensor, WEIR_INOUT);
    args.blocks = kBlocks;
    args.sync_start = 1;
    predicate.tensor = &ring_tensor;
    predicate.ndim = 1;
    predicate.index[0] = 0;
    predicate.comparison = WEIR_LESS_EQUAL;
    predicate.constant.f64 = 1.0;
    predicate.constant_dtype = WEIR_F64;
    args.predicate = &predicate;
    /* Holds for 0 and 1, so two of the three rotate. */
    for (int i = 0; i < 3; ++i) CHECK_STATUS(WEIR_OK, WEIR_SUBMIT(o, kernels->rotate, &args, NULL, NULL));
    CHECK_STATUS(WEIR_OK, WEIR_GET(o, &ring_tensor, 1, &zero, &first, sizeof first));
    CHECK(first == 2.F);

    predicate.comparison = 6;
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "comparison", WEIR_SUBMIT(o, kernels->rotate, &args, NULL, NULL));
    predicate.comparison = WEIR_EQUAL;
    predicate.constant_dtype = WEIR_F32;
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "constant_dtype",
                     WEIR_SUBMIT(o, kernels->rotate, &args, NULL, NULL));
    predicate.constant_dtype = WEIR_I64;
    predicate.index[0] = kBlocks;
    CHECK_FAILS_HERE(WEIR_OUT_OF_BOUNDS, "predicate", WEIR_SUBMIT(o, kernels->rotate, &args, NULL, NULL));
    args.predicate = NULL;
    args.blocks = 0;
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "blocks is 0",
                     WEIR_SUBMIT(o, kernels->rotate, &args, NULL, NULL));
    args.blocks = WEIR_MAX_BLOCKS;
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "sync_start", WEIR_SUBMIT(o, kernels->rotate, &args, NULL, NULL));
    args.blocks = 5;
    args.sync_start = 0;
    CHECK_STATUS(WEIR_OK, WEIR_SUBMIT(o, kernels->alone, &args, NULL, NULL));

    argument = use(&marks_tensor, WEIR_INOUT);
    args.blocks = 1;
    CHECK_STATUS(WEIR_OK, WEIR_SUBMIT_MIXED(o, kernels->aic, kernels->aiv, kernels->aiv, &args, NULL, NULL));
    for (int64_t i = 0; i < kSlots; ++i) {
        CHECK_STATUS(WEIR_OK, WEIR_GET(o, &marks_tensor, 1, &i, &first, sizeof first));
        CHECK(first == (float)kSlots);
    }
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "aiv0",
                     WEIR_SUBMIT_MIXED(o, NULL, kernels->aic, NULL, &args, NULL, NULL));
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "empty",
                     WEIR_SUBMIT_MIXED(o, NULL, NULL, NULL, &args, NULL, NULL));
    return 0;
}

int main(void) {
    for (int32_t threads = 1; threads <= 2; ++threads) {
        weir_runtime* runtime = make_runtime(threads);
        weir_kernel_info info = WEIR_KERNEL_INFO_INIT;
        weir_kernel* refused = NULL;
        Kernels kernels;
        kernels.rotate = kernel_for(runtime, "rotate", rotate, WEIR_CORE_ANY);
        kernels.aic = kernel_for(runtime, "mark_aic", mark, WEIR_CORE_AIC);
        kernels.aiv = kernel_for(runtime, "mark_aiv", mark, WEIR_CORE_AIV);
        kernels.alone = kernel_for(runtime, "alone", meet_alone, WEIR_CORE_ANY);
        info.name = "other";
        info.function = mark;
        info.any_arguments = 1;
        info.core_type = 3;
        CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_runtime_kernel(runtime, &info, &refused));
        CHECK(weir_task_view_block_index(NULL) == 0 && weir_task_view_block_count(NULL) == 1);
        CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_task_view_barrier(NULL));
        CHECK_STATUS(WEIR_OK, weir_runtime_run(runtime, program, &kernels, NULL, NULL));
        weir_runtime_destroy(runtime);
    }
    return 0;
}
