import { accessSync, constants, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { asAddress, type Address } from "@openledger/protocol/hex.ts";
import { formatOpen, parseOpen } from "@openledger/protocol/units.ts";
import { Option } from "commander";
import { getAddress } from "ethers";
import { InputError } from "../common/errors.ts";
import { ID_TEXT } from "../common/idText.ts";
import { mayBeDirectory } from "../config/schema.ts";

/** An id as somebody typed it: a decimal integer from 1. */
export function parseId(text: string): bigint {
  if (ID_TEXT.test(text)) return BigInt(text);
  throw new InputError("this is not an id", { value: text, limit: "a decimal integer from 1" });
}

/** The same where 0 stands for none. */
export function parseIdOrZero(text: string): bigint {
  return text === "0" ? 0n : parseId(text);
}

/** A count as somebody typed it. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InputError("this is not a count", { value: text, limit: "an integer of at least 1" });
}

/** A TCP port as somebody typed it. */
export function parsePort(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value <= 65_535) return value;
  throw new InputError("this is not a port", { value: text, limit: "1 to 65535" });
}

/** An address as somebody typed it; mixed case must be a valid checksum (EIP-55). */
export function parseAddress(text: string): Address {
  try {
    return asAddress(getAddress(text));
  } catch (error) {
    throw new InputError("this is not an address", {
      value: text,
      limit: "0x and 40 hexadecimal digits, with a valid checksum where upper and lower case are mixed",
      cause: error,
    });
  }
}

/** An amount of OPEN as somebody typed it, such as "2.5", in wei. */
export function parseAmount(text: string): bigint {
  try {
    return parseOpen(text);
  } catch (error) {
    throw new InputError("this is not an amount of OPEN", {
      value: text,
      limit: "a decimal number with at most 18 decimals, such as 12.5",
      cause: error,
    });
  }
}

/** An option that takes an amount of OPEN. @param standard wei, which help shows as it would be typed */
export function amountOption(flags: string, about: string, standard: bigint): Option {
  return new Option(flags, about).argParser(parseAmount).default(standard, formatOpen(standard));
}

/** A file to write. What was computed for it must not be lost for want of a folder. */
export function parseNewFile(text: string): string {
  try {
    accessSync(dirname(resolve(text)), constants.W_OK);
    if (statSync(text, { throwIfNoEntry: false })?.isDirectory() !== true) return text;
  } catch (error) {
    throw new InputError("the file cannot be written", { value: text, limit: NEW_FILE, cause: error });
  }
  throw new InputError("this is a folder", { value: text, limit: NEW_FILE });
}

/** A directory that is kept, or made. */
export function parseDirectory(text: string): string {
  if (mayBeDirectory(text)) return text;
  throw new InputError("this is a file", { value: text, limit: "a directory, or a path where nothing is yet" });
}

const NEW_FILE = "a file in a folder that exists and may be written to";

/** For options that can be given several times. */
export function collect<T>(parse: (text: string) => T): (text: string, before: T[] | undefined) => T[] {
  return (text, before = []) => [...before, parse(text)];
}
