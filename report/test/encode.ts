// SPDX-License-Identifier: Apache-2.0
/** The bytes of a report, for tests: as src/analysis/report_encoding.hpp describes them. */
import type { ColumnSpec } from "../src/data/container";

export interface TestColumn {
    name: string;
    values: (number | null)[];
    wide?: boolean;
    base?: ColumnSpec["base"];
    of?: string;
}

export interface TestTable {
    name: string;
    columns: TestColumn[];
}

function varint(number: number): number[] {
    const bytes: number[] = [];
    let rest = number;
    while (rest >= 128) {
        bytes.push((rest % 128) + 128);
        rest = Math.floor(rest / 128);
    }
    return [...bytes, rest];
}

function differences(column: TestColumn, table: TestTable): (number | null)[] {
    const other = table.columns.find(({ name }) => name === column.of)?.values ?? [];
    const last = new Map<number | null, number>();
    let previous = 0;
    return column.values.map((value, row) => {
        if (value === null) return null;
        let base = 0;
        if (column.base === "previous") base = previous;
        if (column.base === "column") base = other[row] ?? previous;
        if (column.base === "group") base = last.get(other[row]) ?? 0;
        last.set(other[row] ?? null, value);
        previous = value;
        return value - base;
    });
}

function encodeColumn(column: TestColumn, table: TestTable): [ColumnSpec, number[]] {
    const steps = differences(column, table);
    const nulls = steps.includes(null);
    const signed = steps.some((step) => step !== null && step < 0);
    const bytes = steps.flatMap((step) => {
        if (step === null) return [0];
        const code = signed ? (step >= 0 ? step * 2 : -step * 2 - 1) : step;
        return varint(code + (nulls ? 1 : 0));
    });
    const { name, wide = false, base = "zero", of } = column;
    const spec: ColumnSpec = { name, bytes: bytes.length, wide, nulls, signed, base };
    return [of === undefined ? spec : { ...spec, of }, bytes];
}

export function encode(header: object, tables: TestTable[], version = 1): Uint8Array {
    const data: number[] = [];
    const specs = tables.map((table) => ({
        name: table.name,
        rows: table.columns[0]?.values.length ?? 0,
        columns: table.columns.map((column) => {
            const [spec, bytes] = encodeColumn(column, table);
            data.push(...bytes);
            return spec;
        }),
    }));
    const text = new TextEncoder().encode(JSON.stringify({ ...header, tables: specs }));
    const bytes = new Uint8Array(16 + text.length + data.length);
    bytes.set(new TextEncoder().encode("WEIRPAGE"));
    const view = new DataView(bytes.buffer);
    view.setUint32(8, version, true);
    view.setUint32(12, text.length, true);
    bytes.set(text, 16);
    bytes.set(data, 16 + text.length);
    return bytes;
}
