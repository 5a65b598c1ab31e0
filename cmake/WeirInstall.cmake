# SPDX-License-Identifier: Apache-2.0
# The install tree: bin/weir, lib/libweir.so, lib/weir/programs/, include/weir/, the CMake package, weir.pc,
# manual page and completion.
# Targets install themselves where they are defined; this file adds headers and package files.

include(CMakePackageConfigHelpers)
set(WEIR_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/weir")

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/weir" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/weirConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/cmake/weirConfig.cmake"
  INSTALL_DESTINATION "${WEIR_CMAKE_DIR}" NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/cmake/weirConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/cmake/weirConfig.cmake" "${PROJECT_BINARY_DIR}/cmake/weirConfigVersion.cmake"
  DESTINATION "${WEIR_CMAKE_DIR}")
install(EXPORT weirTargets NAMESPACE weir:: DESTINATION "${WEIR_CMAKE_DIR}")

configure_file("${PROJECT_SOURCE_DIR}/cmake/weir.pc.in" "${PROJECT_BINARY_DIR}/cmake/weir.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/cmake/weir.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
