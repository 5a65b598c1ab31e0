// SPDX-License-Identifier: Apache-2.0
/** The search above the timeline: a field, how many tasks it has found, and steps from one to the next. */
import type { Report } from "../data/report";
import { findTasks } from "../logic/search";
import { firstAbove } from "../logic/search_sorted";
import { grouped, plural } from "../logic/units";
import type { View } from "../logic/view";
import { el, whenQuiet } from "./dom";

const kTypingMs = 120;

export class FindBar {
    readonly elements: HTMLElement[];
    private readonly input = el("input", {
        id: "search",
        type: "search",
        placeholder: "Kernel, source line, or task such as 1:42",
        autocomplete: "off",
        spellcheck: "false",
    });
    private readonly result = el("output", { class: "result", for: "search" });

    /** `choose` gets the row of a task to go to. */
    constructor(
        private readonly report: Report,
        private readonly view: View,
        private readonly choose: (row: number) => void,
    ) {
        const button = (text: string, label: string, by: number) =>
            el("button", { title: label, "aria-label": label, onclick: () => this.step(by) }, text);
        this.elements = [
            el(
                "label",
                { class: "search" },
                el("span", { class: "visually-hidden" }, "Find tasks"),
                this.input,
            ),
            button("‹", "Previous match", -1),
            button("›", "Next match", 1),
            this.result,
        ];
        this.input.addEventListener(
            "input",
            whenQuiet(kTypingMs, () => this.run()),
        );
        this.input.addEventListener("keydown", (event) => {
            if (event.key === "Enter") this.step(event.shiftKey ? -1 : 1);
            else if (event.key === "Escape") this.search("");
            else return;
            event.preventDefault();
        });
        view.on(["task"], () => this.show());
    }

    search(query: string): void {
        this.input.value = query;
        this.run();
    }

    /** To the next match in order of submission, or by -1 to the one before; around the end. */
    step(by: number): void {
        this.run();
        const { matches, task } = this.view;
        if (!matches || matches.rows.length === 0) return;
        const { rows } = matches;
        const after = firstAbove(rows, task);
        const on = task >= 0 && rows[after - 1] === task;
        const next = by > 0 ? after : after - (on ? 2 : 1);
        this.choose(rows[(next + rows.length) % rows.length]);
    }

    private run(): void {
        if (this.input.value === this.view.query) return;
        this.view.setSearch(this.input.value, findTasks(this.report, this.input.value));
        this.show();
    }

    private show(): void {
        const { matches, task } = this.view;
        if (!matches) {
            this.result.textContent = "";
            return;
        }
        const many = plural(matches.rows.length, "match", "matches");
        const place = firstAbove(matches.rows, task) - 1;
        const on = task >= 0 && matches.rows[place] === task;
        this.result.textContent = on ? `${grouped(place + 1)} of ${many}` : many;
    }
}
