/** What stake stands behind: positions of IStakePools.Role. */
export const ROLE = { oracle: 0, validator: 1, compute: 2 } as const;
