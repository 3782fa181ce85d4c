import { asAddress } from "./hex.ts";

/** EntryPoint v0.7 of ERC-4337, which every chain of the OP stack has at this address. */
export const ENTRY_POINT = asAddress("0x0000000071727De22E5E9d8BAf0edAc6f37da032");
