#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each rule of tidy.py finds what it is for, and leaves alone what only looks like it."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import rules  # noqa: E402
from source_text import functions, split_cpp  # noqa: E402


def found(rule, path, text):
    return [line for line, _ in rule(pathlib.PurePosixPath(path), text.split("\n"))]


def body(lines):
    return "{\n" + "    call();\n" * lines + "}\n"


class Rules(unittest.TestCase):
    def test_a_file_without_a_licence_line_is_found(self):
        self.assertEqual(found(rules.licence, "src/a.cpp", "int x;"), [1])
        self.assertEqual(found(rules.licence, "a.sh", "#!/bin/bash\n# " + rules.LICENCE), [])

    def test_a_file_may_have_500_lines_and_not_501(self):
        self.assertEqual(rules.FILE_LINES_MAX, 500)
        self.assertEqual(found(rules.file_length, "a.cpp", "\n".join(["x"] * 500)), [])
        self.assertEqual(found(rules.file_length, "a.cpp", "\n".join(["x"] * 501)), [501])

    def test_a_function_may_have_70_lines_and_not_71(self):
        self.assertEqual(found(rules.function_length, "a.cpp", "void f() " + body(68)), [])
        self.assertEqual(found(rules.function_length, "a.cpp", "int x;\nvoid f() " + body(69)), [2])

    def test_every_shape_of_function_is_measured(self):
        for head in ("Ring::Ring(int n) : a_{n}, b_(n), c_{{1, 2}} ", "auto f() -> int ", "void f() const noexcept ",
                     "template <class T>\n    requires(A<T>)\nvoid f(T t = {}) ", "TEST(A, B) ",
                     "bool operator==(const A& a) ", "namespace weir {\nstruct S {\n    int x = 0;\n    void f() "):
            with self.subTest(head):
                self.assertEqual(len(found(rules.function_length, "a.cpp", head + body(80))), 1)
                self.assertEqual(len(found(rules.function_length, "a.cpp", head + body(20))), 0)

    def test_classes_namespaces_tables_and_literals_are_no_functions(self):
        for head in ("namespace weir::deps ", "class WEIR_API A : public B ", "enum class E ", "int table[] = ",
                     "constexpr auto kTable = make(1, 2, ", "const char* s = R\"(void f() "):
            with self.subTest(head):
                close = ");" if "make" in head else ")\";" if "R\"" in head else ";"
                self.assertEqual(found(rules.function_length, "a.cpp", head + body(80) + close), [])

    def test_functions_of_one_class_are_counted_apart(self):
        text = "class A {\npublic:\n    A() : x_{1} {}\n    int f() { return x_; }\n\nprivate:\n    int x_ = 0;\n};\n"
        self.assertEqual([first for first, _, _ in functions(split_cpp(text.split("\n"))[0])], [3, 4])

    def test_a_banned_word_is_found_in_comments_only(self):
        self.assertEqual(found(rules.banned_word, "a.cpp", "int a;  // TO" + "DO: b"), [1])
        self.assertEqual(found(rules.banned_word, "a.cpp", "/* one\n no " + "longer */ int a;"), [2])
        self.assertEqual(found(rules.banned_word, "a.cpp", 'auto a = "to' + 'do";\nint hack;'), [])
        self.assertEqual(found(rules.banned_word, "a.sh", "x=1  # leg" + "acy"), [1])

    def test_an_upward_include_is_found(self):
        self.assertEqual(found(rules.upward_include, "src/memory/a.hpp", '#include "deps/tensormap.hpp"'), [1])
        self.assertEqual(found(rules.upward_include, "src/deps/a.hpp", '#include "memory/ring.hpp"'), [])
        self.assertEqual(found(rules.upward_include, "include/weir/a.hpp", '#include "model/task.hpp"'), [1])
        self.assertEqual(found(rules.upward_include, "programs/p/a.cpp", '#include "deps/tensormap.hpp"'), [1])
        self.assertEqual(found(rules.upward_include, "tests/unit/a.cpp", '#include "deps/tensormap.hpp"'), [])

    def test_a_memory_order_needs_a_comment_within_three_lines(self):
        order = "x.load(std::memory_order_relaxed);"
        self.assertEqual(found(rules.memory_order, "src/a.cpp", order), [1])
        self.assertEqual(found(rules.memory_order, "src/a.cpp", order + "  // guarded by y"), [])
        self.assertEqual(found(rules.memory_order, "src/a.cpp", "// why\n\n\n" + order), [])
        self.assertEqual(found(rules.memory_order, "src/a.cpp", "// why\n\n\n\n" + order), [5])
        self.assertEqual(found(rules.memory_order, "src/a.cpp", "x.load(std::memory_order::acquire);"), [1])

    def test_a_path_of_one_machine_is_found(self):
        self.assertEqual(found(rules.machine_path, "a.cpp", 'open("/ho' + 'me/me/x");'), [1])
        self.assertEqual(found(rules.machine_path, "a.cpp", 'open("/proc/self/exe");  // build/work/x'), [])


class AllowList(unittest.TestCase):
    def setUp(self):
        self.holder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.holder.name)
        self.git("init", "-q")
        (self.root / "tests/tidy").mkdir(parents=True)
        self.write("a.cpp", "int a;\n")
        self.write("tests/tidy/allow.txt", "licence a.cpp\n")

    def tearDown(self):
        self.holder.cleanup()

    def git(self, *arguments):
        subprocess.run(["git", "-C", str(self.root), "-c", "user.name=t", "-c", "user.email=t@t", *arguments],
                       check=True, capture_output=True)

    def write(self, name, text):
        (self.root / name).write_text(text, encoding="utf-8")

    def tidy(self):
        done = subprocess.run([sys.executable, str(HERE / "tidy.py"), str(self.root)], capture_output=True, text=True,
                              check=False)
        return done.returncode, done.stdout

    def test_an_entry_excuses_its_file_and_rule_only(self):
        self.assertEqual(self.tidy()[0], 0)
        self.write("b.cpp", "int b;\n")
        status, output = self.tidy()
        self.assertEqual(status, 1)
        self.assertIn("b.cpp:1: licence", output)

    def test_an_entry_that_is_not_needed_is_found(self):
        self.write("a.cpp", f"// {rules.LICENCE}\nint a;\n")
        status, output = self.tidy()
        self.assertEqual(status, 1)
        self.assertIn("not needed", output)

    def test_the_list_may_only_shrink(self):
        self.git("add", ".")
        self.git("commit", "-q", "-m", "one")
        self.write("b.cpp", "int b;\n")
        self.write("tests/tidy/allow.txt", "licence a.cpp\nlicence b.cpp\n")
        status, output = self.tidy()
        self.assertEqual(status, 1)
        self.assertIn("'licence b.cpp' is new", output)


if __name__ == "__main__":
    unittest.main()
