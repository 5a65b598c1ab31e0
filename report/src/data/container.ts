// SPDX-License-Identifier: Apache-2.0
/**
 * The tables of a report. The encoder's header, src/analysis/report_encoding.hpp, describes the bytes.
 *
 * A column is decoded when it is first asked for, so what nobody looks at costs nothing.
 */

export interface ColumnSpec {
    name: string;
    bytes: number;
    /** Values are above 31 bits, or times. */
    wide: boolean;
    nulls: boolean;
    signed: boolean;
    /** What a value is counted from: "zero", "previous", "column" (`of`), or "group" (previous of that `of`). */
    base: "zero" | "previous" | "column" | "group";
    of?: string;
}

export interface TableSpec {
    name: string;
    rows: number;
    columns: ColumnSpec[];
}

/** Values by row: null is NaN in a wide column, -1 in another. */
export type Column = Float64Array | Int32Array;

const kMagic = "WEIRPAGE";
const kVersion = 1;
const kHeadBytes = 16;

export class DamagedReport extends Error {}

export interface Container {
    /** The JSON of the header. */
    header: unknown;
    tables: Map<string, Table>;
}

interface Place {
    spec: ColumnSpec;
    offset: number;
}

export class Table {
    readonly rows: number;
    private readonly places = new Map<string, Place>();
    private readonly decoded = new Map<string, Column>();

    constructor(
        spec: TableSpec,
        private readonly bytes: Uint8Array,
        offset: number,
    ) {
        this.rows = spec.rows;
        let at = offset;
        for (const column of spec.columns) {
            this.places.set(column.name, { spec: column, offset: at });
            at += column.bytes;
        }
        if (at > bytes.length) throw new DamagedReport(`table ${spec.name} ends behind the data`);
    }

    /** Throws DamagedReport when there is no such column. */
    column(name: string): Column {
        const known = this.decoded.get(name);
        if (known) return known;
        const place = this.places.get(name);
        if (!place) throw new DamagedReport(`there is no column ${name}`);
        const { spec } = place;
        const other = spec.of === undefined ? null : this.column(spec.of);
        const values = decode(this.bytes, place.offset, this.rows, spec, other);
        this.decoded.set(name, values);
        return values;
    }

    wide(name: string): Float64Array {
        const values = this.column(name);
        if (!(values instanceof Float64Array)) throw new DamagedReport(`column ${name} is not wide`);
        return values;
    }

    narrow(name: string): Int32Array {
        const values = this.column(name);
        if (!(values instanceof Int32Array)) throw new DamagedReport(`column ${name} is wide`);
        return values;
    }
}

function isNull(values: Column, row: number): boolean {
    return values instanceof Float64Array ? Number.isNaN(values[row]) : values[row] === -1;
}

/** Reads `rows` varints from `offset` on. */
function decode(
    bytes: Uint8Array,
    offset: number,
    rows: number,
    spec: ColumnSpec,
    other: Column | null,
): Column {
    const values: Column = spec.wide ? new Float64Array(rows) : new Int32Array(rows);
    const missing = spec.wide ? Number.NaN : -1;
    const last = new Map<number, number>();
    let previous = 0;
    let at = offset;
    for (let row = 0; row < rows; row++) {
        let byte = bytes[at++];
        let value = byte & 127;
        for (let scale = 128; byte > 127; scale *= 128) {
            byte = bytes[at++];
            value += (byte & 127) * scale;
        }
        if (spec.nulls) {
            if (value === 0) {
                values[row] = missing;
                continue;
            }
            value -= 1;
        }
        if (spec.signed) value = value % 2 === 0 ? value / 2 : -(value + 1) / 2;
        if (spec.base === "previous") {
            value += previous;
        } else if (spec.base === "column") {
            value += isNull(other!, row) ? previous : other![row];
        } else if (spec.base === "group") {
            value += last.get(other![row]) ?? 0;
            last.set(other![row], value);
        }
        previous = value;
        values[row] = value;
    }
    if (at !== offset + spec.bytes) throw new DamagedReport(`column ${spec.name} has a wrong length`);
    return values;
}

/** Throws DamagedReport when these are no bytes of a report, or those of a newer one. */
export function parseContainer(bytes: Uint8Array): Container {
    const text = new TextDecoder();
    if (bytes.length < kHeadBytes || text.decode(bytes.subarray(0, kMagic.length)) !== kMagic) {
        throw new DamagedReport("this is no data of a Weir report");
    }
    const head = new DataView(bytes.buffer, bytes.byteOffset, kHeadBytes);
    const version = head.getUint32(8, true);
    if (version > kVersion) throw new DamagedReport(`data of version ${version}, newer than ${kVersion}`);
    const end = kHeadBytes + head.getUint32(12, true);
    if (end > bytes.length) throw new DamagedReport("the header ends behind the data");
    const header = JSON.parse(text.decode(bytes.subarray(kHeadBytes, end))) as { tables: TableSpec[] };
    const tables = new Map<string, Table>();
    let offset = end;
    for (const spec of header.tables) {
        tables.set(spec.name, new Table(spec, bytes, offset));
        for (const column of spec.columns) offset += column.bytes;
    }
    if (offset !== bytes.length) throw new DamagedReport("the tables do not end where the data does");
    return { header, tables };
}
