/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of the plain C programs in this folder: the first that fails ends the program with its line. */
#ifndef WEIR_TESTS_MISUSE_C_API_CHECK_H
#define WEIR_TESTS_MISUSE_C_API_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <weir/weir.h>

#define CHECK(condition)                                                                                 \
    do {                                                                                                 \
        if (!(condition)) {                                                                              \
            fprintf(stderr, "%s:%d: %s does not hold; last error: %s\n", __FILE__, __LINE__, #condition, \
                    weir_last_error());                                                                  \
            exit(1);                                                                                     \
        }                                                                                                \
    } while (0)

/* The call must return exactly this status. */
#define CHECK_STATUS(expected, call) check_status((expected), (call), #call, __FILE__, __LINE__)

static inline void check_status(weir_status expected, weir_status found, const char* call, const char* file,
                                int line) {
    if (found == expected) return;
    fprintf(stderr, "%s:%d: %s is %d (%s) instead of %d (%s); last error: %s\n", file, line, call, found,
            weir_status_name(found), expected, weir_status_name(expected), weir_last_error());
    exit(1);
}

/* The call must fail with this status, a message that contains `text`, and a line of this statement as its
   site: which one of several lines __LINE__ names is up to the compiler. */
#define CHECK_FAILS_HERE(expected, text, call)                    \
    do {                                                          \
        CHECK_STATUS(expected, call);                             \
        check_last_error((expected), (text), __FILE__, __LINE__); \
    } while (0)

static inline void check_last_error(weir_status expected, const char* text, const char* file, int line) {
    const char* site_file = NULL;
    int site_line = -1;
    weir_last_error_site(&site_file, &site_line);
    if (weir_last_error_status() == expected && strstr(weir_last_error(), text) != NULL &&
        abs(site_line - line) <= 2 && strcmp(site_file, file) == 0)
        return;
    fprintf(stderr, "%s:%d: the last error is %d at %s:%d, '%s'; it should contain '%s'\n", file, line,
            weir_last_error_status(), site_file, site_line, weir_last_error(), text);
    exit(1);
}

/* A runtime with that many threads and otherwise the defaults. */
static inline weir_runtime* make_runtime(int32_t threads) {
    weir_runtime_config config = WEIR_RUNTIME_CONFIG_INIT;
    weir_runtime* runtime = NULL;
    config.threads = threads;
    CHECK_STATUS(WEIR_OK, WEIR_RUNTIME_CREATE(&config, &runtime));
    CHECK(runtime != NULL);
    return runtime;
}

/* A kernel with tensor parameters of type f32 and scalars. */
static inline weir_kernel* make_kernel(weir_runtime* runtime, const char* name, weir_kernel_function function,
                                       void* user, const weir_access* accesses, uint64_t tensors,
                                       uint64_t scalars) {
    weir_parameter parameters[WEIR_MAX_TENSORS];
    weir_kernel_info info = WEIR_KERNEL_INFO_INIT;
    weir_kernel* kernel = NULL;
    for (uint64_t i = 0; i < tensors; ++i) {
        parameters[i].access = accesses[i];
        parameters[i].dtype = WEIR_F32;
    }
    info.name = name;
    info.function = function;
    info.user = user;
    info.tensors = parameters;
    info.tensor_count = tensors;
    info.scalar_count = scalars;
    CHECK_STATUS(WEIR_OK, weir_runtime_kernel(runtime, &info, &kernel));
    CHECK(strcmp(weir_kernel_name(kernel), name) == 0);
    return kernel;
}

/* An existing tensor as an argument. */
static inline weir_argument use(const weir_tensor* tensor, weir_access access) {
    weir_argument argument = {NULL, WEIR_IN, 0, WEIR_NONE, 0, {0}};
    argument.tensor = tensor;
    argument.access = access;
    return argument;
}

/* A vector of f32 that the runtime allocates. */
static inline weir_argument make(int64_t extent) {
    weir_argument argument = {NULL, WEIR_OUT, 0, WEIR_F32, 1, {0}};
    argument.extents[0] = extent;
    return argument;
}

#endif
