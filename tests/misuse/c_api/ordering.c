/* SPDX-License-Identifier: Apache-2.0 */
/* What tasks wait for, in plain C: explicit tasks in a MANUAL scope, and a tensor that is not waited for. Two
   threads; the first task of each program is long, so that one which does not wait for it is seen to overtake
   it. */
#include <stdatomic.h>
#include <threads.h>
#include <time.h>

#include "check.h"

typedef struct State {
    weir_kernel* slow;
    weir_kernel* copy;
    weir_kernel* patient;
    weir_kernel* wake;
    atomic_int awake;
    float x;
    float y;
} State;

static void sleep_ms(long ms) {
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    CHECK(thrd_sleep(&time, NULL) == 0);
}

/* Writes 1, late. */
static int write_slowly(const weir_task_view* task, void* user) {
    (void)user;
    sleep_ms(20);
    *(float*)weir_task_view_data(task, 0) = 1.F;
    return 0;
}

static int copy(const weir_task_view* task, void* user) {
    (void)user;
    *(float*)weir_task_view_data(task, 1) = *(const float*)weir_task_view_data(task, 0);
    return 0;
}

/* Runs until another task wakes it; gives up after 20 seconds. */
static int wait_for_wake(const weir_task_view* task, void* user) {
    State* state = user;
    (void)task;
    for (int i = 0; i < 20000; ++i) {
        if (atomic_load(&state->awake)) return 0;
        sleep_ms(1);
    }
    return 1;
}

static int wake(const weir_task_view* task, void* user) {
    State* state = user;
    (void)task;
    atomic_store(&state->awake, 1);
    return 0;
}

static weir_tensor one_float(weir_orchestrator* o, float* data) {
    const int64_t extent = 1;
    weir_tensor tensor;
    CHECK_STATUS(WEIR_OK, WEIR_EXTERNAL(o, data, WEIR_F32, 1, &extent, NULL, &tensor));
    return tensor;
}

static int manual_program(weir_orchestrator* o, void* user) {
    State* state = user;
    const weir_tensor x = one_float(o, &state->x), y = one_float(o, &state->y);
    const weir_argument written = use(&x, WEIR_INOUT);
    const weir_argument copied[] = {use(&x, WEIR_IN), use(&y, WEIR_OUT)};
    weir_task_args first = WEIR_TASK_ARGS_INIT, second = WEIR_TASK_ARGS_INIT;
    weir_task task;
    uint64_t scope = 0;
    CHECK_STATUS(WEIR_OK, WEIR_SCOPE_BEGIN(o, WEIR_MANUAL, &scope));
    first.tensors = &written;
    first.tensor_count = 1;
    CHECK_STATUS(WEIR_OK, WEIR_SUBMIT(o, state->slow, &first, NULL, &task));
    second.tensors = copied;
    second.tensor_count = 2;
    second.after = &task;
    second.after_count = 1;
    CHECK_STATUS(WEIR_OK, WEIR_SUBMIT(o, state->copy, &second, NULL, NULL));
    CHECK_STATUS(WEIR_OK, WEIR_SCOPE_END(o, scope));
    return 0;
}

static int no_dep_program(weir_orchestrator* o, void* user) {
    State* state = user;
    const weir_tensor x = one_float(o, &state->x);
    weir_argument argument = use(&x, WEIR_INOUT);
    weir_task_args args = WEIR_TASK_ARGS_INIT;
    args.tensors = &argument;
    args.tensor_count = 1;
    CHECK_STATUS(WEIR_OK, WEIR_SUBMIT(o, state->patient, &args, NULL, NULL));
    argument.no_dep = 1;
    CHECK_STATUS(WEIR_OK, WEIR_SUBMIT(o, state->wake, &args, NULL, NULL));
    return 0;
}

/* A kernel that the runtime knows to be too long for the program's own thread. */
static weir_kernel* make_long_kernel(weir_runtime* runtime, const char* name, weir_kernel_function function,
                                     void* user) {
    static const weir_parameter kParameter = {WEIR_INOUT, WEIR_F32};
    weir_kernel_info info = WEIR_KERNEL_INFO_INIT;
    weir_kernel* kernel = NULL;
    info.name = name;
    info.function = function;
    info.user = user;
    info.tensors = &kParameter;
    info.tensor_count = 1;
    info.cost_ns = 20000000;
    CHECK_STATUS(WEIR_OK, weir_runtime_kernel(runtime, &info, &kernel));
    return kernel;
}

int main(void) {
    static const weir_access kCopy[] = {WEIR_IN, WEIR_OUT}, kUpdate[] = {WEIR_INOUT};
    weir_runtime* runtime = make_runtime(2);
    State state;
    memset(&state, 0, sizeof state);
    state.slow = make_long_kernel(runtime, "slow", write_slowly, NULL);
    state.copy = make_kernel(runtime, "copy", copy, NULL, kCopy, 2, 0);
    state.patient = make_long_kernel(runtime, "patient", wait_for_wake, &state);
    state.wake = make_kernel(runtime, "wake", wake, &state, kUpdate, 1, 0);
    for (int i = 0; i < 5; ++i) {
        state.x = state.y = 0.F;
        CHECK_STATUS(WEIR_OK, weir_runtime_run(runtime, manual_program, &state, NULL, NULL));
        CHECK((int)state.y == 1);
        atomic_store(&state.awake, 0);
        CHECK_STATUS(WEIR_OK, weir_runtime_run(runtime, no_dep_program, &state, NULL, NULL));
    }
    weir_runtime_destroy(runtime);
    printf("PASS\n");
    return 0;
}
