import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asAddress } from "@openledger/protocol/hex.ts";
import { PaymentError } from "../../common/errors.ts";
import { readPayment } from "./payment.ts";
import { exactRequirements, paidToken, timeoutSeconds } from "./requirements.ts";
import { decodeHeader, encodeHeader } from "./wire.ts";

const address = (byte: string) => asAddress(`0x${byte.repeat(20)}`);
const token = paidToken(10, { name: "OpenLedger", version: "1", verifyingContract: address("aa") });
const demand = exactRequirements(token, { price: 5n, till: address("bb") }, 600);
const authorization = {
  from: address("cc"),
  to: address("bb"),
  value: "5",
  validAfter: "0",
  validBefore: "9",
  nonce: `0x${"01".repeat(32)}`,
};
const payment = { x402Version: 2, accepted: demand, payload: { authorization, signature: "0x01" } };
const read = (value: unknown) => readPayment(encodeHeader(value), [demand]);

describe("the header PAYMENT-SIGNATURE", () => {
  it("is read as a client of version 2 writes it, with addresses in any case", () => {
    const accepted = { ...demand, payTo: `0x${"BB".repeat(20)}`, maxTimeoutSeconds: 1 };
    const { payment: paid, ...extensions } = read({ ...payment, accepted, extensions: undefined });
    expect(paid).toMatchObject({ from: address("cc"), value: 5n, validBefore: 9n, signature: "0x01" });
    expect(extensions).toEqual({});
  });

  it("carries the consumer's name for the call and the salt of a binding nonce", () => {
    const salt = `0x${"02".repeat(32)}`;
    const extensions = {
      "payment-identifier": { info: { required: false, id: "pay_0123456789abcdef" }, schema: {} },
      "openledger-receipt": { info: { market: "0x", salt } },
      unknown: 7,
    };
    expect(read({ ...payment, extensions })).toMatchObject({ identifier: "pay_0123456789abcdef", salt });
  });

  it.each([
    ["no JSON", "e30", /payment/u],
    ["version 1", { ...payment, x402Version: 1 }, /cannot be read/u],
    ["no authorization", { ...payment, payload: { signature: "0x01" } }, /cannot be read/u],
    ["another scheme", { ...payment, accepted: { ...demand, scheme: "upto" } }, /something else/u],
    ["another amount", { ...payment, accepted: { ...demand, amount: "4" } }, /something else/u],
    ["another chain", { ...payment, accepted: { ...demand, network: "eip155:1" } }, /something else/u],
    ["another receiver", { ...payment, accepted: { ...demand, payTo: address("dd") } }, /something else/u],
    [
      "an authorization to another receiver",
      { ...payment, payload: { ...payment.payload, authorization: { ...authorization, to: address("dd") } } },
      /somebody else/u,
    ],
    ["a short name", { ...payment, extensions: { "payment-identifier": { info: { id: "short" } } } }, /identifier/u],
    ["a salt that is none", { ...payment, extensions: { "openledger-receipt": { info: { salt: 1 } } } }, /salt/u],
  ])("is refused with %s", (_what, value, words) => {
    expect(() => read(value)).toThrow(PaymentError);
    expect(() => read(value)).toThrow(words);
  });

  it("is refused, and nothing else happens, whatever it is", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.base64String(),
          fc.json().map((json) => btoa(encodeURI(json))),
        ),
        (header) => {
          expect(() => readPayment(header, [demand])).toThrow(PaymentError);
        },
      ),
    );
  });

  it("says any JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        if (text.length < 2_000) expect(JSON.stringify(decodeHeader(encodeHeader(JSON.parse(text))))).toBe(text);
      }),
    );
    expect(decodeHeader("e".repeat(16_385))).toBeUndefined();
  });
});

describe("the time that a client has", () => {
  it("ends after the chain's clock, however far that is ahead of the client's", () => {
    expect(timeoutSeconds(1_000n, 1_000_000)).toBe(600);
    expect(timeoutSeconds(5_000n, 1_000_000)).toBe(4_600);
    expect(timeoutSeconds(10n, 1_000_000)).toBe(600);
  });
});
