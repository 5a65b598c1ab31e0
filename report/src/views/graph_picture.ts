// SPDX-License-Identifier: Apache-2.0
/** The graph around a task: producers to the left, consumers to the right. */
import { kernelName, type Report, siteName, taskName } from "../data/report";
import type { Neighbour } from "../logic/graph";
import { plural } from "../logic/units";
import { type Colours, css } from "./colours";
import { svg } from "./dom";

const kMostNodes = 7;
const kWidth = 190;
const kHeight = 38;
const kGap = 12;
const kBetween = 130;
const kToLabel = 20;

interface Line {
    row: number;
    kinds: string[];
    waited: boolean;
    /** Every edge of it only keeps memory. */
    keeps: boolean;
}

interface Side {
    /** A task with every reason for its edge. */
    nodes: Line[];
    more: number;
}

/** Edges to the same task are one line with all their kinds. */
function sideOf(neighbours: Neighbour[]): Side {
    const byRow = new Map<number, Line>();
    for (const { row, kind, waited, keeps } of neighbours) {
        const node = byRow.get(row) ?? { row, kinds: [], waited: false, keeps: true };
        const name = keeps ? "keeps memory" : kind;
        if (!node.kinds.includes(name)) node.kinds.push(name);
        node.waited ||= waited;
        node.keeps &&= keeps;
        byRow.set(row, node);
    }
    const nodes = [...byRow.values()];
    return { nodes: nodes.slice(0, kMostNodes), more: Math.max(0, nodes.length - kMostNodes) };
}

export function graphPicture(
    report: Report,
    colours: Colours,
    task: number,
    producers: Neighbour[],
    consumers: Neighbour[],
    choose: (row: number) => void,
): SVGElement {
    const left = sideOf(producers);
    const right = sideOf(consumers);
    const count = (side: Side) => side.nodes.length + (side.more > 0 ? 1 : 0);
    const height = Math.max(1, count(left), count(right)) * (kHeight + kGap) + kGap;
    const width = 3 * kWidth + 2 * kBetween;
    const middle = height / 2;
    const picture = svg("svg", {
        class: "graph",
        viewBox: `0 0 ${width} ${height}`,
        role: "group",
        "aria-label": `Dependencies: ${plural(producers.length, "edge")} from producers, ${plural(consumers.length, "edge")} to consumers`,
    });
    const edges = svg("g", { "aria-hidden": "true" });
    const labels = svg("g", { "aria-hidden": "true" });
    picture.append(edges, labels);
    const place = (side: Side, i: number) => middle + (i - (count(side) - 1) / 2) * (kHeight + kGap);
    left.nodes.forEach((neighbour, i) => {
        const y = place(left, i);
        edges.append(...edge(kWidth, y, kWidth + kBetween, middle, neighbour));
        labels.append(label(neighbour.kinds, kWidth + kToLabel, y, "start"));
        picture.append(node(report, colours, neighbour.row, 0, y, () => choose(neighbour.row)));
    });
    const far = 2 * (kWidth + kBetween);
    right.nodes.forEach((neighbour, i) => {
        const y = place(right, i);
        edges.append(...edge(2 * kWidth + kBetween, middle, far, y, neighbour));
        labels.append(label(neighbour.kinds, far - kToLabel, y, "end"));
        picture.append(node(report, colours, neighbour.row, far, y, () => choose(neighbour.row)));
    });
    picture.append(node(report, colours, task, kWidth + kBetween, middle, null));
    moreText(picture, left, kWidth / 2, place(left, left.nodes.length));
    moreText(picture, right, far + kWidth / 2, place(right, right.nodes.length));
    return picture;
}

function edge(x1: number, y1: number, x2: number, y2: number, line: Line): SVGElement[] {
    const bend = (x2 - x1) / 2;
    return [
        svg("path", {
            class: line.keeps ? "edge keeps" : line.waited ? "edge" : "edge done",
            d: `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 7} ${y2}`,
        }),
        svg("path", { class: "arrow", d: `M${x2} ${y2} l-8 -4 v8 z` }),
    ];
}

function label(kinds: string[], x: number, y: number, anchor: "start" | "end"): SVGElement {
    return svg("text", { class: "kind", x, y: y + 4, "text-anchor": anchor }, kinds.join(" "));
}

function moreText(picture: SVGElement, side: Side, x: number, y: number): void {
    if (side.more === 0) return;
    picture.append(
        svg(
            "text",
            { class: "more", x, y: y + 4, "text-anchor": "middle" },
            `and ${plural(side.more, "more", "more")}`,
        ),
    );
}

function shortened(text: string, most: number): string {
    return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** Without `act` it is the chosen task. */
function node(
    report: Report,
    colours: Colours,
    row: number,
    x: number,
    y: number,
    act: (() => void) | null,
): SVGElement {
    const kernel = report.tasks.narrow("kernel")[row];
    const name = `${kernelName(report, kernel)} ${taskName(report, row)}`;
    const site = siteName(report, report.tasks.narrow("site")[row]);
    const top = y - kHeight / 2;
    const group = svg(
        "g",
        act
            ? { class: "node", tabindex: "0", role: "button", "aria-label": `${name}, ${site}`, onclick: act }
            : { class: "node own", role: "img", "aria-label": `${name}, ${site}, chosen` },
        svg("title", {}, `${name}, ${site}`),
        svg("rect", { x, y: top, width: kWidth, height: kHeight, rx: 5 }),
        svg("rect", {
            class: "colour",
            x,
            y: top,
            width: 5,
            height: kHeight,
            rx: 2,
            style: `fill:${css(colours.kernel(kernel))}`,
        }),
        svg("text", { x: x + 14, y: top + 16 }, shortened(name, 26)),
        svg("text", { class: "site", x: x + 14, y: top + 30 }, shortened(site, 28)),
    );
    if (act) {
        group.addEventListener("keydown", (event) => {
            const { key } = event as KeyboardEvent;
            if (key !== "Enter" && key !== " ") return;
            event.preventDefault();
            act();
        });
    }
    return group;
}
