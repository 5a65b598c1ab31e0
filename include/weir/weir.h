/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C API of Weir, for C and for every language that can call C.
 *
 * Errors. Functions that can fail return a weir_status: WEIR_OK or the number of a weir::ErrorCode. The
 * message, and the source line it belongs to, are kept per thread until the next failure on that thread:
 * weir_last_error. No exception leaves a function of this file. A function that fails writes nothing through
 * its out parameters. Every function that returns a weir_status may return WEIR_INVALID_ARGUMENT (a pointer
 * that must not be null, a struct of another size or version, a number that names nothing) and
 * WEIR_OUT_OF_MEMORY; its comment names the others.
 *
 * Structs. A struct that begins with struct_bytes and version is initialised with its WEIR_..._INIT, also
 * when the library is to fill it; another language writes the size it uses and the version it was written
 * for. weir_tensor and weir_task are filled by the library alone. Structs without this head (weir_parameter,
 * weir_argument, weir_scalar) are elements of arrays and belong to the version of the struct that points at
 * them.
 *
 * Source lines. Functions that end with `file, line` have a macro of the same name in capitals that fills
 * them in. A binding passes the line of its own caller, or NULL and 0 for none. The text is copied. The first
 * call with a line that the process has not named before allocates a few bytes for it, which are kept.
 *
 * Threads. A runtime, its kernels and a weir_run can be used from any thread. A weir_orchestrator can be used
 * by its program only, on the thread that the program was called on, and not from a kernel: WEIR_WRONG_THREAD
 * otherwise. A weir_tensor and a weir_task are values: copying the struct copies the handle, not data. A
 * weir_task_view can be used until its kernel returns, by the threads that the kernel lets see it.
 */
#ifndef WEIR_WEIR_H
#define WEIR_WEIR_H

#include <stddef.h>
#include <stdint.h>

#include <weir/numbers.h>

#if defined(__GNUC__)
#define WEIR_C_API __attribute__((visibility("default")))
#else
#define WEIR_C_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_runtime weir_runtime; /* threads, rings and kernels */
typedef struct weir_kernel weir_kernel;   /* belongs to its runtime */
typedef struct weir_orchestrator
    weir_orchestrator;                        /* what a program submits to; valid while the program runs */
typedef struct weir_run weir_run;             /* a queued run */
typedef struct weir_task_view weir_task_view; /* what a kernel sees of its task */

/* ---- errors and names
 * --------------------------------------------------------------------------------------- */

/* Message of the last call on this thread that failed: what is wrong, where, what to do. Empty when none has.
   The text is valid until the next failure on this thread. */
WEIR_C_API const char* weir_last_error(void);
/* Status of that call; WEIR_OK when none has failed. */
WEIR_C_API weir_status weir_last_error_status(void);
/* Source line of the submit, scope or get that it belongs to; *file is empty and *line 0 when there is none.
   Either pointer may be null. */
WEIR_C_API void weir_last_error_site(const char** file, int* line);

/* "capacity", "kernel_failed", ...; "unknown" for a number that is no status of the library. */
WEIR_C_API const char* weir_status_name(weir_status status);
/* Field of weir_sizes that sets it: "ring_heap"; "unknown" for a number that is no resource. */
WEIR_C_API const char* weir_resource_name(weir_resource resource);
/* "f32", "bf16", ...; "none" for a number that is no dtype. */
WEIR_C_API const char* weir_dtype_name(weir_dtype dtype);
/* Bytes of one element; 0 for a number that is no dtype. */
WEIR_C_API size_t weir_dtype_bytes(weir_dtype dtype);
/* WEIR_C_API_VERSION of the library. */
WEIR_C_API uint32_t weir_api_version(void);

/* ---- values
 * --------------------------------------------------------------------------------------------------- */

/* A tensor: memory, geometry, and for how long it is valid. Belongs to the run in which it was made. */
typedef struct weir_tensor {
    uint32_t struct_bytes;
    uint32_t version;
    uint64_t opaque[16];
} weir_tensor;

/* A submitted task. Keeps its meaning after the task has finished. */
typedef struct weir_task {
    uint32_t struct_bytes;
    uint32_t version;
    uint64_t id; /* for display: ring in the upper 32 bits, running number's lower 32 in the lower */
    uint64_t opaque[2];
} weir_task;

