// SPDX-License-Identifier: Apache-2.0
/**
 * Which tasks a search means. Words are looked for in the kernel's name and the source line, whatever their case, or are
 * a core type or the slot of a call as a whole; "1:42" is the task of ring 1 with running number 42, "[3]" a block 3.
 * A task must match every word.
 */
import type { Report } from "../data/report";

export interface Matches {
    /** By row of the tasks: 1 when it matches. */
    mask: Uint8Array;
    /** The rows that match, in order of submission. */
    rows: Int32Array;
}

interface Term {
    kernels: Uint8Array;
    sites: Uint8Array;
    ring: number;
    id: number;
    /** -2: none, since -1 stands for no block and no slot. */
    block: number;
    slot: number;
}

function parse(query: string, report: Report): Term[] {
    const { kernels, sites, slot_names } = report.header;
    return query
        .toLowerCase()
        .split(/\s+/)
        .filter((word) => word !== "")
        .map((word) => {
            const task = /^(\d+):(\d+)$/.exec(word);
            const block = /^\[(\d+)\]$/.exec(word);
            const slot = slot_names.indexOf(word);
            return {
                kernels: Uint8Array.from(kernels, ({ name, core_type }) =>
                    name.toLowerCase().includes(word) || core_type.toLowerCase() === word ? 1 : 0,
                ),
                sites: Uint8Array.from(sites, (site) => (site.toLowerCase().includes(word) ? 1 : 0)),
                ring: task ? Number(task[1]) : -1,
                id: task ? Number(task[2]) : -1,
                block: block ? Number(block[1]) : -2,
                slot: slot >= 0 ? slot : -2,
            };
        });
}

/** Null when the query is empty. */
export function findTasks(report: Report, query: string): Matches | null {
    const terms = parse(query, report);
    if (terms.length === 0) return null;
    const { tasks } = report;
    const kernel = tasks.narrow("kernel");
    const site = tasks.narrow("site");
    const ring = tasks.column("ring");
    const id = tasks.column("id");
    const block = tasks.column("block");
    const slot = tasks.column("slot");
    const mask = new Uint8Array(tasks.rows);
    let count = 0;
    for (let row = 0; row < tasks.rows; row++) {
        let all = 1;
        for (const term of terms) {
            const hit =
                (kernel[row] >= 0 && term.kernels[kernel[row]] === 1) ||
                (site[row] >= 0 && term.sites[site[row]] === 1) ||
                (term.id >= 0 && id[row] === term.id && ring[row] === term.ring) ||
                block[row] === term.block ||
                slot[row] === term.slot;
            if (!hit) {
                all = 0;
                break;
            }
        }
        mask[row] = all;
        count += all;
    }
    const rows = new Int32Array(count);
    for (let row = 0, next = 0; row < tasks.rows; row++) if (mask[row]) rows[next++] = row;
    return { mask, rows };
}
