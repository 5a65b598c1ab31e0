// SPDX-License-Identifier: Apache-2.0
/** Who a task waited for, who waited for it, and which regions it named. */
import type { Report } from "../data/report";
import { firstAbove, firstNotBelow } from "./search_sorted";

export const kEdgeKinds = ["RAW", "WAR", "WAW", "explicit", "scope"] as const;
export const kDirections = ["in", "out", "inout"] as const;

export interface Neighbour {
    /** First row of the task. */
    row: number;
    kind: string;
    /** Argument of the consumer; -1: none. */
    argument: number;
    /** Else the producer had completed before the consumer was submitted. */
    waited: boolean;
    /** Kind `scope`: the producer had completed, and the consumer uses memory that it owns. */
    keeps: boolean;
}

export interface AccessText {
    argument: number;
    direction: string;
    noDep: boolean;
    buffer: number;
    /** Bytes that it touches. */
    size: number;
    region: string;
}

export class Graph {
    private producersOrder: Int32Array | null = null;
    private producersSorted: Int32Array | null = null;

    constructor(private readonly report: Report) {}

    /** Rows of one task are neighbours; edges and accesses name the first of them. */
    firstRow(row: number): number {
        const ring = this.report.tasks.column("ring");
        const id = this.report.tasks.column("id");
        let first = row;
        while (first > 0 && id[first - 1] === id[row] && ring[first - 1] === ring[row]) first--;
        return first;
    }

    producers(row: number): Neighbour[] {
        const { edges } = this.report;
        const consumer = edges.narrow("consumer");
        const first = this.firstRow(row);
        const from = firstNotBelow(consumer, first);
        const to = firstAbove(consumer, first, from);
        const found: Neighbour[] = [];
        for (let edge = from; edge < to; edge++) found.push(this.neighbour(edge, "producer"));
        return found;
    }

    consumers(row: number): Neighbour[] {
        const [order, sorted] = this.byProducer();
        const first = this.firstRow(row);
        const from = firstNotBelow(sorted, first);
        const to = firstAbove(sorted, first, from);
        const found: Neighbour[] = [];
        for (let i = from; i < to; i++) found.push(this.neighbour(order[i], "consumer"));
        return found;
    }

    accesses(row: number): AccessText[] {
        const { accesses } = this.report;
        const task = accesses.narrow("task");
        const first = this.firstRow(row);
        const from = firstNotBelow(task, first);
        const to = firstAbove(task, first, from);
        const found: AccessText[] = [];
        for (let i = from; i < to; i++) {
            found.push({
                argument: accesses.column("argument")[i],
                direction: kDirections[accesses.column("direction")[i]],
                noDep: accesses.column("no_dep")[i] === 1,
                buffer: accesses.column("buffer")[i],
                ...this.region(accesses.column("offset")[i], accesses.column("shape")[i]),
            });
        }
        return found;
    }

    private neighbour(edge: number, end: "producer" | "consumer"): Neighbour {
        const { edges } = this.report;
        const kind = kEdgeKinds[edges.column("kind")[edge]];
        return {
            row: edges.narrow(end)[edge],
            kind,
            keeps: kind === "scope",
            argument: edges.column("argument")[edge],
            waited: edges.column("waited")[edge] === 1,
        };
    }

    /** Edges in order of their producers: a counting sort, done when consumers are first asked for. */
    private byProducer(): [Int32Array, Int32Array] {
        if (this.producersOrder && this.producersSorted) return [this.producersOrder, this.producersSorted];
        const producer = this.report.edges.narrow("producer");
        const next = new Int32Array(this.report.tasks.rows + 1);
        for (const row of producer) next[row + 1]++;
        for (let row = 0; row < this.report.tasks.rows; row++) next[row + 1] += next[row];
        const order = new Int32Array(producer.length);
        const sorted = new Int32Array(producer.length);
        producer.forEach((row, edge) => {
            const at = next[row]++;
            order[at] = edge;
            sorted[at] = row;
        });
        this.producersOrder = order;
        this.producersSorted = sorted;
        return [order, sorted];
    }

    /** "256 B, 64 times every 1,024 B, from byte 4,096": the innermost step first. */
    private region(offset: number, shape: number): { size: number; region: string } {
        const { shapes, steps } = this.report;
        let run = shapes.column("run")[shape];
        let size = run;
        const of = steps.narrow("shape");
        const from = firstNotBelow(of, shape);
        const format = (value: number) => value.toLocaleString("en-US");
        const times: string[] = [];
        for (let i = firstAbove(of, shape, from) - 1; i >= from; i--) {
            const count = steps.column("count")[i];
            const stride = steps.column("stride")[i];
            // A stride of 0 names the same bytes again.
            if (stride !== 0) size *= count;
            // Elements that lie one after the other are one run of bytes.
            if (stride === run && times.length === 0) run *= count;
            else times.push(`${format(count)} times every ${format(stride)} B`);
        }
        return { size, region: [`${format(run)} B`, ...times, `from byte ${format(offset)}`].join(", ") };
    }
}
