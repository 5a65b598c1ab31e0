// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstring>
#include <vector>

#include "analysis/protobuf.hpp"
#include "analysis/trace_writers.hpp"

namespace weir::analysis {

namespace {

// Field numbers of perfetto.protos; tests/support/perfetto_fields.proto has them as a schema.
enum TraceField : std::uint32_t { kPacket = 1 };
enum PacketField : std::uint32_t {
    kTimestamp = 8,
    kSequenceId = 10,
    kTrackEvent = 11,
    kInternedData = 12,
    kSequenceFlags = 13,
    kTrackDescriptor = 60
};
enum SequenceFlag : std::uint32_t { kStateCleared = 1, kNeedsState = 2 };
enum DescriptorField : std::uint32_t {
    kUuid = 1,
    kTrackName = 2,
    kProcess = 3,
    kParentUuid = 5,
    kCounterDescriptor = 8,
    kChildOrdering = 11,
    kSiblingRank = 12
};
constexpr std::uint32_t kExplicitOrder = 3;
enum ProcessField : std::uint32_t { kPid = 1, kProcessName = 6 };
enum EventField : std::uint32_t {
    kAnnotation = 4,
    kType = 9,
    kNameIid = 10,
    kTrackUuid = 11,
    kCounterValue = 30,
    kFlow = 47,
    kTerminatingFlow = 48
};
enum EventType : std::uint32_t { kSliceBegin = 1, kSliceEnd = 2, kInstant = 3, kCounterEvent = 4 };
enum AnnotationField : std::uint32_t { kAnnotationNameIid = 1, kUint = 3, kDouble = 5, kString = 6 };
enum InternedField : std::uint32_t { kEventNames = 2, kAnnotationNames = 3 };
enum EntryField : std::uint32_t { kIid = 1, kEntryName = 2 };

/// What is said of a slice or an instant; the number of one is its place here from 1.
enum Note : std::uint32_t { kRing = 1, kId, kBlock, kSlot, kSite, kReadyWait, kResource, kDuration, kEvents };
constexpr std::array<const char*, 9> kNotes = {
    "ring", "id", "block", "slot", "site", "ready to start, us", "resource", "duration, us", "events"};

constexpr std::uint64_t kProcessUuid = 1;
/// uuid and number of the sequence of a track, whose place is `index`.
std::uint64_t uuid_of(std::size_t index) { return index + 2; }

ProtoMessage interned(std::uint32_t number, std::string_view name) {
    ProtoMessage entry;
    entry.number(kIid, number);
    entry.text(kEntryName, name);
    return entry;
}

class PerfettoWriter {
public:
    PerfettoWriter(const Trace& trace, const Swimlane& lane, const WriteBytes& write)
        : trace_(trace), lane_(lane), write_(write) {}
    void write();

private:
    void packet(const ProtoMessage& content);
    void describe_process();
    void describe(std::size_t track);
    void write_events(std::size_t track);
    void emit(std::int64_t time, ProtoMessage& event);
    void begin_slice(const TraceEvent& event);
    void annotate(ProtoMessage& event, Note note, std::uint64_t value);
    void annotate(ProtoMessage& event, Note note, double value);
    void annotate(ProtoMessage& event, Note note, const std::string& value);
    void annotate_site(ProtoMessage& event, std::uint32_t site);
    void describe_execution(ProtoMessage& event, std::uint32_t number);
    void describe_instant(ProtoMessage& event, const Instant& instant);

