import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { getAddress, id, keccak256, type Provider, toBeHex, zeroPadValue } from "ethers";
import { z } from "zod";
import { REPOSITORY } from "../chain/artifacts.ts";
import type { ContractName, Deployment } from "../chain/deployment.ts";

const fieldSchema = z.object({ label: z.string(), type: z.string() });
const layoutSchema = z.object({
  types: z.record(z.string(), z.object({ label: z.string(), members: z.array(z.unknown()).optional() })),
  namespaces: z.record(z.string(), z.array(fieldSchema)),
});
type Layout = z.output<typeof layoutSchema>;

/** A value with a place of its own; what is in mappings and lists has none. */
export interface Field {
  readonly name: string;
  readonly slot: bigint;
  /** First byte from the right. */
  readonly offset: number;
  readonly bytes: number;
  /** As the layout names the type. */
  readonly type: string;
}

const SLOT_BYTES = 32;

/** Values of the committed storage layouts (deploy/layouts), by contract and name, as they are stored. */
export async function readNamedStorage(
  { addresses }: Deployment,
  source: Pick<Provider, "getStorage">,
): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  for (const file of globSync("deploy/layouts/*.json", { cwd: REPOSITORY }).toSorted()) {
    const contract = basename(file, ".json") as ContractName;
    const layout = layoutSchema.parse(JSON.parse(readFileSync(join(REPOSITORY, file), "utf8")));
    const fields = fieldsOf(layout);
    const slots = [...new Set(fields.map(({ slot }) => slot))];
    const words = new Map(
      await Promise.all(
        slots.map(async (slot) => [slot, BigInt(await source.getStorage(addresses[contract], slot))] as const),
      ),
    );
    for (const field of fields) values.set(`${contract}.${field.name}`, decode(field, words.get(field.slot)!));
  }
  return values;
}

/** Where ERC-7201 keeps a namespace such as `erc7201:openledger.storage.Models`. */
function namespaceSlot(name: string): bigint {
  const inner = BigInt(id(name.replace(/^erc7201:/u, ""))) - 1n;
  return BigInt(keccak256(zeroPadValue(toBeHex(inner), SLOT_BYTES))) & ~0xffn;
}

/** Every value of a layout that has a place of its own, packed as the compiler packs it. */
export function fieldsOf({ types, namespaces }: Layout): Field[] {
  const found: Field[] = [];

  /** Returns the first free byte, counted from the namespace's first slot. */
  function place(
    prefix: string,
    members: readonly { label: string; type: string }[],
    base: bigint,
    from: number,
  ): number {
    let at = from;
    const nextSlot = () => Math.ceil(at / SLOT_BYTES) * SLOT_BYTES;
    for (const { label, type } of members) {
      const about = types[type]!;
      const name = prefix + label;
      if (about.members?.every((member) => typeof member === "object") === true && about.label.startsWith("struct")) {
        at = place(`${name}.`, z.array(fieldSchema).parse(about.members), base, nextSlot());
        at = nextSlot();
        continue;
      }
      const bytes = bytesOf(about.label);
      if ((at % SLOT_BYTES) + (bytes ?? SLOT_BYTES) > SLOT_BYTES) at = nextSlot();
      if (bytes !== undefined) {
        const slot = base + BigInt(Math.floor(at / SLOT_BYTES));
        found.push({ name, slot, offset: at % SLOT_BYTES, bytes, type: about.label });
      }
      at += (bytes ?? SLOT_BYTES) * lengthOf(about.label);
    }
    return at;
  }

  for (const [name, members] of Object.entries(namespaces)) place("", members, namespaceSlot(name), 0);
  return found;
}

/** Bytes of an elementary type; undefined for what the compiler keeps elsewhere. */
function bytesOf(label: string): number | undefined {
  if (label.startsWith("mapping") || label.endsWith("]") || label === "string" || label === "bytes") return undefined;
  if (label === "address" || label.startsWith("contract ")) return 20;
  if (label === "bool" || label.startsWith("enum ")) return 1;
  const sized = /^(u?int|bytes)(\d+)$/u.exec(label);
  if (sized === null) return undefined;
  return sized[1] === "bytes" ? Number(sized[2]) : Number(sized[2]) / 8;
}

/** Slots of a list of fixed length, each of whose elements takes one. */
function lengthOf(label: string): number {
  return Number(/\[(\d+)\]$/u.exec(label)?.[1] ?? 1);
}

function decode({ offset, bytes, type }: Field, word: bigint): string {
  const value = (word >> BigInt(offset * 8)) & ((1n << BigInt(bytes * 8)) - 1n);
  if (type === "address" || type.startsWith("contract ")) return getAddress(toBeHex(value, 20));
  if (type === "bool") return value === 0n ? "false" : "true";
  return type.startsWith("bytes") ? toBeHex(value, bytes) : `${value}`;
}
