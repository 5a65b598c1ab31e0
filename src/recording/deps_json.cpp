// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "json/json_text.hpp"
#include "recording/json_rows.hpp"

namespace weir::recording {

namespace {

using Words = std::span<const std::uint64_t>;

/// Words of an access: owner, address, bytes, then count and stride of each step.
constexpr std::size_t kSteps0 = 3;

std::uint64_t end_of(Words words) noexcept {
    std::uint64_t end = words[1] + words[2];
    for (std::size_t i = kSteps0; i + 1 < words.size(); i += 2) end += (words[i] - 1) * words[i + 1];
    return end;
}

/// Which memory is one buffer: the blocks of an owner, and stretches of external memory that overlap.
class Buffers {
public:
    explicit Buffers(const RunTables& tables) {
        tables.file().for_each([this](std::uint32_t thread, Head head, Words words) {
            if (thread == 0 && head.kind == Kind::access) add(words);
        });
        std::uint32_t number = 0;
        for (auto& [begin, stretch] : external_) stretch.number = number++;
        for (const std::uint64_t owner : order_) owned_[owner].number = number++;
        count_ = number;
    }

    struct Place {
        std::uint32_t buffer;
        std::uint64_t begin;
    };
    [[nodiscard]] Place of(Words words) const {
        if (words[0] != 0) {
            const Owned& owned = owned_.at(words[0]);
            return {owned.number, owned.begin};
        }
        const auto found = std::prev(external_.upper_bound(words[1]));
        return {found->second.number, found->first};
    }
    [[nodiscard]] std::uint32_t count() const noexcept { return count_; }

private:
    struct Stretch {
        std::uint64_t end;
        std::uint32_t number;
    };
    struct Owned {
        std::uint64_t begin = ~std::uint64_t{0};
        std::uint32_t number = 0;
    };

    void add(Words words) {
        std::uint64_t begin = words[1];
        std::uint64_t end = end_of(words);
        if (words[0] != 0) {
            const auto [owned, is_new] = owned_.try_emplace(words[0]);
            if (is_new) order_.push_back(words[0]);
            owned->second.begin = std::min(owned->second.begin, begin);
            return;
        }
        auto place = external_.upper_bound(begin);
        if (place != external_.begin() && std::prev(place)->second.end > begin) --place;
        if (place != external_.end() && place->first <= begin && place->second.end >= end) return;
        while (place != external_.end() && place->first < end) {
            begin = std::min(begin, place->first);
            end = std::max(end, place->second.end);
            place = external_.erase(place);
        }
        external_.emplace(begin, Stretch{end, 0});
    }

