# SPDX-License-Identifier: Apache-2.0
# How test files become ctest entries. Paths are relative to tests/.

find_package(Python3 REQUIRED COMPONENTS Interpreter)
# Seconds after which a test is taken for one that hangs: at least ten times, mostly twenty times what it takes on two
# busy cores, so that a slow machine, a cold disk or somebody else's work ends none.
if(WEIR_SANITIZE)
  set(WEIR_TIMEOUT_FACTOR 3)
else()
  set(WEIR_TIMEOUT_FACTOR 1)
endif()
set(WEIR_TIMEOUT_unit 200)
set(WEIR_TIMEOUT_model 300)
set(WEIR_TIMEOUT_interleave 600)
set(WEIR_TIMEOUT_stress 400)
set(WEIR_TIMEOUT_misuse 200)
set(WEIR_TIMEOUT_fuzz 400)
set(WEIR_TIMEOUT_faults 400)
set(WEIR_TIMEOUT_soak 200)
set(WEIR_TIMEOUT_parser 200)
set(WEIR_TIMEOUT_cli 400)
set(WEIR_TIMEOUT_report 900)
set(WEIR_TIMEOUT_bench 200)
# These measure time, or what the process takes of the machine.
set(WEIR_SERIAL_FOLDERS stress bench report)

set(WEIR_TEST_ENVIRONMENT
  "WEIR_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/weir"
  "WEIR_SOURCE_DIR=${PROJECT_SOURCE_DIR}"
  "WEIR_BUILD_DIR=${PROJECT_BINARY_DIR}"
  "WEIR_PROGRAMS_DIR=${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/${WEIR_PROGRAMS_SUBDIR}"
  "WEIR_SANITIZE=${WEIR_SANITIZE}"
  "CXX=${CMAKE_CXX_COMPILER}"
  "CC=${CMAKE_C_COMPILER}"
  "ASAN_OPTIONS=detect_stack_use_after_return=1:strict_init_order=1"
  "UBSAN_OPTIONS=print_stacktrace=1"
  "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1")

# What whoever runs the tests has set for the sizes of runtimes is not theirs.
foreach(name RING_TASK_WINDOW RING_CONSUMED_WINDOW RING_PAYLOAD RING_HEAP RING_DEP_POOL TENSORMAP_POOL)
  list(APPEND WEIR_TEST_ENVIRONMENT_CHANGES "PTO2_${name}=unset:")
endforeach()

# Test code is compiled with little optimisation, which halves the time it takes, and without any where it is not the
# release build by g++, which measures; the runtime it tests is optimised everywhere.
add_library(weir_test_options INTERFACE)
target_link_libraries(weir_test_options INTERFACE weir_options)
target_compile_options(weir_test_options INTERFACE
  $<IF:$<AND:$<CONFIG:Release>,$<CXX_COMPILER_ID:GNU>>,-O1,-O0>)

