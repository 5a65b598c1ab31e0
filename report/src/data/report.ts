// SPDX-License-Identifier: Apache-2.0
/** What a report says, as the views ask for it. Times are in ticks of `tickPs` picoseconds unless said otherwise. */
import { parseContainer, type Table } from "./container";

/** A suggestion. Numbers were worked out by the encoder, so that the page only shows them. */
export interface Advice {
    title: string;
    /** Sentences with the numbers that it rests on. */
    text: string;
    /** How much shorter the run would be, in microseconds; null when that cannot be told. */
    gain_us: number | null;
    /** A line to paste, or "". */
    paste: string;
    /** Which part of the page shows it: "timeline", "memory", "kernels", "scopes"; and what to search for there. */
    section: string;
    search: string;
}

export interface KernelRow {
    kernel: number;
    count: number;
    /** Microseconds. */
    total: number;
    mean: number;
    min: number;
    max: number;
    p50: number;
    p99: number;
    /** Means, microseconds; null when not recorded. */
    wait: number | null;
    observe: number | null;
    /** Of the time of all kernels, 0 to 1. */
    share: number;
}

export interface RingUse {
    /** -1: all rings have it together. */
    ring: number;
    resource: string;
    bytes: boolean;
    capacity: number;
    peak: number;
    /** The largest sample; below the peak if that fell between two samples. Time and site are those of the sample. */
    sampled: number;
    /** Microseconds; null when there is no sample. */
    time_us: number | null;
    site: string;
}

/** Largest values over the scopes of a line below one parent. */
export interface ScopeUse {
    resource: string;
    high_water: number;
    live: number;
    allocated: number;
    /** Largest true occupancy; null in files without it. */
    peak: number | null;
    capacity: number;
}

export interface ScopeNode {
    site: string;
    parent: number;
    depth: number;
    ring: number;
    opened: number;
    closed: number;
    uses: ScopeUse[];
}

/** Time of all cores of a type, or of all, by what they did; microseconds. */
export interface CoreTime {
    type: string;
    cores: number;
    running: number;
    overhead: number;
    idle: number;
}

export interface Header {
    tick_ps: number;
    program: string;
    weir: string;
    platform: string;
    clock: string;
    level: number;
    partial: boolean;
    fatal: boolean;
    error: string;
    makespan_us: number;
    tasks: number;
    executions: number;
    events_dropped: number;
    /** What is missing or was mended in the recording, a sentence each. */
    notes: string[];
    threads: { index: number; role: string }[];
    cores: { index: number; type: string; thread: number | null }[];
    kernels: { name: string; core_type: string }[];
    sites: string[];
    /** Of mixed tasks and blocks, as the column "slot" of the tasks counts them. */
    slot_names: string[];
    phase_names: string[];
    instant_names: string[];
    /** Of instants. */
    resources: string[];
    core_time: CoreTime[];
    advice: Advice[];
    kernel_rows: KernelRow[];
    rings: RingUse[];
    scope_tree: ScopeNode[];
}

export interface Report {
    header: Header;
    tasks: Table;
    scopes: Table;
    phases: Table;
    counters: Table;
    instants: Table;
    edges: Table;
    accesses: Table;
    shapes: Table;
    steps: Table;
}

export function parseReport(bytes: Uint8Array): Report {
    const { header, tables } = parseContainer(bytes);
    const table = (name: string): Table => {
        const found = tables.get(name);
        if (!found) throw new Error(`there is no table ${name}`);
        return found;
    };
    return {
        header: header as Header,
        tasks: table("tasks"),
        scopes: table("scopes"),
        phases: table("phases"),
        counters: table("counters"),
        instants: table("instants"),
        edges: table("edges"),
        accesses: table("accesses"),
        shapes: table("shapes"),
        steps: table("steps"),
    };
}

export function kernelName(report: Report, kernel: number): string {
    return kernel < 0 ? "(no kernel)" : report.header.kernels[kernel].name;
}

export function siteName(report: Report, site: number): string {
    return site < 0 ? "unknown" : report.header.sites[site];
}

/** "1:42", ring and running number. */
export function taskName(report: Report, row: number): string {
    const { tasks } = report;
    return `${tasks.column("ring")[row]}:${tasks.column("id")[row]}`;
}

/**
 * Which call of its task a row is: "1:42 [3] aiv0" is the kernel of slot aiv0 in block 3. A block is named when the task
 * has several, a slot when its calls have different ones; "1:42" for a task of one call. A search finds it by this name.
 */
export function callName(report: Report, row: number): string {
    const { tasks } = report;
    const ring = tasks.column("ring");
    const id = tasks.column("id");
    const block = tasks.column("block");
    const slot = tasks.column("slot");
    // Calls that were not recorded may have had the first block and slot.
    let blocks = block[row] > 0;
    let slots = slot[row] > 0;
    for (const step of [-1, 1]) {
        for (let other = row + step; id[other] === id[row] && ring[other] === ring[row]; other += step) {
            if (blocks && slots) break;
            blocks ||= block[other] !== block[row];
            slots ||= slot[other] !== slot[row];
        }
    }
    const parts = [taskName(report, row)];
    if (blocks) parts.push(`[${block[row]}]`);
    if (slots) parts.push(slotName(report, slot[row]));
    return parts.join(" ");
}

/** "aiv0"; "" for a plain task. */
export function slotName(report: Report, slot: number): string {
    return slot < 0 ? "" : report.header.slot_names[slot];
}