/* Geometry of a tensor. Strides are in elements. Entries past ndim are 0. */
typedef struct weir_array {
    uint32_t struct_bytes;
    uint32_t version;
    void* data; /* first element; for kernels only, NULL from weir_tensor_describe */
    uint64_t elements;
    weir_dtype dtype;
    int32_t ndim;
    int64_t extents[WEIR_MAX_AXES];
    int64_t strides[WEIR_MAX_AXES];
    int32_t contiguous; /* 1: row-major without gaps */
    int32_t reserved;
} weir_array;
#define WEIR_ARRAY_INIT \
    { sizeof(weir_array), WEIR_C_API_VERSION, 0, 0, 0, 0, {0}, {0}, 0, 0 }

/* A scalar argument: a value of at most 8 bytes, read by the kernel as the member it was written as. */
typedef union weir_scalar {
    uint64_t bits;
    double f64;
    float f32;
    int64_t i64;
    int32_t i32;
    uint32_t u32;
    void* pointer;
} weir_scalar;

/* ---- runtimes
 * ------------------------------------------------------------------------------------------------- */

/* Sizes of the rings; for an entry that is 0 the next source decides: sizes of a run come before variables of
   the environment, these before sizes of the runtime, these before the defaults. */
typedef struct weir_sizes {
    uint32_t struct_bytes;
    uint32_t version;
    uint64_t ring_task_window[WEIR_RINGS];     /* slots; a power of two, at least 4; default 16384 */
    uint64_t ring_consumed_window[WEIR_RINGS]; /* entries; a power of two, at least the task window; default 4
                                                  x it */
    uint64_t ring_payload[WEIR_RINGS];         /* bytes; default 512 x the task window */
    uint64_t ring_heap[WEIR_RINGS];            /* bytes; at least 1024; default 256 MiB */
    uint64_t ring_dep_pool[WEIR_RINGS];        /* entries; 4 .. 2^31-1; default 16384 */
    uint64_t tensormap_pool;                   /* entries; at least 64; default 65536 */
} weir_sizes;
#define WEIR_SIZES_INIT \
    { sizeof(weir_sizes), WEIR_C_API_VERSION, {0}, {0}, {0}, {0}, {0}, 0 }

/* Takes one message, without a line end; `text` is valid until it returns. Called on the thread that makes
   the runtime or starts a run. */
typedef void (*weir_log_function)(weir_log_level level, const char* text, void* user);

/* What a runtime is made from. */
typedef struct weir_runtime_config {
    uint32_t struct_bytes;
    uint32_t version;
    const char* platform;    /* NULL: "cpu" */
    int32_t threads;         /* that run kernels, the caller's own included; at least 1, or WEIR_ALL_CORES */
    int32_t pin;             /* not 0: binds each worker thread to a core of its own */
    const weir_sizes* sizes; /* defaults of this runtime; NULL: those of the library */
    uint64_t first_task_number; /* running number of the first task of each ring; 0: 1 */
    weir_log_function log;      /* NULL: warnings go to standard error, notes nowhere */
    void* log_user;             /* given to every call of `log` */
} weir_runtime_config;
#define WEIR_RUNTIME_CONFIG_INIT \
    { sizeof(weir_runtime_config), WEIR_C_API_VERSION, NULL, WEIR_ALL_CORES, 0, NULL, 0, NULL, NULL }

/* Reserves memory and starts threads. `config` NULL: defaults. Also WEIR_CONFIGURATION, WEIR_SYSTEM. */
WEIR_C_API weir_status weir_runtime_create(const weir_runtime_config* config, weir_runtime** runtime,
                                           const char* file, int line);
#define WEIR_RUNTIME_CREATE(config, runtime) weir_runtime_create((config), (runtime), __FILE__, __LINE__)
/* Waits for queued runs and running kernels, then calls the `release` of every kernel. NULL is allowed. No
   other call may use the runtime, its kernels or its orchestrator meanwhile or afterwards; a weir_run stays
   usable. */
WEIR_C_API void weir_runtime_destroy(weir_runtime* runtime);
/* Threads that run kernels, the submitting one included; 0 for NULL. */
WEIR_C_API int32_t weir_runtime_threads(const weir_runtime* runtime);
/* The sizes of a run that sets none of its own: every value filled in. */
WEIR_C_API weir_status weir_runtime_sizes(const weir_runtime* runtime, weir_sizes* sizes);
/* Bytes of address space that the runtime has reserved; they grow when a run needs larger sizes. 0 for NULL.
 */
