// SPDX-License-Identifier: Apache-2.0
/** Elements in one expression. */

type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | number | boolean | ((event: Event) => void) | undefined>;

/** Attributes whose value is a function are listeners: `onclick`; false and undefined are left out. */
function fill(element: Element, attributes: Attributes, children: Child[]): void {
    for (const [name, value] of Object.entries(attributes)) {
        if (typeof value === "function") element.addEventListener(name.slice(2), value);
        else if (value === true) element.setAttribute(name, "");
        else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
    }
    for (const child of children) if (child) element.append(child);
}

export function el<K extends keyof HTMLElementTagNameMap>(
    tag: K,
    attributes: Attributes = {},
    ...children: Child[]
): HTMLElementTagNameMap[K] {
    const element = document.createElement(tag);
    fill(element, attributes, children);
    return element;
}

export function svg<K extends keyof SVGElementTagNameMap>(
    tag: K,
    attributes: Attributes = {},
    ...children: Child[]
): SVGElementTagNameMap[K] {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    fill(element, attributes, children);
    return element;
}

/** A section of the page, under a heading that the navigation leads to. */
export function section(id: string, title: string, lead: string, ...children: Child[]): HTMLElement {
    return el(
        "section",
        { id, "aria-labelledby": `${id}-title`, tabindex: "-1" },
        el(
            "header",
            {},
            el("h2", { id: `${id}-title` }, title),
            lead !== "" && el("p", { class: "lead" }, lead),
        ),
        ...children,
    );
}

/** Calls at most once a frame. */
export function eachFrame(work: () => void): () => void {
    let asked = false;
    return () => {
        if (asked) return;
        asked = true;
        requestAnimationFrame(() => {
            asked = false;
            work();
        });
    };
}

/** Calls once nothing has asked for `ms` milliseconds. */
export function whenQuiet(ms: number, work: () => void): () => void {
    let timer = 0;
    return () => {
        window.clearTimeout(timer);
        timer = window.setTimeout(work, ms);
    };
}

let region: HTMLElement | null = null;

/** Tells a screen reader. */
export function announce(text: string): void {
    if (!region) {
        region = el("div", { class: "visually-hidden", role: "status", "aria-live": "polite" });
        document.body.append(region);
    }
    region.textContent = text;
}
