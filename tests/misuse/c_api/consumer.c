/* SPDX-License-Identifier: Apache-2.0 */
/* A whole program in plain C: f = (a+b+1)(a+b+2)+(a+b), and what it is told when it does something wrong. */
#include "check.h"

enum { kExtent = 16384 };

typedef struct Vector {
    float* a;
    float* b;
    float* f;
    weir_kernel* add;
    weir_kernel* add_scalar;
    weir_kernel* multiply;
    weir_kernel* fail;
} Vector;

typedef struct Vectors {
    const float* left;
    const float* right;
    float* out;
    uint64_t elements;
} Vectors;

static int read_vectors(const weir_task_view* task, Vectors* vectors) {
    weir_array array = WEIR_ARRAY_INIT;
    const weir_status status = weir_task_view_tensor(task, 0, &array);
    if (status != WEIR_OK) return status;
    vectors->elements = array.elements;
    vectors->left = array.data;
    vectors->right = weir_task_view_data(task, 1);
    vectors->out = weir_task_view_data(task, weir_task_view_tensor_count(task) - 1);
    return 0;
}

static int add(const weir_task_view* task, void* user) {
    Vectors v;
    const int status = read_vectors(task, &v);
    (void)user;
    if (status != 0) return status;
    for (uint64_t i = 0; i < v.elements; ++i) v.out[i] = v.left[i] + v.right[i];
    return 0;
}

static int add_scalar(const weir_task_view* task, void* user) {
    weir_scalar value;
    Vectors v;
    const int status = read_vectors(task, &v);
    (void)user;
    if (status != 0) return status;
    if (weir_task_view_scalar(task, 0, &value) != WEIR_OK) return 1;
    for (uint64_t i = 0; i < v.elements; ++i) v.out[i] = v.left[i] + value.f32;
    return 0;
}

static int multiply(const weir_task_view* task, void* user) {
    Vectors v;
    const int status = read_vectors(task, &v);
    (void)user;
    if (status != 0) return status;
    for (uint64_t i = 0; i < v.elements; ++i) v.out[i] = v.left[i] * v.right[i];
    return 0;
}

static int fail(const weir_task_view* task, void* user) {
    (void)task;
    (void)user;
    return 7;
}

static weir_status external_vector(weir_orchestrator* o, float* data, weir_tensor* tensor) {
    const int64_t extent = kExtent;
    return WEIR_EXTERNAL(o, data, WEIR_F32, 1, &extent, NULL, tensor);
}

/* out = left + value, allocated by the runtime. */
static weir_status plus(weir_orchestrator* o, const Vector* vector, const weir_tensor* left, float value,
                        weir_tensor* out) {
    weir_scalar scalar = {0};
    weir_argument tensors[2];
    weir_tensor outputs[2];
    weir_task_args args = WEIR_TASK_ARGS_INIT;
    weir_status status;
    scalar.f32 = value;
    tensors[0] = use(left, WEIR_IN);
    tensors[1] = make(kExtent);
    args.tensors = tensors;
    args.tensor_count = 2;
    args.scalars = &scalar;
    args.scalar_count = 1;
    status = WEIR_SUBMIT(o, vector->add_scalar, &args, outputs, NULL);
    if (status == WEIR_OK) *out = outputs[1];
    return status;
}

/* out = left (+ or x) right; allocated by the runtime when out is not a tensor yet. */
static weir_status combine(weir_orchestrator* o, const weir_kernel* kernel, const weir_tensor* left,
                           const weir_tensor* right, weir_tensor* out) {
    weir_argument tensors[3];
    weir_tensor outputs[3];
    weir_task_args args = WEIR_TASK_ARGS_INIT;
    weir_status status;
    tensors[0] = use(left, WEIR_IN);
    tensors[1] = use(right, WEIR_IN);
    tensors[2] = out->struct_bytes == 0 ? make(kExtent) : use(out, WEIR_OUT);
    args.tensors = tensors;
    args.tensor_count = 3;
    status = WEIR_SUBMIT(o, kernel, &args, outputs, NULL);
    if (status == WEIR_OK) *out = outputs[2];
    return status;
}

static int vector_program(weir_orchestrator* o, void* user) {
    const Vector* vector = user;
    weir_tensor a, b, f, sum = {0}, one, two, product = {0};
    uint64_t scope = 0;
    CHECK_STATUS(WEIR_OK, external_vector(o, vector->a, &a));
    CHECK_STATUS(WEIR_OK, external_vector(o, vector->b, &b));
    CHECK_STATUS(WEIR_OK, external_vector(o, vector->f, &f));
    CHECK_STATUS(WEIR_OK, WEIR_SCOPE_BEGIN(o, WEIR_AUTOMATIC, &scope));
    CHECK_STATUS(WEIR_OK, combine(o, vector->add, &a, &b, &sum));
    CHECK_STATUS(WEIR_OK, plus(o, vector, &sum, 1.F, &one));
    CHECK_STATUS(WEIR_OK, plus(o, vector, &sum, 2.F, &two));
    CHECK_STATUS(WEIR_OK, combine(o, vector->multiply, &one, &two, &product));
    CHECK_STATUS(WEIR_OK, combine(o, vector->add, &product, &sum, &f));
    CHECK_STATUS(WEIR_OK, WEIR_SCOPE_END(o, scope));
    return 0;
}

