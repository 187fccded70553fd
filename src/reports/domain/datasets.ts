/** How a column is typed in all forms of an export: JSON, CSV and Parquet. */
export type ColumnType = 'id' | 'text' | 'integer' | 'number' | 'boolean' | 'instant';

export interface DatasetColumn {
  /** As the view has it, `snake_case`. Exports write it in `camelCase`. */
  name: string;
  type: ColumnType;
}

/** A view of the schema `analytics`, as what it is exported. */
export interface Dataset {
  view: string;
  columns: readonly DatasetColumn[];
  /** Columns that together name a row and ascend in an index: an export goes along them. */
  key: readonly string[];
  /** The column that `from` and `to` are about, where there is one. */
  time?: string;
}

/** `name:type` pairs, in the order of the view. */
function columns(text: string): DatasetColumn[] {
  return text
    .trim()
    .split(/\s+/)
    .map((entry) => {
      const [name = '', type = 'text'] = entry.split(':');
      return { name, type: type as ColumnType };
    });
}

/** Everything that can be taken out, by its name in paths. The views are described in docs/analytics.md. */
export const DATASETS = {
  customers: {
    view: 'customers',
    columns: columns(`customer_id:id external_id:text created_at:instant locale:text timezone:text consent_status:text
      stage:text stage_since:instant orders:integer revenue_minor:integer first_order_at:instant last_order_at:instant
      deleted:boolean erased:boolean`),
    key: ['customer_id'],
    time: 'created_at',
  },
  orders: {
    view: 'orders',
    columns: columns(`order_id:id external_id:text customer_id:id placed_at:instant status:text origin:text
      counting:boolean currency:text total_minor:integer store_total_minor:integer discount_minor:integer
      refunded_minor:integer revenue_minor:integer fulfilled_at:instant delivered_at:instant`),
    key: ['order_id'],
    time: 'placed_at',
  },
  'order-lines': {
    view: 'order_lines',
    columns: columns(`order_id:id position:integer product_external_id:text name:text category:text quantity:number
      unit_price:number`),
    key: ['order_id', 'position'],
  },
  refunds: {
    view: 'refunds',
    columns: columns('refund_id:id order_id:id order_external_id:text amount_minor:integer at:instant'),
    key: ['refund_id'],
    time: 'at',
  },
  products: {
    view: 'products',
    columns: columns('product_id:id external_id:text name:text category:text price:number active:boolean'),
    key: ['product_id'],
  },
  'stage-changes': {
    view: 'stage_changes',
    columns: columns('stage_change_id:integer customer_id:id at:instant from_stage:text to_stage:text cause:text'),
    key: ['stage_change_id'],
    time: 'at',
  },
  campaigns: {
    view: 'campaigns',
    columns: columns(`campaign_id:id key:text name:text status:text version:integer epoch:integer holdout:number
      created_at:instant activated_at:instant archived_at:instant`),
    key: ['campaign_id'],
  },
  enrollments: {
    view: 'enrollments',
    columns: columns(`enrollment_id:id customer_id:id campaign_id:id version:integer epoch:integer arm:text
      arm_reason:text status:text entered_at:instant ended_at:instant exit_reason:text goal_at:instant
      trigger_order_id:id excluded:text`),
    key: ['enrollment_id'],
    time: 'entered_at',
  },
  refusals: {
    view: 'refusals',
    columns: columns('refusal_id:id customer_id:id campaign_id:id at:instant reason:text'),
    key: ['refusal_id'],
    time: 'at',
  },
  messages: {
    view: 'messages',
    columns: columns(`message_id:id origin:text enrollment_id:id campaign_id:id customer_id:id step:text status:text
      reason:text template_key:text template_version:integer locale:text topic:text due_at:instant queued_at:instant
      sent_at:instant opened_at:instant clicked_at:instant machine_opened_at:instant machine_clicked_at:instant
      bounced_at:instant complained_at:instant unsubscribed_at:instant attempts:integer survey_id:id coupon_id:id`),
    key: ['message_id'],
    time: 'due_at',
  },
  hits: {
    view: 'hits',
    columns: columns(`hit_id:id message_id:id customer_id:id kind:text link_index:integer url:text at:instant
      machine:boolean rule:text rule_version:integer`),
    key: ['hit_id'],
    time: 'at',
  },
  outcomes: {
    view: 'outcomes',
    columns: columns(`enrollment_id:id order_id:id campaign_id:id entered_at:instant placed_at:instant counting:boolean
      revenue_minor:integer`),
    key: ['enrollment_id', 'order_id'],
    time: 'placed_at',
  },
  credits: {
    view: 'credits',
    columns: columns(`credit_id:integer order_id:id message_id:id campaign_id:id model:text kind:text
      amount_minor:integer at:instant`),
    key: ['credit_id'],
    time: 'at',
  },
  'survey-answers': {
    view: 'survey_answers',
    columns: columns(`survey_answer_id:id survey_id:id survey:text customer_id:id message_id:id enrollment_id:id
      campaign_id:id order_id:id kind:text score:number choice:text answered_at:instant`),
    key: ['survey_answer_id'],
    time: 'answered_at',
  },
  coupons: {
    view: 'coupons',
    columns: columns(`coupon_id:id pool:text state:text customer_id:id message_id:id campaign_id:id allocated_at:instant
      expires_at:instant redeemed_at:instant redeemed_order_id:id cost_minor:integer`),
    key: ['coupon_id'],
    time: 'allocated_at',
  },
} as const satisfies Record<string, Dataset>;

export type DatasetName = keyof typeof DATASETS;

/** The dataset of that name, or undefined. */
export function datasetNamed(name: string): Dataset | undefined {
  return Object.hasOwn(DATASETS, name) ? DATASETS[name as DatasetName] : undefined;
}

/** The name of a column as exports write it: `placed_at` is `placedAt`. */
export function fieldName(column: string): string {
  return column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
