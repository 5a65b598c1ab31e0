// SPDX-License-Identifier: Apache-2.0
/** Light and dark: what the system prefers, or what the switch says. */
import type { View } from "../logic/view";
import { el } from "./dom";

const kKey = "weir-report-theme";
const kThemes = ["auto", "light", "dark"] as const;
type Theme = (typeof kThemes)[number];

/** Pages that are opened from disk may have no storage. */
function stored(): Theme {
    try {
        const value = localStorage.getItem(kKey);
        return kThemes.find((theme) => theme === value) ?? "auto";
    } catch {
        return "auto";
    }
}

function store(theme: Theme): void {
    try {
        localStorage.setItem(kKey, theme);
    } catch {
        // The choice then lasts as long as the page.
    }
}

export function themeSwitch(view: View): HTMLElement {
    const system = matchMedia("(prefers-color-scheme: dark)");
    let theme = stored();
    const apply = () => {
        const dark = theme === "dark" || (theme === "auto" && system.matches);
        document.documentElement.dataset.theme = dark ? "dark" : "light";
        view.tell("theme");
    };
    system.addEventListener("change", apply);
    const group = el("div", { class: "switch", role: "radiogroup", "aria-label": "Colours" });
    for (const name of kThemes) {
        const input = el("input", {
            type: "radio",
            name: "theme",
            id: `theme-${name}`,
            value: name,
            onchange: () => {
                theme = name;
                store(theme);
                apply();
            },
        });
        input.checked = name === theme;
        group.append(input, el("label", { for: `theme-${name}` }, name[0].toUpperCase() + name.slice(1)));
    }
    apply();
    return group;
}

/** The value of a colour of the style sheet, "--line". */
export function styleColour(name: string): string {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
