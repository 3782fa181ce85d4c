import { EventFragment, getBytes, type Interface, ParamType, type Result } from "ethers";
import { ChainError, messageOf } from "../common/errors.ts";
import { textOfBytes } from "./textOfBytes.ts";

/** An event of a contract: integers are bigints, strings in the form of {@link textOfBytes}, structs objects. */
export interface DecodedEvent {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

interface RawLog {
  readonly topics: readonly string[];
  readonly data: string;
}

/**
 * The event that a log holds; undefined for one that this interface does not know.
 *
 * @throws ChainError when the log does not have the event's form
 */
export function decodeLog(contract: Interface, log: RawLog): DecodedEvent | undefined {
  const [topic, ...indexed] = log.topics;
  const event = topic === undefined ? null : contract.getEvent(topic);
  if (event === null) return undefined;
  const layout = withBytes(event);
  try {
    const values = contract.decodeEventLog(layout, log.data, indexed);
    return { name: event.name, args: named(values, event.inputs) };
  } catch (error) {
    throw new ChainError(`a log does not have the form of its event: ${messageOf(error)}`, {
      value: log.data,
      limit: event.format("full"),
      cause: error,
    });
  }
}

const rewritten = new WeakMap<EventFragment, EventFragment>();

/**
 * The same event with `bytes` for every `string`: the ABI lays both out alike, and ethers refuses a string that is no UTF-8.
 * Anonymous, because the hash in the first topic is that of the event as it was declared.
 */
function withBytes(event: EventFragment): EventFragment {
  const known = rewritten.get(event);
  if (known !== undefined) return known;
  const inputs = event.inputs.map((input) =>
    ParamType.from(JSON.parse(input.format("json").replaceAll(/"type":"string(?=["[])/gu, '"type":"bytes')), true),
  );
  const made = EventFragment.from({ type: "event", name: event.name, anonymous: true, inputs });
  rewritten.set(event, made);
  return made;
}

function named(values: Result, types: readonly ParamType[]): Record<string, unknown> {
  return Object.fromEntries(types.map((type, i) => [type.name, plain(values[i], type)]));
}

function plain(value: unknown, type: ParamType): unknown {
  if (type.isArray()) return [...(value as Result)].map((item) => plain(item, type.arrayChildren));
  if (type.isTuple()) return named(value as Result, type.components);
  // an indexed string is the hash of its bytes
  if (type.baseType === "string" && typeof value === "string") return textOfBytes(getBytes(value));
  return value;
}
