#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Libraries that are missing, foreign, or of another ABI version: exit status 2, saying what is wrong and what to do.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"

weir run no_such_program
expect_refused "no program 'no_such_program'" "cholesky" "vector"
weir run "$work/missing.so"
expect_refused "no file '$work/missing.so'" "weir list"
weir run missing.so
expect_refused "no file 'missing.so'"
weir run "$work/"
expect_refused "$work" "not a regular file"

echo "this is no library" >"$work/text.so"
weir run "$work/text.so"
expect_refused "text.so' is no program" "cannot load it as a library"
: >"$work/empty.so"
weir run "$work/empty.so"
expect_refused "empty.so' is no program" "cannot load it as a library"
echo 'int undefined_function_of_nobody(void); int call(void) { return undefined_function_of_nobody(); }' |
    build_c_library "$work/undefined.so"
weir run "$work/undefined.so"
expect_refused "cannot load it as a library" "undefined_function_of_nobody"

echo 'int value = 3;' | build_c_library "$work/no_entry.so"
weir run "$work/no_entry.so"
expect_refused "no symbol 'weir_program_entry'" "WEIR_PROGRAM"
echo 'int weir_program_entry(void) { return 3; }' | build_c_library "$work/function.so"
weir run "$work/function.so"
expect_refused "weir_program_entry" "not written by WEIR_PROGRAM"
echo 'const unsigned short weir_program_entry = 1;' | build_c_library "$work/short.so"
weir run "$work/short.so"
expect_refused "weir_program_entry" "not written by WEIR_PROGRAM"
echo 'const unsigned weir_program_entry[16] = {7, 48};' | build_c_library "$work/other_abi.so"
weir run "$work/other_abi.so"
expect_refused "ABI version 7" "has version 1" "build it again"
echo 'const unsigned weir_program_entry[16] = {1, 8};' | build_c_library "$work/other_size.so"
weir run "$work/other_size.so"
expect_refused "8 bytes" "build it again"

cat >"$work/null_name.cpp" <<'END'
#include <weir/program.hpp>
extern "C" WEIR_API const weir::ProgramEntry weir_program_entry;
const weir::ProgramEntry weir_program_entry = {weir::kProgramAbiVersion, sizeof(weir::ProgramEntry), nullptr, "summary",
                                               nullptr, 0, nullptr};
END
build_program "$work/null_name.cpp" "$work/null_name.so"
weir run "$work/null_name.so"
expect_refused "null_name.so' is no program" "null name"
cat >"$work/no_instance.cpp" <<'END'
#include <weir/program.hpp>
static constexpr weir::ProgramParameter kParameters[] = {{"n", "1", "nothing"}};
WEIR_PROGRAM("no_instance", "creates nothing", kParameters,
             [](weir::Runtime&, const weir::ParameterValues&) -> weir::ProgramInstance* { return nullptr; })
END
build_program "$work/no_instance.cpp" "$work/no_instance.so"
weir run "$work/no_instance.so"
expect_refused "no_instance.so' is no program" "null pointer"

finish
