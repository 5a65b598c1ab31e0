// SPDX-License-Identifier: Apache-2.0
/** Colours of kernels, of phases and of scopes. The kernel that takes most time has the first colour. */
import type { Report } from "../data/report";
import type { Rgb } from "../logic/coverage";
import type { LaneKind } from "../logic/lanes";

const kLight: Rgb[] = [
    [61, 116, 181],
    [235, 134, 52],
    [72, 158, 106],
    [160, 104, 176],
    [209, 77, 87],
    [46, 158, 166],
    [204, 163, 34],
    [139, 108, 84],
    [222, 120, 158],
    [112, 122, 138],
];
const kDark: Rgb[] = [
    [99, 155, 222],
    [240, 152, 84],
    [96, 184, 132],
    [182, 134, 202],
    [229, 107, 112],
    [76, 186, 192],
    [219, 183, 74],
    [172, 140, 114],
    [232, 146, 180],
    [143, 153, 170],
];
const kPhases: Record<string, number> = {
    idle: 9,
    held_back: 4,
    complete: 2,
    dispatch: 0,
    poll: 3,
    publish: 5,
    wire: 6,
};

function isDark(): boolean {
    return document.documentElement.dataset.theme === "dark";
}

export class Colours {
    private readonly rank: Int32Array;

    constructor(private readonly report: Report) {
        this.rank = new Int32Array(report.header.kernels.length).fill(report.header.kernels.length);
        [...report.header.kernel_rows]
            .sort((a, b) => b.total - a.total)
            .forEach((row, place) => {
                if (row.kernel >= 0) this.rank[row.kernel] = place;
            });
    }

    kernel(kernel: number): Rgb {
        return kernel < 0 ? this.at(9) : this.at(this.rank[kernel]);
    }

    of(kind: LaneKind): (colour: number) => Rgb {
        if (kind === "core") return (kernel) => this.kernel(kernel);
        if (kind === "thread") {
            return (phase) =>
                this.at(kPhases[this.report.header.phase_names[phase] ?? ""] ?? 5 + Math.max(0, phase));
        }
        return (site) => mix(this.at(9), this.at(Math.max(0, site)), 0.35);
    }

    private at(place: number): Rgb {
        const palette = isDark() ? kDark : kLight;
        const colour = palette[place % palette.length];
        // Further rounds through the palette turn to the middle.
        const round = Math.floor(place / palette.length);
        return round === 0
            ? colour
            : mix(colour, isDark() ? [230, 230, 235] : [40, 44, 52], Math.min(0.6, 0.25 * round));
    }
}

export function mix(a: Rgb, b: Rgb, share: number): Rgb {
    return [0, 1, 2].map((i) => Math.round(a[i] + (b[i] - a[i]) * share)) as unknown as Rgb;
}

export function css(colour: Rgb, alpha = 1): string {
    return alpha === 1 ? `rgb(${colour.join(" ")})` : `rgb(${colour.join(" ")} / ${alpha})`;
}

/** Black or white, whichever is read better on that colour. */
export function inkOn([red, green, blue]: Rgb): string {
    return red * 0.299 + green * 0.587 + blue * 0.114 > 150 ? "#14171c" : "#ffffff";
}
