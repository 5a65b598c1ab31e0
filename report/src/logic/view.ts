// SPDX-License-Identifier: Apache-2.0
/** What of the run is looked at: a range of time, a task, a search. Views listen for changes. */
import type { Matches } from "./search";

/** A view is at least so many ticks wide. */
const kLeastSpan = 2;

export type Change = "range" | "task" | "search" | "theme";

export class View {
    from = 0;
    to: number;
    /** Row of the tasks; -1: none. */
    task = -1;
    query = "";
    matches: Matches | null = null;
    private readonly listeners: [Change[], () => void][] = [];

    constructor(readonly last: number) {
        this.to = last;
    }

    on(changes: Change[], listener: () => void): void {
        this.listeners.push([changes, listener]);
    }

    tell(change: Change): void {
        for (const [changes, listener] of this.listeners) if (changes.includes(change)) listener();
    }

    /** Keeps the width where an end of the run is in the way. */
    setRange(from: number, to: number): void {
        const span = Math.min(this.last, Math.max(kLeastSpan, to - from));
        this.from = Math.max(0, Math.min(from, this.last - span));
        this.to = this.from + span;
        this.tell("range");
    }

    /** `factor` below 1 zooms in; `at` stays where it is. */
    zoom(factor: number, at = (this.from + this.to) / 2): void {
        this.setRange(at - (at - this.from) * factor, at + (this.to - at) * factor);
    }

    /** By parts of what is seen. */
    pan(parts: number): void {
        const by = (this.to - this.from) * parts;
        this.setRange(this.from + by, this.to + by);
    }

    fit(): void {
        this.setRange(0, this.last);
    }

    selectTask(row: number): void {
        this.task = row;
        this.tell("task");
    }

    setSearch(query: string, matches: Matches | null): void {
        this.query = query;
        this.matches = matches;
        this.tell("search");
    }

    /** Moves and widens the range as little as makes [from, to] a visible part of it. */
    reveal(from: number, to: number): void {
        const span = this.to - this.from;
        const wanted = to - from;
        if (wanted > span * 0.8 || wanted < span * 0.002) {
            const wide = Math.max(wanted * 12, kLeastSpan);
            this.setRange((from + to - wide) / 2, (from + to + wide) / 2);
        } else if (from < this.from || to > this.to) {
            this.setRange((from + to - span) / 2, (from + to + span) / 2);
        } else {
            this.tell("range");
        }
    }
}
