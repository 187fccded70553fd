/** What all customers with an order have brought by an instant; money in units of the store's currency. */
export interface HistoricCounts {
  customers: number;
  orders: number;
  revenue: number;
  /** Of the fifth of them who brought most (rounded up). */
  topCustomers: number;
  topRevenue: number;
}

export interface HistoricValue {
  /** `perCustomer` is revenue times the margin where it is told. */
  historic: { customers: number; orders: number; revenue: number; perCustomer: number | null };
  concentration: { customers: number; revenue: number; revenueShare: number | null };
}

/** Customer lifetime value so far, and how unevenly it is spread. `grossMargin` null: not told, revenue itself. */
export function historicValue(counts: HistoricCounts, grossMargin: number | null): HistoricValue {
  const { customers, orders, revenue, topCustomers, topRevenue } = counts;
  const perCustomer = customers === 0 ? null : ((grossMargin ?? 1) * revenue) / customers;
  return {
    historic: { customers, orders, revenue, perCustomer },
    concentration: {
      customers: topCustomers,
      revenue: topRevenue,
      revenueShare: revenue === 0 ? null : topRevenue / revenue,
    },
  };
}
