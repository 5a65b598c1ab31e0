/* SPDX-License-Identifier: Apache-2.0 */
/* Tensors, views, single elements, scopes and options of tasks in plain C. */
#include "check.h"

enum { kRows = 6, kColumns = 8 };

typedef struct Kernels {
    weir_kernel* increment;
    weir_kernel* any;
    weir_kernel* nested;
    weir_orchestrator* orchestrator; /* of the running program, for the kernel that misuses it */
} Kernels;

/* Adds 1 to every element, through the strides. */
static int increment(const weir_task_view* task, void* user) {
    weir_array array = WEIR_ARRAY_INIT;
    weir_scalar beyond;
    float* data;
    (void)user;
    if (weir_task_view_tensor(task, 0, &array) != WEIR_OK || array.ndim != 2 || array.dtype != WEIR_F32)
        return 1;
    if (weir_task_view_tensor(task, 1, &array) != WEIR_OUT_OF_BOUNDS) return 2;
    if (weir_task_view_scalar(task, 0, &beyond) != WEIR_OUT_OF_BOUNDS) return 3;
    if (weir_task_view_data(task, 0) != array.data || weir_task_view_data(task, 1) != NULL) return 4;
    if (strcmp(weir_task_view_kernel_name(task), "increment") != 0) return 5;
    data = array.data;
    for (int64_t i = 0; i < array.extents[0]; ++i)
        for (int64_t j = 0; j < array.extents[1]; ++j)
            data[i * array.strides[0] + j * array.strides[1]] += 1.F;
    return 0;
}

/* Takes any arguments: adds the sum of its scalars to the first element of each tensor. */
static int add_scalars(const weir_task_view* task, void* user) {
    const uint64_t tensors = weir_task_view_tensor_count(task);
    const uint64_t scalars = weir_task_view_scalar_count(task);
    double sum = 0;
    (void)user;
    for (uint64_t i = 0; i < scalars; ++i) {
        weir_scalar scalar;
        if (weir_task_view_scalar(task, i, &scalar) != WEIR_OK) return 1;
        sum += scalar.f64;
    }
    for (uint64_t i = 0; i < tensors; ++i) *(float*)weir_task_view_data(task, i) += (float)sum;
    return weir_task_view_data(task, tensors) == NULL ? 0 : 2;
}

/* Calls the orchestrator from inside a kernel: returns 0 when that is refused. */
static int call_orchestrator(const weir_task_view* task, void* user) {
    const Kernels* kernels = user;
    const int64_t extent = 1;
    weir_tensor tensor;
    uint64_t scope;
    (void)task;
    if (WEIR_ALLOCATE(kernels->orchestrator, WEIR_F32, 1, &extent, &tensor) != WEIR_WRONG_THREAD) return 1;
    return WEIR_SCOPE_BEGIN(kernels->orchestrator, WEIR_AUTOMATIC, &scope) == WEIR_WRONG_THREAD ? 0 : 2;
}

static weir_status submit_one(weir_orchestrator* o, const weir_kernel* kernel, const weir_tensor* tensor,
                              weir_task* task) {
    weir_task_args args = WEIR_TASK_ARGS_INIT;
    const weir_argument argument = use(tensor, WEIR_INOUT);
    args.tensors = &argument;
    args.tensor_count = 1;
    return WEIR_SUBMIT(o, kernel, &args, NULL, task);
}

static weir_tensor matrix(weir_orchestrator* o, float* data) {
    static const int64_t kExtents[] = {kRows, kColumns};
    weir_tensor tensor;
    CHECK_STATUS(WEIR_OK, WEIR_EXTERNAL(o, data, WEIR_F32, 2, kExtents, NULL, &tensor));
    return tensor;
}

static void check_array(const weir_tensor* tensor, int64_t rows, int64_t columns, int64_t pitch,
                        int64_t step) {
    weir_array array = WEIR_ARRAY_INIT;
    CHECK_STATUS(WEIR_OK, weir_tensor_describe(tensor, &array));
    CHECK(array.ndim == 2 && array.dtype == WEIR_F32 && array.data == NULL);
    CHECK(array.extents[0] == rows && array.extents[1] == columns && array.extents[2] == 0);
    CHECK(array.strides[0] == pitch && array.strides[1] == step);
    CHECK(array.elements == (uint64_t)(rows * columns));
    CHECK(array.contiguous == (step == 1 && pitch == columns));
}

