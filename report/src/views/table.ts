// SPDX-License-Identifier: Apache-2.0
/** A table whose columns can be sorted by click or key. */
import { announce, el } from "./dom";

export interface TableColumn<Row> {
    title: string;
    /** What the column means, for who hovers or listens. */
    help: string;
    cell: (row: Row) => Node | string;
    /** What to sort by. */
    key: (row: Row) => number | string;
    text?: boolean;
}

function compare(a: number | string, b: number | string): number {
    if (typeof a === "string" || typeof b === "string") return String(a).localeCompare(String(b));
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
    return a - b;
}

/** Sorted by column `first`, numbers largest first. */
export function sortableTable<Row>(
    caption: string,
    columns: TableColumn<Row>[],
    rows: Row[],
    first: number,
): HTMLElement {
    const body = el("tbody");
    const heads: HTMLElement[] = [];
    let by = first;
    let rising = columns[first].text === true;
    const show = () => {
        const { key } = columns[by];
        const sorted = [...rows].sort((a, b) => (rising ? 1 : -1) * compare(key(a), key(b)));
        body.replaceChildren(
            ...sorted.map((row) =>
                el(
                    "tr",
                    {},
                    ...columns.map((column) =>
                        el("td", { class: column.text ? "text" : "" }, column.cell(row)),
                    ),
                ),
            ),
        );
        heads.forEach((head, i) => {
            head.setAttribute("aria-sort", i !== by ? "none" : rising ? "ascending" : "descending");
        });
    };
    columns.forEach((column, i) => {
        const button = el("button", { title: column.help }, column.title);
        button.addEventListener("click", () => {
            rising = by === i ? !rising : column.text === true;
            by = i;
            show();
            announce(`Sorted by ${column.title}, ${rising ? "rising" : "falling"}`);
        });
        heads.push(el("th", { scope: "col", class: column.text ? "text" : "" }, button));
    });
    show();
    return el(
        "div",
        { class: "table-box", tabindex: "0", role: "region", "aria-label": caption },
        el(
            "table",
            {},
            el("caption", { class: "visually-hidden" }, caption),
            el("thead", {}, el("tr", {}, ...heads)),
            body,
        ),
    );
}
