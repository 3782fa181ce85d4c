import type { Address } from "@openledger/protocol/hex.ts";
import { PaymentError } from "../common/errors.ts";

interface Payment {
  readonly amount: bigint;
  readonly ended: Promise<void>;
}

/** The payments of one account that are accepted and not mined. */
interface Account {
  readonly payments: Set<Payment>;
  /** The last that asked: the next waits for it. */
  turn: Promise<unknown>;
  asking: number;
}

/** Counts what is under way against the balance, so that an account does not pay twice with the same money. */
export interface Underway {
  /**
   * Waits for the account's payments under way where the money is not enough for all.
   *
   * @param balanceOf the account's balance on the chain, in wei
   * @returns to be called when the payment is mined or given up
   * @throws PaymentError when the account cannot pay
   */
  reserve(account: Address, amount: bigint, balanceOf: () => Promise<bigint>): Promise<() => void>;
}

export function createUnderway(): Underway {
  const accounts = new Map<Address, Account>();

  async function whenFree({ payments }: Account, amount: bigint, balanceOf: () => Promise<bigint>): Promise<void> {
    for (;;) {
      // looked at before the balance: what is mined in between counts twice, and is looked at again
      const before = [...payments];
      const balance = await balanceOf();
      if (balance < amount) throw tooLittle(balance, amount);
      if (before.reduce((free, payment) => free - payment.amount, balance) >= amount) return;
      await Promise.race(before.map(({ ended }) => ended));
    }
  }

  function begin({ payments }: Account, amount: bigint, onEnd: () => void): () => void {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const payment = { amount, ended };
    payments.add(payment);
    return () => {
      payments.delete(payment);
      resolve();
      onEnd();
    };
  }

  return {
    reserve: async (address, amount, balanceOf) => {
      const account = accounts.get(address) ?? { payments: new Set(), turn: Promise.resolve(), asking: 0 };
      accounts.set(address, account);
      const forgetIdle = () => {
        if (account.payments.size === 0 && account.asking === 0) accounts.delete(address);
      };
      account.asking++;
      const turn = account.turn.then(() => whenFree(account, amount, balanceOf));
      const begun = turn.then(() => begin(account, amount, forgetIdle));
      account.turn = begun.catch(() => {});
      try {
        return await begun;
      } finally {
        account.asking--;
        forgetIdle();
      }
    },
  };
}

function tooLittle(balance: bigint, amount: bigint): PaymentError {
  return new PaymentError("the account has too little OPEN", {
    value: `${balance} wei`,
    limit: `${amount} wei`,
    remedy: "Send OPEN to the account, or authorise less.",
  });
}
