/* SPDX-License-Identifier: Apache-2.0 */
/* How runs end, in plain C: statuses of programs, cancel, deadline, other threads, late calls. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "check.h"

typedef struct State {
    weir_kernel* wait;
    weir_orchestrator* orchestrator;
    atomic_int running;
    atomic_int go_on;
    int released;
    int status;
    float value;
} State;

/* Runs until it is told to stop, by the runtime or by the test. */
static int wait_for_stop(const weir_task_view* task, void* user) {
    State* state = user;
    atomic_store(&state->running, 1);
    while (!weir_task_view_stop_requested(task) && !atomic_load(&state->go_on)) {
    }
    return 0;
}

static void release_state(void* user) { ((State*)user)->released += 1; }

static int waiting_program(weir_orchestrator* o, void* user) {
    State* state = user;
    const int64_t extent = 1;
    weir_tensor tensor;
    weir_argument argument;
    weir_task_args args = WEIR_TASK_ARGS_INIT;
    weir_status status = WEIR_EXTERNAL(o, &state->value, WEIR_F32, 1, &extent, NULL, &tensor);
    if (status != WEIR_OK) return status;
    argument = use(&tensor, WEIR_INOUT);
    args.tensors = &argument;
    args.tensor_count = 1;
    status = WEIR_SUBMIT(o, state->wait, &args, NULL, NULL);
    return status != WEIR_OK ? status : WEIR_SUBMIT(o, state->wait, &args, NULL, NULL);
}

static int status_program(weir_orchestrator* o, void* user) {
    (void)o;
    return ((State*)user)->status;
}

static int leaking_program(weir_orchestrator* o, void* user) {
    State* state = user;
    uint64_t scope = 0;
    state->orchestrator = o;
    CHECK_STATUS(WEIR_OK, WEIR_SCOPE_BEGIN(o, WEIR_AUTOMATIC, &scope));
    CHECK_STATUS(WEIR_OK, WEIR_SCOPE_BEGIN(o, WEIR_AUTOMATIC, &scope));
    return state->status;
}

/* Fails with an error of the library and hands its status on. */
static int refused_program(weir_orchestrator* o, void* user) {
    weir_tensor tensor;
    (void)user;
    return WEIR_EXTERNAL(o, NULL, 99, 1, NULL, NULL, &tensor);
}

static void test_statuses(weir_runtime* runtime, State* state) {
    const char* file = NULL;
    int line = 0;
    weir_run* run = NULL;
    state->status = 1234;
    CHECK_STATUS(1234, weir_runtime_run(runtime, status_program, state, NULL, NULL));
    CHECK(strstr(weir_last_error(), "1234") != NULL && strcmp(weir_status_name(1234), "unknown") == 0);
    state->status = -5;
    CHECK_STATUS(-5, weir_runtime_run(runtime, status_program, state, NULL, NULL));

    CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_runtime_run(runtime, refused_program, state, NULL, NULL));
    CHECK(strstr(weir_last_error(), "99") != NULL);
    weir_last_error_site(&file, &line);
    CHECK(strcmp(file, __FILE__) == 0 && line > 0);
    state->status = WEIR_INVALID_ARGUMENT; /* of its own: the older message is not taken for it */
    CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_runtime_run(runtime, status_program, state, NULL, NULL));
    CHECK(strstr(weir_last_error(), "99") == NULL && strstr(weir_last_error(), "program") != NULL);

    CHECK_STATUS(WEIR_OK, weir_runtime_submit(runtime, refused_program, state, NULL, &run));
    CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_run_wait(run, NULL));
    CHECK(strstr(weir_last_error(), "99") != NULL);
    CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_run_wait(run, NULL));
    weir_run_release(run);
}

static void test_open_scopes(weir_runtime* runtime, State* state) {
    uint64_t scope = 0;
    const int64_t extent = 1;
    weir_tensor tensor;
    state->status = 0;
    CHECK_STATUS(WEIR_SCOPE_MISUSE, weir_runtime_run(runtime, leaking_program, state, NULL, NULL));
    CHECK(strstr(weir_last_error(), "left 2 scopes open") != NULL);
    state->status = 4321;
    CHECK_STATUS(4321, weir_runtime_run(runtime, leaking_program, state, NULL, NULL));
    CHECK_FAILS_HERE(WEIR_WRONG_THREAD, "returned",
                     WEIR_SCOPE_BEGIN(state->orchestrator, WEIR_AUTOMATIC, &scope));
    CHECK_FAILS_HERE(WEIR_WRONG_THREAD, "returned", WEIR_SCOPE_END(state->orchestrator, scope));
    CHECK_FAILS_HERE(WEIR_WRONG_THREAD, "returned",
                     WEIR_ALLOCATE(state->orchestrator, WEIR_F32, 1, &extent, &tensor));
}