static void test_vector(weir_runtime* runtime, Vector* vector) {
    weir_run_result result = WEIR_RUN_RESULT_INIT;
    memset(vector->f, 0, kExtent * sizeof *vector->f);
    CHECK_STATUS(WEIR_OK, weir_runtime_run(runtime, vector_program, vector, NULL, &result));
    CHECK(result.tasks == 5);
    CHECK(result.elapsed_ns > 0);
    for (int i = 0; i < kExtent; ++i) CHECK(vector->f[i] > 46.99F && vector->f[i] < 47.01F);
}

/* Each of these is refused at its line; the run goes on. */
static int bad_tensors_program(weir_orchestrator* o, void* user) {
    const Vector* vector = user;
    const int64_t extent = kExtent;
    const int64_t none = 0;
    weir_tensor tensor = {0};
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "dtype",
                     WEIR_EXTERNAL(o, vector->a, 99, 1, &extent, NULL, &tensor));
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "dtype",
                     WEIR_EXTERNAL(o, vector->a, WEIR_NONE, 1, &extent, NULL, &tensor));
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "", WEIR_EXTERNAL(o, NULL, WEIR_F32, 1, &extent, NULL, &tensor));
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "",
                     WEIR_EXTERNAL(o, vector->a, WEIR_F32, 1, &none, NULL, &tensor));
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "axes",
                     WEIR_EXTERNAL(o, vector->a, WEIR_F32, 6, &extent, NULL, &tensor));
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "extents",
                     WEIR_EXTERNAL(o, vector->a, WEIR_F32, 1, NULL, NULL, &tensor));
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "tensor",
                     WEIR_EXTERNAL(o, vector->a, WEIR_F32, 1, &extent, NULL, NULL));
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "",
                     WEIR_EXTERNAL(o, (char*)vector->a + 1, WEIR_F32, 1, &extent, NULL, &tensor));
    CHECK(tensor.struct_bytes == 0);
    return 0;
}

static int scope_closed_program(weir_orchestrator* o, void* user) {
    const Vector* vector = user;
    weir_tensor a, b, sum = {0}, out;
    uint64_t scope = 0;
    CHECK_STATUS(WEIR_OK, external_vector(o, vector->a, &a));
    CHECK_STATUS(WEIR_OK, external_vector(o, vector->b, &b));
    CHECK_STATUS(WEIR_OK, WEIR_SCOPE_BEGIN(o, WEIR_AUTOMATIC, &scope));
    CHECK_STATUS(WEIR_OK, combine(o, vector->add, &a, &b, &sum));
    CHECK_STATUS(WEIR_OK, WEIR_SCOPE_END(o, scope));
    CHECK_STATUS(WEIR_SCOPE_CLOSED, plus(o, vector, &sum, 1.F, &out));
    CHECK(strstr(weir_last_error(), "consumer.c") != NULL);
    CHECK_FAILS_HERE(WEIR_SCOPE_MISUSE, "", WEIR_SCOPE_END(o, scope));
    return 0;
}

static int failing_program(weir_orchestrator* o, void* user) {
    const Vector* vector = user;
    weir_argument argument;
    weir_tensor a;
    weir_task_args args = WEIR_TASK_ARGS_INIT;
    const weir_status status = external_vector(o, vector->a, &a);
    if (status != WEIR_OK) return status;
    argument = use(&a, WEIR_INOUT);
    args.tensors = &argument;
    args.tensor_count = 1;
    args.name = "doomed";
    return WEIR_SUBMIT(o, vector->fail, &args, NULL, NULL);
}

/* Looks at no status: the run fails all the same, with the kernel's error and not with the scope's. */
static int careless_program(weir_orchestrator* o, void* user) {
    uint64_t scope = 0;
    (void)WEIR_SCOPE_BEGIN(o, WEIR_AUTOMATIC, &scope);
    (void)failing_program(o, user);
    while (failing_program(o, user) == WEIR_OK) {
    }
    CHECK_STATUS(WEIR_KERNEL_FAILED, WEIR_SCOPE_END(o, scope));
    return 0;
}