static int view_program(weir_orchestrator* o, void* user) {
    static const int64_t kOffset[] = {1, 2}, kBox[] = {2, 3}, kOutside[] = {5, 7},
                         kFolded[] = {kColumns, kRows};
    const Kernels* kernels = user;
    float data[kRows * kColumns] = {0};
    weir_tensor whole = matrix(o, data), view;
    check_array(&whole, kRows, kColumns, kColumns, 1);
    CHECK_STATUS(WEIR_OK, WEIR_TENSOR_VIEW(&whole, 2, kOffset, kBox, &view));
    check_array(&view, 2, 3, kColumns, 1);
    CHECK_STATUS(WEIR_OK, submit_one(o, kernels->increment, &view, NULL));
    CHECK_STATUS(WEIR_OK, WEIR_TENSOR_SLICE(&whole, 1, 0, kColumns, 2, &view));
    check_array(&view, kRows, kColumns / 2, kColumns, 2);
    CHECK_STATUS(WEIR_OK, submit_one(o, kernels->increment, &view, NULL));
    CHECK_STATUS(WEIR_OK, WEIR_TENSOR_TRANSPOSE(&whole, 0, 1, &view));
    check_array(&view, kColumns, kRows, 1, kColumns);
    CHECK_STATUS(WEIR_OK, submit_one(o, kernels->increment, &view, NULL));
    CHECK_STATUS(WEIR_OK, WEIR_TENSOR_RESHAPE(&whole, 2, kFolded, &view));
    check_array(&view, kColumns, kRows, kRows, 1);

    CHECK_FAILS_HERE(WEIR_OUT_OF_BOUNDS, "", WEIR_TENSOR_VIEW(&whole, 2, kOutside, kBox, &view));
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "axes", WEIR_TENSOR_VIEW(&whole, 0, kOffset, kBox, &view));
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "NULL", WEIR_TENSOR_VIEW(&whole, 2, kOffset, NULL, &view));
    CHECK_FAILS_HERE(WEIR_OUT_OF_BOUNDS, "", WEIR_TENSOR_SLICE(&whole, 1, 0, kColumns + 1, 1, &view));
    CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_tensor_describe(NULL, NULL));

    for (int64_t i = 0; i < kRows; ++i) {
        for (int64_t j = 0; j < kColumns; ++j) {
            const int64_t index[] = {i, j};
            const int inside = i >= 1 && i < 3 && j >= 2 && j < 5;
            float value = -1.F;
            CHECK_STATUS(WEIR_OK, WEIR_GET(o, &whole, 2, index, &value, sizeof value));
            CHECK((int)value == 1 + (j % 2 == 0) + inside);
        }
    }
    return 0;
}

/* Every other row of a matrix with a pitch, by strides. */
static int stride_program(weir_orchestrator* o, void* user) {
    static const int64_t kExtents[] = {kRows / 2, kColumns - 1}, kStrides[] = {2 * kColumns, 1};
    const Kernels* kernels = user;
    float data[kRows * kColumns] = {0};
    weir_tensor rows;
    uint64_t scope;
    CHECK_STATUS(WEIR_OK, WEIR_EXTERNAL(o, data, WEIR_F32, 2, kExtents, kStrides, &rows));
    check_array(&rows, kRows / 2, kColumns - 1, 2 * kColumns, 1);
    CHECK_STATUS(WEIR_OK, WEIR_SCOPE_BEGIN(o, WEIR_AUTOMATIC, &scope));
    CHECK_STATUS(WEIR_OK, submit_one(o, kernels->increment, &rows, NULL));
    CHECK_STATUS(WEIR_OK, WEIR_SCOPE_END(o, scope));
    for (int64_t i = 0; i < kRows / 2; ++i) {
        const int64_t index[] = {i, kColumns - 2};
        float value = 0.F;
        CHECK_STATUS(WEIR_OK, WEIR_GET(o, &rows, 2, index, &value, sizeof value));
        CHECK((int)value == 1);
    }
    for (int j = 0; j < kColumns; ++j) CHECK((int)data[kColumns + j] == 0);
    CHECK((int)data[kColumns - 1] == 0);
    return 0;
}