WEIR_C_API uint64_t weir_runtime_reserved_bytes(const weir_runtime* runtime);
/* From here on `weir top` can attach to this process, and weir_dump_on_signal tells of this runtime; see
   weir::Runtime::watch. Waits for the runs before it. Also WEIR_SYSTEM, WEIR_WRONG_THREAD. */
WEIR_C_API weir_status weir_runtime_watch(weir_runtime* runtime);
/* Handles a signal, such as SIGUSR1, in the whole process: within a second every runtime that is watched
   writes to standard error what its threads are doing and its oldest unfinished tasks. */
WEIR_C_API weir_status weir_dump_on_signal(int32_t signal);

/* ---- kernels
 * -------------------------------------------------------------------------------------------------- */

/* A kernel: 0, or a status that ends the run with WEIR_KERNEL_FAILED. Called from several threads at once. */
typedef int (*weir_kernel_function)(const weir_task_view* task, void* user);

/* One tensor parameter of a kernel. */
typedef struct weir_parameter {
    weir_access access;
    weir_dtype dtype; /* WEIR_NONE: any */
} weir_parameter;

typedef struct weir_kernel_info {
    uint32_t struct_bytes;
    uint32_t version;
    const char* name; /* copied; shown in reports */
    weir_kernel_function function;
    void* user;                    /* given to every call of `function` */
    void (*release)(void* user);   /* may be NULL; called once, when the runtime is done with `user` */
    const weir_parameter* tensors; /* copied */
    uint64_t tensor_count;         /* 1 .. WEIR_MAX_TENSORS */
    uint64_t scalar_count;         /* 0 .. WEIR_MAX_SCALARS */
    int32_t any_arguments;         /* not 0: takes what it is given; both counts are 0 */
    uint32_t cost_ns;              /* of one task; 0: unknown, the runtime learns it */
    weir_core_type core_type;      /* which slots of a mixed task it fits, and where a chip runs it */
    int32_t reserved;
} weir_kernel_info;
#define WEIR_KERNEL_INFO_INIT \
    { sizeof(weir_kernel_info), WEIR_C_API_VERSION, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0 }

/* Registers a kernel; also while a run goes on. The handle is valid as long as the runtime. On failure
   `release` is not called. */
WEIR_C_API weir_status weir_runtime_kernel(weir_runtime* runtime, const weir_kernel_info* info,
                                           weir_kernel** kernel);
/* Name under which the kernel was registered; empty for NULL. */
WEIR_C_API const char* weir_kernel_name(const weir_kernel* kernel);

/* How many tensors and scalars the task was submitted with; 0 for NULL. */
WEIR_C_API uint64_t weir_task_view_tensor_count(const weir_task_view* task);
WEIR_C_API uint64_t weir_task_view_scalar_count(const weir_task_view* task);
/* The tensor argument `index`, with its data. WEIR_OUT_OF_BOUNDS past the last. */
WEIR_C_API weir_status weir_task_view_tensor(const weir_task_view* task, uint64_t index, weir_array* tensor);
/* Its first element alone; NULL past the last. */
WEIR_C_API void* weir_task_view_data(const weir_task_view* task, uint64_t index);
/* The scalar argument `index`. WEIR_OUT_OF_BOUNDS past the last. */
WEIR_C_API weir_status weir_task_view_scalar(const weir_task_view* task, uint64_t index, weir_scalar* scalar);
/* The task's id, as in weir_task; 0 for NULL. */
WEIR_C_API uint64_t weir_task_view_id(const weir_task_view* task);
/* The kernel's name; empty for NULL. */
WEIR_C_API const char* weir_task_view_kernel_name(const weir_task_view* task);
/* 1 when the run has failed, was cancelled or has passed its deadline: a long kernel should return soon. */
WEIR_C_API int weir_task_view_stop_requested(const weir_task_view* task);
/* Which block of its task this call is, how many there are, and which subtask of its block it is. 0, 1 and
   WEIR_SLOT_AIC for NULL. */