static int bad_structs_program(weir_orchestrator* o, void* user) {
    const Vector* vector = user;
    weir_task_args args = WEIR_TASK_ARGS_INIT;
    weir_argument argument;
    weir_tensor garbage = {0};
    args.struct_bytes -= 8;
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "struct_bytes", WEIR_SUBMIT(o, vector->add, &args, NULL, NULL));
    args.struct_bytes += 8;
    args.version = 77;
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "version 77", WEIR_SUBMIT(o, vector->add, &args, NULL, NULL));
    args.version = WEIR_C_API_VERSION;
    argument = use(&garbage, WEIR_IN);
    args.tensors = &argument;
    args.tensor_count = 1;
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "tensor", WEIR_SUBMIT(o, vector->add, &args, NULL, NULL));
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "args", WEIR_SUBMIT(o, vector->add, NULL, NULL, NULL));
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "kernel", WEIR_SUBMIT(o, NULL, &args, NULL, NULL));
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "orchestrator",
                     WEIR_SUBMIT(NULL, vector->add, &args, NULL, NULL));
    return 0;
}

static void test_bad_configurations(void) {
    weir_runtime_config config = WEIR_RUNTIME_CONFIG_INIT;
    weir_runtime* runtime = NULL;
    config.version = 2;
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "version 2", WEIR_RUNTIME_CREATE(&config, &runtime));
    config.version = WEIR_C_API_VERSION;
    config.struct_bytes = 4;
    CHECK_FAILS_HERE(WEIR_INVALID_ARGUMENT, "struct_bytes 4", WEIR_RUNTIME_CREATE(&config, &runtime));
    config.struct_bytes = sizeof config;
    config.threads = 0;
    CHECK_STATUS(WEIR_CONFIGURATION, WEIR_RUNTIME_CREATE(&config, &runtime));
    config.threads = 1;
    config.platform = "abacus";
    CHECK_STATUS(WEIR_CONFIGURATION, WEIR_RUNTIME_CREATE(&config, &runtime));
    CHECK(runtime == NULL);
    CHECK_STATUS(WEIR_INVALID_ARGUMENT, WEIR_RUNTIME_CREATE(NULL, NULL));
}

static void test_errors(weir_runtime* runtime, Vector* vector) {
    const char* file = NULL;
    int line = 0;
    weir_run_result result = WEIR_RUN_RESULT_INIT;
    CHECK_STATUS(WEIR_OK, weir_runtime_run(runtime, bad_tensors_program, vector, NULL, NULL));
    CHECK_STATUS(WEIR_OK, weir_runtime_run(runtime, scope_closed_program, vector, NULL, NULL));
    CHECK_STATUS(WEIR_OK, weir_runtime_run(runtime, bad_structs_program, vector, NULL, NULL));

    CHECK_STATUS(WEIR_KERNEL_FAILED, weir_runtime_run(runtime, careless_program, vector, NULL, NULL));
    CHECK_STATUS(WEIR_KERNEL_FAILED, weir_runtime_run(runtime, failing_program, vector, NULL, NULL));
    CHECK(weir_last_error_status() == WEIR_KERNEL_FAILED);
    CHECK(strstr(weir_last_error(), "seven") != NULL);
    CHECK(strstr(weir_last_error(), "7") != NULL);
    weir_last_error_site(&file, &line);
    CHECK(strcmp(file, __FILE__) == 0 && line > 0);

    result.version = 9;
    CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_runtime_run(runtime, vector_program, vector, NULL, &result));
    CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_runtime_run(runtime, NULL, vector, NULL, NULL));
    CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_runtime_run(NULL, vector_program, vector, NULL, NULL));
}

static float* make_vector(float value) {
    float* data = malloc(kExtent * sizeof *data);
    CHECK(data != NULL);
    for (int i = 0; i < kExtent; ++i) data[i] = value;
    return data;
}

int main(void) {
    static const weir_access kTwoToOne[] = {WEIR_IN, WEIR_IN, WEIR_OUT};
    static const weir_access kOneToOne[] = {WEIR_IN, WEIR_OUT};
    static const weir_access kUpdate[] = {WEIR_INOUT};
    Vector vector;
    CHECK(weir_api_version() == WEIR_C_API_VERSION);
    CHECK(strcmp(weir_last_error(), "") == 0 && weir_last_error_status() == WEIR_OK);
    vector.a = make_vector(2.F);
    vector.b = make_vector(3.F);
    vector.f = make_vector(0.F);
    test_bad_configurations();
    for (int32_t threads = 1; threads <= 4; threads *= 2) {
        weir_runtime* runtime = make_runtime(threads);
        CHECK(weir_runtime_threads(runtime) == threads);
        vector.add = make_kernel(runtime, "add", add, NULL, kTwoToOne, 3, 0);
        vector.multiply = make_kernel(runtime, "multiply", multiply, NULL, kTwoToOne, 3, 0);
        vector.add_scalar = make_kernel(runtime, "add_scalar", add_scalar, NULL, kOneToOne, 2, 1);
        vector.fail = make_kernel(runtime, "seven", fail, NULL, kUpdate, 1, 0);
        test_vector(runtime, &vector);
        test_errors(runtime, &vector);
        test_vector(runtime, &vector);
        weir_runtime_destroy(runtime);
    }
    free(vector.a);
    free(vector.b);
    free(vector.f);
    printf("PASS\n");
    return 0;
}
