# SPDX-License-Identifier: Apache-2.0
# Compiler options of this project's own code, and where its products go.

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# The build tree has the shape of the install tree: bin/weir finds ../lib/weir/programs in both.
set(CMAKE_INSTALL_LIBDIR lib CACHE PATH "Library directory below the prefix")
include(GNUInstallDirs)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
set(WEIR_PROGRAMS_SUBDIR "weir/programs")

find_program(WEIR_CCACHE ccache)
mark_as_advanced(WEIR_CCACHE)
if(WEIR_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER "${WEIR_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${WEIR_CCACHE}")
endif()

add_library(weir_options INTERFACE)
target_compile_options(weir_options INTERFACE -Wall -Wextra -Wshadow -Wconversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees impossible lengths in concatenations of std::string (GCC bug 105651).
  target_compile_options(weir_options INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict;-Wno-stringop-overflow;-Wno-array-bounds>)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC collects its garbage when it has more than these 400 MB, not from 128 MB on: a tenth less time, a fifth more memory.
  target_compile_options(weir_options INTERFACE "SHELL:--param ggc-min-heapsize=400000")
endif()
# Calls between functions of one shared library are direct; an exported function is not there to be replaced.
target_compile_options(weir_options INTERFACE -fno-semantic-interposition)

if(WEIR_SANITIZE)
  # halt on the first finding; frame pointers make its stack readable
  target_compile_options(weir_options INTERFACE
    -fsanitize=${WEIR_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(weir_options INTERFACE -fsanitize=${WEIR_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC does not see through its own instrumentation; the builds without a sanitizer keep the warning.
    target_compile_options(weir_options INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
# weir_join_sources(<target> PRODUCT|TESTS): the sources of one folder are compiled as one, which takes a third of the
# time: a header is read once for all of them. So names in their unnamed namespaces are told apart within a folder; a file
# with a using-directive for a namespace of its own project stays alone. PRODUCT: only where WEIR_JOINED is ALL, so that
# there is a build in which each file has to include what it needs.
function(weir_join_sources target kind)
  if(NOT (WEIR_JOINED STREQUAL "ALL" OR (WEIR_JOINED STREQUAL "TESTS" AND kind STREQUAL "TESTS")))
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "^${PROJECT_SOURCE_DIR}/(src|tests)/.*\\.cpp$")
  foreach(file IN LISTS sources)
    file(STRINGS "${file}" directive REGEX "^using namespace analysis;")
    cmake_path(GET file PARENT_PATH folder)
    cmake_path(GET folder FILENAME group)
    if(NOT directive)
      set_source_files_properties("${file}" PROPERTIES UNITY_GROUP "${group}")
    endif()
  endforeach()
endfunction()

# Of code that inputs from outside reach: what guides libFuzzer.
add_library(weir_coverage INTERFACE)
if(WEIR_LIBFUZZER)
  target_compile_options(weir_coverage INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_definitions(weir_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()
