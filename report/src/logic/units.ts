// SPDX-License-Identifier: Apache-2.0
/** Numbers as people read them. What is not 0 never shows as 0. */

/** 1234567 is "1,234,567". */
export function grouped(value: number): string {
    return Math.round(value).toLocaleString("en-US");
}

/** Three digits that count: "1.23", "12.3", "123", "1,230". */
export function significant(value: number): string {
    const size = Math.abs(value);
    if (size === 0) return "0";
    if (size < 0.001) return value < 0 ? "> -0.001" : "< 0.001";
    if (size >= 999.5) return grouped(value);
    const digits = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3;
    return value.toFixed(digits);
}

/** Microseconds in the unit that suits them: "240 ns", "1.52 ms". */
export function timeText(us: number): string {
    if (Number.isNaN(us)) return "–";
    const size = Math.abs(us);
    if (size === 0) return "0";
    if (size < 0.9995) return `${significant(us * 1000)} ns`;
    if (size < 999.5) return `${significant(us)} µs`;
    if (size < 999_500) return `${significant(us / 1000)} ms`;
    return `${significant(us / 1e6)} s`;
}

/** Microseconds on an axis whose marks are `step` apart: as many digits as they need to differ. */
export function axisTime(us: number, step: number): string {
    const [unit, scale] =
        step >= 1e6 ? ["s", 1e6] : step >= 1000 ? ["ms", 1000] : step >= 1 ? ["µs", 1] : ["ns", 1e-3];
    const digits = Math.max(0, -Math.floor(Math.log10(step / (scale as number)) + 1e-9));
    return `${(us / (scale as number)).toLocaleString("en-US", {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
    })} ${unit}`;
}

/** A step of 1, 2 or 5 times a power of ten that makes at most `most` marks in `span`. */
export function axisStep(span: number, most: number): number {
    const raw = span / Math.max(1, most);
    const power = 10 ** Math.floor(Math.log10(raw));
    for (const factor of [1, 2, 5]) if (power * factor >= raw * (1 - 1e-9)) return power * factor;
    return power * 10;
}

export function bytesText(bytes: number): string {
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let value = bytes;
    let unit = 0;
    while (value >= 1024 && unit < units.length - 1) {
        value /= 1024;
        unit++;
    }
    return `${unit === 0 ? grouped(value) : significant(value)} ${units[unit]}`;
}

export function amountText(amount: number, bytes: boolean): string {
    return bytes ? bytesText(amount) : grouped(amount);
}

/** 0.1234 is "12.3 %". */
export function shareText(share: number): string {
    if (!Number.isFinite(share)) return "–";
    if (share === 0) return "0 %";
    if (share < 0.001) return "< 0.1 %";
    return `${(share * 100).toFixed(1)} %`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
    return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** The names of the recording's resources, for people. */
export function resourceName(resource: string): string {
    const names: Record<string, string> = {
        task_window: "task window",
        consumed_window: "consumed window",
        payload: "payload",
        heap: "heap",
        dep_pool: "dependency pool",
        tensormap: "TensorMap",
    };
    return names[resource] ?? resource;
}