WEIR_C_API int32_t weir_task_view_block_index(const weir_task_view* task);
WEIR_C_API int32_t weir_task_view_block_count(const weir_task_view* task);
WEIR_C_API weir_subtask_slot weir_task_view_subtask_slot(const weir_task_view* task);
/* Waits until every subtask and block of the task that has not returned is here too; the thread runs
   something else meanwhile, and the call may come back on another thread. WEIR_INVALID_ARGUMENT for a task of
   several blocks without sync_start. WEIR_CANCELLED when the run ends meanwhile: the kernel should return.
   Only the thread that the kernel was called on may call it. */
WEIR_C_API weir_status weir_task_view_barrier(const weir_task_view* task);

/* ---- runs
 * ----------------------------------------------------------------------------------------------------- */

/* A program: submits tasks. 0, or a status that ends the run: the run returns that status. Numbers from 1000
   on never collide with those of the library. A status that a call of this file returned can be passed on:
   the run then keeps its message and source line. Scopes that the program opened must be closed when it
   returns 0, else the run ends with WEIR_SCOPE_MISUSE; after any other status they are closed for it. */
typedef int (*weir_program_function)(weir_orchestrator* orchestrator, void* user);

/* What one run can be told. */
typedef struct weir_call_config {
    uint32_t struct_bytes;
    uint32_t version;
    int64_t deadline_ns; /* past it no further task starts and the run ends with WEIR_DEADLINE; 0: none */
    const weir_sizes*
        sizes; /* of this run, WEIR_CONFIGURATION when they cannot be; NULL: those of the runtime */
    const char* record_directory; /* where recordings go, made when it is missing; NULL: nowhere */
    int32_t enable_scope_stats;   /* not 0: writes scope_stats/scope_stats.jsonl there, see docs/formats.md */
    weir_size_policy size_policy; /* whether sizes grow */
    uint64_t memory_limit; /* bytes of memory that the rings may come to, see docs/sizes.md; 0: no limit. The
                              program is called once more before the run, without its kernels */
    const char* program_name; /* what recordings call the program; NULL: nothing */
    int32_t enable_swimlane;  /* not 0: writes swimlane.json there: when every task ran */
    int32_t enable_dep_gen;   /* not 0: writes deps.json there: what every task accessed and waited for */
    int32_t record_level;     /* how much is recorded, 0 to 4; -1: 2 if one of the two above is set, else
                                 nothing. Unless nothing is recorded, run.json is written there too */
    int32_t reserved;
} weir_call_config;
#define WEIR_CALL_CONFIG_INIT                                                                                \
    {                                                                                                        \
        sizeof(weir_call_config), WEIR_C_API_VERSION, 0, NULL, NULL, 0, WEIR_SIZES_AUTOMATIC, 0, NULL, 0, 0, \
            -1, 0                                                                                            \
    }

/* What a finished run tells. Peaks are largest true occupancies. */
typedef struct weir_run_result {
    uint32_t struct_bytes;
    uint32_t version;
    uint64_t tasks;           /* submitted */
    uint64_t tasks_in_place;  /* run by the submitting thread at submit */
    uint64_t tasks_helped;    /* run by the submitting thread while it was held back or waited; 0 on a chip */
    uint64_t times_held_back; /* submits that found a ring full */
    int64_t held_back_ns;     /* time in which a full ring kept the program from submitting */
    int64_t elapsed_ns;       /* from call to completion */
    uint64_t peak_task_window[WEIR_RINGS];
    uint64_t peak_consumed_window[WEIR_RINGS];
    uint64_t peak_payload_bytes[WEIR_RINGS];
    uint64_t peak_heap_bytes[WEIR_RINGS];
    uint64_t peak_dep_pool[WEIR_RINGS];
    uint64_t peak_tensormap;
    int64_t held_back_by_ns[WEIR_RESOURCE_COUNT]; /* held_back_ns for each weir_resource */
    const char* held_back_file; /* the source line held back longest in all; empty and 0: none is known */
    int32_t held_back_line;
    weir_resource held_back_resource; /* that was short when that line was held back longest at once */
    int64_t held_back_there_ns;       /* in all at that line */
    uint64_t times_held_back_there;
    int32_t held_back_ring;
    int32_t reserved;
    weir_sizes sizes;      /* with which the run started */
    weir_sizes grown;      /* of each size that grew: with how much it would not have; 0: it did not grow */
    uint64_t memory_bytes; /* that the rings could have come to at most */
} weir_run_result;
#define WEIR_RUN_RESULT_INIT                                                                                \
    {                                                                                                       \
        sizeof(weir_run_result), WEIR_C_API_VERSION, 0, 0, 0, 0, 0, 0, {0}, {0}, {0}, {0}, {0}, 0, {0}, "", \
            0, 0, 0, 0, 0, 0, WEIR_SIZES_INIT, WEIR_SIZES_INIT, 0                                           \
    }