static void* use_from_another_thread(void* user) {
    State* state = user;
    const int64_t extent = 1;
    weir_tensor tensor;
    CHECK(strcmp(weir_last_error(), "") == 0);
    CHECK_FAILS_HERE(WEIR_WRONG_THREAD, "thread",
                     WEIR_ALLOCATE(state->orchestrator, WEIR_F32, 1, &extent, &tensor));
    return NULL;
}

static int threaded_program(weir_orchestrator* o, void* user) {
    State* state = user;
    pthread_t thread;
    state->orchestrator = o;
    CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_run_cancel(NULL));
    CHECK(pthread_create(&thread, NULL, use_from_another_thread, state) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(weir_last_error_status() == WEIR_INVALID_ARGUMENT);
    return 0;
}

static void test_cancel(weir_runtime* runtime, State* state) {
    char text[4096], cut[4];
    size_t needed = 0, needed_again = 0;
    int32_t done = -1;
    weir_run* run = NULL;
    weir_run_result result = WEIR_RUN_RESULT_INIT;
    atomic_store(&state->running, 0);
    CHECK_STATUS(WEIR_OK, weir_runtime_submit(runtime, waiting_program, state, NULL, &run));
    while (!atomic_load(&state->running)) {
    }
    CHECK_STATUS(WEIR_OK, weir_run_wait_for(run, 1000000, &done));
    CHECK(done == 0);
    CHECK_STATUS(WEIR_OK, weir_run_report(run, text, sizeof text, &needed));
    CHECK(strstr(text, "wait") != NULL && strstr(text, "runs.c") != NULL);
    CHECK(needed == strlen(text) + 1);
    CHECK_STATUS(WEIR_OK, weir_run_report(run, cut, sizeof cut, &needed_again));
    CHECK(strlen(cut) == 3 && memcmp(cut, text, 3) == 0 && needed_again >= 4);
    CHECK_STATUS(WEIR_OK, weir_run_report(run, NULL, 0, NULL));
    CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_run_report(run, NULL, 10, NULL));
    CHECK_STATUS(WEIR_OK, weir_run_cancel(run));
    CHECK_STATUS(WEIR_CANCELLED, weir_run_wait(run, &result));
    CHECK(result.tasks > 0 && result.elapsed_ns > 0);
    CHECK_STATUS(WEIR_OK, weir_run_wait_for(run, 0, &done));
    CHECK(done == 1);
    weir_run_release(run);
    weir_run_release(NULL);
    CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_run_cancel(NULL));
    CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_run_wait_for(NULL, 0, &done));
}

static void test_deadline(weir_runtime* runtime, State* state) {
    weir_call_config config = WEIR_CALL_CONFIG_INIT;
    config.deadline_ns = 5000000;
    CHECK_STATUS(WEIR_DEADLINE, weir_runtime_run(runtime, waiting_program, state, &config, NULL));
    config.deadline_ns = -1;
    CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_runtime_run(runtime, waiting_program, state, &config, NULL));
    config.struct_bytes = 0;
    CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_runtime_run(runtime, waiting_program, state, &config, NULL));
}

static void test_success(weir_runtime* runtime, State* state) {
    weir_run* run = NULL;
    weir_run_result result = WEIR_RUN_RESULT_INIT;
    atomic_store(&state->go_on, 1);
    CHECK_STATUS(WEIR_OK, weir_runtime_submit(runtime, waiting_program, state, NULL, &run));
    CHECK_STATUS(WEIR_OK, weir_run_wait(run, &result));
    CHECK(result.tasks == 2 && result.elapsed_ns > 0);
    weir_run_release(run);
    atomic_store(&state->go_on, 0);
}

static weir_kernel* make_waiting_kernel(weir_runtime* runtime, State* state) {
    static const weir_parameter kParameter = {WEIR_INOUT, WEIR_F32};
    weir_kernel_info info = WEIR_KERNEL_INFO_INIT;
    weir_kernel* kernel = NULL;
    info.name = "wait";
    info.function = wait_for_stop;
    info.user = state;
    info.release = release_state;
    info.tensors = &kParameter;
    info.tensor_count = 1;
    info.version = 0;
    CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_runtime_kernel(runtime, &info, &kernel));
    info.version = WEIR_C_API_VERSION;
    info.scalar_count = WEIR_MAX_SCALARS + 1;
    CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_runtime_kernel(runtime, &info, &kernel));
    CHECK(kernel == NULL && state->released == 0);
    info.scalar_count = 0;
    CHECK_STATUS(WEIR_OK, weir_runtime_kernel(runtime, &info, &kernel));
    return kernel;
}

