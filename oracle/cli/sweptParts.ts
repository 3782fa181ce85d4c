/** Where a sweep takes what is in a till, in OPEN wei; all parents and all curators together. */
export interface SweptParts {
  readonly protocol: bigint;
  readonly owner: bigint;
  readonly parents: bigint;
  readonly compute: bigint;
  readonly stakers: bigint;
  readonly curators: bigint;
  readonly contributors: bigint;
}

/** The parts of InferenceMarket's `Swept` event, decoded by name: amounts, and lists of amounts. */
export function readParts(parts: unknown): SweptParts {
  const { parents, curators, ...rest } = parts as Omit<SweptParts, "parents" | "curators"> & {
    readonly parents: readonly bigint[];
    readonly curators: readonly bigint[];
  };
  return { ...rest, parents: sumOf(parents), curators: sumOf(curators) };
}

const sumOf = (amounts: readonly bigint[]) => amounts.reduce((sum, amount) => sum + amount, 0n);
