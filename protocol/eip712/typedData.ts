import { checkUint, concatBytes, writeUint } from "../bytes.ts";
import { asAddress, asHash, fromHex, writeHex, type Address, type Hash } from "../hex.ts";
import { keccak256, keccakText } from "../keccak.ts";

/** The member types that the protocol's structs use. */
export type MemberType =
  | "address"
  | "bool"
  | "bytes32"
  | "string"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint40"
  | "uint64"
  | "uint96"
  | "uint128"
  | "uint256";

type ValueOf<T extends MemberType> = T extends "address"
  ? Address
  : T extends "bytes32"
    ? Hash
    : T extends "string"
      ? string
      : T extends "uint8" | "uint16" | "uint32" | "uint40"
        ? number
        : T extends "bool"
          ? boolean
          : bigint;

/** The TypeScript shape of a struct whose members are `M`. */
export type StructOf<M extends Readonly<Record<string, MemberType>>> = { readonly [N in keyof M]: ValueOf<M[N]> };

/** A struct of EIP-712. */
export interface StructType<S> {
  readonly name: string;
  /** `Name(type member,…)`. */
  readonly encoded: string;
  readonly typeHash: Hash;
  /** What wallets and ethers' `signTypedData` take as types. */
  readonly types: Record<string, { name: string; type: string }[]>;
  /** hashStruct: keccak-256 of the typeHash and one word per member. */
  hash(value: S): Hash;
}

/**
 * Defines a struct from its members, in order.
 *
 * @see https://eips.ethereum.org/EIPS/eip-712
 */
export function structType<M extends Readonly<Record<string, MemberType>>>(
  name: string,
  members: M,
): StructType<StructOf<M>> {
  const fields = Object.entries(members).map(([member, type]) => ({ name: member, type }));
  const encoded = `${name}(${fields.map((field) => `${field.type} ${field.name}`).join(",")})`;
  const typeHash = keccakText(encoded);
  const prefix = fromHex(typeHash);
  return {
    name,
    encoded,
    typeHash,
    types: { [name]: fields },
    hash(value) {
      const words = new Uint8Array(32 * (1 + fields.length));
      words.set(prefix);
      fields.forEach((field, i) => {
        writeWord(words, 32 * (i + 1), field.type, value[field.name]!, field.name);
      });
      return keccak256(words);
    },
  };
}

/** keccak-256 of 0x1901, the domain separator and the struct hash: what is signed. */
export function typedDataDigest(domainSeparator: Hash, structHash: Hash): Hash {
  return keccak256(concatBytes(MAGIC, fromHex(domainSeparator), fromHex(structHash)));
}

const MAGIC = Uint8Array.of(0x19, 0x01);

function writeWord(
  target: Uint8Array,
  offset: number,
  type: MemberType,
  value: string | number | bigint | boolean,
  what: string,
) {
  if (type === "string") writeHex(target, offset, keccakText(String(value)));
  else if (type === "bytes32") writeHex(target, offset, asHash(String(value), what));
  else if (type === "address") writeHex(target, offset + 12, asAddress(String(value), what));
  else if (type === "bool") writeUint(target, offset, 32, value === true ? 1n : 0n, what);
  else writeUint(target, offset, 32, checkUint(BigInt(value), Number(type.slice(4)), what), what);
}
