import { AbiCoder, Interface, id, zeroPadValue } from "ethers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChainError } from "../common/errors.ts";
import { decodeLog } from "./decodeLog.ts";
import { textOfBytes } from "./textOfBytes.ts";

const contract = new Interface([
  "event Made(uint256 indexed id, string indexed key, string name, string[] tags, (uint8 kind, string uri, (bytes raw, string note)[] parts) terms)",
  "event Empty()",
]);
const TOPIC = contract.getEvent("Made")!.topicHash;
const KEY = id("key");
/** The ABI lays a string out as it does its bytes. */
const encode = (name: Uint8Array, tags: Uint8Array[], uri: Uint8Array, note: Uint8Array) =>
  AbiCoder.defaultAbiCoder().encode(
    ["bytes", "bytes[]", "tuple(uint8, bytes, tuple(bytes, bytes)[])"],
    [name, tags, [3, uri, [["0x00ff", note]]]],
  );
const topics = [TOPIC, zeroPadValue("0x07", 32), KEY];

describe("decoding a log", () => {
  it("reads any bytes in any string, at every depth", () => {
    const bytes = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(bytes, fc.array(bytes, { maxLength: 3 }), bytes, bytes, (name, tags, uri, note) => {
        expect(decodeLog(contract, { topics, data: encode(name, tags, uri, note) })).toEqual({
          name: "Made",
          args: {
            id: 7n,
            key: expect.objectContaining({ hash: KEY }) as unknown,
            name: textOfBytes(name),
            tags: tags.map(textOfBytes),
            terms: { kind: 3n, uri: textOfBytes(uri), parts: [{ raw: "0x00ff", note: textOfBytes(note) }] },
          },
        });
      }),
    );
  });

  it("knows an event without arguments", () => {
    const log = { topics: [contract.getEvent("Empty")!.topicHash], data: "0x" };
    expect(decodeLog(contract, log)).toEqual({ name: "Empty", args: {} });
  });

  it("leaves out what the interface does not know", () => {
    expect(decodeLog(contract, { topics: [id("Other()")], data: "0x" })).toBeUndefined();
    expect(decodeLog(contract, { topics: [], data: "0x" })).toBeUndefined();
  });

  it("refuses a log without the form of its event, whatever is in it", () => {
    const data = encode(new Uint8Array(3), [], new Uint8Array(40), new Uint8Array(1));
    expect(() => decodeLog(contract, { topics: topics.slice(0, 2), data })).toThrow(ChainError);
    expect(() => decodeLog(contract, { topics, data: "0x" })).toThrow(/does not have the form of its event/u);
    expect(() => decodeLog(contract, { topics, data: data.slice(0, -128) })).toThrow(ChainError);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const random = `0x${Buffer.from(bytes).toString("hex")}`;
        try {
          decodeLog(contract, { topics, data: random });
        } catch (error) {
          expect(error).toBeInstanceOf(ChainError);
        }
      }),
    );
  });
});