    std::map<std::uint64_t, Stretch> external_;
    std::unordered_map<std::uint64_t, Owned> owned_;
    std::vector<std::uint64_t> order_;
    std::uint32_t count_ = 0;
};

/// Calls `visit(row, head, words)` for the events of a kind that tell of a task's dependencies.
template <class Visit>
void for_each_of(const RunTables& tables, Kind kind, Visit&& visit) {
    std::uint32_t row = kNone;
    tables.file().for_each([&](std::uint32_t thread, Head head, Words words) {
        if (thread != 0) return;
        if (head.kind == Kind::gap) row = kNone;
        if (head.kind == Kind::dep_task) row = tables.row_of(words[0]);
        if (head.kind == kind && row != kNone) visit(row, head, words);
    });
}

void write_recorded_tasks(const RunTables& tables, JsonRows& rows) {
    rows.text(
        ",\n\"task_columns\":[\"ring\",\"id\",\"kernel\",\"site\",\"scope\",\"flags\",\"submitted\","
        "\"completed\"]");
    rows.begin_table("tasks");
    for (const TaskRow& task : tables.tasks()) {
        rows.begin_row();
        rows.number(static_cast<std::uint64_t>(task.ref().ring()));
        rows.number(task.ref().number());
        rows.index(task.kernel);
        rows.index(task.site);
        rows.index(task.scope);
        rows.number(task.flags);
        rows.us(tables.ns_of(task.submitted));
        rows.index(task.completed);
        rows.end_row();
    }
    rows.end_table();
}

void write_accesses(const RunTables& tables, const Buffers& buffers, JsonRows& rows) {
    rows.text(",\n\"access_columns\":[\"task\",\"argument\",\"direction\",\"no_dep\",\"buffer\",\"box\"]");
    rows.begin_table("accesses");
    for_each_of(tables, Kind::access, [&](std::uint32_t row, Head head, Words words) {
        const Buffers::Place place = buffers.of(words);
        rows.begin_row();
        rows.number(row);
        rows.number(head.a & 0xffU);
        const bool reads = (head.flags & kReads) != 0;
        rows.raw((head.flags & kWrites) == 0 ? "\"in\"" : reads ? "\"inout\"" : "\"out\"");
        rows.raw((head.flags & kNoDep) != 0 ? "true" : "false");
        rows.number(place.buffer);
        std::string box = fmt::format("[{},{},[", words[1] - place.begin, words[2]);
        for (std::size_t i = kSteps0; i + 1 < words.size(); i += 2)
            box += fmt::format("{}[{},{}]", i == kSteps0 ? "" : ",", words[i], words[i + 1]);
        rows.raw(box + "]]");
        rows.end_row();
    });
    rows.end_table();
}

void write_edges(const RunTables& tables, JsonRows& rows) {
    rows.text(",\n\"edge_columns\":[\"producer\",\"consumer\",\"kind\",\"argument\",\"state\"]");
    rows.begin_table("edges");
    for_each_of(tables, Kind::edge, [&](std::uint32_t row, Head head, Words words) {
        const std::uint32_t producer = tables.row_of(words[0]);
        if (producer == kNone || head.a >= kEdgeNames.size()) return;
        rows.begin_row();
        rows.number(producer);
        rows.number(row);
        rows.raw(fmt::format("\"{}\"", kEdgeNames[head.a]));
        rows.index(head.b);
        rows.raw((head.flags & kWaited) != 0 ? "\"waited\"" : "\"completed\"");
        rows.end_row();
    });
    rows.end_table();
}

void write_explicit(const RunTables& tables, JsonRows& rows) {
    rows.text(",\n\"explicit_columns\":[\"task\",\"after\"]");
    rows.begin_table("explicit");
    for_each_of(tables, Kind::after, [&](std::uint32_t row, Head /*head*/, Words words) {
        const std::uint32_t after = tables.row_of(words[0]);
        if (after == kNone) return;
        rows.begin_row();
        rows.number(row);
        rows.number(after);
        rows.end_row();
    });
    rows.end_table();
}

}  // namespace

void write_deps_json(const RunTables& tables, bool partial, const Sink& sink) {
    const Buffers buffers(tables);
    JsonRows rows(sink);
    rows.text(
        fmt::format("{{\"format\":\"weir-deps\",\"version\":1,\"complete\":{},\"partial\":{},\"buffers\":{},"
                    "\n\"kernels\":[",
                    tables.orchestrator_complete() && !partial, partial, buffers.count()));
    for (std::size_t i = 0; i < tables.kernels().size(); ++i)
        rows.text(fmt::format("{}\n{}", i == 0 ? "" : ",", quoted_json(tables.kernels()[i])));
    rows.text("],\n\"sites\":[");
    for (std::size_t i = 0; i < tables.sites().size(); ++i)
        rows.text(fmt::format("{}\n{}", i == 0 ? "" : ",", quoted_json(tables.sites()[i])));
    rows.text("],\n\"scope_sites\":[");
    for (std::size_t i = 0; i < tables.scopes().size(); ++i) {
        const std::uint32_t site = tables.scopes()[i].site;
        rows.text(i == 0 ? "" : ",");
        rows.text(site == kNone ? "null" : fmt::format("{}", site));
    }
    rows.text("]");
    write_recorded_tasks(tables, rows);
    write_accesses(tables, buffers, rows);
    write_edges(tables, rows);
    write_explicit(tables, rows);
    rows.text("\n}\n");
    rows.flush();
}

}  // namespace weir::recording
