// SPDX-License-Identifier: Apache-2.0
/**
 * The lanes of the timeline: what each core ran, what each thread of the runtime did, which scopes were open, and what
 * happened at an instant. Slices of a lane rise in start and do not overlap; where a recording says that they do, the
 * later ones go to further lanes of the same core.
 */
import type { Report } from "../data/report";

export type LaneKind = "core" | "thread" | "scope";

export interface Lane {
    kind: LaneKind;
    label: string;
    note: string;
    /** Rows of the lane's table: tasks, phases or scopes. */
    rows: Int32Array;
    start: Float64Array;
    end: Float64Array;
    /** By slice: which colour of the kind's palette. */
    colour: Int32Array;
}

/** Overlapping slices of one core get at most so many lanes; what overlaps still is drawn over the last one. */
const kMostLanesOfCore = 4;
/** Scopes deeper than this have no lane. */
const kMostScopeLanes = 6;

interface Source {
    start: Float64Array;
    end: Float64Array;
    colour: Int32Array;
}

function makeLane(kind: LaneKind, label: string, note: string, rows: Int32Array, source: Source): Lane {
    const count = rows.length;
    const lane: Lane = {
        kind,
        label,
        note,
        rows,
        start: new Float64Array(count),
        end: new Float64Array(count),
        colour: new Int32Array(count),
    };
    for (let i = 0; i < count; i++) {
        lane.start[i] = source.start[rows[i]];
        lane.end[i] = source.end[rows[i]];
        lane.colour[i] = source.colour[rows[i]];
    }
    return lane;
}

/** Rows by the value of `key`, which is `none` + index; a row without both times is left out. */
function groupRows(key: (row: number) => number, keys: number, source: Source): Int32Array[] {
    const rows = source.start.length;
    const counts = new Int32Array(keys);
    const has = (row: number) => !Number.isNaN(source.start[row]) && !Number.isNaN(source.end[row]);
    for (let row = 0; row < rows; row++) if (has(row)) counts[key(row)]++;
    const groups = Array.from(counts, (count) => new Int32Array(count));
    counts.fill(0);
    for (let row = 0; row < rows; row++) {
        if (!has(row)) continue;
        const group = key(row);
        groups[group][counts[group]++] = row;
    }
    for (const group of groups) sortByStart(group, source.start);
    return groups;
}

function sortByStart(rows: Int32Array, start: Float64Array): void {
    for (let i = 1; i < rows.length; i++) {
        if (start[rows[i]] < start[rows[i - 1]]) {
            rows.sort((a, b) => start[a] - start[b] || a - b);
            return;
        }
    }
}

/** Rows that rise in start, as few lists as hold them without overlap. */
export function splitOverlaps(rows: Int32Array, start: Float64Array, end: Float64Array): Int32Array[] {
    let overlap = false;
    for (let i = 1; i < rows.length && !overlap; i++) overlap = start[rows[i]] < end[rows[i - 1]];
    if (!overlap) return [rows];
    const lists: number[][] = [];
    const free: number[] = [];
    for (const row of rows) {
        let list = free.findIndex((time) => time <= start[row]);
        if (list < 0) list = Math.min(lists.length, kMostLanesOfCore - 1);
        if (list === lists.length) lists.push([]);
        lists[list].push(row);
        free[list] = Math.max(free[list] ?? Number.NEGATIVE_INFINITY, end[row]);
    }
    return lists.map((list) => Int32Array.from(list));
}

