import { pick, type Random } from './random';

/** A product of the demo's shop. `goesWith` is what people who buy it often take along. */
export interface DemoProduct {
  externalId: string;
  name: string;
  category: string;
  price: string;
  goesWith: readonly string[];
}

export const ASSORTMENT: readonly DemoProduct[] = [
  {
    externalId: 'moka-3',
    name: 'Moka pot, 3 cups',
    category: 'coffee',
    price: '24.90',
    goesWith: ['beans-house', 'gasket'],
  },
  {
    externalId: 'moka-6',
    name: 'Moka pot, 6 cups',
    category: 'coffee',
    price: '32.90',
    goesWith: ['beans-house', 'gasket'],
  },
  {
    externalId: 'beans-house',
    name: 'House blend, 1 kg',
    category: 'coffee',
    price: '19.50',
    goesWith: ['cup-espresso'],
  },
  { externalId: 'beans-decaf', name: 'Decaf, 500 g', category: 'coffee', price: '12.90', goesWith: ['cup-espresso'] },
  { externalId: 'grinder', name: 'Hand grinder', category: 'coffee', price: '59.00', goesWith: ['beans-house'] },
  { externalId: 'gasket', name: 'Gasket and filter', category: 'coffee', price: '4.90', goesWith: [] },
  {
    externalId: 'cup-espresso',
    name: 'Espresso cups, set of 4',
    category: 'table',
    price: '28.00',
    goesWith: ['biscuits'],
  },
  { externalId: 'cup-latte', name: 'Latte bowls, pair', category: 'table', price: '22.00', goesWith: ['beans-house'] },
  { externalId: 'tray', name: 'Olive wood tray', category: 'table', price: '39.00', goesWith: ['cup-espresso'] },
  { externalId: 'linen', name: 'Linen tea towels, pair', category: 'kitchen', price: '18.00', goesWith: ['apron'] },
  { externalId: 'apron', name: 'Linen apron', category: 'kitchen', price: '34.00', goesWith: ['linen'] },
  { externalId: 'knife', name: 'Paring knife', category: 'kitchen', price: '29.00', goesWith: ['board'] },
  { externalId: 'board', name: 'Beech chopping board', category: 'kitchen', price: '26.50', goesWith: ['knife'] },
  {
    externalId: 'pasta-board',
    name: 'Pasta board',
    category: 'kitchen',
    price: '48.00',
    goesWith: ['flour', 'rolling-pin'],
  },
  { externalId: 'rolling-pin', name: 'Rolling pin', category: 'kitchen', price: '17.00', goesWith: ['flour'] },
  { externalId: 'flour', name: 'Semola, 2 kg', category: 'pantry', price: '7.80', goesWith: ['olive-oil'] },
  { externalId: 'olive-oil', name: 'Olive oil, 500 ml', category: 'pantry', price: '14.50', goesWith: ['tomatoes'] },
  {
    externalId: 'tomatoes',
    name: 'Peeled tomatoes, 6 jars',
    category: 'pantry',
    price: '16.80',
    goesWith: ['olive-oil'],
  },
  { externalId: 'biscuits', name: 'Almond biscuits', category: 'pantry', price: '9.90', goesWith: ['beans-house'] },
  { externalId: 'honey', name: 'Chestnut honey', category: 'pantry', price: '11.50', goesWith: ['biscuits'] },
];

const BY_ID = new Map(ASSORTMENT.map((product) => [product.externalId, product]));

/** A basket: a product or two, and often what goes with them. No product twice. */
export function basket(random: Random): DemoProduct[] {
  const chosen = new Set<string>([pick(random, ASSORTMENT).externalId]);
  if (random() < 0.25) chosen.add(pick(random, ASSORTMENT).externalId);
  for (const id of [...chosen]) {
    for (const other of BY_ID.get(id)?.goesWith ?? []) if (random() < 0.45) chosen.add(other);
  }
  return [...chosen].flatMap((id) => BY_ID.get(id) ?? []);
}