static int element_program(weir_orchestrator* o, void* user) {
    static const int64_t kExtents[] = {2, 2}, kIndex[] = {1, 0}, kBeyond[] = {2, 0};
    static const int kDtypes[] = {WEIR_F64, WEIR_F32, WEIR_F16, WEIR_BF16, WEIR_I8,  WEIR_I16, WEIR_I32,
                                  WEIR_I64, WEIR_U8,  WEIR_U16, WEIR_U32,  WEIR_U64, WEIR_BOOL};
    (void)user;
    for (size_t i = 0; i < sizeof kDtypes / sizeof *kDtypes; ++i) {
        const size_t bytes = weir_dtype_bytes(kDtypes[i]);
        const unsigned char first = kDtypes[i] == WEIR_BOOL ? 1 : 0x35;
        unsigned char written[8] = {0, 2, 3, 4, 5, 6, 7, 8}, read[8] = {0};
        weir_tensor tensor;
        written[0] = first;
        CHECK_STATUS(WEIR_OK, WEIR_ALLOCATE(o, kDtypes[i], 2, kExtents, &tensor));
        CHECK_STATUS(WEIR_OK, WEIR_SET(o, &tensor, 2, kIndex, written, bytes));
        CHECK_STATUS(WEIR_OK, WEIR_GET(o, &tensor, 2, kIndex, read, bytes));
        CHECK(memcmp(written, read, bytes) == 0);
        CHECK_FAILS_HERE(WEIR_TYPE_MISMATCH, weir_dtype_name(kDtypes[i]),
                         WEIR_GET(o, &tensor, 2, kIndex, read, bytes + 1));
        CHECK_FAILS_HERE(WEIR_TYPE_MISMATCH, "value_bytes", WEIR_SET(o, &tensor, 2, kIndex, read, 0));
        CHECK_FAILS_HERE(WEIR_OUT_OF_BOUNDS, "", WEIR_GET(o, &tensor, 2, kBeyond, read, bytes));
        CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "value", WEIR_GET(o, &tensor, 2, kIndex, NULL, bytes));
    }
    return 0;
}

static int option_program(weir_orchestrator* o, void* user) {
    static const int64_t kOrigin[] = {0, 0};
    Kernels* kernels = user;
    float data[kRows * kColumns] = {0}, value = 0.F;
    weir_tensor tensor = matrix(o, data), outputs[1];
    weir_argument argument = use(&tensor, WEIR_INOUT);
    weir_scalar scalars[WEIR_MAX_SCALARS + 1];
    weir_task tasks[WEIR_MAX_AFTER + 1], barrier;
    weir_task_args args = WEIR_TASK_ARGS_INIT;
    for (int i = 0; i <= WEIR_MAX_SCALARS; ++i) scalars[i].f64 = 2.0;
    for (int i = 0; i <= WEIR_MAX_AFTER; ++i)
        CHECK_STATUS(WEIR_OK, submit_one(o, kernels->increment, &tensor, &tasks[i]));
    CHECK(tasks[1].id == tasks[0].id + 1);

    args.after = tasks;
    args.after_count = WEIR_MAX_AFTER;
    CHECK_STATUS(WEIR_OK, WEIR_BARRIER_TASK(o, &args, &barrier));
    args.after_count = WEIR_MAX_AFTER + 1;
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "barrier", WEIR_BARRIER_TASK(o, &args, &barrier));

    args.after = &barrier;
    args.after_count = 1;
    args.tensors = &argument;
    args.tensor_count = 1;
    args.scalars = scalars;
    args.scalar_count = WEIR_MAX_SCALARS;
    args.priority = WEIR_MAX_PRIORITY;
    args.name = "sum";
    CHECK_STATUS(WEIR_OK, WEIR_SUBMIT(o, kernels->any, &args, outputs, NULL));
    CHECK(memcmp(outputs, &tensor, sizeof tensor) == 0);
    CHECK_STATUS(WEIR_OK, WEIR_GET(o, &tensor, 2, kOrigin, &value, sizeof value));
    CHECK((int)value == WEIR_MAX_AFTER + 1 + 2 * WEIR_MAX_SCALARS);
    args.scalar_count = WEIR_MAX_SCALARS + 1;
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "scalars", WEIR_SUBMIT(o, kernels->any, &args, NULL, NULL));
    args.scalar_count = 0;
    args.priority = WEIR_MAX_PRIORITY + 1;
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "priority", WEIR_SUBMIT(o, kernels->any, &args, NULL, NULL));
    args.priority = 0;
    args.tensor_count = WEIR_MAX_TENSORS + 1;
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "tensors", WEIR_SUBMIT(o, kernels->any, &args, NULL, NULL));
    args.tensor_count = 1;
    barrier.version = 0;
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "task", WEIR_SUBMIT(o, kernels->any, &args, NULL, NULL));
    args.after_count = 0;
    args.scalar_count = 1;
    CHECK_FAILS_HERE(WEIR_TYPE_MISMATCH, "", WEIR_SUBMIT(o, kernels->increment, &args, NULL, NULL));
    args.scalar_count = 0;
    argument.access = WEIR_COMMUTATIVE;
    CHECK_FAILS_HERE(WEIR_UNSUPPORTED, "", WEIR_SUBMIT(o, kernels->any, &args, NULL, NULL));
    argument.access = 9;
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "access", WEIR_SUBMIT(o, kernels->any, &args, NULL, NULL));
    argument.access = WEIR_IN;
    argument.tensor = NULL;
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "WEIR_OUT", WEIR_SUBMIT(o, kernels->any, &args, NULL, NULL));

    kernels->orchestrator = o;
    CHECK_STATUS(WEIR_OK, submit_one(o, kernels->nested, &tensor, NULL));
    CHECK_STATUS(WEIR_OK, WEIR_GET(o, &tensor, 2, kOrigin, &value, sizeof value));
    return 0;
}

