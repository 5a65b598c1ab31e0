# SPDX-License-Identifier: Apache-2.0
"""A trace of `weir trace` as protoc decodes it, held against what Perfetto asks of track events. Knows nothing of Weir's
encoder: whatever breaks a rule is an AssertionError.

    perfetto_trace.py DECODED     the text of protoc --decode; prints how much there was of what
"""
import collections
import re
import sys

Event = collections.namedtuple("Event", "track type time name values flows ends_flows value")
CLEARED, NEEDS_STATE = 1, 2


def fields(lines):
    """protoc's text as (name, value or list) pairs."""
    found = []
    for line in lines:
        line = line.strip()
        if line == "}":
            return found
        if line.endswith(" {"):
            found.append((line[:-2], fields(lines)))
        elif line != "":
            found.append(tuple(line.split(": ", 1)))
    return found


def one(pairs, name):
    return next((value for key, value in pairs if key == name), None)


class Trace:
    """Reads and checks packets: sequences and their state, descriptors before their events, known fields alone."""

    def __init__(self, path):
        self.tracks, self.events = {}, []
        self.sequences = {}
        with open(path, encoding="utf-8") as file:
            text = file.read()
        assert not re.search(r"^\s*\d+[ :]", text, re.M), "a field is not in the schema"
        for name, packet in fields(iter(text.splitlines())):
            assert name == "packet"
            self.take(packet)

    def take(self, packet):
        descriptor = one(packet, "track_descriptor")
        if descriptor is not None:
            uuid = one(descriptor, "uuid")
            assert uuid not in self.tracks, f"track {uuid} is described twice"
            parent = one(descriptor, "parent_uuid")
            assert parent is None or parent in self.tracks, f"the parent of track {uuid} comes behind it"
            self.tracks[uuid] = descriptor
            return
        sequence, flags = one(packet, "trusted_packet_sequence_id"), int(one(packet, "sequence_flags"))
        assert int(sequence) != 0
        if flags & CLEARED:
            self.sequences[sequence] = ({}, {}, [0])
        assert flags & NEEDS_STATE and sequence in self.sequences, "interned names are used before the state was cleared"
        names, notes, last = self.sequences[sequence]
        for kind, entry in one(packet, "interned_data") or []:
            known = names if kind == "event_names" else notes
            assert one(entry, "iid") not in known, "a name is interned twice"
            known[one(entry, "iid")] = one(entry, "name").strip('"')
        time = int(one(packet, "timestamp"))
        assert time >= last[0], "time runs backwards in a sequence"
        last[0] = time
        self.take_event(one(packet, "track_event"), time, names, notes)

    def take_event(self, event, time, names, notes):
        uuid = one(event, "track_uuid")
        assert uuid in self.tracks, f"an event of track {uuid} comes before the track"
        values = {notes[one(note, "name_iid")]: note[1][1].strip('"')
                  for key, note in event if key == "debug_annotations"}
        name = one(event, "name_iid")
        self.events.append(Event(uuid, one(event, "type"), time, None if name is None else names[name], values,
                                 [value for key, value in event if key == "flow_ids"],
                                 [value for key, value in event if key == "terminating_flow_ids"],
                                 one(event, "counter_value")))

    def name(self, uuid):
        return one(self.tracks[uuid], "name").strip('"')

    def on(self, name):
        return [event for event in self.events if event.track != "1" and self.name(event.track) == name]


def check_tracks(trace):
    """Slices nest and end, and here do not even overlap; counters go forward in time; nothing is mixed."""
    state = {}
    for event in trace.events:
        counts = one(trace.tracks[event.track], "counter") is not None
        assert counts == (event.type == "COUNTER"), "counters and slices share no track"
        if counts:
            assert event.value is not None and int(event.value) >= 0
            assert event.track not in state or state[event.track] < event.time, "two values of a counter at one time"
            state[event.track] = event.time
            continue
        begun = state.get(event.track)
        if event.type == "SLICE_BEGIN":
            assert begun is None, f"slices overlap on {trace.name(event.track)} at {event.time}"
            assert event.name is not None
            state[event.track] = event.time
        elif event.type == "SLICE_END":
            assert begun is not None, f"an end without a begin on {trace.name(event.track)} at {event.time}"
            state[event.track] = None
        else:
            assert event.type == "INSTANT" and event.name is not None
    for uuid, begun in state.items():
        if one(trace.tracks[uuid], "counter") is None:
            assert begun is None, f"a slice of {trace.name(uuid)} never ends"


def check_flows(trace):
    """Each arrow leaves one slice and ends in one other, which begins when the first has ended."""
    out, into, ends = {}, {}, {}
    open_slices = {}
    for event in trace.events:
        if event.type == "SLICE_BEGIN":
            open_slices[event.track] = id(event)
            for flow in event.flows:
                assert flow not in out, f"flow {flow} leaves twice"
                out[flow] = event
            for flow in event.ends_flows:
                assert flow not in into, f"flow {flow} ends twice"
                into[flow] = event
        elif event.type == "SLICE_END":
            ends[open_slices[event.track]] = event.time
        else:
            assert not event.flows and not event.ends_flows
    assert out.keys() == into.keys(), "a flow has one end only"
    for flow, event in out.items():
        assert ends[id(event)] <= into[flow].time, f"flow {flow} goes back in time"
    return len(out)


def check_loads(trace):
    """What is counted of each core type adds up to what is counted of all."""
    def at(values, time):
        return next((int(event.value) for event in reversed(values) if event.time <= time), 0)

    parts = 0
    for what in ("ready tasks", "idle cores"):
        all_types = trace.on(what)
        of_types = [trace.on(name) for name in {trace.name(uuid) for uuid in trace.tracks if uuid != "1"}
                    if name.startswith(f"{what} (")]
        parts += len(of_types)
        for event in all_types if of_types else []:
            assert int(event.value) == sum(at(values, event.time) for values in of_types), (what, event.time)
    return parts


def main():
    trace = Trace(sys.argv[1])
    check_tracks(trace)
    flows = check_flows(trace)
    types = collections.Counter(event.type for event in trace.events)
    print(f"{len(trace.tracks)} tracks, {types['SLICE_BEGIN']} slices, {types['INSTANT']} instants, {flows} flows, "
          f"{types['COUNTER']} counts, {check_loads(trace)} counters of core types")


if __name__ == "__main__":
    main()
