import { type FunctionFragment, MaxUint256, type ParamType, ZeroAddress } from "ethers";

/** Whom a hostile owner puts wherever an address is asked for. */
export interface Accomplices {
  readonly owner: string;
  /** An implementation that does anything for anyone. */
  readonly thief: string;
  readonly token: string;
}

type Choice = (type: ParamType, accomplices: Accomplices) => unknown;

/** Least, small, a whole in basis points, a month, and most; with nobody, the owner, its contract or another one. */
const CHOICES: readonly Choice[] = [
  pick(0n, ({ owner }) => owner, false),
  pick(1n, ({ owner }) => owner, true),
  pick(10_000n, ({ thief }) => thief, true),
  pick(2_592_000n, ({ token }) => token, true),
  pick(MaxUint256, () => ZeroAddress, true),
];

/** The arguments of a function as somebody chooses them who wants what others have. */
export const hostileArguments = ({ inputs }: FunctionFragment, accomplices: Accomplices): unknown[][] =>
  inputs.length === 0 ? [[]] : CHOICES.map((choose) => inputs.map((input) => argument(input, choose, accomplices)));

function argument(type: ParamType, choose: Choice, accomplices: Accomplices): unknown {
  if (type.isTuple()) return type.components.map((component) => argument(component, choose, accomplices));
  if (type.isArray()) {
    const length = type.arrayLength < 0 ? 1 : type.arrayLength;
    return Array.from({ length }, () => argument(type.arrayChildren, choose, accomplices));
  }
  return choose(type, accomplices);
}

function pick(amount: bigint, account: (accomplices: Accomplices) => string, flag: boolean): Choice {
  return ({ baseType }, accomplices) => {
    if (baseType === "address") return account(accomplices);
    if (baseType === "bool") return flag;
    if (baseType === "string") return "";
    if (baseType === "bytes") return "0x";
    const size = /^bytes(\d+)$/u.exec(baseType)?.[1];
    if (size !== undefined) return "0x".padEnd(2 + 2 * Number(size), "1");
    const bits = BigInt(/\d+$/u.exec(baseType)?.[0] ?? 256);
    const most = baseType.startsWith("u") ? (1n << bits) - 1n : (1n << (bits - 1n)) - 1n;
    return amount < most ? amount : most;
  };
}