function coreLanes(report: Report): Lane[] {
    const { tasks, header } = report;
    const source = { start: tasks.wide("start"), end: tasks.wide("end"), colour: tasks.narrow("kernel") };
    const core = tasks.narrow("core");
    const thread = tasks.narrow("thread");
    // Keys: cores, then threads of rows without a core, then rows with neither.
    let cores = header.cores.reduce((most, { index }) => Math.max(most, index + 1), 0);
    let threads = 0;
    for (let row = 0; row < tasks.rows; row++) {
        if (core[row] >= cores) cores = core[row] + 1;
        if (thread[row] >= threads) threads = thread[row] + 1;
    }
    const key = (row: number) =>
        core[row] >= 0 ? core[row] : thread[row] >= 0 ? cores + thread[row] : cores + threads;
    const groups = groupRows(key, cores + threads + 1, source);
    const lanes: Lane[] = [];
    groups.forEach((rows, group) => {
        const known = header.cores.some(({ index }) => index === group);
        if (rows.length === 0 && !known) return;
        const [label, note] = coreName(report, group, cores, threads);
        splitOverlaps(rows, source.start, source.end).forEach((list, i) => {
            lanes.push(makeLane("core", i === 0 ? label : "", i === 0 ? note : "at once", list, source));
        });
    });
    return lanes;
}

/** What a thread does; that of the program submits the tasks. */
function roleOf(report: Report, thread: number | null): string {
    const found = report.header.threads.find(({ index }) => index === thread)?.role ?? "";
    return found === "orchestrator" ? "program" : found;
}

function coreName(report: Report, group: number, cores: number, threads: number): [string, string] {
    const { header } = report;
    const role = (thread: number | null) => roleOf(report, thread);
    if (group >= cores + threads) return ["no core", ""];
    if (group >= cores) return [`thread ${group - cores}`, role(group - cores)];
    const core = header.cores.find(({ index }) => index === group);
    if (!core) return [`core ${group}`, ""];
    return core.type === "cpu" ? [`core ${group}`, role(core.thread)] : [`core ${group}`, core.type];
}

function phaseLanes(report: Report): Lane[] {
    const { phases } = report;
    if (phases.rows === 0) return [];
    const source = { start: phases.wide("begin"), end: phases.wide("end"), colour: phases.narrow("name") };
    const thread = phases.narrow("thread");
    const threads = thread.reduce((most, value) => Math.max(most, value + 1), 0);
    const groups = groupRows((row) => (thread[row] < 0 ? threads : thread[row]), threads + 1, source);
    const lanes: Lane[] = [];
    groups.forEach((rows, group) => {
        if (rows.length === 0) return;
        const role = roleOf(report, group);
        for (const list of splitOverlaps(rows, source.start, source.end)) {
            lanes.push(
                makeLane("thread", group === threads ? "runtime" : `thread ${group}`, role, list, source),
            );
        }
    });
    return lanes;
}

function scopeLanes(report: Report): Lane[] {
    const { scopes } = report;
    if (scopes.rows === 0) return [];
    const end = scopes.wide("end").slice();
    const last = lastTime(report);
    for (let row = 0; row < end.length; row++) if (Number.isNaN(end[row])) end[row] = last;
    const source = { start: scopes.wide("begin"), end, colour: scopes.narrow("site") };
    const depth = scopes.narrow("depth");
    const groups = groupRows((row) => Math.min(depth[row], kMostScopeLanes), kMostScopeLanes + 1, source);
    return groups
        .slice(0, kMostScopeLanes)
        .map((rows, group) => makeLane("scope", `scopes, depth ${group}`, "", rows, source))
        .filter((lane) => lane.rows.length > 0);
}

export function makeLanes(report: Report): Lane[] {
    return [...coreLanes(report), ...phaseLanes(report), ...scopeLanes(report)];
}

/** The last time that anything was recorded for, in ticks; at least 1. */
export function lastTime(report: Report): number {
    let last = Math.max(1, (report.header.makespan_us * 1e6) / report.header.tick_ps);
    const end = report.tasks.wide("end");
    for (let row = 0; row < end.length; row++) if (end[row] > last) last = end[row];
    return last;
}

/** The slices whose row is marked. */
export function filterLane(lane: Lane, mask: Uint8Array): Lane {
    const kept: number[] = [];
    lane.rows.forEach((row, i) => {
        if (mask[row]) kept.push(i);
    });
    return {
        ...lane,
        rows: Int32Array.from(kept, (i) => lane.rows[i]),
        start: Float64Array.from(kept, (i) => lane.start[i]),
        end: Float64Array.from(kept, (i) => lane.end[i]),
        colour: Int32Array.from(kept, (i) => lane.colour[i]),
    };
}