/* Runs a program on the calling thread and returns when all its tasks have completed. `config` and `result`
   may be NULL; a run that fails fills `result` too, with what it came to. Also the program's status,
   WEIR_KERNEL_FAILED, WEIR_CAPACITY, WEIR_DEADLINE, WEIR_SCOPE_MISUSE; WEIR_WRONG_THREAD from inside a kernel
   or a program of the same runtime. */
WEIR_C_API weir_status weir_runtime_run(weir_runtime* runtime, weir_program_function program, void* user,
                                        const weir_call_config* config, weir_run_result* result);
/* Queues a program: it runs on a thread of the runtime after those queued before it. `user` must live until
   the run has ended. The handle is given back with weir_run_release. */
WEIR_C_API weir_status weir_runtime_submit(weir_runtime* runtime, weir_program_function program, void* user,
                                           const weir_call_config* config, weir_run** run);
/* Blocks until the run has ended. `result` may be NULL. Fails as weir_runtime_run does, and with
   WEIR_CANCELLED. */
WEIR_C_API weir_status weir_run_wait(weir_run* run, weir_run_result* result);
/* Blocks at most that long. *done: 1 when the run has ended (its status: weir_run_wait), else 0. */
WEIR_C_API weir_status weir_run_wait_for(weir_run* run, int64_t timeout_ns, int32_t* done);
/* No further task of the run starts; it ends with WEIR_CANCELLED. No effect on a run that has ended. */
WEIR_C_API weir_status weir_run_cancel(weir_run* run);
/* What the run is doing: running tasks with kernel and source line. Writes at most `capacity` bytes, the
   terminating 0 included, and to *needed (may be NULL) the bytes of the whole text with its 0. */
WEIR_C_API weir_status weir_run_report(weir_run* run, char* text, size_t capacity, size_t* needed);
/* Gives the handle back; the run goes on. NULL is allowed. */
WEIR_C_API void weir_run_release(weir_run* run);

/* ---- programs
 * ------------------------------------------------------------------------------------------------- */

/* Functions with a weir_orchestrator may also return WEIR_WRONG_THREAD, and once the run has failed, was
   cancelled or has passed its deadline the run's own error. */

/* Memory of the program as a tensor that is valid until the run ends; never allocated or freed here.
   `strides` in elements, none negative; NULL: row-major. */
WEIR_C_API weir_status weir_external(weir_orchestrator* orchestrator, void* data, weir_dtype dtype, int ndim,
                                     const int64_t* extents, const int64_t* strides, weir_tensor* tensor,
                                     const char* file, int line);
#define WEIR_EXTERNAL(orchestrator, data, dtype, ndim, extents, strides, tensor) \
    weir_external((orchestrator), (data), (dtype), (ndim), (extents), (strides), (tensor), __FILE__, __LINE__)
/* Memory from the current scope's heap, not initialised, valid until the scope closes. Also WEIR_CAPACITY. */
WEIR_C_API weir_status weir_allocate(weir_orchestrator* orchestrator, weir_dtype dtype, int ndim,
                                     const int64_t* extents, weir_tensor* tensor, const char* file, int line);
#define WEIR_ALLOCATE(orchestrator, dtype, ndim, extents, tensor) \
    weir_allocate((orchestrator), (dtype), (ndim), (extents), (tensor), __FILE__, __LINE__)

/* One tensor argument of a task: `tensor`, or for WEIR_OUT with `tensor` NULL a tensor that the runtime
 * allocates. */
typedef struct weir_argument {
    const weir_tensor* tensor;
    weir_access access;
    int32_t no_dep;                 /* not 0: kept alive but not waited for; existing tensors only */
    weir_dtype dtype;               /* of the tensor to allocate */
    int32_t ndim;                   /* of the tensor to allocate */
    int64_t extents[WEIR_MAX_AXES]; /* of the tensor to allocate */
} weir_argument;

