# SPDX-License-Identifier: Apache-2.0
# cmake -DINPUT=FILE -DOUTPUT=FILE.cpp -DHEADER=HEADER -DNAMESPACE=NAMESPACE -DNAME=NAME -P embed_text.cmake
# Writes a C++ source with the text of a file as `const std::string_view NAMESPACE::NAME`, which the header declares.
file(READ "${INPUT}" text)
set(quote "weir_text")
string(FIND "${text}" ")${quote}\"" found)
if(NOT found EQUAL -1)
  message(FATAL_ERROR "${INPUT} holds the end of a raw string of ${quote}")
endif()
cmake_path(GET INPUT FILENAME name)
file(WRITE "${OUTPUT}" "// Made of ${name} by embed_text.cmake.\n#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\n"
  "const std::string_view ${NAME} = R\"${quote}(${text})${quote}\";\n}\n")