static void test_sizes(void) {
    weir_sizes sizes = WEIR_SIZES_INIT, in_force = WEIR_SIZES_INIT;
    weir_runtime_config config = WEIR_RUNTIME_CONFIG_INIT;
    weir_runtime* runtime = NULL;
    sizes.ring_task_window[2] = 64;
    config.threads = 1;
    config.sizes = &sizes;
    CHECK_STATUS(WEIR_OK, WEIR_RUNTIME_CREATE(&config, &runtime));
    CHECK_STATUS(WEIR_OK, weir_runtime_sizes(runtime, &in_force));
    CHECK(in_force.ring_task_window[2] == 64 && in_force.ring_task_window[0] == 16384);
    CHECK(in_force.ring_consumed_window[2] == 256 && in_force.tensormap_pool == 65536);
    CHECK(weir_runtime_reserved_bytes(runtime) > in_force.ring_heap[0]);
    CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_runtime_watch(NULL));
    CHECK_STATUS(WEIR_OK, weir_runtime_watch(runtime));
    CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_dump_on_signal(SIGKILL));
    CHECK_STATUS(WEIR_OK, weir_dump_on_signal(SIGUSR1));
    in_force.struct_bytes = 1;
    CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_runtime_sizes(runtime, &in_force));
    weir_runtime_destroy(runtime);
    sizes.ring_task_window[1] = 5;
    runtime = NULL;
    CHECK_STATUS(WEIR_CONFIGURATION, WEIR_RUNTIME_CREATE(&config, &runtime));
    CHECK(runtime == NULL);
}

static int submit_nothing(weir_orchestrator* orchestrator, void* user) {
    (void)orchestrator, (void)user;
    return 0;
}

static void count_messages(weir_log_level level, const char* text, void* user) {
    int* counts = user;
    CHECK(level == WEIR_LOG_NOTE || level == WEIR_LOG_WARNING);
    CHECK(strlen(text) > 0);
    ++counts[level];
}

static void test_sizes_of_a_run(void) {
    weir_runtime_config config = WEIR_RUNTIME_CONFIG_INIT;
    weir_call_config call = WEIR_CALL_CONFIG_INIT;
    weir_sizes sizes = WEIR_SIZES_INIT;
    weir_run_result result = WEIR_RUN_RESULT_INIT;
    weir_runtime* runtime = NULL;
    weir_run* run = NULL;
    int counts[2] = {0, 0};
    config.threads = 1;
    config.log = count_messages;
    config.log_user = counts;
    CHECK_STATUS(WEIR_OK, WEIR_RUNTIME_CREATE(&config, &runtime));
    CHECK(counts[WEIR_LOG_NOTE] == 0 && counts[WEIR_LOG_WARNING] == 0);
    sizes.ring_heap[3] = 1024;
    call.sizes = &sizes;
    CHECK_STATUS(WEIR_OK, weir_runtime_run(runtime, submit_nothing, NULL, &call, &result));
    CHECK(result.sizes.ring_heap[3] == 1024 && result.sizes.ring_heap[0] == (uint64_t)256 << 20);
    CHECK(result.times_held_back_there == 0 && result.held_back_line == 0 && result.held_back_file[0] == 0);
    CHECK(counts[WEIR_LOG_NOTE] == 1);
    sizes.ring_heap[3] = 1;
    CHECK_STATUS(WEIR_CONFIGURATION, weir_runtime_run(runtime, submit_nothing, NULL, &call, &result));
    CHECK_STATUS(WEIR_CONFIGURATION, weir_runtime_submit(runtime, submit_nothing, NULL, &call, &run));
    CHECK(run == NULL && strstr(weir_last_error(), "ring_heap of ring 3 is 1,") != NULL);
    call.sizes = NULL;
    call.memory_limit = (uint64_t)64 << 20;
    CHECK_STATUS(WEIR_OK, weir_runtime_run(runtime, submit_nothing, NULL, &call, &result));
    CHECK(result.memory_bytes > 0 && result.memory_bytes <= call.memory_limit);
    CHECK(result.sizes.ring_heap[0] < (uint64_t)256 << 20 && result.grown.ring_heap[0] == 0);
    call.memory_limit = 4096;
    CHECK_STATUS(WEIR_CONFIGURATION, weir_runtime_run(runtime, submit_nothing, NULL, &call, &result));
    CHECK(strstr(weir_last_error(), "memory_limit is 4096 bytes") != NULL);
    call.memory_limit = 0;
    call.size_policy = 3;
    CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_runtime_run(runtime, submit_nothing, NULL, &call, &result));
    call.size_policy = WEIR_SIZES_FIXED;
    CHECK_STATUS(WEIR_OK, weir_runtime_run(runtime, submit_nothing, NULL, &call, &result));
    call.sizes = &sizes;
    sizes.version = 99;
    CHECK_STATUS(WEIR_INVALID_ARGUMENT, weir_runtime_run(runtime, submit_nothing, NULL, &call, &result));
    CHECK(strcmp(weir_resource_name(WEIR_HEAP), "ring_heap") == 0);
    CHECK(strcmp(weir_resource_name(WEIR_RESOURCE_COUNT), "unknown") == 0);
    CHECK(strcmp(weir_resource_name(-1), "unknown") == 0);
    weir_runtime_destroy(runtime);
}

