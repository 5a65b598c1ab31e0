// SPDX-License-Identifier: Apache-2.0
#include <sstream>

#include "fuzz_program.hpp"

namespace weir::fuzz {

namespace {

std::string list(const Extents& values) {
    std::string text = "{";
    for (std::size_t i = 0; i < values.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(values[i]);
    return text + "}";
}

std::string operand_text(const Argument& argument) {
    std::string text = "t" + std::to_string(argument.tensor);
    for (const ViewStep& step : argument.steps) {
        if (step.kind == ViewStep::Kind::box)
            text += ".view(" + list(step.offset) + ", " + list(step.shape) + ")";
        if (step.kind == ViewStep::Kind::slice)
            text += ".slice(" + std::to_string(step.axis) + ", " + std::to_string(step.begin) + ", " +
                    std::to_string(step.end) + ", " + std::to_string(step.step) + ")";
        if (step.kind == ViewStep::Kind::transpose)
            text += ".transpose(" + std::to_string(step.axis) + ", " + std::to_string(step.other) + ")";
        if (step.kind == ViewStep::Kind::reshape) text += ".reshape(" + list(step.shape) + ")";
    }
    return text;
}

std::string ids(const std::vector<int>& values) {
    std::string text;
    for (const int id : values) text += " #" + std::to_string(id);
    return text;
}

void print_task(std::ostream& out, const Statement& statement) {
    static constexpr const char* kPaceNames[] = {"instant", "short", "long", "bimodal", "declared_long"};
    const bool barrier = statement.kind == Statement::Kind::barrier;
    out << (barrier                    ? "barrier_task"
            : statement.signature >= 0 ? "typed"
                                       : "untyped")
        << "(" << kPaceNames[static_cast<std::size_t>(statement.pace)];
    for (const Argument& argument : statement.arguments) {
        out << ", " << name_of(argument.access) << (argument.no_dep ? " no_dep " : " ");
        if (argument.allocates)
            out << "new t" << argument.tensor << list(argument.shape);
        else
            out << operand_text(argument);
    }
    out << ")";
    if (statement.blocks != 1) out << " blocks " << statement.blocks;
    if (statement.subtasks != 0) out << " subtasks " << statement.subtasks;
    if (statement.sync_start) out << " sync_start";
    if (statement.predicate)
        out << " predicate " << operand_text(statement.predicate->operand) << list(statement.predicate->index)
            << " comparison " << static_cast<int>(statement.predicate->comparison) << " with "
            << statement.predicate->constant;
    if (statement.priority != 0) out << " priority " << statement.priority;
    if (!statement.after.empty()) out << " after" << ids(statement.after);
    if (!statement.needed.empty()) out << " after (needed)" << ids(statement.needed);
}

void print_external(std::ostream& out, const Statement& statement) {
    out << "t" << statement.operand.tensor << " = external(m" << statement.memory << " + "
        << statement.placement.offset << (statement.is_signed ? ", i64" : ", u64") << ", extent:stride";
    for (const Axis& axis : statement.placement.axes) out << " " << axis.extent << ":" << axis.stride;
    out << ")";
}

}  // namespace

std::string to_text(const FuzzProgram& program) {
    std::ostringstream out;
    for (std::size_t i = 0; i < program.memory_words.size(); ++i)
        out << "memory m" << i << "[" << program.memory_words[i] << "]\n";
    out << (program.queued ? "Runtime::submit\n" : "Runtime::run\n");
    std::string indent = "  ";
    for (std::size_t i = 0; i < program.statements.size(); ++i) {
        const Statement& statement = program.statements[i];
        if (statement.kind == Statement::Kind::close) indent.resize(indent.size() - 2);
        out << i << indent << "#" << statement.id << " ";
        switch (statement.kind) {
            case Statement::Kind::open:
                out << (statement.mode == ScopeMode::manual ? "scope(Manual) {" : "scope {");
                indent += "  ";
                break;
            case Statement::Kind::close:
                out << "}";
                break;
            case Statement::Kind::external:
                print_external(out, statement);
                break;
            case Statement::Kind::allocate:
                out << "t" << statement.operand.tensor << " = allocate(" << list(statement.operand.shape)
                    << ")";
                break;
            case Statement::Kind::get:
                out << "get(" << operand_text(statement.operand) << ", " << list(statement.index) << ")";
                break;
            case Statement::Kind::set:
                out << "set(" << operand_text(statement.operand) << ", " << list(statement.index) << ", "
                    << statement.value << ")";
                break;
            case Statement::Kind::task:
            case Statement::Kind::barrier:
                print_task(out, statement);
                break;
        }
        out << "\n";
    }
    return out.str();
}

}  // namespace weir::fuzz