    const Trace& trace_;
    const Swimlane& lane_;
    const WriteBytes& write_;
    std::uint64_t sequence_ = kProcessUuid;
    bool begun_ = false;            // the sequence has a first packet
    std::vector<bool> name_known_;  // in the sequence
    ProtoMessage new_names_;        // for the next packet
};

void PerfettoWriter::packet(const ProtoMessage& content) {
    ProtoMessage framed;
    framed.message(kPacket, content);
    write_(framed.bytes());
}

void PerfettoWriter::describe_process() {
    ProtoMessage process;
    process.number(kPid, 1);
    process.text(kProcessName, trace_.title);
    ProtoMessage descriptor;
    descriptor.number(kUuid, kProcessUuid);
    descriptor.message(kProcess, process);
    descriptor.number(kChildOrdering, kExplicitOrder);
    ProtoMessage content;
    content.number(kSequenceId, kProcessUuid);
    content.message(kTrackDescriptor, descriptor);
    packet(content);
}

void PerfettoWriter::describe(std::size_t track) {
    ProtoMessage descriptor;
    descriptor.number(kUuid, uuid_of(track));
    descriptor.text(kTrackName, trace_.tracks[track].name);
    descriptor.number(kParentUuid, kProcessUuid);
    if (trace_.tracks[track].counts) descriptor.message(kCounterDescriptor, {});
    descriptor.number(kSiblingRank, track);
    ProtoMessage content;
    content.number(kSequenceId, uuid_of(track));
    content.message(kTrackDescriptor, descriptor);
    packet(content);
}

void PerfettoWriter::emit(std::int64_t time, ProtoMessage& event) {
    event.number(kTrackUuid, sequence_);
    ProtoMessage content;
    content.number(kTimestamp, static_cast<std::uint64_t>(time));
    content.number(kSequenceId, sequence_);
    content.message(kTrackEvent, event);
    if (!begun_)
        for (std::uint32_t i = 0; i < kNotes.size(); ++i)
            new_names_.message(kAnnotationNames, interned(i + 1, kNotes[i]));
    if (!new_names_.empty()) content.message(kInternedData, new_names_);
    content.number(kSequenceFlags, begun_ ? kNeedsState : kStateCleared | kNeedsState);
    new_names_.clear();
    begun_ = true;
    packet(content);
}

void PerfettoWriter::annotate(ProtoMessage& event, Note note, std::uint64_t value) {
    ProtoMessage annotation;
    annotation.number(kAnnotationNameIid, note);
    annotation.number(kUint, value);
    event.message(kAnnotation, annotation);
}

void PerfettoWriter::annotate(ProtoMessage& event, Note note, double value) {
    ProtoMessage annotation;
    annotation.number(kAnnotationNameIid, note);
    annotation.real(kDouble, value);
    event.message(kAnnotation, annotation);
}

void PerfettoWriter::annotate(ProtoMessage& event, Note note, const std::string& value) {
    ProtoMessage annotation;
    annotation.number(kAnnotationNameIid, note);
    annotation.text(kString, value);
    event.message(kAnnotation, annotation);
}

void PerfettoWriter::annotate_site(ProtoMessage& event, std::uint32_t site) {
    if (site != kNone) annotate(event, kSite, lane_.sites[site]);
}

void PerfettoWriter::describe_execution(ProtoMessage& event, std::uint32_t number) {
    const Execution& row = lane_.executions[number];
    annotate(event, kRing, std::uint64_t{row.ring});
    annotate(event, kId, row.id);
    if (row.block != kNone && row.block != 0) annotate(event, kBlock, std::uint64_t{row.block});
    if (row.slot != kNoSlot) annotate(event, kSlot, std::string(kSlotNames[row.slot]));
    annotate_site(event, row.site);
    if (const Time wait = between(row.ready, row.start); known(wait))
        annotate(event, kReadyWait, microseconds(wait));
    for (const std::uint32_t arrow : trace_.arrows_out.of(number)) event.fixed64(kFlow, arrow + 1);
    for (const std::uint32_t arrow : trace_.arrows_in.of(number)) event.fixed64(kTerminatingFlow, arrow + 1);
}

void PerfettoWriter::describe_instant(ProtoMessage& event, const Instant& instant) {
    annotate_site(event, instant.site);
    if (instant.ring != kNone) annotate(event, kRing, std::uint64_t{instant.ring});
    if (!instant.resource.empty()) annotate(event, kResource, instant.resource);
    if (known(instant.duration)) annotate(event, kDuration, microseconds(instant.duration));
    if (instant.events != 0) annotate(event, kEvents, instant.events);
}

void PerfettoWriter::begin_slice(const TraceEvent& event) {
    ProtoMessage begin;
    begin.number(kType, event.instant != kNone ? kInstant : kSliceBegin);
    begin.number(kNameIid, event.name + 1);
    if (!name_known_[event.name])
        new_names_.message(kEventNames, interned(event.name + 1, trace_.names[event.name]));
    name_known_[event.name] = true;
    if (event.execution != kNone) describe_execution(begin, event.execution);
    if (event.instant != kNone) describe_instant(begin, lane_.instants[event.instant]);
    emit(event.begin, begin);
}

/// Slices of a track do not overlap, so the end of each comes before the begin of the next. An instant may
/// lie inside a slice.
void PerfettoWriter::write_events(std::size_t track) {
    sequence_ = uuid_of(track);
    begun_ = false;
    name_known_.assign(trace_.names.size(), false);
    constexpr std::int64_t kNothingOpen = -1;
    std::int64_t open_until = kNothingOpen;
    const auto close = [&] {
        ProtoMessage end;
        end.number(kType, kSliceEnd);
        emit(open_until, end);
        open_until = kNothingOpen;
    };
    for (const TraceEvent& event : trace_.tracks[track].events) {
        if (open_until != kNothingOpen && open_until <= event.begin) close();
        if (trace_.tracks[track].counts) {
            ProtoMessage counter;
            counter.number(kType, kCounterEvent);
            counter.number(kCounterValue, static_cast<std::uint64_t>(event.value));
            emit(event.begin, counter);
            continue;
        }
        begin_slice(event);
        if (event.instant == kNone) open_until = event.end;
    }
    if (open_until != kNothingOpen) close();
}

void PerfettoWriter::write() {
    describe_process();
    for (std::size_t i = 0; i < trace_.tracks.size(); ++i) {
        describe(i);
        write_events(i);
    }
}

}  // namespace

void write_perfetto(const Trace& trace, const Swimlane& lane, const WriteBytes& write) {
    PerfettoWriter(trace, lane, write).write();
}

}  // namespace weir::analysis