static void test_scope_stats(void) {
    weir_runtime_config config = WEIR_RUNTIME_CONFIG_INIT;
    weir_call_config call = WEIR_CALL_CONFIG_INIT;
    weir_runtime* runtime = NULL;
    char line[64] = "";
    config.threads = 1;
    CHECK_STATUS(WEIR_OK, WEIR_RUNTIME_CREATE(&config, &runtime));
    call.enable_scope_stats = 1;
    CHECK_STATUS(WEIR_CONFIGURATION, weir_runtime_run(runtime, submit_nothing, NULL, &call, NULL));
    CHECK(strstr(weir_last_error(), "record_directory is empty") != NULL);
    call.record_directory = "c_api_runs_recording";
    CHECK_STATUS(WEIR_OK, weir_runtime_run(runtime, submit_nothing, NULL, &call, NULL));
    FILE* file = fopen("c_api_runs_recording/scope_stats/scope_stats.jsonl", "r");
    CHECK(file != NULL && fgets(line, sizeof line, file) != NULL);
    CHECK(strncmp(line, "{\"version\":6,\"fatal\":false,\"dropped\":0,\"total\":2,", 49) == 0);
    fclose(file);
    CHECK(remove("c_api_runs_recording/scope_stats/scope_stats.jsonl") == 0);
    CHECK(remove("c_api_runs_recording/scope_stats") == 0 && remove("c_api_runs_recording") == 0);
    weir_runtime_destroy(runtime);
}

static void test_recording(void) {
    weir_runtime_config config = WEIR_RUNTIME_CONFIG_INIT;
    weir_call_config call = WEIR_CALL_CONFIG_INIT;
    weir_runtime* runtime = NULL;
    char text[256] = "";
    config.threads = 1;
    CHECK_STATUS(WEIR_OK, WEIR_RUNTIME_CREATE(&config, &runtime));
    call.record_level = 5;
    CHECK_STATUS(WEIR_CONFIGURATION, weir_runtime_run(runtime, submit_nothing, NULL, &call, NULL));
    CHECK(strstr(weir_last_error(), "record_level is 5") != NULL);
    call.record_level = -1;
    call.enable_swimlane = 1;
    call.enable_dep_gen = 1;
    call.program_name = "nothing";
    call.record_directory = "c_api_runs_recording";
    CHECK_STATUS(WEIR_OK, weir_runtime_run(runtime, submit_nothing, NULL, &call, NULL));
    FILE* file = fopen("c_api_runs_recording/run.json", "r");
    CHECK(file != NULL && fread(text, 1, sizeof text - 1, file) == sizeof text - 1);
    CHECK(strstr(text, "\"program\": \"nothing\"") != NULL && strstr(text, "\"level\": 2") != NULL);
    fclose(file);
    CHECK(remove("c_api_runs_recording/run.json") == 0);
    CHECK(remove("c_api_runs_recording/swimlane.json") == 0);
    CHECK(remove("c_api_runs_recording/deps.json") == 0 && remove("c_api_runs_recording") == 0);
    weir_runtime_destroy(runtime);
}

int main(void) {
    for (int32_t threads = 1; threads <= 2; ++threads) {
        State state;
        weir_runtime* runtime = make_runtime(threads);
        memset(&state, 0, sizeof state);
        state.wait = make_waiting_kernel(runtime, &state);
        test_statuses(runtime, &state);
        test_open_scopes(runtime, &state);
        CHECK_STATUS(WEIR_OK, weir_runtime_run(runtime, threaded_program, &state, NULL, NULL));
        test_cancel(runtime, &state);
        test_deadline(runtime, &state);
        test_success(runtime, &state);
        CHECK(state.released == 0);
        weir_runtime_destroy(runtime);
        CHECK(state.released == 1);
    }
    weir_runtime_destroy(NULL);
    test_sizes();
    test_sizes_of_a_run();
    test_scope_stats();
    test_recording();
    printf("PASS\n");
    return 0;
}
