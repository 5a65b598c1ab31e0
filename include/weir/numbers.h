/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The numbers of the C API: version, limits, statuses and what else has a name. Each is proven equal to its
 * counterpart in C++ when the library is compiled.
 */
#ifndef WEIR_NUMBERS_H
#define WEIR_NUMBERS_H

#include <stdint.h>

/* Version of the structs of the C API. */
#define WEIR_C_API_VERSION 1U

/* Limits. */
#define WEIR_MAX_AXES 5     /* axes of a tensor */
#define WEIR_MAX_TENSORS 32 /* tensors of a task */
#define WEIR_MAX_SCALARS 16 /* scalars of a task */
#define WEIR_MAX_AFTER 16   /* tasks in weir_task_args.after; for more, go through weir_barrier_task */
#define WEIR_RINGS 4        /* one per scope depth 0, 1, 2, and 3 or deeper */
#define WEIR_RESOURCE_COUNT 6
#define WEIR_MAX_BLOCKS 32767
#define WEIR_MIN_PRIORITY (-8)
#define WEIR_MAX_PRIORITY 7

/* What a call came to. Any other number was returned by a program: see weir_program_function. */
typedef int32_t weir_status;
enum {
    WEIR_OK = 0,
    WEIR_INVALID_ARGUMENT = 1,
    WEIR_TYPE_MISMATCH = 2,
    WEIR_OUT_OF_BOUNDS = 3,
    WEIR_SCOPE_CLOSED = 4,
    WEIR_SCOPE_MISUSE = 5,
    WEIR_FOREIGN_TASK = 6,
    WEIR_WRONG_THREAD = 7,
    WEIR_CAPACITY = 8,
    WEIR_KERNEL_FAILED = 9,
    WEIR_DEADLINE = 10,
    WEIR_CANCELLED = 11,
    WEIR_OUT_OF_MEMORY = 12,
    WEIR_SYSTEM = 13,
    WEIR_CONFIGURATION = 14,
    WEIR_PROGRAM_NOT_FOUND = 15,
    WEIR_PROGRAM_INVALID = 16,
    WEIR_UNSUPPORTED = 17
};

/* Element types. */
typedef int32_t weir_dtype;
enum {
    WEIR_NONE = 0, /* any, where a kernel's parameter is declared */
    WEIR_F64 = 1,
    WEIR_F32 = 2,
    WEIR_F16 = 3,
    WEIR_BF16 = 4,
    WEIR_I8 = 5,
    WEIR_I16 = 6,
    WEIR_I32 = 7,
    WEIR_I64 = 8,
    WEIR_U8 = 9,
    WEIR_U16 = 10,
    WEIR_U32 = 11,
    WEIR_U64 = 12,
    WEIR_BOOL = 13
};

/* How a task uses a tensor. */
typedef int32_t weir_access;
enum {
    WEIR_IN = 0,
    WEIR_OUT = 1,
    WEIR_INOUT = 2,
    WEIR_COMMUTATIVE = 3, /* named for the future: WEIR_UNSUPPORTED at submit */
    WEIR_REDUCTION = 4    /* the same */
};

/* What kind of core a kernel is made for. */
typedef int32_t weir_core_type;
enum { WEIR_CORE_ANY = 0, WEIR_CORE_AIC = 1, WEIR_CORE_AIV = 2 };

/* Place of a subtask in its cluster. */
typedef int32_t weir_subtask_slot;
enum { WEIR_SLOT_AIC = 0, WEIR_SLOT_AIV0 = 1, WEIR_SLOT_AIV1 = 2 };

/* How a predicate compares: element on the left, constant on the right. */
typedef int32_t weir_comparison;
enum {
    WEIR_EQUAL = 0,
    WEIR_NOT_EQUAL = 1,
    WEIR_LESS = 2,
    WEIR_LESS_EQUAL = 3,
    WEIR_GREATER = 4,
    WEIR_GREATER_EQUAL = 5
};

/* Dependencies are inferred, or tasks wait for explicit ones only. */
typedef int32_t weir_scope_mode;
enum { WEIR_AUTOMATIC = 0, WEIR_MANUAL = 1 };

/* A resource that a run can be short of; all but the last are one for each ring. */
typedef int32_t weir_resource;
enum {
    WEIR_TASK_WINDOW = 0,
    WEIR_CONSUMED_WINDOW = 1,
    WEIR_PAYLOAD = 2,
    WEIR_HEAP = 3,
    WEIR_DEP_POOL = 4,
    WEIR_TENSORMAP = 5
};

/* What becomes of a size with which a run would end with WEIR_CAPACITY. */
typedef int32_t weir_size_policy;
enum {
    WEIR_SIZES_AUTOMATIC = 0, /* one that nobody has set grows; one that was set is a bound */
    WEIR_SIZES_FIXED = 1,     /* the run ends */
    WEIR_SIZES_GROWING = 2    /* every size is where the run starts, and grows */
};

/* Weight of a message of the library. */
typedef int32_t weir_log_level;
enum {
    WEIR_LOG_NOTE = 0,   /* the sizes of the first run, and of each that has others than the one before it */
    WEIR_LOG_WARNING = 1 /* a variable that is unknown or was not used, and why; a size that grew */
};

/* Threads that run kernels, in weir_runtime_config: as many as the cores that the process may use. */
#define WEIR_ALL_CORES (-1)

#endif