# weir_add_support_library(<name> <core> ordinary|explored): tests/support/*.cpp on that core. explored.cpp and
# explored_*.cpp are for the explored core, the others for the ordinary one.
function(weir_add_support_library name core kind)
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/support/*.cpp")
  if(kind STREQUAL "explored")
    list(FILTER sources INCLUDE REGEX "/explored[_.][^/]*$")
  else()
    list(FILTER sources EXCLUDE REGEX "/explored[_.][^/]*$")
  endif()
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PRIVATE weir_options)
    weir_join_sources(${name} TESTS)
    set(scope PUBLIC)
  else()
    add_library(${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${name} ${scope}
    "${CMAKE_CURRENT_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}/support")
  target_link_libraries(${name} ${scope} ${core} GTest::gtest GTest::gmock nlohmann_json::nlohmann_json)
endfunction()

# weir_add_pch(<name> <support>): GoogleTest's headers, compiled once for all tests on that support library.
function(weir_add_pch name support)
  if(WEIR_PCH)
    file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp" CONTENT "")
    add_library(${name} OBJECT "${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp")
    target_link_libraries(${name} PRIVATE ${support} GTest::gtest_main weir_test_options)
    # the code model of the tests that use the header, or the compiler refuses it
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_precompile_headers(${name} PRIVATE <gtest/gtest.h> <gmock/gmock.h> <algorithm> <functional> <map>
      <random> <thread>)
  endif()
endfunction()

# weir_read_directives(<file> <prefix>): sets <prefix>_timeout, _serial, _optimized, _alone and _not_under from the file's
# `// weir-test:` lines.
function(weir_read_directives file prefix)
  set(${prefix}_timeout "" PARENT_SCOPE)
  set(${prefix}_serial FALSE PARENT_SCOPE)
  set(${prefix}_optimized FALSE PARENT_SCOPE)
  set(${prefix}_alone FALSE PARENT_SCOPE)
  set(${prefix}_not_under "" PARENT_SCOPE)
  file(STRINGS "${file}" lines REGEX "^(//|#) weir-test: ")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^(//|#) weir-test: *" "" directive "${line}")
    if(directive MATCHES "^timeout ([0-9]+)$")
      set(${prefix}_timeout "${CMAKE_MATCH_1}" PARENT_SCOPE)
    elseif(directive STREQUAL "serial")
      set(${prefix}_serial TRUE PARENT_SCOPE)
    elseif(directive STREQUAL "optimized")
      set(${prefix}_optimized TRUE PARENT_SCOPE)
    elseif(directive STREQUAL "alone")
      set(${prefix}_alone TRUE PARENT_SCOPE)
    elseif(directive MATCHES "^not-under ((address|thread)( (address|thread))*)$")
      string(REPLACE " " ";" sanitizers "${CMAKE_MATCH_1}")
      set(${prefix}_not_under "${sanitizers}" PARENT_SCOPE)
    else()
      message(FATAL_ERROR "${file}: '${directive}' is no test directive; see the head of tests/CMakeLists.txt")
    endif()
  endforeach()
endfunction()

# weir_is_excluded(<result> <sanitizers>...): true when this build uses one of the sanitizers.
function(weir_is_excluded result)
  set(${result} FALSE PARENT_SCOPE)
  foreach(sanitizer IN LISTS ARGN)
    if(WEIR_SANITIZE MATCHES "${sanitizer}")
      set(${result} TRUE PARENT_SCOPE)
    endif()
  endforeach()
endfunction()

# weir_set_test(<test> <folder> <timeout or empty> <serial>): label, time limit and environment of one ctest entry.
function(weir_set_test test folder timeout serial)
  if(NOT timeout)
    set(timeout "${WEIR_TIMEOUT_${folder}}")
  endif()
  math(EXPR timeout "${timeout} * ${WEIR_TIMEOUT_FACTOR}")
  if(folder IN_LIST WEIR_SERIAL_FOLDERS)
    set(serial TRUE)
  endif()
  set_tests_properties(${test} PROPERTIES LABELS "${folder}" TIMEOUT ${timeout} RUN_SERIAL ${serial}
    SKIP_RETURN_CODE 77 ENVIRONMENT "${WEIR_TEST_ENVIRONMENT}"
    ENVIRONMENT_MODIFICATION "${WEIR_TEST_ENVIRONMENT_CHANGES}")
endfunction()

# weir_add_gtest_executable(<target> <support> <pch or empty> <optimized> <library with main or empty> <sources>...)
function(weir_add_gtest_executable target support pch optimized main)
  add_executable(${target} ${ARGN})
  if(optimized)
    target_link_libraries(${target} PRIVATE ${support} ${main} weir_options)
  else()
    target_link_libraries(${target} PRIVATE ${support} ${main} weir_test_options)
    if(pch AND TARGET ${pch})
      target_precompile_headers(${target} REUSE_FROM ${pch})
    endif()
  endif()
  set_target_properties(${target} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}" POSITION_INDEPENDENT_CODE OFF)
endfunction()

# weir_add_joined_tests(<target> <support> <pch or empty> <files>...): one executable of all these files, compiled in
# groups of neighbours, which include much the same, of some 2,000 lines. A file with a using-directive for a namespace of
# this project stays alone: headers read after it would see its names.
function(weir_add_joined_tests target support pch)
  weir_add_gtest_executable(${target} ${support} "${pch}" FALSE "" ${ARGN}
    "${CMAKE_CURRENT_SOURCE_DIR}/support/driver/joined_tests.cpp")
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  set(group 0)
  set(bytes 0)
  foreach(file IN LISTS ARGN)
    file(STRINGS "${file}" directive REGEX "^using namespace [a-z_]+;")
    if(directive)
      continue()
    endif()
    file(SIZE "${file}" size)
    math(EXPR bytes "${bytes} + ${size}")
    if(bytes GREATER 90000)
      math(EXPR group "${group} + 1")
      set(bytes ${size})
    endif()
    set_source_files_properties("${file}" PROPERTIES UNITY_GROUP "${group}")
  endforeach()
endfunction()

# weir_add_gtest_folder(<folder> <support> <pch or empty> [JOINED]): every *.cpp there is a ctest entry and an executable
# of the same name. JOINED: where sources of tests are joined, ctest runs each file's tests from one executable of the
# folder, test_<folder>, and the executable of one file is only built when asked for.
function(weir_add_gtest_folder folder support pch)
  file(GLOB files CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp")
  set(join FALSE)
  if("JOINED" IN_LIST ARGN AND NOT WEIR_JOINED STREQUAL "OFF")
    set(join TRUE)
  endif()
  foreach(file IN LISTS files)
    cmake_path(GET file STEM stem)
    set(test "test_${folder}_${stem}")
    weir_read_directives("${file}" directive)
    weir_is_excluded(excluded ${directive_not_under})
    if(excluded)
      continue()
    endif()
    weir_add_gtest_executable(${test} ${support} "${pch}" ${directive_optimized} GTest::gtest_main "${file}")
    if(join AND NOT directive_alone AND NOT directive_optimized)
      set_target_properties(${test} PROPERTIES EXCLUDE_FROM_ALL TRUE)
      list(APPEND joined "${file}")
      add_test(NAME ${test} COMMAND test_${folder} --file=${stem} --gtest_brief=1)
    else()
      add_test(NAME ${test} COMMAND ${test} --gtest_brief=1)
      list(APPEND tests ${test})
    endif()
    weir_set_test(${test} ${folder} "${directive_timeout}" ${directive_serial})
  endforeach()
  if(joined)
    weir_add_joined_tests(test_${folder} ${support} "${pch}" ${joined})
    list(APPEND tests test_${folder})
  endif()
  add_custom_target(weir_tests_${folder} DEPENDS ${tests})
endfunction()

# weir_add_explored_programs(<core> <test>): the objects of every shipped program, linked once more into libraries that
# take the runtime from the test which loads them. So the test holds all of the core, and exports it.
function(weir_add_explored_programs core test)
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/explored_programs")
  get_target_property(programs weir_programs MANUALLY_ADDED_DEPENDENCIES)
  set(names "")
  foreach(program IN LISTS programs)
    get_target_property(name ${program} OUTPUT_NAME)
    get_target_property(libraries ${program} LINK_LIBRARIES)
    list(REMOVE_ITEM libraries weir)
    add_library(explored_${program} MODULE $<TARGET_OBJECTS:${program}>)
    set_target_properties(explored_${program} PROPERTIES
      LINKER_LANGUAGE CXX PREFIX "" OUTPUT_NAME "${name}" SUFFIX ".so" LIBRARY_OUTPUT_DIRECTORY "${folder}")
    target_link_libraries(explored_${program} PRIVATE ${libraries})
    add_dependencies(${test} explored_${program})
    string(APPEND names "${name} ")
  endforeach()
  target_sources(${test} PRIVATE $<TARGET_OBJECTS:${core}>)
  set_target_properties(${test} PROPERTIES ENABLE_EXPORTS ON)
  target_compile_definitions(${test} PRIVATE
    WEIR_EXPLORED_PROGRAMS="${folder}" WEIR_EXPLORED_PROGRAM_NAMES="${names}")
endfunction()

# weir_add_script_folder(<folder> [pattern]): every *.sh and *.py there, or what the pattern names, is one test of the
# built products.
function(weir_add_script_folder folder)
  if(ARGC GREATER 1)
    set(patterns "${ARGV1}")
  else()
    set(patterns *.sh *.py)
  endif()
  list(TRANSFORM patterns PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/")
  file(GLOB files CONFIGURE_DEPENDS ${patterns})
  foreach(file IN LISTS files)
    cmake_path(GET file STEM stem)
    set(test "test_${folder}_${stem}")
    weir_read_directives("${file}" directive)
    weir_is_excluded(excluded ${directive_not_under})
    if(excluded)
      continue()
    endif()
    if(file MATCHES "\\.py$")
      add_test(NAME ${test} COMMAND Python3::Interpreter "${file}")
    else()
      add_test(NAME ${test} COMMAND bash "${file}")
    endif()
    weir_set_test(${test} ${folder} "${directive_timeout}" ${directive_serial})
  endforeach()
endfunction()

# tests/fuzz/parsers/*.cpp: one fuzz target each, fuzz_<file>, with its inputs in tests/fuzz/corpus/<file>, which are
# replayed as a test. With WEIR_LIBFUZZER they are for `./weir fuzz`, too; else variations of the inputs are replayed.
function(weir_add_parser_targets)
  file(GLOB files CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/parsers/*.cpp")
  if(NOT WEIR_LIBFUZZER)
    add_library(fuzz_replay OBJECT "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/parsers/driver/replay.cpp")
    target_include_directories(fuzz_replay PRIVATE
      "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/parsers" "${PROJECT_SOURCE_DIR}/src")
    target_link_libraries(fuzz_replay PRIVATE weir_test_options)
  endif()
  foreach(file IN LISTS files)
    cmake_path(GET file STEM stem)
    set(target "fuzz_${stem}")
    add_executable(${target} "${file}")
    target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/parsers")
    target_link_libraries(${target} PRIVATE weir_cli_parts weir_core weir_test_options)
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
    set(corpus "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${stem}")
    if(WEIR_LIBFUZZER)
      target_link_libraries(${target} PRIVATE weir_coverage)
      target_link_options(${target} PRIVATE -fsanitize=fuzzer)
      add_test(NAME parser_${stem} COMMAND ${target} -runs=0 "${corpus}")
    else()
      target_link_libraries(${target} PRIVATE fuzz_replay)
      add_test(NAME parser_${stem} COMMAND ${target} "${corpus}")
    endif()
    weir_set_test(parser_${stem} parser "" FALSE)
    list(APPEND targets ${target})
  endforeach()
  add_custom_target(weir_parser_targets DEPENDS ${targets} program_cholesky program_vector)  # names to be found
endfunction()

# tests/misuse/c_api/*.c: plain C programs on the shared library.
function(weir_add_c_api_tests)
  file(GLOB files CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/misuse/c_api/*.c")
  foreach(file IN LISTS files)
    cmake_path(GET file STEM stem)
    set(test "test_c_api_${stem}")
    add_executable(${test} "${file}")
    target_compile_options(${test} PRIVATE -Wpedantic)
    target_link_libraries(${test} PRIVATE weir weir_options m)
    if(WEIR_SANITIZE AND CMAKE_C_COMPILER_ID STREQUAL "Clang")
      set_target_properties(${test} PROPERTIES LINKER_LANGUAGE CXX)  # the library's part of the sanitizers
    endif()
    set_target_properties(${test} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
    add_test(NAME ${test} COMMAND ${test})
    weir_set_test(${test} misuse "" FALSE)
    list(APPEND tests ${test})
  endforeach()
  add_custom_target(weir_tests_c_api DEPENDS ${tests})
endfunction()

# tests/misuse/compile_fail/*.cpp: each numbered case must be refused by the compiler, with the message it expects.
function(weir_add_compile_fail_tests)
  file(GLOB files CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/misuse/compile_fail/*.cpp")
  foreach(file IN LISTS files)
    cmake_path(GET file STEM stem)
    set(test "test_compile_fail_${stem}")
    add_test(NAME ${test} COMMAND Python3::Interpreter "${PROJECT_SOURCE_DIR}/cmake/compile_fail.py"
      --cxx "${CMAKE_CXX_COMPILER}" --source "${file}"
      -- -std=c++20 -Wall -Wextra -Werror "-I${PROJECT_SOURCE_DIR}/include" "-I${PROJECT_SOURCE_DIR}/src"
      "-I${CMAKE_CURRENT_SOURCE_DIR}")
    weir_set_test(${test} misuse 600 FALSE)
  endforeach()
endfunction()