/* The work of a task is skipped unless this holds when the task is ready: tensor[index] compared with the
   constant. The element is one more input of the task. */
typedef struct weir_predicate {
    uint32_t struct_bytes;
    uint32_t version;
    const weir_tensor* tensor;
    int64_t index[WEIR_MAX_AXES];
    int32_t ndim; /* numbers in `index`: the axes of the tensor */
    weir_comparison comparison;
    weir_scalar constant;
    weir_dtype constant_dtype; /* WEIR_F64, WEIR_I64 or WEIR_U64: the member of `constant` that counts */
    int32_t reserved;
} weir_predicate;
#define WEIR_PREDICATE_INIT \
    { sizeof(weir_predicate), WEIR_C_API_VERSION, NULL, {0}, 0, 0, {0}, 0, 0 }

/* Arguments and options of one task. Everything it points at must live until the submit returns; `name` until
   the run has ended. */
typedef struct weir_task_args {
    uint32_t struct_bytes;
    uint32_t version;
    const weir_argument* tensors;
    uint64_t tensor_count;
    const weir_scalar* scalars;
    uint64_t scalar_count;
    const weir_task* after;          /* tasks to wait for, in addition to what the tensors say */
    uint64_t after_count;            /* at most WEIR_MAX_AFTER */
    const char* name;                /* shown in error reports beside the kernel's; may be NULL */
    int32_t priority;                /* WEIR_MIN_PRIORITY .. WEIR_MAX_PRIORITY: higher ones are taken first */
    int32_t blocks;                  /* 1 .. WEIR_MAX_BLOCKS: calls of the kernel */
    const weir_predicate* predicate; /* may be NULL */
    int32_t sync_start; /* not 0: all blocks start together and can meet in weir_task_view_barrier */
    int32_t reserved;
} weir_task_args;
#define WEIR_TASK_ARGS_INIT \
    { sizeof(weir_task_args), WEIR_C_API_VERSION, NULL, 0, NULL, 0, NULL, 0, NULL, 0, 1, NULL, 0, 0 }

/* Submits one task. `outputs`, unless NULL, has tensor_count places and gets the tensor of each argument: the
   one passed, or the one allocated. `task` may be NULL. Also WEIR_TYPE_MISMATCH, WEIR_SCOPE_CLOSED,
   WEIR_FOREIGN_TASK, WEIR_CAPACITY, WEIR_UNSUPPORTED, and WEIR_KERNEL_FAILED for a task that runs at once. */
WEIR_C_API weir_status weir_submit(weir_orchestrator* orchestrator, const weir_kernel* kernel,
                                   const weir_task_args* args, weir_tensor* outputs, weir_task* task,
                                   const char* file, int line);
#define WEIR_SUBMIT(orchestrator, kernel, args, outputs, task) \
    weir_submit((orchestrator), (kernel), (args), (outputs), (task), __FILE__, __LINE__)
/* Submits a mixed task: up to three kernels, by subtask slot (NULL: none there), that share the arguments,
   start together and complete as one. Fails as weir_submit does. */
WEIR_C_API weir_status weir_submit_mixed(weir_orchestrator* orchestrator, const weir_kernel* aic,
                                         const weir_kernel* aiv0, const weir_kernel* aiv1,
                                         const weir_task_args* args, weir_tensor* outputs, weir_task* task,
                                         const char* file, int line);
#define WEIR_SUBMIT_MIXED(orchestrator, aic, aiv0, aiv1, args, outputs, task) \
    weir_submit_mixed((orchestrator), (aic), (aiv0), (aiv1), (args), (outputs), (task), __FILE__, __LINE__)
/* A task that does no work: it orders what comes after it behind what it waits for. Fails as weir_submit
 * does. */
WEIR_C_API weir_status weir_barrier_task(weir_orchestrator* orchestrator, const weir_task_args* args,
                                         weir_task* task, const char* file, int line);
#define WEIR_BARRIER_TASK(orchestrator, args, task) \
    weir_barrier_task((orchestrator), (args), (task), __FILE__, __LINE__)

/* Opens a scope; *scope names it for weir_scope_end. Also WEIR_SCOPE_MISUSE: nested too deep, or
   WEIR_AUTOMATIC inside WEIR_MANUAL. */