static int scope_program(weir_orchestrator* o, void* user) {
    uint64_t outer = 0, inner = 0, deep[64];
    int depth = 0;
    (void)user;
    CHECK_STATUS(WEIR_OK, WEIR_SCOPE_BEGIN(o, WEIR_AUTOMATIC, &outer));
    CHECK_STATUS(WEIR_OK, WEIR_SCOPE_BEGIN(o, WEIR_MANUAL, &inner));
    CHECK_FAILS_HERE(WEIR_SCOPE_MISUSE, "", WEIR_SCOPE_BEGIN(o, WEIR_AUTOMATIC, &deep[0]));
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "mode", WEIR_SCOPE_BEGIN(o, 5, &deep[0]));
    CHECK_STATUS(WEIR_OK, WEIR_SCOPE_END(o, inner));
    CHECK_FAILS_HERE(WEIR_SCOPE_MISUSE, "no such scope", WEIR_SCOPE_END(o, inner));
    CHECK_STATUS(WEIR_OK, WEIR_SCOPE_END(o, outer));
    while (weir_scope_begin(o, WEIR_AUTOMATIC, &deep[depth], __FILE__, __LINE__) == WEIR_OK)
        CHECK(++depth < 64);
    CHECK(depth == 63 && weir_last_error_status() == WEIR_SCOPE_MISUSE);
    while (depth > 0) CHECK_STATUS(WEIR_OK, WEIR_SCOPE_END(o, deep[--depth]));
    return 0;
}

/* Out of order: the run is over, whatever the program makes of it. */
static int crossed_program(weir_orchestrator* o, void* user) {
    uint64_t outer = 0, inner = 0;
    (void)user;
    CHECK_STATUS(WEIR_OK, WEIR_SCOPE_BEGIN(o, WEIR_AUTOMATIC, &outer));
    CHECK_STATUS(WEIR_OK, WEIR_SCOPE_BEGIN(o, WEIR_AUTOMATIC, &inner));
    CHECK_FAILS_HERE(WEIR_SCOPE_MISUSE, "innermost", WEIR_SCOPE_END(o, outer));
    CHECK_STATUS(WEIR_SCOPE_MISUSE, WEIR_SCOPE_END(o, inner));
    return 0;
}

int main(void) {
    static const weir_program_function kPrograms[] = {view_program, stride_program, element_program,
                                                      option_program, scope_program};
    static const weir_access kUpdate[] = {WEIR_INOUT};
    for (int32_t threads = 1; threads <= 2; ++threads) {
        weir_runtime* runtime = make_runtime(threads);
        weir_kernel_info info = WEIR_KERNEL_INFO_INIT;
        Kernels kernels = {0};
        kernels.increment = make_kernel(runtime, "increment", increment, NULL, kUpdate, 1, 0);
        kernels.nested = make_kernel(runtime, "nested", call_orchestrator, &kernels, kUpdate, 1, 0);
        info.name = "any";
        info.function = add_scalars;
        info.any_arguments = 1;
        CHECK_STATUS(WEIR_OK, weir_runtime_kernel(runtime, &info, &kernels.any));
        info.scalar_count = 1;
        CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_runtime_kernel(runtime, &info, &kernels.any));
        for (size_t i = 0; i < sizeof kPrograms / sizeof *kPrograms; ++i)
            CHECK_STATUS(WEIR_OK, weir_runtime_run(runtime, kPrograms[i], &kernels, NULL, NULL));
        CHECK_STATUS(WEIR_SCOPE_MISUSE, weir_runtime_run(runtime, crossed_program, NULL, NULL, NULL));
        CHECK(strstr(weir_last_error(), "innermost") != NULL);
        weir_runtime_destroy(runtime);
    }
    printf("PASS\n");
    return 0;
}
