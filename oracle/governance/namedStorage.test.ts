import { describe, expect, it } from "vitest";
import { fieldsOf } from "./namedStorage.ts";

const types = {
  t_address: { label: "address" },
  t_bool: { label: "bool" },
  t_uint16: { label: "uint16" },
  t_uint256: { label: "uint256" },
  t_map: { label: "mapping(uint256 => bool)" },
  t_three: { label: "uint256[3]" },
  t_pair: {
    label: "struct Pair",
    members: [
      { label: "a", type: "t_uint16" },
      { label: "b", type: "t_uint16" },
    ],
  },
};

/** Slots from the namespace's first, and bytes from the right. */
function placed(...members: [label: string, type: keyof typeof types][]): Record<string, [number, number]> {
  const namespaces = { "erc7201:example.main": members.map(([label, type]) => ({ label, type })) };
  const fields = fieldsOf({ types, namespaces });
  // the example of ERC-7201
  const base = 0x183a6125c38840424c4a85fa12bab2ab606c4b6d0e7cc73c0c06ba5300eab500n;
  return Object.fromEntries(fields.map(({ name, slot, offset }) => [name, [Number(slot - base), offset]]));
}

describe("fieldsOf", () => {
  it("packs what fits into a slot, from the right", () => {
    expect(placed(["x", "t_uint16"], ["who", "t_address"], ["on", "t_bool"])).toEqual({
      x: [0, 0],
      who: [0, 2],
      on: [0, 22],
    });
    expect(placed(["who", "t_address"], ["other", "t_address"])).toEqual({ who: [0, 0], other: [1, 0] });
  });

  it("gives structs slots of their own, and the next field another", () => {
    expect(placed(["x", "t_uint16"], ["pair", "t_pair"], ["y", "t_uint16"])).toEqual({
      x: [0, 0],
      "pair.a": [1, 0],
      "pair.b": [1, 2],
      y: [2, 0],
    });
  });

  it("leaves a slot to a mapping and one to each element of a list, and names neither", () => {
    expect(placed(["map", "t_map"], ["x", "t_uint256"])).toEqual({ x: [1, 0] });
    expect(placed(["three", "t_three"], ["x", "t_uint16"])).toEqual({ x: [3, 0] });
  });
});
