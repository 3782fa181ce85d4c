/** Event arguments by name. Integers are decimal strings, byte strings lower-case hex, addresses as the chain prints them. */
export type EventArguments = Readonly<Record<string, unknown>>;

export interface StoredEvent {
  readonly blockNumber: number;
  readonly logIndex: number;
  readonly transactionHash: string;
  readonly contract: string;
  readonly name: string;
  readonly args: EventArguments;
  /** Of its block, in seconds. */
  readonly timestamp: number;
}

/** Where in the chain an event stands. */
export type EventPlace = Pick<StoredEvent, "blockNumber" | "logIndex">;

export interface EventFilter {
  readonly contract: string;
  /** One event, or several. */
  readonly name: string | readonly string[];
  /** Arguments that must be equal, in their stored form. */
  readonly where?: EventArguments;
  /** An argument that must be one of many. */
  readonly among?: { readonly argument: string; readonly values: readonly string[] };
  /** Only what stands at one of these places. */
  readonly places?: readonly EventPlace[];
  readonly fromBlock?: number;
  readonly upToBlock?: number;
}
