// SPDX-License-Identifier: Apache-2.0
/** The tree of scopes, by the lines that opened them, with what they took of one resource. */
import type { Report, ScopeNode } from "../data/report";
import { amountText, grouped, resourceName, shareText } from "../logic/units";
import { el, section } from "./dom";

const kBytes = new Set(["heap", "payload"]);
/** Trees with more lines than this open their first levels only. */
const kMostOpen = 60;

interface Tree {
    nodes: ScopeNode[];
    children: number[][];
    roots: number[];
}

function treeOf(nodes: ScopeNode[]): Tree {
    const children = nodes.map((): number[] => []);
    const roots: number[] = [];
    nodes.forEach(({ parent }, i) => {
        if (parent < 0) roots.push(i);
        else children[parent].push(i);
    });
    return { nodes, children, roots };
}

class ScopeTable {
    readonly element = el("tbody");
    private readonly closed = new Set<number>();
    private resource = "heap";

    constructor(private readonly tree: Tree) {
        if (tree.nodes.length > kMostOpen) {
            tree.nodes.forEach(({ depth }, i) => {
                if (depth >= 1) this.closed.add(i);
            });
        }
        this.show();
    }

    use(resource: string): void {
        this.resource = resource;
        this.show();
    }

    private show(): void {
        const rows: HTMLElement[] = [];
        const visit = (node: number, level: number) => {
            rows.push(this.row(node, level));
            if (!this.closed.has(node)) for (const child of this.tree.children[node]) visit(child, level + 1);
        };
        for (const root of this.tree.roots) visit(root, 1);
        this.element.replaceChildren(...rows);
    }

    private row(index: number, level: number): HTMLElement {
        const node = this.tree.nodes[index];
        const inner = this.tree.children[index].length > 0;
        const open = !this.closed.has(index);
        const toggle = el(
            "button",
            { class: "fold", "aria-expanded": String(open), "aria-label": `Scopes inside ${node.site}` },
            open ? "▾" : "▸",
        );
        toggle.addEventListener("click", () => {
            if (open) this.closed.add(index);
            else this.closed.delete(index);
            this.show();
            this.element.querySelector<HTMLElement>(`[data-node="${index}"] .fold`)?.focus();
        });
        const use = node.uses.find(({ resource }) => resource === this.resource);
        const bytes = kBytes.has(this.resource);
        const amount = (value: number | null | undefined) =>
            value === null || value === undefined ? "–" : amountText(value, bytes);
        const share = use && use.capacity > 0 ? use.high_water / use.capacity : 0;
        return el(
            "tr",
            { "data-node": index, "aria-level": level },
            el(
                "td",
                { class: "text" },
                el(
                    "span",
                    { class: "scope-name", style: `padding-left:${(level - 1) * 18}px` },
                    inner ? toggle : el("span", { class: "fold" }),
                    el("span", { class: "mono" }, node.site),
                ),
            ),
            el("td", {}, String(node.ring)),
            el("td", {}, grouped(node.opened)),
            el("td", {}, amount(use?.high_water)),
            el(
                "td",
                {},
                use && use.capacity > 0
                    ? el(
                          "span",
                          { class: "share" },
                          el("span", {
                              class: "meter",
                              style: `--share:${Math.min(1, share)}`,
                              "aria-hidden": "true",
                          }),
                          shareText(share),
                      )
                    : "–",
            ),
            el("td", {}, amount(use?.peak)),
            el("td", {}, amount(use?.live)),
            el("td", {}, amount(use?.allocated)),
        );
    }
}

const kHeads: [string, string][] = [
    ["Scope", "The line that opened it"],
    ["Ring", "Which ring it uses"],
    ["Opened", "How often the line opened a scope below that parent"],
    ["High water", "end.head − begin.tail: at most this was ever in use while it was open"],
    ["Of capacity", "High water as a share of the capacity"],
    ["Peak", "Largest true occupancy while it was open"],
    ["Live at exit", "end.head − end.tail: in use when it closed"],
    ["Allocated", "end.head − begin.head: by it and the scopes inside that use the same ring"],
];

function formulae(): HTMLElement {
    const line = (name: string, formula: string, text: string) =>
        el("div", {}, el("dt", {}, name), el("dd", {}, el("code", {}, formula), ` ${text}`));
    return el(
        "dl",
        { class: "formulae" },
        line(
            "High water",
            "end.head − begin.tail",
            "no more than this was ever in use while the scope was open",
        ),
        line("Live at exit", "end.head − end.tail", "in use when it closed, before it gave its memory back"),
        line("Allocated", "end.head − begin.head", "by it and by scopes inside that use the same ring"),
        line(
            "Peak",
            "max(head − tail)",
            "the largest true occupancy while it was open, taken at each submit",
        ),
    );
}

export function scopesView(report: Report): HTMLElement {
    const nodes = report.header.scope_tree;
    const lead =
        "What the scopes took of their ring: the largest value over all scopes that a line has opened.";
    if (nodes.length === 0) {
        const text = "Scopes were not recorded: run with --enable-scope-stats.";
        return section("scopes", "Scopes", lead, el("p", { class: "empty" }, text));
    }
    const table = new ScopeTable(treeOf(nodes));
    const resources = nodes[0].uses.map(({ resource }) => resource);
    const select = el("select", { id: "scope-resource", onchange: () => table.use(select.value) });
    for (const resource of resources) {
        select.append(
            el("option", { value: resource, selected: resource === "heap" }, resourceName(resource)),
        );
    }
    const heads = kHeads.map(([name, help], i) =>
        el("th", { scope: "col", title: help, class: i === 0 ? "text" : "" }, name),
    );
    return section(
        "scopes",
        "Scopes",
        lead,
        el("p", { class: "tools" }, el("label", { for: "scope-resource" }, "Resource"), select),
        el(
            "div",
            { class: "table-box", tabindex: "0", role: "region", "aria-label": "Tree of scopes" },
            el(
                "table",
                { role: "treegrid" },
                el("caption", { class: "visually-hidden" }, "Tree of scopes"),
                el("thead", {}, el("tr", {}, ...heads)),
                table.element,
            ),
        ),
        formulae(),
    );
}
