/** Where a sweep takes what is in a till; all parents and all curators together. */
export const SWEPT_PARTS = ["protocol", "owner", "parents", "compute", "stakers", "curators", "contributors"] as const;

/** How a till was divided, in OPEN wei. */
export type SweptParts = Readonly<Record<(typeof SWEPT_PARTS)[number], bigint>>;

/** The parts of InferenceMarket's `Swept` event, decoded by name: amounts, and lists of amounts. */
export function readParts(parts: unknown): SweptParts {
  const { parents, curators, ...rest } = parts as Omit<SweptParts, "parents" | "curators"> & {
    readonly parents: readonly bigint[];
    readonly curators: readonly bigint[];
  };
  return { ...rest, parents: sumOf(parents), curators: sumOf(curators) };
}

const sumOf = (amounts: readonly bigint[]) => amounts.reduce((sum, amount) => sum + amount, 0n);