WEIR_C_API weir_status weir_scope_begin(weir_orchestrator* orchestrator, weir_scope_mode mode,
                                        uint64_t* scope, const char* file, int line);
#define WEIR_SCOPE_BEGIN(orchestrator, mode, scope) \
    weir_scope_begin((orchestrator), (mode), (scope), __FILE__, __LINE__)
/* Closes it. WEIR_SCOPE_MISUSE when it is closed already, or when a scope that was opened later is still
   open, which ends the run. */
WEIR_C_API weir_status weir_scope_end(weir_orchestrator* orchestrator, uint64_t scope, const char* file,
                                      int line);
#define WEIR_SCOPE_END(orchestrator, scope) weir_scope_end((orchestrator), (scope), __FILE__, __LINE__)

/* Copies the element at `index` (ndim numbers), after every task that writes it has completed.
   WEIR_TYPE_MISMATCH when value_bytes is not the size of one element; also WEIR_OUT_OF_BOUNDS,
   WEIR_SCOPE_CLOSED. */
WEIR_C_API weir_status weir_get(weir_orchestrator* orchestrator, const weir_tensor* tensor, int ndim,
                                const int64_t* index, void* value, size_t value_bytes, const char* file,
                                int line);
#define WEIR_GET(orchestrator, tensor, ndim, index, value, value_bytes) \
    weir_get((orchestrator), (tensor), (ndim), (index), (value), (value_bytes), __FILE__, __LINE__)
/* Writes the element at `index`, after every task that reads or writes it has completed. Fails as weir_get
 * does. */
WEIR_C_API weir_status weir_set(weir_orchestrator* orchestrator, const weir_tensor* tensor, int ndim,
                                const int64_t* index, const void* value, size_t value_bytes, const char* file,
                                int line);
#define WEIR_SET(orchestrator, tensor, ndim, index, value, value_bytes) \
    weir_set((orchestrator), (tensor), (ndim), (index), (value), (value_bytes), __FILE__, __LINE__)

/* ---- views: tensors of the same memory. They touch no runtime; `view` may be the tensor itself.
 * ----------------- */

/* Geometry of a tensor; array->data becomes NULL. */
WEIR_C_API weir_status weir_tensor_describe(const weir_tensor* tensor, weir_array* array);
/* The box that starts at `offset` and has `extents`, ndim numbers each. WEIR_OUT_OF_BOUNDS when it leaves the
 * tensor. */
WEIR_C_API weir_status weir_tensor_view(const weir_tensor* tensor, int ndim, const int64_t* offset,
                                        const int64_t* extents, weir_tensor* view, const char* file,
                                        int line);
#define WEIR_TENSOR_VIEW(tensor, ndim, offset, extents, view) \
    weir_tensor_view((tensor), (ndim), (offset), (extents), (view), __FILE__, __LINE__)
/* Every `step`-th element of [begin, end) along one axis. Also WEIR_OUT_OF_BOUNDS. */
WEIR_C_API weir_status weir_tensor_slice(const weir_tensor* tensor, int axis, int64_t begin, int64_t end,
                                         int64_t step, weir_tensor* view, const char* file, int line);
#define WEIR_TENSOR_SLICE(tensor, axis, begin, end, step, view) \
    weir_tensor_slice((tensor), (axis), (begin), (end), (step), (view), __FILE__, __LINE__)
/* Two axes exchanged. Also WEIR_OUT_OF_BOUNDS for an axis that the tensor does not have. */
WEIR_C_API weir_status weir_tensor_transpose(const weir_tensor* tensor, int first, int second,
                                             weir_tensor* view, const char* file, int line);
#define WEIR_TENSOR_TRANSPOSE(tensor, first, second, view) \
    weir_tensor_transpose((tensor), (first), (second), (view), __FILE__, __LINE__)
/* The same elements under another shape; contiguous tensors only. */
WEIR_C_API weir_status weir_tensor_reshape(const weir_tensor* tensor, int ndim, const int64_t* extents,
                                           weir_tensor* view, const char* file, int line);
#define WEIR_TENSOR_RESHAPE(tensor, ndim, extents, view) \
    weir_tensor_reshape((tensor), (ndim), (extents), (view), __FILE__, __LINE__)

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* WEIR_WEIR_H */
