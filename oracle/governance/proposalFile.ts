import { readFileSync } from "node:fs";
import { id, type FunctionFragment, type Interface } from "ethers";
import json5 from "json5";
import { z } from "zod";
import { interfaceOf } from "../chain/artifacts.ts";
import type { Deployment } from "../chain/deployment.ts";
import { InputError, messageOf } from "../common/errors.ts";

/** A call that the timelock would make. */
export interface ProposedCall {
  /** Contract and function, such as `ModelRegistry.setScheme`. */
  readonly what: string;
  readonly to: string;
  readonly data: string;
}

/** What a proposal is made of, ready to be sent. */
export interface Proposal {
  readonly calls: readonly ProposedCall[];
  /** Markdown; its first line is the title. */
  readonly description: string;
  readonly descriptionHash: string;
}

const schema = z.strictObject({
  title: z.string().trim().min(1).max(120),
  description: z.string().default(""),
  calls: z
    .array(
      z.strictObject({
        contract: z.string(),
        function: z.string(),
        args: z.array(z.unknown()).default([]),
        /** Announces the call in its contract instead of making it: what could touch money waits there until everybody can leave. */
        announce: z.boolean().default(false),
      }),
    )
    .min(1),
});

/**
 * Reads a proposal from a JSON5 file: a title, a description, and calls by contract and function. Integers beyond 2^53 are
 * written as strings.
 *
 * @param proposer Nobody else may then propose the same text.
 * @throws InputError that names the call and what it would have to be.
 */
export function readProposal(file: string, { addresses }: Deployment, proposer: string | undefined): Proposal {
  const { title, description, calls } = parse(file);
  const text = [`# ${title}`, description, proposer === undefined ? "" : `#proposer=${proposer}`];
  const whole = text.filter((part) => part !== "").join("\n\n");
  return {
    calls: calls.map((call, i) => {
      const to = Object.entries(addresses).find(([name]) => name === call.contract)?.[1];
      if (to === undefined) {
        throw new InputError(`call ${i + 1} names no contract of the deployment`, {
          value: call.contract,
          limit: Object.keys(addresses).join(", "),
        });
      }
      const abi = interfaceOf(call.contract);
      const data = encode(
        abi,
        call.function,
        call.args.map((value) => resolve(value, addresses)),
        i,
      );
      const what = `${call.contract}.${call.function}`;
      if (!call.announce) return { what, to, data };
      return { what: `${call.contract}.announce(${call.function})`, to, data: encode(abi, "announce", [data], i) };
    }),
    description: whole,
    descriptionHash: id(whole),
  };
}

function parse(file: string): z.output<typeof schema> {
  try {
    const parsed = schema.safeParse(json5.parse(readFileSync(file, "utf8")));
    if (parsed.success) return parsed.data;
    throw new InputError(z.prettifyError(parsed.error));
  } catch (error) {
    throw new InputError(`the proposal cannot be read: ${messageOf(error)}`, {
      value: file,
      limit:
        'JSON5 such as { title: "…", calls: [{ contract: "ModelRegistry", function: "setScheme", args: ["0x…", true] }] }',
      cause: error,
    });
  }
}

/** A text like `@TimelockController` stands for the contract's address. */
function resolve(value: unknown, addresses: Deployment["addresses"]): unknown {
  if (Array.isArray(value)) return value.map((part) => resolve(part, addresses));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, resolve(part, addresses)]));
  }
  if (typeof value !== "string" || !value.startsWith("@")) return value;
  const address = Object.entries(addresses).find(([name]) => name === value.slice(1))?.[1];
  if (address !== undefined) return address;
  throw new InputError("this names no contract of the deployment", {
    value,
    limit: Object.keys(addresses)
      .map((name) => `@${name}`)
      .join(", "),
  });
}

function encode(abi: Interface, name: string, args: readonly unknown[], index: number): string {
  let fragment: FunctionFragment | null;
  try {
    fragment = abi.getFunction(name);
  } catch (error) {
    throw new InputError(`call ${index + 1} names several functions`, {
      value: name,
      limit: "a signature, such as setScheme(bytes32,bool)",
      cause: error,
    });
  }
  if (fragment === null || fragment.constant) {
    const writes: string[] = [];
    abi.forEachFunction((f) => void (f.constant || writes.push(f.name)));
    throw new InputError(`call ${index + 1} names no function that changes the contract`, {
      value: name,
      limit: writes.join(", "),
    });
  }
  try {
    return abi.encodeFunctionData(fragment, args);
  } catch (error) {
    throw new InputError(`the arguments of call ${index + 1} do not fit: ${messageOf(error)}`, {
      value: args,
      limit: fragment.format("full"),
      cause: error,
    });
  }
}
