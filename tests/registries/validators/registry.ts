// zod everywhere: input of actions, connection parameters, events, queues, and types inferred from schemas.

import { actor, event, queue, setup } from "rivetkit";
import { z } from "zod";

const Currency = z.enum(["EUR", "USD"]);
export type Currency = z.infer<typeof Currency>;

const Money = z.object({
  /** Cents, not euros. @int */
  amount: z.number().int(),
  currency: Currency,
});
/** An amount in one currency. */
export type Money = z.infer<typeof Money>;

const ProductId = z.string().brand<"ProductId">();
export type ProductId = z.infer<typeof ProductId>;

const Item = z.object({
  product: z.string(),
  /** @int */
  count: z.number().int().min(1).default(1),
  note: z.string().nullable().optional(),
});

const Payment = z.discriminatedUnion("method", [
  z.object({ method: z.literal("card"), last4: z.string().length(4) }),
  z.object({
    method: z.literal("invoice"),
    due: z.number().int(),
    address: z.object({ street: z.string(), city: z.string() }),
  }),
  z.object({ method: z.literal(["cash", "voucher"]), paid: z.boolean() }),
]);
export type Payment = z.infer<typeof Payment>;

const Order = z.object({
  id: z.string(),
  items: z.array(Item),
  total: Money,
  payment: Payment.nullable(),
  tags: z.record(z.string(), z.union([z.string(), z.number()])),
});
/** What was ordered, and what it costs. */
export type Order = z.infer<typeof Order>;

const Shopper = z.object({ customer: z.string().min(1), currency: Currency.default("EUR") });

interface ShopState {
  prices: Record<string, number>;
  orders: Order[];
}

/** A shop that believes nothing it has not checked. */
export const shop = actor({
  state: { prices: { apple: 30, pear: 45 }, orders: [] } as ShopState,
  connParamsSchema: Shopper,
  createConnState: (_c: unknown, params: z.output<typeof Shopper>) => ({ ...params }),
  actionInputSchemas: {
    price: z.tuple([z.string(), Currency.optional()]),
    order: z.tuple([z.array(Item).min(1), Payment.optional()]),
    stock: { add: z.tuple([z.string(), z.number().int().positive()]) },
  },
  events: {
    /** The schema is the event. */
    ordered: Order,
    /** The schema is an option. */
    priceChanged: event({ schema: z.object({ product: z.string(), price: Money }) }),
    /** A schema of a list is one argument. */
    soldOut: z.array(z.string()),
  },
  queues: {
    /** Both sides are checked. The sender may leave out what has a default. */
    restock: {
      message: z.object({ product: z.string(), count: z.number().int().default(10) }),
      complete: z.object({ product: z.string(), stock: z.number().int() }),
    },
    /** The schemas are options. */
    quote: queue({ message: z.object({ items: z.array(Item) }), complete: Money }),
    /** The schema is the queue. */
    feedback: z.object({
      stars: z.union([z.literal(1), z.literal(2), z.literal(3)]),
      text: z.string().optional(),
    }),
  },
  actions: {
    price: (c, product: string, currency: Currency = "EUR"): Money | null => {
      const amount = c.state.prices[product];
      return amount === undefined ? null : { amount, currency };
    },
    /** Order items, and pay now or later. */
    order: (c, items: z.input<typeof Item>[], payment?: Payment): Order => {
      const order = toOrder(c.state, items, payment ?? null);
      c.state.orders.push(order);
      c.broadcast("ordered", order);
      return order;
    },
    orders: (c): Order[] => c.state.orders,
    product: (_c, id: ProductId): { id: ProductId; length: number } => ({ id, length: id.length }),
    stock: {
      /** Add a product, or change its price. */
      add: (c, product: string, price: number): number => {
        c.state.prices[product] = price;
        c.broadcast("priceChanged", { product, price: { amount: price, currency: "EUR" } });
        if (price > 1000) c.broadcast("soldOut", [product]);
        return Object.keys(c.state.prices).length;
      },
    },
    me: (c) => ({ customer: c.conn.state.customer, currency: c.conn.state.currency }),
  },
  run: async (c) => {
    const stock: Record<string, number> = {};
    for await (const message of c.queue.iter({
      names: ["restock", "quote", "feedback"],
      completable: true,
    })) {
      if (message.name === "restock") {
        const { product, count } = message.body;
        stock[product] = (stock[product] ?? 0) + count;
        await message.complete({ product, stock: stock[product] });
      } else if (message.name === "quote") {
        const { items } = message.body as { items: z.input<typeof Item>[] };
        await message.complete(toOrder(c.state, items, null).total);
      } else {
        await message.complete();
      }
    }
  },
});

function toOrder(state: ShopState, items: z.input<typeof Item>[], payment: Payment | null): Order {
  const complete = items.map((item) => ({ ...item, count: item.count ?? 1 }));
  const amount = complete.reduce((sum, { product, count }) => sum + (state.prices[product] ?? 0) * count, 0);
  return {
    id: `order-${state.orders.length + 1}`,
    items: complete,
    total: { amount, currency: "EUR" },
    payment,
    tags: { items: complete.length, first: complete[0]?.product ?? "" },
  };
}

export const registry = setup({ use: { shop }, noWelcome: true });
