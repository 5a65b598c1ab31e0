#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# weir-test: not-under address thread
# The command on a system that refuses things: output that cannot be written, and each memory mapping, thread start,
# opened file and (of many) allocation failing in turn. It ends with the status that its help promises and says on stderr
# what is wrong; it never crashes. The calls are replaced by a preloaded library, refuse.so, from the start of main on.
. "$(dirname -- "${BASH_SOURCE[0]}")/../cli/helper.bash"

# weir_to FILE ARGUMENTS...: the command with its output to a file that takes none.
weir_to() {
    local target="$1"
    shift
    command_line="weir $* > $target"
    status=0
    : >"$work/stdout"
    if [ "$target" = closed ]; then
        timeout -k 5 300 "$WEIR_BIN" "$@" >&- 2>"$work/stderr" </dev/null || status=$?
    else
        timeout -k 5 300 "$WEIR_BIN" "$@" >"$target" 2>"$work/stderr" </dev/null || status=$?
    fi
}
for target in /dev/full closed; do
    for arguments in "run vector" "run vector --json" "run vector --json --repeat 60" "run vector --help-parameters" \
        list "list --json" info "info --json" --help --version "run --help"; do
        # shellcheck disable=SC2086  # several words
        weir_to "$target" $arguments
        expect_status 1
        expect_err "could not be written to standard output"
    done
done

build_c_library "$work/refuse.so" <<'SOURCE'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char* kind;      /* which calls are counted: REFUSE_KIND */
static long number;           /* which of them fails: REFUSE_NUMBER */
static long calls;            /* so far */
static __thread int in_main;  /* calls of other threads have no fixed order, and are not counted */

static int refused(const char* of, int error) {
    if (!in_main || strcmp(of, kind) != 0 || ++calls != number) return 0;
    errno = error;
    return 1;
}
#define REAL(name) ((__typeof__(name)*)dlsym(RTLD_NEXT, #name))

int memfd_create(const char* name, unsigned flags) {
    return refused("mapping", EMFILE) ? -1 : (int)syscall(SYS_memfd_create, name, flags);
}
int ftruncate(int file, off_t bytes) {
    return refused("mapping", ENOSPC) ? -1 : (int)syscall(SYS_ftruncate, file, bytes);
}
int mprotect(void* place, size_t bytes, int protection) {
    return refused("mapping", ENOMEM) ? -1 : (int)syscall(SYS_mprotect, place, bytes, protection);
}
void* mmap(void* place, size_t bytes, int protection, int flags, int file, off_t offset) {
    if (refused("mapping", ENOMEM)) return MAP_FAILED;
    return (void*)syscall(SYS_mmap, place, bytes, protection, flags, file, offset);
}
int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*), void* argument) {
    if (refused("thread", EAGAIN)) return EAGAIN;
    return REAL(pthread_create)(thread, attributes, body, argument);
}
FILE* fopen64(const char* path, const char* mode) {
    return refused("file", EMFILE) ? NULL : REAL(fopen64)(path, mode);
}
/* Nothing that is called here creates a file, so the third argument of open is never there. */
int open(const char* path, int flags, ...) {
    return refused("file", EMFILE) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0);
}
int openat(int folder, const char* path, int flags, ...) {
    return refused("file", EMFILE) ? -1 : (int)syscall(SYS_openat, folder, path, flags, 0);
}

void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* malloc(size_t bytes) { return refused("memory", ENOMEM) ? NULL : __libc_malloc(bytes); }
void* calloc(size_t count, size_t bytes) { return refused("memory", ENOMEM) ? NULL : __libc_calloc(count, bytes); }
void* realloc(void* place, size_t bytes) { return refused("memory", ENOMEM) ? NULL : __libc_realloc(place, bytes); }

static int (*real_main)(int, char**, char**);
static int counted_main(int count, char** words, char** environment) {
    kind = getenv("REFUSE_KIND");
    number = atol(getenv("REFUSE_NUMBER"));
    in_main = 1;
    const int status = real_main(count, words, environment);
    in_main = 0;
    FILE* report = REAL(fopen)(getenv("REFUSE_REPORT"), "w");
    fprintf(report, "%ld\n", calls);
    fclose(report);
    return status;
}
int __libc_start_main(int (*main)(int, char**, char**), int count, char** words, void (*init)(void), void (*fini)(void),
                      void (*end)(void), void* stack) {
    real_main = main;
    return REAL(__libc_start_main)(counted_main, count, words, init, fini, end, stack);
}
SOURCE

# refuse KIND NUMBER ARGUMENTS...: the command with that call refused; `calls` is how many there were.
refuse() {
    local kind="$1" number="$2"
    shift 2
    command_line="weir $* with call $number of kind $kind refused"
    status=0
    rm -f "$work/report"
    timeout -k 5 300 env REFUSE_KIND="$kind" REFUSE_NUMBER="$number" REFUSE_REPORT="$work/report" \
        LD_PRELOAD="$work/refuse.so" "$WEIR_BIN" "$@" >"$work/stdout" 2>"$work/stderr" </dev/null || status=$?
    calls="$(cat "$work/report" 2>/dev/null || echo 0)"
}
# expect_clean_end: done, or one of the two statuses with a message; nothing that looks like a result beside an error.
expect_clean_end() {
    expectations=$((expectations + 1))
    [ -s "$work/report" ] || fail "the command should leave main"
    case "$status" in
    0) ;;
    1 | 2)
        grep -q '^weir: .' "$work/stderr" || fail "stderr should say what is wrong"
        [ ! -s "$work/stdout" ] || fail "stdout should be empty"
        ;;
    *) fail "exit status 0, 1 or 2 expected" ;;
    esac
}

small=(run vector --threads 3 --ring-heap 65536 --ring-task-window 16 --set length=4096)
refuse mapping 0 "${small[@]}"
expect_status 0
mappings="$calls"
expectations=$((expectations + 1))
[ "$mappings" -ge 19 ] || fail "19 calls map rings and stacks, but $mappings were counted"
for ((k = 1; k <= mappings; k++)); do
    refuse mapping "$k" "${small[@]}"
    expect_clean_end
    # A run that cannot be watched goes on without.
    grep -q "cannot be watched\|no page of a run" "$work/stderr" && expect_status 0 && continue
    expect_status 2
    expect_err "raise the process's limits of memory"
done

for ((k = 1; k <= 4; k++)); do
    refuse thread "$k" "${small[@]}"
    expect_clean_end
    expect_err "raise the process's limits"
done
refuse thread 5 "${small[@]}"
expect_status 0

for arguments in "run vector --set length=4096" info list; do
    # shellcheck disable=SC2086  # several words
    refuse file 0 $arguments
    opened="$calls"
    expectations=$((expectations + 1))
    [ "$opened" -ge 1 ] || fail "the command opens files, but no call was counted"
    for ((k = 1; k <= opened; k++)); do
        # shellcheck disable=SC2086
        refuse file "$k" $arguments
        expect_clean_end
    done
done

# Some hundred of the thousands of allocations: each of the last ones, and steps through all before.
refuse memory 0 "${small[@]}"
expect_status 0
allocations="$calls"
for ((k = 1; k <= allocations; k += 1 + allocations / 100)); do
    refuse memory "$k" "${small[@]}"
    expect_clean_end
done
for ((k = allocations - 25; k <= allocations; k++)); do
    refuse memory "$k" "${small[@]}"
    expect_clean_end
done

finish
